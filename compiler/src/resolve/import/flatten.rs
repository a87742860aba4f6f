//! A schema with its references followed and what `allOf` joins laid side by side: every keyword that bears on the shape
//! of its values, from wherever it applies.
//!
//! Absent on purpose: constraints that no type of the language has (`minimum`, `pattern`, `not`, …). What a schema may
//! not be is the sender's business; what it is made of is ours.

use super::Importer;
use super::document::{Place, Problem, reference};
use super::json::{DEPTH_LIMIT, Json, Object};
use crate::diagnostic::suggest;
use crate::rules;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Keywords that say what a value is made of.
const SHAPING: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "items",
    "prefixItems",
    "enum",
    "const",
    "format",
    "maxLength",
    "contentEncoding",
];
/// Keywords that join schemas.
const JOINING: &[&str] = &["$ref", "allOf", "anyOf", "oneOf"];

/// A schema, flat.
#[derive(Debug)]
// Facts of a schema that hold or not, each by itself.
#[expect(clippy::struct_excessive_bools)]
pub(super) struct Schema {
    /// The objects that shape it, those of `allOf` before the one around them.
    pub(super) parts: Vec<Part>,
    /// Alternatives among which a value chooses.
    pub(super) choices: Vec<Choice>,
    /// What tells alternatives apart, with the schema that says so.
    pub(super) discriminator: Option<Part>,
    /// Whether null is a value too.
    pub(super) nullable: bool,
    /// Whether it goes one way only: it is left out on the other.
    pub(super) one_way: bool,
    /// Whether no value fits it.
    pub(super) never: bool,
    /// The schema behind references alone.
    pub(super) end: Place,
    /// What references named on the way.
    pub(super) referred: BTreeSet<Place>,
    /// Whether it leads back to itself.
    looped: bool,
}

/// A schema object that shapes values.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) place: Place,
    pub(super) object: Rc<Object>,
}

/// `anyOf` or `oneOf`, null left out.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The schema that has it.
    pub(super) holder: Place,
    pub(super) members: Vec<Place>,
}

impl Schema {
    /// The one schema that says what this is, if it is one.
    pub(super) fn only(&self) -> Option<&Place> {
        let mut holders = self.parts.iter().map(|p| &p.place).chain(self.choices.iter().map(|c| &c.holder));
        let first = holders.next()?;
        holders.all(|other| other == first).then_some(first)
    }

    /// Whether properties are declared.
    pub(super) fn has_properties(&self) -> bool {
        let some = |part: &Part| {
            part.object.get("properties").and_then(Json::object).is_some_and(|p| p.keys().next().is_some())
        };
        self.parts.iter().any(some)
    }
}

impl Importer<'_, '_> {
    /// All that applies at some places at once.
    pub(super) fn flatten(&mut self, places: &[Place]) -> Schema {
        let end = places.first().cloned().unwrap_or_else(|| Place { document: 0, pointer: String::new() });
        let mut flat = Schema {
            parts: Vec::new(),
            choices: Vec::new(),
            discriminator: None,
            nullable: false,
            one_way: false,
            never: false,
            end: end.clone(),
            referred: BTreeSet::new(),
            looped: false,
        };
        let mut seen = BTreeSet::new();
        for place in places {
            self.visit(place, places.len() == 1, 0, &mut seen, &mut flat);
        }
        if flat.looped && flat.parts.is_empty() && flat.choices.is_empty() {
            let message = "refers to nothing but itself";
            self.find(&end, &Problem::new(rules::SPEC004, message), Some("say what it is: a `type`, or `properties`"));
        }
        flat
    }

    /// `spine` while nothing but references was passed.
    fn visit(&mut self, place: &Place, spine: bool, depth: usize, seen: &mut BTreeSet<Place>, flat: &mut Schema) {
        if !self.step() {
            return;
        }
        if depth > DEPTH_LIMIT {
            let message = format!("joins and refers to schemas more than {DEPTH_LIMIT} deep");
            self.find(place, &Problem::new(rules::SPEC007, message), None);
            return;
        }
        if !seen.insert(place.clone()) {
            flat.looped = true;
            return;
        }
        let object = match self.documents.get(place) {
            Some(Json::Object(object)) => object,
            Some(Json::Bool(allowed)) => {
                flat.never |= !allowed;
                return;
            }
            _ => {
                self.find(
                    place,
                    &Problem::new(rules::SPEC004, "is not a schema"),
                    Some("a schema is an object, `true` or `false`"),
                );
                return;
            }
        };
        flat.nullable |= object.is_true("nullable");
        flat.one_way |= object.is_true("readOnly") || object.is_true("writeOnly");
        self.unsupported(place, &object);
        let shapes = SHAPING.iter().any(|key| object.has(key));
        let joined = object.get("allOf").map_or(&[][..], Json::list);
        let chosen = ["anyOf", "oneOf"].iter().any(|key| object.has(key));
        if spine {
            flat.end = place.clone();
            if object.get("discriminator").is_some_and(|d| d.object().is_some()) {
                flat.discriminator = Some(Part { place: place.clone(), object: Rc::clone(&object) });
            }
        }
        let spine = spine && !shapes && flat.discriminator.is_none();
        let alone = spine && joined.is_empty() && !object.has("$ref");
        let spine = spine && !chosen;
        if let Some(written) = object.get("$ref") {
            match written.text().map(str::to_owned) {
                Some(written) => {
                    if let Some(target) = self.target(place, &written) {
                        flat.referred.insert(target.clone());
                        self.visit(&target, spine && joined.is_empty(), depth + 1, seen, flat);
                    }
                }
                None => self.find(place, &Problem::new(rules::SPEC004, "has a `$ref` that is not text"), None),
            }
        }
        for index in 0..joined.len() {
            self.visit(&place.key("allOf").index(index), spine && joined.len() == 1, depth + 1, seen, flat);
        }
        for key in ["anyOf", "oneOf"] {
            let members = object.get(key).map_or(&[][..], Json::list);
            if let Some(one) = choose(place, key, members, flat) {
                self.visit(&one, alone, depth + 1, seen, flat);
            }
        }
        if shapes {
            flat.parts.push(Part { place: place.clone(), object });
        }
    }

