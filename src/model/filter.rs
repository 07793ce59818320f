//! Which services are looked for.

use regex_lite::{Regex, RegexBuilder};

use super::command_line;
use super::glob::Glob;
use super::text::shortened;
use crate::error::{ErrorKind, Result};
use crate::model::{Service, Text};

/// Conditions on a service, all of which must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    names: Vec<Text>,
    globs: Vec<Glob>,
    programs: Vec<Text>,
    regexes: Vec<Expression>,
}

/// A regular expression that is compiled.
#[derive(Debug, Clone)]
struct Expression {
    regex: Regex,
    /// At most so many bytes.
    size: usize,
}

impl Filter {
    /// The longest regular expression in bytes.
    pub const MAX_REGEX_BYTES: usize = 8 << 10;
    /// The most bytes that an expression may take when it is compiled.
    pub const MAX_REGEX_SIZE: usize = 256 << 10;
    /// The most bytes that a search with an expression may take: its size times its groups.
    pub const MAX_REGEX_MEMORY: usize = 10 << 20;
    /// How many groups an expression may have in one another.
    pub const MAX_REGEX_DEPTH: u32 = 50;
    /// The most work for one command, in [`Self::exec_work`]: an expression of 4 KiB and the longest command that a
    /// file can have, or the largest expression and a command of 4 KiB. It takes half a second at the most.
    pub const MAX_WORK: usize = (4 << 10) * Service::MAX_FILE_BYTES;

    /// A filter without conditions, which no search takes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition: the service has this name.
    pub fn with_name(&mut self, name: Text) {
        self.names.push(name);
    }

    /// Adds a condition: the service's whole name matches a shell pattern.
    pub fn with_glob(&mut self, pattern: &str) -> Result<()> {
        self.globs.push(Glob::new(pattern)?);
        Ok(())
    }

    /// Adds a condition: the program of the service's command has this name, without directory.
    pub fn with_exec(&mut self, basename: Text) {
        self.programs.push(basename);
    }

    /// Adds a condition: a regular expression matches some part of the service's command.
    pub fn with_exec_regex(&mut self, pattern: &str) -> Result<()> {
        let expression = Expression::new(pattern)
            .map_err(|reason| ErrorKind::InvalidRegex { pattern: shortened(pattern), reason })?;
        self.regexes.push(expression);
        Ok(())
    }

    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.globs.is_empty() && !self.has_exec()
    }

    /// Whether there is a condition on the command.
    pub fn has_exec(&self) -> bool {
        !self.programs.is_empty() || !self.regexes.is_empty()
    }

    /// Whether all conditions on the name hold.
    pub fn matches_name(&self, name: &str) -> bool {
        self.names.iter().all(|known| known.as_str() == name)
            && self.globs.iter().all(|glob| glob.matches(name))
    }

    /// How much work a name is: the length of the patterns times that of the name.
    pub fn name_work(&self, name: &str) -> usize {
        let length = self.globs.iter().map(Glob::length).fold(0, usize::saturating_add);
        length.saturating_mul(name.len())
    }

    /// Whether all conditions on the command hold; the empty text is no command. An error where a regular expression
    /// would have to search for too long.
    pub fn matches_exec(&self, command: &str) -> Result<bool> {
        let is_program = |basename: &Text| {
            command_line::program(command).is_some_and(|program| program.as_bytes() == basename.as_bytes())
        };
        if !self.programs.iter().all(is_program) {
            return Ok(false);
        }
        if self.exec_work(command) > Self::MAX_WORK {
            let largest = self.regexes.iter().max_by_key(|expression| expression.size);
            let pattern = shortened(largest.map_or("", |expression| expression.regex.as_str()));
            let reason = format!(
                "it is too large for a command of {} bytes; make it shorter, or add a condition on the name",
                command.len()
            );
            return Err(ErrorKind::InvalidRegex { pattern, reason }.into());
        }
        Ok(self.regexes.iter().all(|expression| expression.regex.is_match(command)))
    }

    /// How much work a command is: the size of the expressions times its length. A search looks at each state of an
    /// expression at most once for each character, and once more at the end.
    pub fn exec_work(&self, command: &str) -> usize {
        self.regex_size().saturating_mul(command.len())
    }

    fn regex_size(&self) -> usize {
        self.regexes.iter().map(|expression| expression.size).fold(0, usize::saturating_add)
    }
}

impl Expression {
    fn new(pattern: &str) -> std::result::Result<Self, String> {
        const SMALLEST: usize = 1 << 10;
        if pattern.len() > Filter::MAX_REGEX_BYTES {
            return Err(format!("it is longer than {} bytes; make it shorter", Filter::MAX_REGEX_BYTES));
        }
        // A search takes memory in proportion to the expression's size times its groups.
        let groups = 1 + pattern.bytes().filter(|byte| *byte == b'(').count();
        let most = Filter::MAX_REGEX_SIZE.min(Filter::MAX_REGEX_MEMORY / groups);
        let of_size = |size| {
            let mut builder = RegexBuilder::new(pattern);
            builder.nest_limit(Filter::MAX_REGEX_DEPTH).size_limit(size).build()
        };
        let mut found = Self { regex: of_size(most).map_err(|error| reason(&error))?, size: most };
        // The crate does not tell how large it is, but only whether it is larger than that.
        let mut size = SMALLEST;
        while size < most {
            if let Ok(regex) = of_size(size) {
                found = Self { regex, size };
                break;
            }
            size *= 2;
        }
        Ok(found)
    }
}

/// Why an expression is refused.
fn reason(error: &regex_lite::Error) -> String {
    match error.to_string() {
        words if words.contains("size limit") => {
            "it is too large; make it shorter, repeat less of it, or use (?:...) in place of groups"
                .to_owned()
        }
        words => words,
    }
}
