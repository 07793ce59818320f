//! What is wrong with a service file: what the daemon would refuse, and what a person may not have meant.

use super::document::{Document, Entry, Kind, Node, Scalar};
use super::problem::{Place, Problem, Severity};
use super::syntax::TAB;
use super::{Field, Key, Refusal, Values, command, daemon, read};
use crate::model::sort::sort_by;
use crate::model::text::shortened;
use crate::model::{Signal, Text};

/// All problems of the content of a service file, in its order.
pub(super) fn problems(yaml: &[u8]) -> Vec<Problem> {
    let document = match Document::parse(yaml) {
        Ok(document) => document,
        Err(problem) => return before_nul(yaml, &problem).unwrap_or_else(|| vec![problem]),
    };
    let mut problems = match read::values(&document) {
        Ok(values) => of_document(&document, &values),
        Err(problem) => vec![problem],
    };
    agree_with_daemon(&document, &mut problems);
    // The parser is a line ahead where a value is left out at the end of the file.
    let end = Place::of(yaml);
    for problem in &mut problems {
        problem.place = problem.place.min(end);
    }
    sort_by(&mut problems, |one, other| one.place.cmp(&other.place));
    problems
}

/// The daemon reads a file up to its first NUL character, if it has one.
fn before_nul(yaml: &[u8], problem: &Problem) -> Option<Vec<Problem>> {
    let nul = yaml.iter().position(|byte| *byte == 0).filter(|_| std::str::from_utf8(yaml).is_ok())?;
    let mut problems = problems(yaml.get(..nul)?);
    problems.push(Problem { severity: Severity::Warning, ..problem.clone() });
    Some(problems)
}

pub(super) fn is_error(problem: &Problem) -> bool {
    problem.severity == Severity::Error
}

/// The daemon has the last word on whether it loads the file.
fn agree_with_daemon(document: &Document, problems: &mut Vec<Problem>) {
    match daemon::load(document.text()) {
        Ok(()) => problems.iter_mut().for_each(|problem| problem.severity = Severity::Warning),
        Err(_) if problems.iter().any(is_error) => {}
        Err(place) => {
            let message = "the daemon would refuse this";
            problems.push(Problem::error(place.unwrap_or(Place::START), "", message));
        }
    }
}

fn of_document(document: &Document, values: &Values) -> Vec<Problem> {
    let mut problems = Vec::new();
    if document.has_byte_order_mark() {
        let message = "a byte order mark: the daemon takes it for a part of the first key; remove it";
        problems.push(Problem::error(Place::START, "", message));
    }
    if let Some(place) = document.second() {
        let message = "a second document, though it is empty: remove this line";
        problems.push(Problem::error(place, "", message));
    }
    let root = document.root().map(Node::resolved);
    let first = root.filter(|root| matches!(root.kind(), Kind::List(_))).and_then(|root| root.items().next());
    if let Some(item) = first.filter(|item| matches!(item.resolved().kind(), Kind::Map(_))) {
        let place = Place { column: 1, ..item.place() };
        return vec![Problem::error(place, "", "the file is a list: remove the `- ` in front of the keys")];
    }
    let entries = document.entries();
    let mut seen: Vec<Key> = Vec::new();
    for entry in &entries {
        let key = Key::from_name(entry.name);
        match key {
            Some(key) if seen.contains(&key) => {
                let message = format!("`{}` stands here for the second time: remove one", entry.name);
                problems.push(Problem::error(entry.place, entry.name, &message));
            }
            Some(key) if entry.value.is_null() => problems.push(of_null(key, entry, document)),
            Some(_) if has_tab(entry.value, entry.place, document) => {
                let place = Place { column: 1, ..entry.value.place() };
                problems.push(Problem::error(place, entry.name, TAB));
            }
            Some(key) => of_key(key, entry, document, &mut problems),
            None if entry.name.starts_with('\t') => problems.push(Problem::error(entry.place, "", TAB)),
            None => problems.push(unknown_key(entry.name, "", entry.place, &Key::ALL.map(Key::name))),
        }
        seen.extend(key);
    }
    let refused = problems.iter().filter(|problem| is_error(problem));
    let refused: Vec<Key> = refused.filter_map(|problem| Key::from_name(problem.key.as_str())).collect();
    for Unfit { refusal: Refusal { key, reason }, variable } in unfit(values) {
        // What has no value is told already.
        let is_null = key == "exec" && values.exec == Field::Absent && seen.contains(&Key::Exec);
        if !is_null && !refused.iter().any(|refused| refused.name() == key) {
            let variable = variable.map(|number| document.pair(number).0.place());
            let of_value = entries.iter().rfind(|entry| entry.name == key && !entry.value.is_null());
            let of_value = of_value.filter(|_| key != Key::Env.name()).map(|entry| entry.value.place());
            let place = variable.or(of_value).or_else(|| document.place(&key)).unwrap_or(Place::START);
            let is_error = key == "exec" && values.exec.value().is_none_or(|exec| exec.as_str().is_empty());
            let problem = if is_error { Problem::error } else { Problem::warning };
            problems.push(problem(place, &key, &reason));
        }
    }
    problems
}

