//! A reply that is read in slices means what it means in one piece, whatever it is.

use std::fmt::Debug;

use crate::protocol::command::{read_lines, read_list, read_stats, read_status};
use crate::protocol::{Input, NoAnswer, Protocol, Reply, Scan};

type Read<T> = fn(Protocol, &mut Vec<u8>, Input, &mut Scan) -> Reply<T>;

/// So much may be left over of a reply in slices of 4096 bytes.
const MOST: usize = 4 * 4096;

struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// What a reply in such parts is read as and after how many of them, and the most bytes that were left over between
/// two parts.
fn read_in_parts<T: Debug>(read: Read<T>, protocol: Protocol, reply: &[u8], part: usize) -> (String, usize) {
    let (mut bytes, mut scan, mut most) = (Vec::new(), Scan::default(), 0);
    let ended = (&[][..], Input::Ended);
    let parts = reply.chunks(part).map(|part| (part, Input::Partial)).chain([ended]);
    for (count, (part, input)) in parts.enumerate() {
        bytes.extend_from_slice(part);
        loop {
            match read(protocol, &mut bytes, input, &mut scan) {
                Reply::None(NoAnswer::Incomplete) if scan.is_behind_reply() => {}
                Reply::None(NoAnswer::Incomplete) if input == Input::Partial => break,
                Reply::None(NoAnswer::Error(error)) => return (format!("{error:?}: {error}"), most),
                reply => return (format!("{reply:?} after {count} parts"), most),
            }
        }
        most = most.max(bytes.len());
    }
    panic!("it has ended");
}

