//! Words that messages have in common.

use crate::model::{Id, Model, System};

/// Names in backticks, joined: `a`, `b` and 3 more.
pub fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 6;
    let all: Vec<&str> = names.into_iter().collect();
    let shown = if all.len() > SHOWN + 1 { SHOWN } else { all.len() };
    let mut text = all.iter().take(shown).map(|name| format!("`{name}`")).collect::<Vec<_>>();
    if all.len() > shown {
        return format!("{} and {} more", text.join(", "), all.len() - shown);
    }
    let last = text.pop().unwrap_or_default();
    if text.is_empty() { last } else { format!("{} and {last}", text.join(", ")) }
}

/// The names of systems, in order of declaration.
pub fn system_names(model: &Model, systems: impl IntoIterator<Item = Id<System>>) -> String {
    names(systems.into_iter().map(|id| model.systems[id].name.as_str()))
}

/// A time in milliseconds, exactly: `800ms`, `21.4s`, `5m`, `2h`, `5d`.
pub fn duration(ms: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    match units.into_iter().find(|(_, size)| ms >= *size && ms.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", ms / size),
        None if ms < 1000 => format!("{ms}ms"),
        None => format!("{}.{}s", ms / 1000, format!("{:03}", ms % 1000).trim_end_matches('0')),
    }
}
