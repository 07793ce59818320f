//! The protocols of zinit.

/// How a daemon is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// One command line a connection, one JSON object back: zinit 0.2.0 to 0.2.14.
    Line,
    /// JSON-RPC 2.0: zinit 0.2.15 to 0.2.28.
    JsonRpc,
    /// JSON-RPC 2.0 with other methods and states: zinit 0.3.6 to 0.3.9.
    Zinit03,
}

impl Protocol {
    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Line => "the line protocol",
            Self::JsonRpc => "JSON-RPC",
            Self::Zinit03 => "the JSON-RPC of zinit 0.3",
        }
    }

    /// The versions of zinit that speak it.
    pub fn versions(self) -> &'static str {
        match self {
            Self::Line => "0.2.0 to 0.2.14",
            Self::JsonRpc => "0.2.15 to 0.2.28",
            Self::Zinit03 => "0.3.6 to 0.3.9",
        }
    }
}
