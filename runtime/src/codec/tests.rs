use super::*;
use crate::decimal::Decimal;
use crate::time::{Date, LocalTimestamp, Time, Timestamp};
use crate::{Country, Currency, Duration, Unit};

/// Reads one JSON value and writes it again.
fn both<T>(codec: &impl for<'a> Codec<'a, T>, json: &str) -> String {
    let scalar = crate::json::Reader::new(json.as_bytes()).unwrap().scalar().unwrap();
    let value = match codec.decode(scalar) {
        Ok(value) => value,
        Err(failure) => return format!("{}: {}", failure.code(), failure.quoted()),
    };
    let mut w = Writer::compact();
    match codec.encode(&value, &mut w) {
        Ok(()) => w.into_string(),
        Err(failure) => format!("{}: {}", failure.code(), failure.quoted()),
    }
}

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "codecs are Copy")]
fn same<T>(codec: impl for<'a> Codec<'a, T>, json: &str) {
    assert_eq!(both(&codec, json), json);
}

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "codecs are Copy")]
fn turns<T>(codec: impl for<'a> Codec<'a, T>, json: &str, into: &str) {
    assert_eq!(both(&codec, json), into);
}

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "codecs are Copy")]
fn refuses<T>(codec: impl for<'a> Codec<'a, T>, all: &[&str]) {
    for json in all {
        let said = both(&codec, json);
        assert!(said.starts_with("decode_failed: "), "{json}: {said}");
    }
}

#[test]
fn plain() {
    same::<i64>(Plain, "-9223372036854775808");
    turns::<i64>(Plain, "12.0", "12");
    turns::<i64>(Plain, "139000000.0", "139000000");
    turns::<i64>(Plain, "1.2E1", "12");
    refuses::<i64>(Plain, &["1.5", "9223372036854775808", "1E400", "\"12\"", "true", "null"]);
    same::<Decimal>(Plain, "12.50");
    turns::<Decimal>(Plain, "-0", "0");
    refuses::<Decimal>(Plain, &["\"12.50\"", "1E400", "0.00000000000000000000000000001"]);
    same::<bool>(Plain, "true");
    same::<String>(Plain, "\"a\\\"b\"");
    same::<Vec<u8>>(Plain, "\"Zm9v\"");
    same::<Date>(Plain, "\"2024-05-22\"");
    same::<Time>(Plain, "\"08:30:00\"");
    same::<LocalTimestamp>(Plain, "\"2024-05-22T08:30:00\"");
    same::<Timestamp>(Plain, "\"2024-05-22T08:30:00-05:00\"");
    same::<Duration>(Plain, "\"3.5s\"");
    same::<Currency>(Plain, "\"USD\"");
    same::<Country>(Plain, "\"US\"");
    same::<Unit>(Plain, "\"EA\"");
    refuses::<Date>(Plain, &["\"\"", "\"0001-01-00\"", "20240522"]);
    refuses::<Currency>(Plain, &["\"usd\"", "\"\"", "840"]);
}

#[test]
fn says_what_was_found_bounded() {
    let long = format!("\"{}\"", "x".repeat(500));
    assert_eq!(both::<Date>(&Plain, "true"), "decode_failed: expected a date as text, found `true`");
    assert!(both::<Date>(&Plain, &long).chars().count() < 130);
    assert!(both::<i64>(&Plain, &long).chars().count() < 130);
}

