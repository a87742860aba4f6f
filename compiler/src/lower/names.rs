//! Rust names: what canonical names, wire names and codes become in generated code.
//!
//! A name is a function of the one text it stands for, so that adding a field never renames another. Two texts that
//! come to the same name are a finding (`NAME003`) and never a number behind the name; [`collisions`] finds them.
//! Everything comes out as ASCII: look-alike letters from specs never reach generated code.

use std::collections::BTreeMap;

/// Words that Rust keeps for itself, of every edition.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Modules that every canonical crate has, or that Cargo gives a meaning to.
const MODULES: &[&str] =
    &["codes", "core", "crossdock_runtime", "lib", "main", "mod", "patches", "rt", "std", "values"];

/// Types of the prelude and of the runtime that generated code names bare; a declared type of the same name would hide them.
const PRELUDE: &[&str] =
    &["Box", "Cow", "Default", "Err", "None", "Ok", "Option", "Record", "Self", "Some", "String", "Vec"];

/// Types that every object's module has.
const OBJECT_TYPES: &[&str] = &["Data", "State"];

/// The type of a declared name, such as `OrderLine`: a `PascalCase` name stays as it is.
pub fn type_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    let name = if plain { name.to_owned() } else { pascal(name) };
    if PRELUDE.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The type of an object; its module's own types keep their names.
pub fn object_type_name(name: &str) -> String {
    let name = type_name(name);
    if OBJECT_TYPES.contains(&name.as_str()) { format!("{name}Object") } else { name }
}

/// The type of a code list: `ShipMethod`, or `OrderStatus` of the states `Order.status`.
pub fn codes_type_name(name: &str) -> String {
    match name.split_once('.') {
        Some((owner, field)) => format!("{}{}", type_name(owner), pascal(field)),
        None => type_name(name),
    }
}

/// The field of a canonical or wire name: `createdAt` and `created_at` both become `created_at`.
pub fn field_name(name: &str) -> String {
    not_keyword(snake(name))
}

/// The module of an object, system or mapping.
pub fn module_name(name: &str) -> String {
    let module = snake(name);
    if MODULES.contains(&module.as_str()) { format!("{module}_object") } else { not_keyword(module) }
}

/// The variant of a code: `GROUND` becomes `Ground`, `2-DAY` `N2Day`, `+1` `Plus1`, no text at all `Empty`.
pub fn variant_name(code: &str) -> String {
    let name = pascal(code);
    if name == "Self" { "Self_".to_owned() } else { name }
}

/// The name of a crate: `kebab-case`.
pub fn crate_name(workspace: &str, part: &str) -> String {
    format!("{}-{}", snake(workspace), snake(part)).replace('_', "-")
}

/// What Rust code calls a crate.
pub fn crate_ident(crate_name: &str) -> String {
    crate_name.replace('-', "_")
}

/// One element of a list: `lines` are of `line`.
pub fn singular(list: &str) -> String {
    let list = list.trim_end_matches('_');
    if let Some(stem) = list.strip_suffix("ies").filter(|stem| !stem.is_empty()) {
        return format!("{stem}y");
    }
    if list.ends_with("sses") || list.ends_with("xes") || list.ends_with("ches") || list.ends_with("shes") {
        return not_keyword(list.strip_suffix("es").unwrap_or(list).to_owned());
    }
    match list.strip_suffix('s') {
        Some(stem) if !stem.is_empty() && !stem.ends_with('s') => not_keyword(stem.to_owned()),
        _ => not_keyword(list.to_owned()),
    }
}

/// The name, or the first of `name_2`, `name_3` and so on that is not taken. For variables alone, which no reader of
/// generated code refers to.
pub fn not_taken(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let plain = if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() };
    if !taken(&plain) {
        return plain;
    }
    (2..u32::MAX).map(|n| format!("{name}_{n}")).find(|name| !taken(name)).unwrap_or(plain)
}

/// Pairs of positions of which the second comes to the same Rust name as the first.
pub fn collisions<'n>(
    names: impl IntoIterator<Item = &'n str>,
    rust_name: impl Fn(&str) -> String,
) -> Vec<(usize, usize)> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (position, name) in names.into_iter().enumerate() {
        let rust = rust_name(name);
        match first.get(&rust) {
            Some(earlier) => found.push((*earlier, position)),
            None => {
                first.insert(rust, position);
            }
        }
    }
    found
}

/// `lower_case` words joined by underscores.
pub fn snake(name: &str) -> String {
    if is_snake(name) {
        return name.to_owned();
    }
    let joined = words(name).iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>().join("_");
    if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("n{joined}") } else { joined }
}

/// Whether a name is what it becomes already, as most are.
fn is_snake(name: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('_').all(word)
}

/// `Words` joined; one that is all capitals keeps only its first.
pub fn pascal(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let shout = !word.chars().any(|c| c.is_ascii_lowercase());
        let mut letters = word.chars();
        let Some(first) = letters.next() else { continue };
        // Two numbers side by side stay two: `1-1` is not `11`.
        if first.is_ascii_digit() && out.ends_with(|c: char| c.is_ascii_digit()) {
            out.push('_');
        }
        out.push(first.to_ascii_uppercase());
        out.extend(letters.map(|c| if shout { c.to_ascii_lowercase() } else { c }));
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) { format!("N{out}") } else { out }
}

