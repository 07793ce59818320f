//! The protocols of zinit.

/// How a daemon is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// One command line a connection, one JSON object back: zinit 0.2.0 to 0.2.14.
    Line,
    /// JSON-RPC 2.0: zinit 0.2.15 to 0.2.28.
    JsonRpc,
}