#[test]
fn text_and_numbers() {
    same::<Decimal>(Text, "\"2656.240\"");
    turns::<i64>(Text, "\"0012\"", "\"12\"");
    same::<bool>(Text, "\"false\"");
    refuses::<Decimal>(Text, &["12.5", "\"\"", "\" 1\"", "\"1,5\""]);
    same::<Decimal>(Number, "19.90");
    turns::<Decimal>(Implied(2), "\"12345\"", "12345");
    same::<Decimal>(Implied(2), "-5");
    assert_eq!(Codec::<Decimal>::decode(&Implied(2), Scalar::Num("-5")).unwrap().to_string(), "-0.05");
    let mut w = Writer::compact();
    assert_eq!(Implied(2).encode(&Decimal::parse("1.005").unwrap(), &mut w).unwrap_err().code(), "digits_lost");
    Implied(2).encode(&Decimal::parse("1.5").unwrap(), &mut w).unwrap();
    assert_eq!(w.into_string(), "150");
    same::<Decimal>(MinorUnits, "14400");
    same::<String>(Padded(10), "\"0000104582\"");
    turns::<String>(Padded(4), "\"0000\"", "\"0000\"");
    same::<String>(Padded(10), "\"AB-12\"");
    same::<i64>(Padded(10), "\"0000104582\"");
    turns::<String>(Padded(3), "\"12345\"", "text_too_long: `12345` is longer than 3 characters");
    turns::<String>(Limited(3), "\"abcd\"", "text_too_long: `abcd` is longer than 3 characters");
    turns::<Decimal>(Digits(Text, Some(12), Some(2)), "\"1.505\"", "digits_lost: `1.505` does not fit decimal(12,2)");
    same::<String>(Email, "\"a@b.com\"");
    refuses::<String>(Uuid, &["\"x\"", "1"]);
}