/// Whether a value is indented with a tab below its key, which the daemon takes for a part of it.
fn has_tab(value: Node, key: Place, document: &Document) -> bool {
    value.place().line > key.line && document.has_tab_indent(value.place().line)
}

/// What the daemon loads, and cannot give to a process.
pub(super) fn has_nul(values: &Values) -> Option<Refusal> {
    // Whatever else cannot be understood, the daemon does not load.
    let is_odd = |field: &Field<Text>| *field == Field::NotUnderstood;
    let variable = values.env.value().into_iter().flatten().find(|variable| is_odd(&variable.value));
    let key = match values {
        _ if is_odd(&values.exec) => Some("exec".to_owned()),
        _ if is_odd(&values.test) => Some("test".to_owned()),
        _ if is_odd(&values.dir) => Some("dir".to_owned()),
        _ if values.after == Field::NotUnderstood => Some("after".to_owned()),
        _ if values.env == Field::NotUnderstood => Some("env".to_owned()),
        _ => variable.map(|variable| variable_key(variable.name.as_str())),
    };
    key.map(|key| Refusal { key, reason: NUL.to_owned() })
}

/// What the daemon loads, but to no use.
pub(super) struct Unfit {
    pub(super) refusal: Refusal,
    /// The place of the name of the variable that it is about, if it is in the file.
    variable: Option<usize>,
}

pub(super) fn unfit(values: &Values) -> Vec<Unfit> {
    let mut unfit = Vec::new();
    let mut add = |key: &str, reason: &str| {
        let refusal = Refusal { key: key.to_owned(), reason: reason.to_owned() };
        unfit.push(Unfit { refusal, variable: None });
    };
    match values.exec.value().map(Text::as_str) {
        None if values.exec == Field::Absent => {
            add("exec", "it is missing, or has no value: set the command to run");
        }
        Some("") => add("exec", "it is empty: set the command to run"),
        _ => {}
    }
    for (key, field) in [("exec", &values.exec), ("test", &values.test)] {
        let command = field.value().map(Text::as_str).filter(|command| !command.is_empty());
        if let Some(reason) = command.and_then(command::unfit) {
            add(key, reason);
        }
    }
    if values.after.value().is_some_and(|names| names.iter().any(|name| name.as_str().is_empty())) {
        add("after", "a name is empty: remove it, or write the name of a service");
    }
    for variable in values.env.value().into_iter().flatten() {
        let reason = match variable.name.as_str().split_once('=') {
            Some((name, _)) => {
                format!("the name of a variable has `=` inside, behind `{}`: remove it", shortened(name))
            }
            None if variable.name.as_str().is_empty() => {
                "a variable without a name: remove it, or name it".to_owned()
            }
            None => continue,
        };
        let refusal = Refusal { key: Key::Env.name().to_owned(), reason };
        unfit.push(Unfit { refusal, variable: variable.number });
    }
    unfit
}

