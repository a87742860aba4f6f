//! The ways to round, and what decides whether a cut-off quotient goes up.

use core::fmt;

/// How digits are given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rounding {
    /// To the nearest; halves to the even neighbour: 2.5 → 2, 3.5 → 4.
    #[default]
    HalfEven,
    /// To the nearest; halves away from zero: 2.5 → 3.
    HalfUp,
    /// To the nearest; halves towards zero: 2.5 → 2.
    HalfDown,
    /// Away from zero: 2.1 → 3, -2.1 → -3.
    Up,
    /// Towards zero: 2.9 → 2, -2.9 → -2.
    Down,
    /// Towards positive infinity: 2.1 → 3, -2.9 → -2.
    Ceiling,
    /// Towards negative infinity: 2.9 → 2, -2.1 → -3.
    Floor,
}

impl Rounding {
    /// Every mode with its name in expressions.
    pub const NAMES: &[(&str, Rounding)] = &[
        ("half_even", Rounding::HalfEven),
        ("half_up", Rounding::HalfUp),
        ("half_down", Rounding::HalfDown),
        ("up", Rounding::Up),
        ("down", Rounding::Down),
        ("ceiling", Rounding::Ceiling),
        ("floor", Rounding::Floor),
    ];

    /// The mode of a name such as `half_even`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, mode)| *mode)
    }

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }

    /// Whether the magnitude of a quotient grows by one for the remainder that was cut off.
    pub(super) fn grows(self, remainder: Remainder, odd: bool, negative: bool) -> bool {
        use Remainder::{AboveHalf, Half, Zero};
        match self {
            _ if remainder == Zero => false,
            Rounding::HalfEven => remainder == AboveHalf || remainder == Half && odd,
            Rounding::HalfUp => remainder >= Half,
            Rounding::HalfDown => remainder == AboveHalf,
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
        }
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a division left over, against half of its divisor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remainder {
    Zero,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Remainder {
    /// Of a remainder below its divisor, both below 2^127.
    pub(super) fn of(remainder: u128, divisor: u128) -> Self {
        match (remainder * 2).cmp(&divisor) {
            _ if remainder == 0 => Self::Zero,
            core::cmp::Ordering::Less => Self::BelowHalf,
            core::cmp::Ordering::Equal => Self::Half,
            core::cmp::Ordering::Greater => Self::AboveHalf,
        }
    }
}