/// One of the alike members that make a reply big.
fn member(random: &mut Random, kind: usize, index: usize, space: &str, after: &str) -> String {
    let names = [
        "a",
        "web",
        "é",
        "日本",
        "a\\\"b",
        "\\\\",
        "\\u00e9\\n",
        "{",
        "}",
        "[1,2]",
        "a, \\\"b\\\":c",
        ",",
        "",
    ];
    let states = ["Running", "Success", "Error(Exited(Pid(1), 3))", "Failure(\\\"}\\\",\\\"{)", "Other(é)"];
    let number = if random.below(9) == 0 { 1 } else { index };
    let (name, state, id) = (random.pick(&names), random.pick(&states), random.below(9));
    match kind {
        2 => format!("\"{name}{number:02}\""),
        // As zinit 0.3 lists services.
        4 => {
            let state = random.pick(&[
                r#"{"pid":1,"state":"running"}"#,
                r#"{"exit_code":3,"state":"exited"}"#,
                r#"{"state":"blocked","waiting_on":["}","[{"]}"#,
                r#"{"reason":{"signal":9,"type":"signal"},"state":"failed"}"#,
                r#"{"state":"other é"}"#,
            ]);
            format!(r#"{{"is_target":false,{after}"name":"{name}{number:02}","state":{space}{state}}}"#)
        }
        3 => format!(r#"{{"pid":{number},{after}"memory_usage":{id},"x":{{"a":"}}"}},"cpu_usage":{id}.5}}"#),
        _ => format!("\"{name}{number:02}\"{after}:{space}\"{state}\""),
    }
}

/// A reply with many members, in which nothing is wrong.
fn reply(random: &mut Random, protocol: Protocol, kind: usize, most: usize) -> String {
    let (space, after) = (random.pick(&["", "", " ", "\n", "\r\n \t"]), random.pick(&["", "", " ", "\n  "]));
    let members: Vec<_> =
        (0..random.below(most)).map(|index| member(random, kind, index, space, after)).collect();
    let members = members.join(&format!("{space},{after}"));
    let value = match kind {
        0 => format!("{{{after}{members}{space}}}"),
        1 => format!(
            r#"{{"after":{space}{{{members}}},"name":"x","pid":1,"x":{{"after":{{}}}},"state":"Running","target":"Up"}}"#
        ),
        2 | 4 => format!("[{after}{members}{space}]"),
        _ => format!(
            r#"{{"children":{after}[{space}{members}{space}],"x":{{"children":[{{}},{{}}]}},"pid":1,"memory_usage":1,"cpu_usage":1}}"#
        ),
    };
    match (protocol, random.below(2)) {
        (Protocol::Line, 0) => {
            format!(r#"{space}{{"state":"ok",{after}"body"{after}:{space}{value}}}{space}"#)
        }
        (Protocol::Line, _) => format!(r#"{{{space}"body":{value},"x":[{{}}],"state":"ok"}}"#),
        (Protocol::JsonRpc | Protocol::Zinit03, 0) => {
            format!(r#"{after}{{"jsonrpc":"2.0","id":1,"result":{value}}}{space}"#)
        }
        (Protocol::JsonRpc | Protocol::Zinit03, _) => {
            format!(r#"{{"jsonrpc":"2.0","result":{space}{value},"id":1}}"#)
        }
    }
}

fn mutated(random: &mut Random, reply: &str) -> Vec<u8> {
    let mut bytes = reply.as_bytes().to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(12)).min(bytes.len());
        match random.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            3 => bytes.splice(at..at, *b"\xff").for_each(drop),
            _ => {
                let inserted = random.pick(&[
                    "\"",
                    "\\",
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    "\0",
                    "\\u0000",
                    "null",
                    "1",
                    "\"body\":{",
                    "\"result\":[",
                    ",\"after\":{",
                    "\"error\":{\"code\":-1,\"message\":\"no\"},",
                    "\"state\":\"error\",",
                    " ",
                    "\n",
                    "\u{1}",
                    "\\ud800",
                    "\"x\":{\"body\":{",
                    "{\"a\":\"b\"},",
                ]);
                bytes.splice(at..at, inserted.bytes()).for_each(drop);
            }
        }
    }
    bytes
}

fn check<T: Debug>(sliced: Read<T>, whole: Read<T>, protocol: Protocol, reply: &[u8], part: usize) -> bool {
    let (expected, _) = read_in_parts(whole, protocol, reply, part);
    let (read, _) = read_in_parts(sliced, protocol, reply, part);
    assert_eq!(read, expected, "{protocol:?}, parts of {part}: {:?}", String::from_utf8_lossy(reply));
    expected.starts_with("Answer")
}

fn check_kind<const SLICE: usize>(kind: usize, protocol: Protocol, reply: &[u8], part: usize) -> bool {
    match kind {
        0 | 4 => check(read_list::<SLICE>, read_list::<{ usize::MAX }>, protocol, reply, part),
        1 => check(read_status::<SLICE>, read_status::<{ usize::MAX }>, protocol, reply, part),
        2 => check(read_lines::<SLICE>, read_lines::<{ usize::MAX }>, protocol, reply, part),
        _ => check(read_stats::<SLICE>, read_stats::<{ usize::MAX }>, protocol, reply, part),
    }
}

fn check_all<const SLICE: usize>() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ SLICE as u64);
    let mut answers = 0;
    // The replies are long where the slices are.
    let cases = if SLICE < 1000 { 1500 } else { 300 };
    for case in 0..cases {
        // zinit 0.3 tells otherwise, and its list alone is read in slices.
        let (protocol, kind) = match case % 9 {
            8 => (Protocol::Zinit03, 4),
            other => ([Protocol::Line, Protocol::JsonRpc][other % 2], other / 2),
        };
        let reply = reply(&mut random, protocol, kind, 50 + SLICE / 8);
        let bytes = mutated(&mut random, &reply);
        let part = [SLICE, 1 + random.below(SLICE), 1 + random.below(200)][random.below(3)];
        let is_answer = check_kind::<SLICE>(kind, protocol, &bytes, part);
        answers += usize::from(is_answer);
    }
    assert!((cases / 5..cases * 4 / 5).contains(&answers), "{answers} of the replies were answers");
}

#[test]
fn in_slices_of_a_byte_a_reply_means_the_same() {
    check_all::<1>();
}

#[test]
fn in_slices_of_7_bytes_a_reply_means_the_same() {
    check_all::<7>();
}

#[test]
fn in_slices_of_64_bytes_a_reply_means_the_same() {
    check_all::<64>();
}

#[test]
fn in_slices_of_4096_bytes_a_reply_means_the_same() {
    check_all::<4096>();
}

/// So many members that they are read in slices of 64 bytes.
fn members(kind: usize, but: &[(usize, &str)]) -> String {
    let mut random = Random(7);
    let mut members: Vec<_> = (0..40).map(|index| member(&mut random, kind, index, "", "")).collect();
    for (at, member) in but {
        members.insert(*at, (*member).to_owned());
    }
    let members = members.join(",");
    if kind < 2 { format!("{{{members}}}") } else { format!("[{members}]") }
}

/// Values in which the members that are read in slices are few, or, in a status, are not there.
fn small_values(kind: usize, elsewhere: &str) -> Vec<String> {
    let head = if kind == 1 {
        r#""name":"web","pid":1,"state":"Running","target":"Up""#
    } else {
        r#""pid":1,"memory_usage":2,"cpu_usage":0.5"#
    };
    let with = |fields: &str| format!("{{{fields}{head}}}");
    match kind {
        0 => vec!["{}".to_owned()],
        1 => vec![with(""), with(r#""after":{},"#), with(&format!(r#""x":{{{elsewhere}}},"after":{{}},"#))],
        2 => vec!["[]".to_owned()],
        _ => vec![with(r#""children":[],"#), with(&format!(r#""x":{{{elsewhere}}},"children":[],"#))],
    }
}

#[test]
fn what_looks_like_the_members_elsewhere_is_passed_over() {
    for (protocol, key, head) in
        [(Protocol::Line, "body", r#""state":"ok""#), (Protocol::JsonRpc, "result", r#""id":1"#)]
    {
        for (kind, last_key) in [(0, key), (1, "after"), (2, key), (3, "children")] {
            let many = members(kind, &[]);
            let keyed = format!(r#""{last_key}":{many}"#);
            let elsewhere = [
                keyed.clone(),
                format!(r#""x":{{{keyed}}}"#),
                format!(r#""x":{{"x":{{{keyed}}}}}"#),
                format!(r#""x":[{{{keyed}}}]"#),
                format!(r#""x":[[{many}]]"#),
            ];
            // A key that is there twice makes no answer.
            for elsewhere in &elsewhere[usize::from(last_key == key)..] {
                for value in small_values(kind, elsewhere) {
                    for reply in [
                        format!(r#"{{{head},{elsewhere},"{key}":{value}}}"#),
                        format!(r#"{{{head},"{key}":{value},{elsewhere}}}"#),
                    ] {
                        assert!(check_kind::<64>(kind, protocol, reply.as_bytes(), 16), "{reply}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_comma_too_many_is_seen_wherever_it_stands() {
    for (protocol, kind) in [
        (Protocol::Line, 0),
        (Protocol::Line, 2),
        (Protocol::JsonRpc, 0),
        (Protocol::JsonRpc, 2),
        (Protocol::Zinit03, 4),
    ] {
        let head = if protocol == Protocol::Line { r#""state":"ok","body""# } else { r#""id":1,"result""# };
        // What is shown in a message stays, and so the members behind a long head are cut out otherwise.
        let long_head = format!(r#""x":"{}",{head}"#, "x".repeat(100));
        for head in [head, &long_head] {
            let reply = |but: &[(usize, &str)]| format!("{{{head}:{}}}", members(kind, but));
            assert!(check_kind::<64>(kind, protocol, reply(&[]).as_bytes(), 16));
            for at in 0..=40 {
                let reply = reply(&[(at, "")]);
                assert!(!check_kind::<64>(kind, protocol, reply.as_bytes(), 16), "{reply}");
            }
        }
    }
}

#[test]
fn a_reply_that_is_read_in_slices_is_not_kept() {
    let mut random = Random(1);
    let names: Vec<_> = (0..20_000).map(|_| format!("\"s{}\"", random.below(20_000))).collect();
    let map: Vec<_> = names.iter().map(|name| format!("{name}:\"Running\"")).collect();
    let (map, array) = (format!("{{{}}}", map.join(",")), format!("[{}]", names.join(",\n")));
    let process = r#"{"pid":1,"memory_usage":2,"cpu_usage":0.5}"#;
    let used = format!(
        r#"{{"pid":1,"memory_usage":2,"cpu_usage":0.5,"children":[{}]}}"#,
        vec![process; 10_000].join(",")
    );
    let status = format!(
        r#"{{"name":"{}","x":{{"y":{{}}}},"pid":1,"after":{map},"state":"Running","target":"Up"}}"#,
        "x".repeat(100)
    );
    let told: Vec<_> =
        names.iter().map(|name| format!(r#"{{"name":{name},"state":{{"state":"running"}}}}"#)).collect();
    let told = format!(r#"{{"id":1,"result":[{}]}}"#, told.join(","));
    let (read, most) = read_in_parts(read_list::<4096>, Protocol::Zinit03, told.as_bytes(), 4096);
    assert!(read.starts_with("Answer") && most < MOST, "{most} bytes: {}", &read[..80]);
    for (protocol, head) in
        [(Protocol::Line, r#"{"state":"ok","body":"#), (Protocol::JsonRpc, r#"{"id":1,"result":"#)]
    {
        let reply = |value: &str| format!("{head}{value}}}").into_bytes();
        let left = [
            read_in_parts(read_list::<4096>, protocol, &reply(&map), 4096),
            read_in_parts(read_status::<4096>, protocol, &reply(&status), 4096),
            read_in_parts(read_lines::<4096>, protocol, &reply(&array), 4096),
            read_in_parts(read_stats::<4096>, protocol, &reply(&used), 4096),
        ];
        for (read, most) in left {
            assert!(read.starts_with("Answer") && most < MOST, "{most} bytes, {protocol:?}: {}", &read[..80]);
        }
    }
}