/// A key without a value.
fn of_null(key: Key, entry: &Entry, document: &Document) -> Problem {
    // Where a value is left out, the parser tells the place of what comes next.
    let next = entry.value.place();
    if document.has_tab_indent(next.line) {
        return Problem::error(Place { column: 1, ..next }, entry.name, TAB);
    }
    let advice = match key {
        Key::Exec | Key::Test | Key::Dir => {
            let word = entry.value.scalar().map_or("", |scalar| scalar.text.as_str());
            if key == Key::Exec && word.is_empty() {
                // As behind an anchor.
                return Problem::error(entry.place, entry.name, "it is empty: set the command to run");
            }
            let message =
                format!("it has no value, and the daemon reads {word:?}: remove the key, or write a value");
            return Problem::warning(entry.place, entry.name, &message);
        }
        Key::Oneshot => "write true or false",
        Key::ShutdownTimeout => "write a whole number of seconds",
        Key::Log => LOGS,
        Key::After => "write the names below it, indented, as `- name`",
        Key::Signal => "write `stop: SIGINT` below it, indented",
        Key::Env => "write the variables below it, indented, as `NAME: value`",
    };
    Problem::error(entry.place, entry.name, &format!("it has no value: remove the key, or {advice}"))
}

fn of_key(key: Key, entry: &Entry, document: &Document, problems: &mut Vec<Problem>) {
    let value = entry.value;
    let error = |message: &str| Problem::error(value.place(), entry.name, message);
    match key {
        Key::Exec | Key::Test | Key::Dir => problems.extend(of_text(key, value)),
        Key::Oneshot => problems.extend(of_truth(value).map(|message| error(&message))),
        Key::ShutdownTimeout => problems.extend(of_seconds(value).map(|message| error(&message))),
        Key::Log => problems.extend(of_log(value).map(|message| error(&message))),
        Key::After => of_after(value, problems),
        Key::Signal => of_signal(value, problems),
        Key::Env => of_env(value, document, problems),
    }
}

fn of_text(key: Key, value: Node) -> Option<Problem> {
    let (name, place) = (key.name(), value.place());
    let Some(scalar) = value.scalar() else {
        let message = format!("it is {}: write text, such as `{name}: /bin/web --port 80`", kind_name(value));
        return Some(Problem::error(place, name, &message));
    };
    if scalar.text.contains('\0') {
        return Some(Problem::warning(place, name, NUL));
    }
    let word = (key != Key::Dir).then(|| command::meant_for_shell(&scalar.text))??;
    let message = format!(
        "the program gets {:?} as an argument, for no shell runs the command: write `sh -c '...'` if a shell is meant",
        shortened(&word)
    );
    Some(Problem::warning(place, name, &message))
}

pub(super) const NUL: &str = "a NUL character inside: no process can be given one; remove it";

fn of_truth(value: Node) -> Option<String> {
    let Some(scalar) = value.scalar() else {
        return Some(format!("it is {}: write true or false", kind_name(value)));
    };
    let word = matches!(scalar.text.as_str(), "true" | "false");
    match scalar.tag.as_deref() {
        None if word && scalar.is_plain => None,
        Some("!!bool") if word => None,
        _ if word => Some(format!("{:?} is text: write {} without quotes or tag", scalar.text, scalar.text)),
        _ => Some(match read::truth(scalar) {
            Some(truth) => {
                format!("{:?} is not a truth value for the daemon: write {truth}", shortened(&scalar.text))
            }
            None => format!("{:?} is not a truth value: write true or false", shortened(&scalar.text)),
        }),
    }
}

