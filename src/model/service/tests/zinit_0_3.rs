//! A definition as zinit 0.3 takes and gives it.

use serde_json::{Value, json};

use crate::model::{Service, Text};

fn yaml(yaml: &str) -> Service {
    Service::from_yaml(yaml.as_bytes()).unwrap()
}

fn given(definition: &Value) -> Service {
    Service::from_zinit_0_3(&definition.to_string()).unwrap()
}

fn taken(service: &Service) -> Value {
    serde_json::from_str(&service.to_zinit_0_3("web").unwrap()).unwrap()
}

/// As zinit 0.3.9 gives it, with all that it has filled in.
fn whole() -> Value {
    json!({
        "dependencies": {"after": ["db"], "conflicts": ["old"], "requires": ["db"], "wants": []},
        "health": null,
        "lifecycle": {
            "max_restarts": 10, "restart": "on-failure", "restart_delay_max_ms": 300_000, "restart_delay_ms": 1000,
            "stability_period_ms": 30000, "start_timeout_ms": 30000, "stop_signal": "SIGINT", "stop_timeout_ms": 7000
        },
        "logging": {"buffer_lines": 1000, "file": null, "forward": null},
        "service": {
            "class": "user", "critical": false, "dir": "/srv", "env": {"A": "1", "B": "x y"},
            "exec": "echo a; exec sleep 1000", "kill_others": false, "name": "web", "oneshot": true, "ports": [80],
            "process_filters": [], "status": "start"
        }
    })
}

#[test]
fn what_has_a_key_stands_under_it_and_all_else_under_its_section() {
    let service = given(&whole());
    assert_eq!(service.exec().unwrap().as_str(), "echo a; exec sleep 1000");
    assert_eq!(service.dir().unwrap().as_str(), "/srv");
    assert!(service.oneshot());
    assert_eq!(service.after().iter().map(Text::as_str).collect::<Vec<_>>(), ["db"]);
    assert_eq!(service.stop_signal().unwrap().as_str(), "SIGINT");
    assert_eq!(service.shutdown_timeout_seconds(), Some(7));
    let variables: Vec<_> =
        service.env().iter().map(|it| (it.name().as_str(), it.value().unwrap().as_str())).collect();
    assert_eq!(variables, [("A", "1"), ("B", "x y")]);
    assert_eq!(service.test(), None);
    let told = taken(&service);
    assert_eq!(told["lifecycle"], whole()["lifecycle"]);
    assert_eq!(told["dependencies"], json!({"after": ["db"], "conflicts": ["old"], "requires": ["db"]}));
    assert_eq!(told["logging"], json!({"buffer_lines": 1000}));
    assert_eq!(told["service"]["ports"], json!([80]));
    assert_eq!(told["service"]["name"], json!("web"));
}

#[test]
fn a_definition_that_is_given_is_taken_back_as_it_is() {
    let mut definition = whole();
    for (key, value) in [
        ("/dependencies", json!({"after": ["a", "b"], "requires": ["b", "c"], "wants": ["d"]})),
        ("/health", json!({"type": "tcp", "target": "127.0.0.1:80", "interval_ms": 5, "retries": 2})),
        (
            "/health",
            json!({"type": "exec", "target": "true && true", "interval_ms": 5, "retries": 2, "timeout_ms": 1}),
        ),
        ("/lifecycle/stop_timeout_ms", json!(1500)),
        ("/lifecycle/restart", json!("always")),
        ("/service/oneshot", json!(false)),
    ] {
        *definition.pointer_mut(key).unwrap() = value;
        let mut expected = definition.clone();
        remove_empty(&mut expected);
        assert_eq!(taken(&given(&definition)), expected, "{key}");
    }
    assert!(given(&definition).is_restarted_always());
    assert!(!given(&whole()).is_restarted_always());
}

/// What the daemon fills in itself.
fn remove_empty(value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.values_mut().for_each(remove_empty);
    map.retain(|key, value| {
        !value.is_null() && *value != json!([]) && !(key == "oneshot" && *value == json!(false))
    });
}

#[test]
fn what_is_changed_counts_more_than_what_was_given() {
    let mut service = given(&json!({
        "service": {"name": "web", "exec": "sleep 1"}, "dependencies": {"after": ["a"], "requires": ["b"]}
    }));
    service.after_clear();
    service.after_push(Text::lossy("b"));
    service.after_push(Text::lossy("new"));
    assert_eq!(taken(&service)["dependencies"], json!({"after": ["new"], "requires": ["b", "new"]}));
}

#[test]
fn a_definition_of_zinit_0_2_is_taken() {
    let service = yaml(
        "exec: sleep 1000\ntest: pgrep sleep\nafter: [db, net]\nsignal: {stop: sigint}\nshutdown_timeout: 3\n\
         env: {A: b}\ndir: /srv\n",
    );
    assert_eq!(
        taken(&service),
        json!({
            "service": {"name": "web", "exec": "sleep 1000", "dir": "/srv", "env": {"A": "b"}},
            "dependencies": {"after": ["db", "net"], "requires": ["db", "net"]},
            "lifecycle": {"stop_signal": "SIGINT", "stop_timeout_ms": 3000, "start_timeout_ms": 31_536_000_000_u64},
            "health": {"type": "exec", "target": "pgrep sleep", "interval_ms": 1000, "retries": 4_294_967_295_u32}
        })
    );
    assert_eq!(
        taken(&yaml("exec: 'true'\noneshot: true\n")),
        json!({"service": {"name": "web", "exec": "true", "oneshot": true}})
    );
}

#[test]
fn what_has_no_place_is_refused_by_its_key() {
    for (definition, key) in [
        ("log: ring\n", "log"),
        ("log: none\n", "log"),
        ("nice: 5\n", "nice"),
        ("lifecycle: fast\n", "lifecycle"),
        ("shutdown_timeout: 0\n", "shutdown_timeout"),
        ("shutdown_timeout: 18446744073709552\n", "shutdown_timeout"),
        ("service: {kill_others: true}\n", "service.kill_others"),
        ("test: a\nhealth: {type: tcp, target: 'b:1'}\n", "test"),
    ] {
        let error =
            yaml(&format!("exec: sleep 1\n{definition}")).to_zinit_0_3("web").unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("invalid service definition, key `{key}`: ")),
            "{definition}: {error}"
        );
    }
    assert!(yaml("dir: /srv\n").to_zinit_0_3("web").unwrap_err().to_string().contains("`exec`"));
}
