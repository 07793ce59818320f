//! Which services are looked for.

use regex_lite::{Regex, RegexBuilder};

use super::command_line;
use super::glob::Glob;
use crate::error::{ErrorKind, Result};
use crate::model::Text;

/// Conditions on a service, all of which must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    names: Vec<Text>,
    globs: Vec<Glob>,
    execs: Vec<Exec>,
}

#[derive(Debug, Clone)]
enum Exec {
    Program(Text),
    Pattern(Regex),
}

impl Filter {
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
        self.execs.push(Exec::Program(basename));
    }

    /// Adds a condition: a regular expression matches some part of the service's command.
    pub fn with_exec_regex(&mut self, pattern: &str) -> Result<()> {
        let regex = compile(pattern).map_err(|error| ErrorKind::InvalidRegex {
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })?;
        self.execs.push(Exec::Pattern(regex));
        Ok(())
    }

    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.globs.is_empty() && !self.has_exec()
    }

    /// Whether there is a condition on the command.
    pub fn has_exec(&self) -> bool {
        !self.execs.is_empty()
    }

    /// Whether all conditions on the name hold.
    pub fn matches_name(&self, name: &str) -> bool {
        self.names.iter().all(|known| known.as_str() == name)
            && self.globs.iter().all(|glob| glob.matches(name))
    }

    /// Whether all conditions on the command hold; the empty text is no command.
    pub fn matches_exec(&self, command: &str) -> bool {
        self.execs.iter().all(|exec| match exec {
            Exec::Program(basename) => {
                command_line::program(command).is_some_and(|program| program == basename.as_str())
            }
            Exec::Pattern(regex) => regex.is_match(command),
        })
    }
}

/// A search takes memory in proportion to the expression's size times its groups, and so is their product
/// limited.
fn compile(pattern: &str) -> std::result::Result<Regex, regex_lite::Error> {
    const SIZE_LIMIT: usize = 10 << 20;
    let groups = 1 + pattern.bytes().filter(|byte| *byte == b'(').count();
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT / groups).build()
}
