//! Texts of contracts: times as specs write them, headings from names, what a status means.

/// A time in milliseconds as a spec writes it: `800ms`, `30s`, `5m`, `24h`, `7d`; the largest unit that is exact.
pub(super) fn duration(ms: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    match units.into_iter().find(|(_, size)| ms >= *size && ms.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", ms / size),
        None if ms == 0 => "0s".to_owned(),
        None => format!("{ms}ms"),
    }
}

/// A time in seconds as a spec writes it.
pub(super) fn seconds(seconds: u64) -> String {
    duration(seconds.saturating_mul(1000))
}

/// A rate in thousandths per second as a spec writes it: `40/s`, `0.5/s`.
pub(super) fn rate(milli: u64) -> String {
    let (whole, rest) = (milli / 1000, milli % 1000);
    if rest == 0 { format!("{whole}/s") } else { format!("{whole}.{}/s", format!("{rest:03}").trim_end_matches('0')) }
}

/// A heading from a name: `get_order` becomes `Get order`.
pub(super) fn heading(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Names in backticks, all of them: `a`, `b` and `c`.
pub(super) fn names(names: &[&str]) -> String {
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and `{last}`", quoted(before)),
        _ => quoted(names),
    }
}

/// The names in a template such as `/orders/{order_id}`, in order.
pub(super) fn names_in(template: &str) -> Vec<&str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// What HTTP says of a status.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-authoritative information",
        204 => "No content",
        205 => "Reset content",
        206 => "Partial content",
        207 => "Multi-status",
        400 => "Bad request",
        401 => "Unauthenticated",
        402 => "Payment required",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Method not allowed",
        406 => "Not acceptable",
        408 => "Request timed out",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition failed",
        413 => "Too large",
        415 => "Unsupported media type",
        422 => "Refused by a business rule",
        423 => "Locked",
        428 => "Precondition required",
        429 => "Too many requests",
        500 => "Internal error",
        501 => "Not implemented",
        502 => "A system behind it failed",
        503 => "Not available now",
        504 => "A system behind it did not answer in time",
        _ if status < 300 => "Success",
        _ if status < 400 => "Elsewhere",
        _ if status < 500 => "Refused",
        _ => "Failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_in_specs() {
        let shown = [800, 1500, 30_000, 300_000, 86_400_000, 0].map(duration);
        assert_eq!(shown, ["800ms", "1500ms", "30s", "5m", "1d", "0s"]);
        assert_eq!([rate(40_000), rate(500), rate(1250)], ["40/s", "0.5/s", "1.25/s"]);
        assert_eq!(heading("stock_us"), "Stock us");
        assert_eq!(names_in("/a/{b}/c/{d}"), ["b", "d"]);
    }
}
