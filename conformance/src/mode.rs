//! The ways a script is run. A guest must not be able to tell them apart.

/// How the store of a run is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every call runs in one go.
    Unsliced,
    /// The guest is suspended as often as it can be: a slice is one unit of fuel.
    Sliced,
    /// Every host function waits once before it answers.
    Parked,
}

impl Mode {
    /// All modes, the one that others are compared with first.
    pub const ALL: [Mode; 3] = [Mode::Unsliced, Mode::Sliced, Mode::Parked];

    /// The name of the mode in reports.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Unsliced => "unsliced",
            Mode::Sliced => "slices of 1 fuel",
            Mode::Parked => "parked host calls",
        }
    }

    /// Fuel per slice, or none if calls run in one go.
    pub fn slice(self) -> Option<u64> {
        match self {
            Mode::Sliced => Some(1),
            Mode::Unsliced | Mode::Parked => None,
        }
    }

    /// Whether host functions wait once before they answer.
    pub fn parks_host_calls(self) -> bool {
        self == Mode::Parked
    }
}
