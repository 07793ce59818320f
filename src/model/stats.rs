//! What the processes of a service use.

/// One process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessStats {
    /// Its process id.
    pub pid: i32,
    /// The memory that it uses, in bytes.
    pub memory: u64,
    /// The time that it runs on a processor, in percent of one: finite.
    pub cpu: f64,
}

/// A service's processes at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// The process that the daemon spawned.
    pub process: ProcessStats,
    /// All descendants of that process, in no order.
    pub children: Vec<ProcessStats>,
}