fn of_seconds(value: Node) -> Option<String> {
    match value.scalar() {
        None => Some(format!("it is {}: write a whole number of seconds", kind_name(value))),
        Some(scalar) if scalar.is_null() => {
            Some("it has no value: write a whole number of seconds".to_owned())
        }
        Some(scalar) if read::seconds(scalar).is_some() => None,
        Some(scalar) if !scalar.is_plain && scalar.text.parse::<u64>().is_ok() => {
            Some(format!("{:?} is text: write {} without quotes", scalar.text, scalar.text))
        }
        Some(scalar) => Some(format!(
            "{:?} is not a whole number of seconds: write it without a unit, such as 10",
            shortened(&scalar.text)
        )),
    }
}

const LOGS: &str = "write ring, stdout or none";

fn of_log(value: Node) -> Option<String> {
    // The daemon takes a map with one key, too, such as `{ring: ~}`; nobody writes that.
    let Some(scalar) = value.scalar() else { return Some(format!("it is {}: {LOGS}", kind_name(value))) };
    if let Some(tag @ ("!ring" | "!stdout" | "!none")) = scalar.tag.as_deref() {
        return Some(format!("the daemon does not understand the tag {tag}: {LOGS}"));
    }
    if matches!(scalar.text.as_str(), "ring" | "stdout" | "none") {
        return None;
    }
    Some(match scalar.text.parse::<super::Log>() {
        Ok(log) => format!("{:?} is not known to the daemon: write {}", scalar.text, log.as_str()),
        Err(()) => format!("{:?} is not a place for logs: {LOGS}", shortened(&scalar.text)),
    })
}

fn of_after(value: Node, problems: &mut Vec<Problem>) {
    let error = |node: Node, message: String| Problem::error(node.place(), "after", &message);
    match value.resolved().kind() {
        Kind::List(_) => {}
        Kind::Scalar(Scalar { text, .. }) if text.starts_with('-') => {
            let message = "a space is missing behind the dash: write `- name`".to_owned();
            problems.push(error(value, message));
        }
        Kind::Scalar(Scalar { text, .. }) => {
            let separators = |char: char| char.is_whitespace() || char == ',';
            let names: Vec<_> = text.split(separators).filter(|name| !name.is_empty()).collect();
            let names = shortened(&names.join(", "));
            problems.push(error(value, format!("it is text: write it as a list, `after: [{names}]`")));
        }
        _ => problems.push(error(value, "it is a map: write a list, such as `after: [network]`".to_owned())),
    }
    for item in value.items() {
        match item.scalar() {
            None => problems
                .push(error(item, format!("an item is {}: write the name of a service", kind_name(item)))),
            Some(name) if name.text.contains('\0') => {
                problems.push(Problem::warning(item.place(), "after", NUL));
            }
            Some(_) => {}
        }
    }
}

fn of_signal(value: Node, problems: &mut Vec<Problem>) {
    let error = |node: Node, key: &str, message: String| Problem::error(node.place(), key, &message);
    let mut stop = None;
    match value.resolved().kind() {
        Kind::Map(_) => {}
        Kind::List(_) => stop = value.items().next(),
        _ => {
            let name = value.scalar().and_then(|name| meant_signal(&name.text));
            let name = name.map_or("SIGINT", |signal| signal.name().as_str());
            problems.push(error(value, "signal", format!("it is text: write `signal: {{stop: {name}}}`")));
        }
    }
    for (key, value) in value.pairs() {
        if read::is_stop(key) {
            if stop.replace(value).is_some() {
                let message = "`stop` stands here for the second time: remove one";
                problems.push(error(key, "signal.stop", message.to_owned()));
            }
            continue;
        }
        let Some(name) = key.scalar() else {
            problems.push(error(key, "signal", "a key that is a list or a map: write `stop`".to_owned()));
            continue;
        };
        problems.push(unknown_key(&name.text, "signal.", key.place(), &["stop"]));
    }
    let Some(stop) = stop else { return };
    let Some(name) = stop.scalar() else {
        let message = format!("it is {}: write a name such as SIGTERM", kind_name(stop));
        return problems.push(error(stop, "signal.stop", message));
    };
    if !Signal::is_known(&name.text.to_uppercase()) {
        let known =
            meant_signal(&name.text).map_or("a name such as SIGTERM", |signal| signal.name().as_str());
        let message = format!("{:?} is not a signal of the daemon: write {known}", shortened(&name.text));
        problems.push(error(stop, "signal.stop", message));
    }
}

