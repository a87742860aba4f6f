use super::*;

fn ts(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

#[test]
fn keeps_its_offset_and_fraction() {
    for text in [
        "2024-05-22T14:46:46Z",
        "2024-05-22T14:46:46+00:00",
        "2008-01-10T11:00:00-05:00",
        "1969-12-31T23:59:59.999999999+14:00",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2024-02-29T00:00:00-00:30",
    ] {
        assert_eq!(ts(text).to_string(), text);
    }
    assert_eq!(ts("2024-05-22t14:46:46.250z").to_string(), "2024-05-22T14:46:46.25Z");
    assert_eq!(ts("2024-05-22 14:46:46.1234567Z").nanoseconds(), 123_456_700);
}

#[test]
fn compares_as_an_instant() {
    assert_eq!(ts("2024-05-22T14:46:46Z"), ts("2024-05-22T16:46:46+02:00"));
    assert!(ts("2024-05-22T14:46:46Z") < ts("2024-05-22T14:46:46.000000001Z"));
    assert_eq!(ts("1970-01-01T00:00:00Z").epoch_seconds(), 0);
    assert_eq!(ts("1969-12-31T23:59:59.5Z").epoch_millis(), -500);
    assert_eq!(Timestamp::from_epoch_millis(-500).unwrap().to_string(), "1969-12-31T23:59:59.5Z");
}

#[test]
fn refuses_other_text() {
    for bad in [
        "",
        "2024-05-22",
        "2024-05-22T14:46:46",
        "2024-05-22T14:46Z",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-05-00T00:00:00Z",
        "2024-05-22T24:00:00Z",
        "2024-05-22T14:60:00Z",
        "2024-05-22T14:46:46+0200",
        "2024-05-22T14:46:46+24:00",
        "2024-05-22T14:46:46.Z",
        "2024-05-22T14:46:46.0000000001Z",
        "2024-05-22T14:46:46ZZ",
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "+024-05-22T14:46:46Z",
        "2024-05-22T14:46:46\u{2212}05:00",
    ] {
        assert_eq!(Timestamp::parse_rfc3339(bad).expect_err(bad).code(), "decode_failed");
    }
}

#[test]
fn refuses_leap_seconds_and_says_so() {
    let failure = Timestamp::parse_rfc3339("2016-12-31T23:59:60Z").unwrap_err();
    assert!(failure.detail().contains("a leap second can't be kept"), "{failure}");
}

#[test]
fn reads_offsets_without_colon() {
    assert_eq!(Timestamp::parse_iso_offset("2025-05-22T14:46:46.000+0000").unwrap(), ts("2025-05-22T14:46:46Z"));
    assert_eq!(Timestamp::parse_iso_offset("2025-05-22T14:46:46-0730").unwrap().offset_minutes(), -450);
    assert!(Timestamp::parse_iso_offset("2025-05-22T14:46:46+00:00").is_err());
}

#[test]
fn reckons_with_durations() {
    let start = ts("2024-02-28T23:30:00.75-06:00");
    let later = start.add(Duration::parse("36h0.5s").unwrap()).unwrap();
    assert_eq!(later.to_string(), "2024-03-01T11:30:01.25-06:00");
    assert_eq!(later.since(start).unwrap().to_string(), "129600.5s");
    assert_eq!(start.since(later).unwrap().to_string(), "-129600.5s");
    assert_eq!(later.sub(Duration::parse("36h500ms").unwrap()).unwrap(), start);
    let end = ts("9999-12-31T23:59:59.999999999Z");
    assert_eq!(end.add(Duration::parse("1ns").unwrap()).unwrap_err().code(), "overflow");
    assert_eq!(ts("0001-01-01T00:00:00Z").sub(Duration::parse("1ns").unwrap()).unwrap_err().code(), "overflow");
    // By its own clock it would be the year 10000.
    let end = ts("9999-12-31T23:59:59+05:00");
    assert_eq!(end.add(Duration::parse("1s").unwrap()).unwrap_err().code(), "overflow");
}

#[test]
fn knows_its_parts_in_any_zone() {
    let parts = ts("2009-02-13T23:31:30.123Z").parts();
    assert_eq!((parts.full_year(), parts.month(), parts.date(), parts.day_of_month()), (2009, 1, 13, 12));
    assert_eq!((parts.day_of_week(), parts.day_of_year()), (5, 43));
    assert_eq!((parts.hours(), parts.minutes(), parts.seconds(), parts.milliseconds()), (23, 31, 30, 123));
    let parts = ts("2009-02-13T23:31:30Z").parts_in("Australia/Sydney").unwrap();
    assert_eq!((parts.date(), parts.hours()), (14, 10));
    assert_eq!(ts("2009-02-13T23:31:30Z").parts_in("+02:00").unwrap().date(), 14);
    assert_eq!(ts("2009-02-13T23:31:30Z").parts_in("Mars/Olympus").unwrap_err().code(), "invalid_argument");
    assert_eq!(ts("9999-12-31T23:59:59Z").parts_in("Asia/Tokyo").unwrap_err().code(), "overflow");
    assert_eq!(ts("2024-05-22T23:30:00-07:00").date().to_string(), "2024-05-22");
    assert_eq!(ts("2024-05-22T23:30:00-07:00").date_in("UTC").unwrap().to_string(), "2024-05-23");
}

#[test]
fn is_text_in_json() {
    let json = "\"2008-01-10T11:00:00-05:00\"";
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Timestamp>(json).unwrap()).unwrap(), json);
}
