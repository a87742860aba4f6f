//! What a schema's values are in the language: a scalar with its codec, a list, a map, a record, a union, or JSON that is
//! kept as it is.

use super::Importer;
use super::document::{Place, Problem};
use super::flatten::{Part, Schema};
use super::json::{DEPTH_LIMIT, Json};
use super::union::Union;
use crate::model::{Codec, Type};
use crate::rules;

/// What values are.
#[derive(Debug)]
pub(super) enum Form {
    Scalar(Type, Codec),
    /// Elements that all of these schemas describe; of none, any.
    List(Vec<Place>),
    /// Values by key, likewise.
    Map(Vec<Place>),
    Record,
    Union(Union),
    /// Anything, or what has no one form: kept as its text.
    Json,
    /// A finding was given.
    Unknown,
}

/// The type of a field and how its scalars are written.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) ty: Type,
    pub(super) codec: Codec,
    pub(super) nullable: bool,
}

const STRING: u8 = 1;
const INTEGER: u8 = 2;
/// A number that is no integer.
const NUMBER: u8 = 4;
const BOOLEAN: u8 = 8;
const ARRAY: u8 = 16;
const OBJECT: u8 = 32;
const NULL: u8 = 64;

impl Importer<'_, '_> {
    /// The shape of what all of these schemas describe; records in it are named after `name` where no reference names
    /// them.
    pub(super) fn shape(&mut self, places: &[Place], name: &str, depth: usize) -> (Schema, Shape) {
        let schema = self.flatten(places);
        let (form, nullable) = self.form(&schema, depth);
        let (ty, codec) = match form {
            _ if depth > DEPTH_LIMIT => {
                let message = format!("is nested more than {DEPTH_LIMIT} deep");
                self.find(&schema.end, &Problem::new(rules::SPEC007, message), None);
                (Type::Unknown, Codec::Plain)
            }
            Form::Scalar(ty, codec) => (ty, codec),
            Form::List(of) => {
                let (element, codec) = self.element(&of, name, depth);
                (Type::List(Box::new(element)), codec)
            }
            Form::Map(of) => {
                let (value, codec) = self.element(&of, name, depth);
                (Type::Map(Box::new(Type::STRING), Box::new(value)), codec)
            }
            Form::Record | Form::Union(_) => {
                let record = self.record(&schema, name);
                self.held.extend(record.as_struct());
                (record, Codec::Plain)
            }
            Form::Json => (Type::Json, Codec::Plain),
            Form::Unknown => (Type::Unknown, Codec::Plain),
        };
        (schema, Shape { ty, codec, nullable })
    }

    fn element(&mut self, of: &[Place], name: &str, depth: usize) -> (Type, Codec) {
        if of.is_empty() {
            return (Type::Json, Codec::Plain);
        }
        let (_, shape) = self.shape(of, name, depth + 1);
        (if shape.nullable { shape.ty.optional() } else { shape.ty }, shape.codec)
    }

    /// The form of a schema, and whether null is a value of it too. Makes no record.
    pub(super) fn form(&mut self, schema: &Schema, depth: usize) -> (Form, bool) {
        if self.stopped || depth > DEPTH_LIMIT + 1 {
            return (Form::Unknown, schema.nullable);
        }
        let mut kinds = u8::MAX;
        let mut known = false;
        for part in &schema.parts {
            if let Some(kind) = self.kinds(part) {
                kinds &= kind;
                known = true;
            }
        }
        let nullable = schema.nullable || (known && kinds & NULL != 0);
        if let Some(union) = self.union_of(schema, depth) {
            return (Form::Union(union), nullable);
        }
        if !schema.choices.is_empty() {
            return (self.choice(schema, depth), nullable);
        }
        let form = match kinds & !NULL {
            _ if !known => Form::Json,
            0 if kinds & NULL != 0 => Form::Json,
            0 => {
                let problem = Problem::new(rules::SPEC004, "joins types that no value has at once");
                self.find(&schema.end, &problem, Some("correct the schema, or declare the field beside it"));
                Form::Unknown
            }
            STRING => string(schema),
            INTEGER => Form::Scalar(Type::Int, Codec::Plain),
            NUMBER => Form::Scalar(Type::DECIMAL, Codec::Plain),
            kinds if kinds == INTEGER | NUMBER => Form::Scalar(Type::DECIMAL, Codec::Plain),
            BOOLEAN => Form::Scalar(Type::Bool, Codec::Plain),
            ARRAY => list(schema),
            OBJECT => self.object(schema),
            _ => Form::Json,
        };
        (form, nullable)
    }

    /// One of several: a scalar if all are of one kind; keys that are declared beside the choice count.
    fn choice(&mut self, schema: &Schema, depth: usize) -> Form {
        if schema.has_properties() {
            self.undeclared(&schema.end, "has keys under `anyOf` or `oneOf`");
            return Form::Record;
        }
        let [choice] = schema.choices.as_slice() else { return Form::Json };
        let mut common: Option<(Type, Codec)> = None;
        for member in &choice.members {
            let flat = self.flatten(std::slice::from_ref(member));
            let (Form::Scalar(ty, codec), _) = self.form(&flat, depth + 1) else { return Form::Json };
            common = match common {
                None => Some((ty, codec)),
                Some((Type::String(a), plain)) if matches!(ty, Type::String(_)) => {
                    let bounded = matches!(ty, Type::String(b) if b == a);
                    Some((if bounded { ty } else { Type::STRING }, plain))
                }
                Some(same) if same == (ty.clone(), codec.clone()) => Some(same),
                Some((Type::Int | Type::Decimal(_), Codec::Plain))
                    if matches!(ty, Type::Int | Type::Decimal(_)) && codec == Codec::Plain =>
                {
                    Some((Type::DECIMAL, Codec::Plain))
                }
                Some(_) => return Form::Json,
            };
        }
        common.map_or(Form::Json, |(ty, codec)| Form::Scalar(ty, codec))
    }

