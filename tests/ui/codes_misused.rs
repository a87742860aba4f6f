//! Every mistake in a code list, each at its own place.

use crossdock_runtime::Codes;

#[derive(Clone, Copy, PartialEq, Eq, Codes)]
enum Method<T> {
    #[code("GROUND")]
    Ground,
    #[code("GROUND")]
    Road,
    Air,
    #[code("SEA")]
    #[code("SHIP")]
    Sea,
    #[code("RAIL")]
    Rail(T),
    #[code(7)]
    Seven,
    #[code]
    Bare,
}

#[derive(Clone, Copy, PartialEq, Eq, Codes)]
enum Empty {}

#[derive(Clone, Copy, PartialEq, Eq, Codes)]
struct NotAnEnum;

fn main() {}