/// The signal that is meant by a number, or by a name without SIG.
fn meant_signal(text: &str) -> Option<Signal> {
    let numbered = text.parse().ok().and_then(Signal::from_number);
    let named = || Signal::parse(text).or_else(|_| Signal::parse(&format!("SIG{text}"))).ok();
    numbered.or_else(named)
}

/// How a variable is called in a message: what does not look like a name can be a value that slipped there.
pub(super) fn variable_key(name: &str) -> String {
    let is_name = !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_');
    if is_name { format!("env.{}", shortened(name)) } else { Key::Env.name().to_owned() }
}

/// No message has a value of it: values can be secret.
fn of_env(value: Node, document: &Document, problems: &mut Vec<Problem>) {
    let error = |node: Node, key: &str, message: &str| Problem::error(node.place(), key, message);
    match value.resolved().kind() {
        Kind::Map(_) => {}
        Kind::List(_) => {
            problems.push(error(
                value,
                "env",
                "it is a list: write a map, each variable on a line as `NAME: value`",
            ));
        }
        Kind::Scalar(Scalar { text, .. }) if text.contains(':') => {
            let message = "it is text: write each variable on a line below it as `NAME: value`, with a space behind the colon";
            problems.push(error(value, "env", message));
        }
        _ => {
            let message =
                "it is text: write a map, each variable on a line below it as `NAME: value`, indented";
            problems.push(error(value, "env", message));
        }
    }
    for (key, value) in value.pairs() {
        problems.extend(of_variable(key, value, document));
    }
}

fn of_variable(key: Node, value: Node, document: &Document) -> Option<Problem> {
    let Some(name) = key.scalar() else {
        let message = "the name of a variable is a list or a map: write a word";
        return Some(Problem::error(key.place(), Key::Env.name(), message));
    };
    let path = variable_key(&name.text);
    let is_without_colon = || {
        let behind = document.text_at(key.place()).strip_prefix(name.text.as_str());
        behind.is_some_and(|behind| !behind.trim_start().starts_with(':'))
    };
    match value.scalar() {
        None => {
            let message = "it is a list or a map: write text, in quotes if it has brackets";
            Some(Problem::error(value.place(), &path, message))
        }
        Some(text) if text.text.contains('\0') || name.text.contains('\0') => {
            Some(Problem::warning(value.place(), &path, NUL))
        }
        Some(text) if text.is_null() && (path == Key::Env.name() || is_without_colon()) => {
            let message = "a variable without a value: write `NAME: value`, with a space behind the colon";
            Some(Problem::warning(key.place(), Key::Env.name(), message))
        }
        Some(text) if text.is_null() => {
            let message =
                format!("it has no value, and the daemon reads {:?}: write \"\" for empty text", text.text);
            Some(Problem::warning(key.place(), &path, &message))
        }
        Some(_) => None,
    }
}

fn unknown_key(name: &str, parent: &str, place: Place, known: &[&str]) -> Problem {
    let distance = |known: &&&str| edit_distance(name, known);
    let nearest = known.iter().min_by_key(distance).filter(|known| edit_distance(name, known) <= 2);
    let advice = nearest.map_or(String::new(), |known| format!(": is `{known}` meant?"));
    let message = format!("the daemon does not know the key `{}`{advice}", shortened(name));
    Problem::warning(place, &format!("{parent}{}", shortened(name)), &message)
}

/// How many characters are to be added, removed, exchanged, or swapped with their neighbour to make one word of the
/// other.
fn edit_distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) =
        (one.chars().take(32).flat_map(char::to_lowercase).collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let is_swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if is_swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

fn kind_name(node: Node) -> &'static str {
    match node.resolved().kind() {
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
        _ => "text",
    }
}