    fn object(&mut self, schema: &Schema) -> Form {
        let mut values = Vec::new();
        for part in &schema.parts {
            if let Some(Json::Object(value)) = part.object.get("additionalProperties")
                && value.keys().next().is_some()
            {
                values.push(part.place.key("additionalProperties"));
            }
            if let Some(patterns) = part.object.get("patternProperties").and_then(Json::object) {
                values.extend(patterns.keys().map(|key| part.place.key("patternProperties").key(key)));
            }
        }
        if schema.has_properties() {
            if !values.is_empty() {
                self.undeclared(&schema.end, "has further keys under `additionalProperties` or `patternProperties`");
            }
            return Form::Record;
        }
        match values.as_slice() {
            [_] => Form::Map(values),
            _ => Form::Json,
        }
    }

    /// The kinds of value that a schema object allows; none where it says nothing of it.
    fn kinds(&mut self, part: &Part) -> Option<u8> {
        let object = &part.object;
        let words: Vec<&Json> = match object.get("type") {
            Some(Json::List(words)) => words.iter().collect(),
            Some(word) => vec![word],
            None => return inferred(part),
        };
        let mut kinds = 0;
        for word in words {
            kinds |= match word.text() {
                Some("string") => STRING,
                Some("integer") => INTEGER,
                Some("number") => INTEGER | NUMBER,
                Some("boolean") => BOOLEAN,
                Some("array") => ARRAY,
                Some("object") => OBJECT,
                Some("null") => NULL,
                // YAML reads the word as nothing where it has no quotes.
                None if matches!(word, Json::Null) => NULL,
                other => {
                    let message = format!("has the type `{}`, which JSON Schema does not know", other.unwrap_or("…"));
                    let help = "types are `string`, `integer`, `number`, `boolean`, `array`, `object` and `null`";
                    self.find(&part.place, &Problem::new(rules::SPEC004, message), Some(help));
                    return None;
                }
            };
        }
        Some(kinds)
    }
}

/// The kinds of a schema object that does not name its type.
fn inferred(part: &Part) -> Option<u8> {
    let object = &part.object;
    let value = |value: &Json| match value {
        Json::Null => NULL,
        Json::Bool(_) => BOOLEAN,
        Json::Int(_) => INTEGER,
        Json::Real => INTEGER | NUMBER,
        Json::Text(_) => STRING,
        Json::List(_) => ARRAY,
        Json::Object(_) => OBJECT,
    };
    if let Some(constant) = object.get("const") {
        return Some(value(constant));
    }
    if let Some(Json::List(values)) = object.get("enum") {
        return Some(values.iter().fold(0, |kinds, v| kinds | value(v)));
    }
    if ["properties", "additionalProperties", "patternProperties"].iter().any(|key| object.has(key)) {
        return Some(OBJECT);
    }
    if ["items", "prefixItems"].iter().any(|key| object.has(key)) {
        return Some(ARRAY);
    }
    let of_text = object.text("format").is_some_and(|f| !matches!(text_of(f), (Type::String(_), _)));
    (of_text || object.has("maxLength") || object.has("contentEncoding")).then_some(STRING)
}

fn string(schema: &Schema) -> Form {
    let mut format = None;
    let mut base64 = false;
    let mut longest: Option<u32> = None;
    for part in &schema.parts {
        format = format.or_else(|| part.object.text("format"));
        base64 |= part.object.text("contentEncoding").is_some_and(|e| e.eq_ignore_ascii_case("base64"));
        if let Some(Json::Int(length)) = part.object.get("maxLength")
            && let Ok(length) = u32::try_from(*length)
        {
            longest = Some(longest.map_or(length, |other| other.min(length)));
        }
    }
    let (ty, codec) =
        if base64 { (Type::Bytes, Codec::Plain) } else { format.map_or((Type::STRING, Codec::Plain), text_of) };
    let ty = match ty {
        // A length of nothing is no bound that a type can have.
        Type::String(_) => Type::String(longest.filter(|length| *length > 0)),
        other => other,
    };
    Form::Scalar(ty, codec)
}

/// The type of texts of a format; plain text for a format that says nothing of it.
fn text_of(format: &str) -> (Type, Codec) {
    match format {
        "date" => (Type::Date, Codec::Plain),
        "date-time" => (Type::Timestamp, Codec::Rfc3339),
        "date-time-local" => (Type::LocalTimestamp, Codec::Plain),
        "time" | "time-local" => (Type::Time, Codec::Plain),
        "uuid" => (Type::Uuid, Codec::Plain),
        "email" => (Type::Email, Codec::Plain),
        "uri" | "uri-reference" | "url" => (Type::Uri, Codec::Plain),
        "byte" => (Type::Bytes, Codec::Plain),
        "int32" | "int64" => (Type::Int, Codec::Text),
        "decimal" => (Type::DECIMAL, Codec::Text),
        _ => (Type::STRING, Codec::Plain),
    }
}

fn list(schema: &Schema) -> Form {
    let mut items = Vec::new();
    for part in &schema.parts {
        let tuple = part.object.has("prefixItems") || matches!(part.object.get("items"), Some(Json::List(_)));
        if tuple {
            return Form::List(Vec::new());
        }
        if part.object.has("items") {
            items.push(part.place.key("items"));
        }
    }
    Form::List(items)
}