fn not_keyword(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The words of a name, at least one: split where it is not a letter or digit, and where a capital begins a word.
/// A sign in front of a digit, and signs that are all there is, become words.
fn words(name: &str) -> Vec<String> {
    let bare = !name.chars().any(char::is_alphanumeric);
    let letters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (position, &c) in letters.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let after = letters.get(position + 1).copied();
        if c.is_ascii_alphanumeric() {
            let starts = c.is_ascii_uppercase()
                && match before {
                    Some(b) if b.is_ascii_lowercase() || b.is_ascii_digit() => true,
                    // The last capital of several begins the word that follows: `XMLFile`.
                    Some(b) if b.is_ascii_uppercase() => after.is_some_and(|a| a.is_ascii_lowercase()),
                    _ => false,
                };
            if starts {
                words.push(std::mem::take(&mut word));
            }
            word.push(c);
        } else if c.is_alphanumeric() {
            match latin(c) {
                Some(text) => word.push_str(text),
                None => word.push_str(&format!("u{:04x}", u32::from(c))),
            }
        } else {
            words.push(std::mem::take(&mut word));
            let leads = before.is_none() && after.is_some_and(|a| a.is_ascii_digit());
            if bare || (leads && matches!(c, '+' | '-' | '<' | '>')) {
                words.push(sign(c));
            }
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        words.push("empty".to_owned());
    }
    words
}

fn sign(c: char) -> String {
    let word = match c {
        '+' => "plus",
        '-' => "minus",
        '*' => "star",
        '/' => "slash",
        '<' => "less",
        '>' => "greater",
        '=' => "equal",
        '!' => "not",
        '?' => "unknown",
        '%' => "percent",
        '&' => "and",
        '#' => "number",
        '@' => "at",
        '.' => "dot",
        ',' => "comma",
        '_' => "underscore",
        '$' => "dollar",
        c if c.is_whitespace() => "blank",
        c => return format!("u{:04x}", u32::from(c)),
    };
    word.to_owned()
}

/// Letters of western European languages, spelled out.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'æ' => "ae",
        'Ä' | 'Æ' => "Ae",
        'ö' | 'ø' => "oe",
        'Ö' | 'Ø' => "Oe",
        'ü' => "ue",
        'Ü' => "Ue",
        'ß' => "ss",
        'å' | 'á' | 'à' | 'â' | 'ã' => "a",
        'Å' | 'Á' | 'À' | 'Â' | 'Ã' => "A",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'É' | 'È' | 'Ê' | 'Ë' => "E",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ó' | 'ò' | 'ô' | 'õ' => "o",
        'ú' | 'ù' | 'û' => "u",
        'ç' => "c",
        'ñ' => "n",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_become_fields() {
        for (wire, rust) in [
            ("id", "id"),
            ("created_at", "created_at"),
            ("createdAt", "created_at"),
            ("CustomerID", "customer_id"),
            ("XMLFile", "xml_file"),
            ("@odata.etag", "odata_etag"),
            ("to_Item", "to_item"),
            ("SoldToParty", "sold_to_party"),
            ("type", "type_"),
            ("self", "self_"),
            ("2nd", "n2nd"),
            ("", "empty"),
            ("Account-Name__c", "account_name_c"),
            ("größe", "groesse"),
            ("价格", "u4ef7u683c"),
            ("line1", "line1"),
        ] {
            assert_eq!(field_name(wire), rust, "{wire}");
        }
    }

    #[test]
    fn codes_become_variants() {
        for (code, rust) in [
            ("GROUND", "Ground"),
            ("on_hold", "OnHold"),
            ("2-DAY", "N2Day"),
            ("+1", "Plus1"),
            ("-1", "Minus1"),
            ("1-1", "N1_1"),
            ("", "Empty"),
            (" ", "Blank"),
            ("*", "Star"),
            ("self", "Self_"),
            ("USPS Priority", "UspsPriority"),
            ("iPhone", "IPhone"),
        ] {
            assert_eq!(variant_name(code), rust, "{code}");
        }
    }

    #[test]
    fn names_that_have_a_meaning_step_aside() {
        assert_eq!(module_name("Order"), "order");
        assert_eq!(module_name("InventoryLevel"), "inventory_level");
        assert_eq!(module_name("Codes"), "codes_object");
        assert_eq!(module_name("Type"), "type_");
        assert_eq!(object_type_name("Data"), "DataObject");
        assert_eq!(type_name("Option"), "Option_");
        assert_eq!(codes_type_name("Order.status"), "OrderStatus");
        assert_eq!(crate_name("harbor_line", "business_central"), "harbor-line-business-central");
    }

    #[test]
    fn elements_are_named_after_their_list() {
        for (list, element) in [
            ("lines", "line"),
            ("addresses", "address"),
            ("entries", "entry"),
            ("tracking", "tracking"),
            ("boxes", "box_"),
        ] {
            assert_eq!(singular(list), element);
        }
    }

    #[test]
    fn two_texts_of_one_name_are_found() {
        let names = ["createdAt", "id", "created_at", "ID"];
        assert_eq!(collisions(names, field_name), [(0, 2), (1, 3)]);
    }
}
