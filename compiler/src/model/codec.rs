//! Wire codecs: how a scalar of a logical type is written in a payload. What each one does lives in the runtime.

/// A wire codec with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Codec {
    /// The format's natural form of the type.
    Plain,
    /// A number or bool written as text.
    Text,
    /// A decimal or int written as a JSON number.
    Number,
    /// RFC 3339.
    Rfc3339,
    /// RFC 1123 (HTTP dates).
    Rfc1123,
    /// ISO 8601 with an offset without colon (`+0000`).
    IsoOffset,
    /// Seconds since 1970.
    EpochS,
    /// Milliseconds since 1970.
    EpochMs,
    /// `/Date(ms)/` and `/Date(ms+oooo)/` of `OData` version 2.
    Odata,
    /// A pattern such as `CCYYMMDD`.
    DatePattern(String),
    /// Local text in a time zone.
    Local(String),
    /// Digits with an implied decimal point.
    Implied(u32),
    /// An integer count of minor units.
    MinorUnits,
    /// Leading zeros up to a width.
    Padded(u32),
    /// `Y` and `N`.
    YN,
    /// `1` and `0`.
    ZeroOne,
    /// One text of several, separated.
    Split(String),
    /// Text that holds JSON.
    JsonText,
}

impl Codec {
    /// The names of the codecs, as specs write them.
    pub const NAMES: &[&str] = &[
        "text",
        "number",
        "rfc3339",
        "rfc1123",
        "iso_offset",
        "epoch_s",
        "epoch_ms",
        "odata",
        "date",
        "local",
        "implied",
        "minor_units",
        "padded",
        "y_n",
        "zero_one",
        "split",
        "json_text",
        "money",
        "join",
    ];
}
