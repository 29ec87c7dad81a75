//! What the process tells its caller: one number, with a fixed precedence.

/// Exit codes, as documented in `--help` and the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All gates passed.
    Passed = 0,
    /// The tool failed: network, disk, bug.
    ToolFailed = 1,
    /// Usage or scenario error, found before any call was made.
    Usage = 2,
    /// A gate failed.
    GateFailed = 3,
    /// The measurement is invalid: the generator, not the target, was at fault.
    Invalid = 4,
    /// Too few calls, or the interval straddles the limit.
    Inconclusive = 5,
    /// Worse than the baseline.
    Regression = 6,
    /// The call records lack a field that the scenario requires.
    FieldMissing = 7,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl ExitCode {
    /// Rank in the precedence 2 > 1 > 130 = 143 > 4 > 3 > 7 > 6 > 5 > 0; higher wins.
    ///
    /// Gates rest on what the generator saw, not on the PBX's records: a failed one is a fact whether or not these are
    /// complete, so 3 goes before 7. A missing field is certain, which an inconclusive gate is not.
    const fn rank(self) -> u8 {
        match self {
            Self::Usage => 8,
            Self::ToolFailed => 7,
            Self::Interrupted | Self::Terminated => 6,
            Self::Invalid => 5,
            Self::GateFailed => 4,
            Self::FieldMissing => 3,
            Self::Regression => 2,
            Self::Inconclusive => 1,
            Self::Passed => 0,
        }
    }

    /// The weightier of two codes.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode;

    #[test]
    fn precedence_is_2_1_interrupt_4_3_7_6_5_0() {
        let order = [
            ExitCode::Usage,
            ExitCode::ToolFailed,
            ExitCode::Interrupted,
            ExitCode::Invalid,
            ExitCode::GateFailed,
            ExitCode::FieldMissing,
            ExitCode::Regression,
            ExitCode::Inconclusive,
            ExitCode::Passed,
        ];
        for pair in order.windows(2) {
            assert_eq!(pair[0].or(pair[1]), pair[0]);
            assert_eq!(pair[1].or(pair[0]), pair[0]);
        }
    }
}
