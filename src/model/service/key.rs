//! The keys of a service file that zinit knows, and what stands under one.

/// A key that zinit 0.2.14 knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Exec,
    Test,
    Oneshot,
    ShutdownTimeout,
    After,
    Signal,
    Log,
    Env,
    Dir,
}

impl Key {
    /// In the daemon's order, which matters to it where a file is a list.
    pub(super) const ALL: [Self; 9] = [
        Self::Exec,
        Self::Test,
        Self::Oneshot,
        Self::ShutdownTimeout,
        Self::After,
        Self::Signal,
        Self::Log,
        Self::Env,
        Self::Dir,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::Test => "test",
            Self::Oneshot => "oneshot",
            Self::ShutdownTimeout => "shutdown_timeout",
            Self::After => "after",
            Self::Signal => "signal",
            Self::Log => "log",
            Self::Env => "env",
            Self::Dir => "dir",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// What stands under a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Field<T> {
    /// Nothing.
    #[default]
    Absent,
    Value(T),
    /// Something that is not a value of this key. The file keeps it until the key is set.
    NotUnderstood,
}

impl<T> Field<T> {
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::NotUnderstood => None,
        }
    }

    /// The value, to be changed and set again; a new one where nothing can be changed.
    pub(super) fn take(&mut self) -> T
    where
        T: Default,
    {
        match std::mem::take(self) {
            Self::Value(value) => value,
            Self::Absent | Self::NotUnderstood => T::default(),
        }
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Value(value) => Field::Value(change(value)),
            Self::NotUnderstood => Field::NotUnderstood,
        }
    }

    pub(super) fn or(self, value: T) -> Self {
        match self {
            Self::Absent => Self::Value(value),
            field => field,
        }
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}
