//! "Did you mean": the known name nearest to an unknown one.

/// The candidate that `name` most likely stands for, if any is near enough.
///
/// Near is a third of the name's length in edits (a swap of neighbours is one), at least one; a difference in case
/// or in `-`, `_` and blanks alone always is. Of equally near ones the first wins.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody mistypes a text of this length; and the comparison is quadratic.
    if name.len() > 80 {
        return None;
    }
    let folded = fold(name);
    let limit = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name || candidate.len() > 80 {
            continue;
        }
        let distance = if fold(candidate) == folded { 0 } else { strsim::osa_distance(name, candidate) };
        // Of short words everything may be another: they must share something.
        let alike = distance < candidate.chars().count().min(name.chars().count());
        if distance <= limit && alike && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The help that names the nearest candidate.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    suggest(name, candidates).map(|near| format!("did you mean `{near}`?"))
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(suggest("desciption", ["kind", "name", "description"]), Some("description"));
        assert_eq!(suggest("shipMethod", ["ship_method", "ship_to"]), Some("ship_method"));
        assert_eq!(suggest("nmae", ["kind", "name"]), Some("name"));
        assert_eq!(suggest("colour", ["kind", "name"]), None);
        assert_eq!(suggest("x", ["y"]), None);
        assert_eq!(suggest(&"x".repeat(10_000), ["y"]), None);
    }
}