#[test]
fn flags_and_lists() {
    same::<bool>(YN, "\"Y\"");
    refuses::<bool>(YN, &["\"y\"", "true", "\"\""]);
    turns::<bool>(ZeroOne, "\"1\"", "1");
    same::<bool>(ZeroOne, "0");
    refuses::<bool>(ZeroOne, &["2", "true"]);
    turns::<Vec<String>>(Split(","), "\" a, b,,c \"", "\"a,b,c\"");
    turns::<Vec<String>>(Split(","), "\"\"", "\"\"");
    let mut w = Writer::compact();
    assert_eq!(Split(",").encode(&vec!["a,b".to_owned()], &mut w).unwrap_err().code(), "invalid_argument");
    same::<String>(JsonText, r#""{\"a\":[1]}""#);
    refuses::<String>(JsonText, &["\"{\"", "\"\"", "{}"].map(|json| if json == "{}" { "1" } else { json }));
}

#[test]
fn timestamps() {
    same::<Timestamp>(Rfc3339, "\"2024-05-22T14:46:46+02:00\"");
    same::<Timestamp>(IsoOffset, "\"2025-05-22T14:46:46.000+0000\"");
    turns::<Timestamp>(IsoOffset, "\"2025-05-22T14:46:46-0730\"", "\"2025-05-22T14:46:46.000-0730\"");
    same::<Timestamp>(Rfc1123, "\"Tue, 15 Nov 1994 08:12:31 GMT\"");
    turns::<Timestamp>(Rfc1123, "\"15 Nov 1994 08:12:31 +0100\"", "\"Tue, 15 Nov 1994 07:12:31 GMT\"");
    refuses::<Timestamp>(
        Rfc1123,
        &[
            "\"Mon, 15 Nov 1994 08:12:31 GMT\"",
            "\"Tue, 15 Nov 1994 08:12:31\"",
            "\"\"",
            "\"Tue, 15 Nov 94 08:12:31 GMT\"",
        ],
    );
    same::<Timestamp>(EpochS, "1716389206");
    turns::<Timestamp>(EpochS, "\"1716389206.250\"", "1716389206.25");
    same::<Timestamp>(EpochMs, "1716389206123");
    same::<Timestamp>(EpochMs, "-1");
    refuses::<Timestamp>(EpochMs, &["1E400", "\"x\"", "0.0000001", "99999999999999999"]);
    same::<Timestamp>(Local("America/Chicago"), "\"2024-07-15T08:00:00\"");
    turns::<Timestamp>(Local("America/Chicago"), "\"2024-03-10T02:30:00\"", "\"2024-03-10T03:30:00\"");
    refuses::<Timestamp>(Local("Nowhere"), &["\"2024-03-10T02:30:00\""]);
}

#[test]
fn odata() {
    turns::<Timestamp>(Odata, "\"/Date(1130112000000)/\"", "\"/Date(1130112000000+0000)/\"");
    same::<Timestamp>(Odata, "\"/Date(1130168212000+0120)/\"");
    same::<Timestamp>(Odata, "\"/Date(-1000-0090)/\"");
    same::<Date>(Odata, "\"/Date(1130112000000)/\"");
    same::<Date>(Odata, "\"/Date(253402214400000)/\"");
    same::<Date>(Odata, "\"/Date(-86400000)/\"");
    same::<LocalTimestamp>(Odata, "\"/Date(1130168212500)/\"");
    same::<Time>(Odata, "\"PT11H30M00S\"");
    turns::<Time>(Odata, "\"PT5M1.5S\"", "\"PT00H05M01.5S\"");
    refuses::<Date>(
        Odata,
        &[
            "\"/Date(1130168212000)/\"",
            "\"/Date()/\"",
            "\"/Date(1)\"",
            "\"1130112000000\"",
            "\"/Date(1e5)/\"",
            "1130112000000",
        ],
    );
    refuses::<Timestamp>(
        Odata,
        &[
            "\"/Date(99999999999999999999)/\"",
            "\"/Date(1+)/\"",
            "\"/Date(1+9999)/\"",
            "\"/Date(1+1+1)/\"",
            "\"/Date(--1)/\"",
        ],
    );
    refuses::<Time>(Odata, &["\"PT\"", "\"11:30\"", "\"PT25H\"", "\"PT-1H\"", "\"PT1S1H\"", "\"PT1e1S\""]);
}

#[test]
fn date_patterns() {
    same::<Date>(DatePattern("CCYYMMDD"), "\"20240229\"");
    same::<Date>(DatePattern("DD.MM.YYYY"), "\"29.02.2024\"");
    same::<Date>(DatePattern("YYMMDD"), "\"991231\"");
    assert_eq!(Codec::<Date>::decode(&DatePattern("YYMMDD"), Scalar::Str("991231".into())).unwrap().year(), 1999);
    same::<Time>(DatePattern("hhmm"), "\"0830\"");
    same::<Time>(DatePattern("hhmmss"), "\"083015\"");
    same::<LocalTimestamp>(DatePattern("CCYY-MM-DD hh:mm:ss"), "\"2024-02-29 08:30:15\"");
    refuses::<Date>(
        DatePattern("CCYYMMDD"),
        &["\"20230229\"", "\"2024022\"", "\"202402290\"", "\"2024-2-9\"", "20240229", "\"\""],
    );
    let mut w = Writer::compact();
    let old = crate::time::parse_date("1969-12-31").unwrap();
    assert_eq!(DatePattern("YYMMDD").encode(&old, &mut w).unwrap_err().code(), "digits_lost");
    let time = crate::time::parse_time("08:30:15").unwrap();
    assert_eq!(DatePattern("hhmm").encode(&time, &mut w).unwrap_err().code(), "digits_lost");
    let local = crate::time::parse_local("2024-02-29T08:30:00").unwrap();
    assert_eq!(DatePattern("CCYYMMDD").encode(&local, &mut w).unwrap_err().code(), "digits_lost");
    for (pattern, date, time, sound) in [
        ("CCYYMMDD", true, false, true),
        ("YYYYMMDDhhmm", true, true, true),
        ("hhmmss", false, true, true),
        ("MMDD", false, false, false),
        ("CCYYMMDDss", true, false, false),
        ("YYYYYYMMDD", true, false, false),
        ("", false, false, false),
    ] {
        assert_eq!(DatePattern(pattern).parts(), PatternParts { date, time, sound }, "{pattern}");
    }
}
