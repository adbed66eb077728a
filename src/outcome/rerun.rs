//! What a second run of the same command does.

/// What a second run of the same job does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rerun {
    /// It leads to the same end.
    #[default]
    Idempotent,
    /// It does again what is done already.
    RepeatsWork,
    /// It may end differently: what the first run did is not known, or is in the way of a second one.
    Unknown,
}
