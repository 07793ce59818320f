//! The log that is followed, on random lines that come in random parts with random stalls.

use std::env;
use std::hash::{DefaultHasher, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

use super::logs::Event::{self, Closes, Comes};
use super::logs::{Seen, read, read_old, selection};

/// Numbers that are the same for the same seed.
struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// From 0 up to the limit, without it.
    fn below(&mut self, limit: usize) -> usize {
        self.drawn += 1;
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.seed);
        hasher.write_u64(self.drawn);
        usize::try_from(hasher.finish() % limit as u64).unwrap()
    }

    /// Lines of two services: no two the same, or of few texts, so that many are.
    fn lines(&mut self, kind: &str, most: usize, is_repeating: bool) -> Vec<String> {
        let count = self.below(most + 1);
        let mut line = |number: usize| {
            let service = ["web", "sql"][self.below(2)];
            let text = if is_repeating { self.below(2).to_string() } else { format!("{kind} {number}") };
            format!("[+] {service}: {text}\n")
        };
        (0..count).map(&mut line).collect()
    }

    /// Sends lines in random parts with random stalls. The clock is behind the last one then.
    fn send(&mut self, lines: &[String], clock: &mut u64, events: &mut Vec<Event>) {
        let bytes = lines.concat().into_bytes();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.len().min(1 + self.below(90)));
            events.push(Comes(*clock, part.to_vec()));
            // Within the time for one exchange.
            *clock += [0, 0, self.below(20), self.below(300), self.below(9900)][self.below(5)] as u64;
            rest = behind;
        }
    }
}

/// Runs a case for each of many seeds; `SEED=n COUNT=n` says which.
fn for_each_seed(case: impl Fn(&mut Random)) {
    let setting = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let first = setting("SEED").unwrap_or_else(now);
    for seed in first..first + setting("COUNT").unwrap_or(300) {
        // Seen only where the case fails.
        println!("SEED={seed} COUNT=1");
        case(&mut Random { seed, drawn: 0 });
    }
}

/// The lines of the service that is asked for, as they are described.
fn wanted(lines: &[String], name: Option<&str>) -> Vec<String> {
    let described =
        lines.iter().map(|line| line.trim_start_matches("[+] ").trim_end().replacen(": ", " + ", 1));
    described.filter(|line| name.is_none_or(|name| line.starts_with(name))).collect()
}

/// Without their times.
fn texts(seen: &Seen) -> Vec<String> {
    seen.lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn who_follows_gets_the_last_kept_lines_and_each_new_line_once_whatever_comes_when() {
    for_each_seed(|random| {
        let is_repeating = random.below(2) == 0;
        let kept = random.lines("kept", 40, is_repeating);
        // Which of two equal lines were dropped, nobody can tell.
        let room = if is_repeating { 1000 } else { kept.len() + random.below(10) };
        let missed = random.lines("missed", room.min(60), is_repeating);
        let new = random.lines("new", 20, is_repeating);
        let name = [None, Some("web")][random.below(2)];
        let last = random.below(kept.len() + 3);

        let (mut events, mut clock) = (Vec::new(), random.below(200) as u64);
        random.send(&kept, &mut clock, &mut events);
        events.push(Closes(clock));
        let kept_later = [kept.clone(), missed.clone()].concat();
        random.send(&kept_later[kept_later.len().saturating_sub(room)..], &mut clock, &mut events);
        random.send(&new, &mut clock, &mut events);
        events.push(Closes(clock));
        let seen = read(&selection(name, Some(last), true), &events);

        assert!(seen.is_closed());
        let kept = wanted(&kept, name);
        let last_kept = &kept[kept.len().saturating_sub(last)..];
        assert_eq!(texts(&seen), [last_kept, &wanted(&missed, name), &wanted(&new, name)].concat());
    });
}

#[test]
fn who_follows_a_daemon_without_snapshot_gets_all_that_is_printed_behind_the_kept_lines() {
    for_each_seed(|random| {
        let (kept, new) = (random.lines("kept", 40, false), random.lines("new", 20, false));
        let name = [None, Some("web")][random.below(2)];
        let last = random.below(kept.len() + 3);

        let (mut events, mut clock) = (Vec::new(), random.below(100) as u64);
        random.send(&kept, &mut clock, &mut events);
        // What comes in one go with the kept lines counts as kept; where there are none, what comes in the first 100 ms.
        clock = if kept.is_empty() { 101 } else { clock + 1 };
        random.send(&new, &mut clock, &mut events);
        // An end within the first 100 ms would be that of a snapshot.
        events.push(Closes(clock + 200));
        let seen = read_old(&selection(name, Some(last), true), &events);

        assert!(seen.is_closed());
        let (seen, kept, new) = (texts(&seen), wanted(&kept, name), wanted(&new, name));
        let Some(seen_kept) = seen.strip_suffix(new.as_slice()) else {
            panic!("{seen:?} lacks some of {new:?}")
        };
        assert!(kept.ends_with(seen_kept) && seen_kept.len() >= last.min(kept.len()), "{seen:?} of {kept:?}");
    });
}
