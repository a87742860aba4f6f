//! Payloads of a shape: mostly what it declares, with fields missing, null, empty, of the wrong kind or at an edge.

use super::random::Random;
use super::shape::{Leaf, Presence, Shape};
use std::fmt::Write as _;

/// What in a hundred fields of a payload is unlike the rest.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    /// Optional ones that are not there.
    pub absent: usize,
    /// Those that are not what the shape declares.
    pub odd: usize,
}

/// A payload.
pub fn payload(shape: &Shape, random: &mut Random, mix: Mix) -> String {
    let odd = mix.odd;
    let mut fields = object(&shape.leaves, random, mix);
    if !(shape.part_optional && random.chance(mix.absent) || random.chance(odd / 4)) {
        let part = if random.chance(odd / 4) { "null".to_owned() } else { braced(&object(&shape.part, random, mix)) };
        fields.push(("part".to_owned(), part));
    }
    if !(shape.lines_optional && random.chance(mix.absent) || random.chance(odd / 4)) {
        let lines: Vec<String> = (0..(1 + random.below(3)).saturating_sub(usize::from(random.chance(odd))))
            .map(|_| braced(&object(&shape.line, random, mix)))
            .collect();
        fields.push(("lines".to_owned(), format!("[{}]", lines.join(","))));
    }
    if random.chance(odd) {
        fields.push(("unheard_of".to_owned(), "{\"a\":[1,2,{}]}".to_owned()));
    }
    if random.chance(odd / 8)
        && let Some(first) = fields.first().cloned()
    {
        fields.push(first);
    }
    // Keys come in any order.
    if random.chance(40) {
        let by = random.below(fields.len());
        fields.rotate_left(by);
    }
    braced(&fields)
}

fn object(leaves: &[Leaf], random: &mut Random, mix: Mix) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for leaf in leaves {
        if let Some(value) = value(leaf, random, mix) {
            fields.push((leaf.name.clone(), value));
        }
    }
    fields
}

fn value(leaf: &Leaf, random: &mut Random, mix: Mix) -> Option<String> {
    if leaf.presence != Presence::Required && random.chance(mix.absent) {
        return match random.below(4) {
            0 => Some("null".to_owned()),
            1 => Some("\"\"".to_owned()),
            2 if leaf.presence == Presence::EmptyIsNone => Some("\"-\"".to_owned()),
            _ => None,
        };
    }
    if random.chance(mix.odd) {
        return match random.below(6) {
            0 => None,
            1 => Some("null".to_owned()),
            _ => Some((*random.pick(leaf.wire.edge)).to_owned()),
        };
    }
    Some((*random.pick(leaf.wire.good)).to_owned())
}

fn braced(fields: &[(String, String)]) -> String {
    let mut text = String::from("{");
    for (at, (name, value)) in fields.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\"{name}\":{value}");
    }
    text.push('}');
    text
}