    /// Keywords that declare keys or schemas in ways that are not followed.
    fn unsupported(&mut self, place: &Place, object: &Object) {
        for key in ["$dynamicRef", "$recursiveRef"] {
            if object.has(key) {
                let message = format!("has a `{key}`, which is not followed");
                self.find(place, &Problem::new(rules::SPEC004, message), Some("use `$ref`"));
            }
        }
        let declares = |schema: &Json| schema.object().is_some_and(|o| o.has("properties") || o.has("$ref"));
        let below =
            |key: &str| object.get(key).and_then(Json::object).is_some_and(|all| all.iter().any(|(_, s)| declares(s)));
        for key in ["then", "else", "dependentSchemas", "dependencies"] {
            let conditional = match key {
                "then" | "else" => object.get(key).is_some_and(declares),
                _ => below(key),
            };
            if conditional {
                self.undeclared(place, &format!("has keys under `{key}`"));
            }
        }
    }

    /// What a reference in a document names, if it is there.
    pub(super) fn target(&mut self, from: &Place, written: &str) -> Option<Place> {
        let named = reference(self.documents.path(from.document), written);
        let (path, pointer) = match named {
            Ok(named) => named,
            Err(problem) => {
                let problem = Problem {
                    message: format!("refers to a place that cannot be read: {}", problem.message),
                    ..problem
                };
                self.find(from, &problem, None);
                return None;
            }
        };
        self.locate(&path, pointer, Some((from, written)))
    }

    /// A place of a document that is read if need be. `from` is the reference that names it, none for the spec's own.
    pub(super) fn locate(&mut self, path: &str, pointer: String, from: Option<(&Place, &str)>) -> Option<Place> {
        let (document, problems) = self.documents.load(path, self.resolver.loader);
        for problem in problems {
            match from {
                Some((from, _)) if problem.rule == rules::NAME001 || problem.rule == rules::SPEC004 => {
                    let message = format!("refers to a file that cannot be read: {}", problem.message);
                    self.find(from, &Problem { message, ..problem }, None);
                }
                _ => self.report(problem.rule, problem.message, problem.help.map(str::to_owned), None),
            }
        }
        let place = Place { document: document?, pointer };
        if self.documents.get(&place).is_some() {
            return Some(place);
        }
        let beside = place.parent().and_then(|parent| self.documents.get(&parent));
        let near =
            beside.as_ref().and_then(Json::object).and_then(|o| suggest(&place.last()?, o.keys()).map(str::to_owned));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let message = match from {
            Some((from, written)) => {
                format!("`{}` refers to `{written}`, and nothing stands there", self.documents.show(from))
            }
            None => format!("nothing stands at `{}`", self.documents.show(&place)),
        };
        self.report(rules::NAME001, message, help, None);
        None
    }
}

/// Takes `anyOf` or `oneOf` as what it comes to without null: nothing, the one schema that is given back, or a choice.
fn choose(place: &Place, key: &str, members: &[Json], flat: &mut Schema) -> Option<Place> {
    flat.nullable |= members.iter().any(is_null);
    let left = || members.iter().enumerate().filter(|(_, member)| !is_null(member));
    let mut places: Vec<Place> = left().map(|(index, _)| place.key(key).index(index)).collect();
    // Members that only constrain (`required` of one or the other) say nothing of what it is made of.
    if places.len() > 1 && !left().all(|(_, member)| constrains_only(member)) {
        flat.choices.push(Choice { holder: place.clone(), members: places });
        return None;
    }
    if places.len() == 1 { places.pop() } else { None }
}

fn is_null(schema: &Json) -> bool {
    let Some(object) = schema.object() else { return false };
    match object.get("type").or_else(|| object.get("const")).or_else(|| object.get("enum")) {
        Some(Json::Text(word)) => &**word == "null" && object.has("type"),
        Some(Json::List(only)) => match only.as_ref() {
            [Json::Null] => true,
            [Json::Text(word)] => &**word == "null" && object.has("type"),
            _ => false,
        },
        Some(Json::Null) => true,
        _ => false,
    }
}

fn constrains_only(schema: &Json) -> bool {
    let Some(object) = schema.object() else { return true };
    !JOINING.iter().chain(SHAPING).any(|key| *key != "required" && object.has(key))
}
