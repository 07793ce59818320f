//! Definitions as JSON, which a daemon takes and gives.

use super::super::Service;
use super::{read, text};

fn given(json: &str) -> Service {
    Service::from_json(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn refused(json: &str) -> String {
    Service::from_json(json).expect_err(json).to_string()
}

#[test]
fn a_very_long_key_comes_back() {
    for length in [999, 1000, 1001, 1018, 1022, 1024, 1025, 2000] {
        let key = "k".repeat(length);
        let service =
            read(&format!("{{exec: x, ? {key} : 1, env: {{? {key} : v}}, z: {{? {key} : [v], a: 1}}}}"));
        assert_eq!(given(&service.to_json().unwrap()), service);
    }
    // Each of them takes six characters in JSON.
    let control = "\u{1a}".repeat(170);
    let mut service = read(&format!("exec: x\n{control}: 1\n"));
    service.env_set(text(&control).unwrap(), text(&control));
    assert_eq!(given(&service.to_json().unwrap()), service);
}

#[test]
fn a_file_of_the_largest_size_comes_back_though_it_is_larger_in_json() {
    let mut service = read("exec: x\n");
    // A quote needs a backslash there.
    service.set_test(text(&format!("/bin/test {}", "'\"".repeat(90_000))));
    let json = service.to_json().unwrap();
    assert!(json.len() > Service::MAX_FILE_BYTES, "{}", json.len());
    assert_eq!(given(&json), service);
    let too_large = format!("{{\"exec\": \"{}\"}}", "a".repeat(Service::MAX_FILE_BYTES));
    assert!(refused(&too_large).contains("larger than 256 KiB"));
    let too_large = format!("{{\"exec\": \"a\", \"unknown\": \"{}\"}}", "a".repeat(Service::MAX_FILE_BYTES));
    assert!(refused(&too_large).contains("larger than 256 KiB"));
}

#[test]
fn whatever_json_allows_is_read() {
    let service = given(
        "{\n\t\"exec\"\n\t:\n\t\"\\/bin\\/web \\ud83d\\ude00\\u0041\\b\\f\",\n\t\"dir\": \"null\", \"env\": {\"A\": \"1\"}\n}",
    );
    assert_eq!(service.exec().unwrap().as_str(), "/bin/web \u{1f600}A\u{8}\u{c}");
    assert_eq!(service.dir().unwrap().as_str(), "null");
    assert_eq!(service.env()[0].value().unwrap().as_str(), "1");
    // The last of duplicates counts, and a number stays as it is spelled.
    let service =
        given(r#"{"exec": "a", "exec": "b", "rate": 1.50e+3, "none": null, "list": [true, "true", {}]}"#);
    assert_eq!(service.exec().unwrap().as_str(), "b");
    let yaml = service.to_yaml().unwrap();
    assert_eq!(yaml, "exec: b\nrate: 1.50e+3\nnone: null\nlist: [true, \"true\", {}]\n");
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    for json in ["exec: a\n", "", "{\"exec\": \"a\"", "{\"exec\": 'a'}", "{} {}", "[\"\\ud800\"]"] {
        let error = refused(json);
        assert!(error.contains("line 1 column"), "{error}");
        assert!(error.contains("not JSON"), "{error}");
    }
}

#[test]
fn json_of_any_depth_is_read_or_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| {
            let (open, close) = (open.repeat(depth - 1), close.repeat(depth - 1));
            format!("{{\"exec\": \"a\", \"x\": {open}0{close}}}")
        };
        given(&nested(64));
        for depth in [65, 66, 1000, 100_000] {
            assert!(refused(&nested(depth)).contains("more than 64 deep"));
        }
    }
}
