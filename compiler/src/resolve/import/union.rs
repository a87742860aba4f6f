//! Alternatives that a field tells apart (`discriminator` of OpenAPI) as unions of records.

use super::Importer;
use super::document::{Place, Problem};
use super::flatten::{Choice, Schema};
use super::json::{Json, Object};
use super::shape::Form;
use crate::rules;
use std::rc::Rc;

/// Alternatives and what tells them apart.
#[derive(Debug)]
pub(super) struct Union {
    /// The key whose text does.
    pub(super) by: String,
    /// Each text with its alternative.
    pub(super) variants: Vec<(String, Place)>,
}

impl Importer<'_, '_> {
    /// The union that a schema is, if each of its alternatives is a record.
    pub(super) fn union_of(&mut self, schema: &Schema, depth: usize) -> Option<Union> {
        let holder = schema.discriminator.as_ref()?;
        let discriminator = Rc::clone(holder.object.get("discriminator")?.object()?);
        let Some(by) = discriminator.text("propertyName").map(str::to_owned) else {
            let problem = Problem::new(rules::SPEC004, "has a discriminator that does not say its `propertyName`");
            self.find(&holder.place, &problem, None);
            return None;
        };
        let choice = schema.choices.iter().find(|choice| choice.holder == holder.place);
        let variants = self.variants(&holder.place, &discriminator, choice, &by);
        if variants.is_empty() {
            if choice.is_none() {
                self.undeclared(
                    &holder.place,
                    "is told apart by a field, and the schemas that extend it are not named in `mapping`",
                );
            }
            return None;
        }
        for (_, variant) in &variants {
            let flat = self.flatten(std::slice::from_ref(variant));
            if flat.end == schema.end {
                let problem = Problem::new(rules::SPEC004, "is an alternative of itself");
                self.find(&holder.place, &problem, Some("give the general case a schema of its own"));
                return None;
            }
            if !matches!(self.form(&flat, depth + 1).0, Form::Record) {
                return None;
            }
        }
        Some(Union { by, variants })
    }

    fn variants(
        &mut self,
        holder: &Place,
        discriminator: &Object,
        choice: Option<&Choice>,
        by: &str,
    ) -> Vec<(String, Place)> {
        let mut variants: Vec<(String, Place)> = Vec::new();
        if let Some(mapping) = discriminator.get("mapping").and_then(Json::object) {
            for (tag, written) in mapping.iter() {
                let Some(written) = written.text() else { continue };
                let component = format!("#/components/schemas/{written}");
                let place = Place { document: holder.document, pointer: format!("/components/schemas/{written}") };
                let is_name = !written.contains(['/', '#']) && self.documents.get(&place).is_some();
                if let Some(target) = self.target(holder, if is_name { &component } else { written }) {
                    variants.push((tag.to_owned(), target));
                }
            }
        }
        for member in choice.map_or(&[][..], |choice| choice.members.as_slice()) {
            let object = self.documents.get(member).and_then(|m| m.object().cloned());
            let written = object.as_ref().and_then(|o| o.text("$ref")).map(str::to_owned);
            let target = match &written {
                Some(written) => self.target(member, written),
                None => Some(member.clone()),
            };
            let Some(target) = target else { continue };
            if variants.iter().any(|(_, known)| *known == target) {
                continue;
            }
            let own = self.documents.get(&target.key("properties").key(by));
            let constant = own.as_ref().and_then(Json::object).and_then(constant);
            let tag = constant.or_else(|| written.as_ref().and_then(|_| target.last()));
            match tag {
                Some(tag) => variants.push((tag, target)),
                None => {
                    let message = format!("does not say which text of `{by}` stands for it");
                    let help = "name it in the discriminator's `mapping`, or give the property a `const`";
                    self.find(member, &Problem::new(rules::SPEC004, message), Some(help));
                }
            }
        }
        variants
    }
}

/// The one text that a property may have.
fn constant(property: &Rc<Object>) -> Option<String> {
    if let Some(text) = property.text("const") {
        return Some(text.to_owned());
    }
    match property.get("enum").map(Json::list) {
        Some([Json::Text(only)]) => Some(only.to_string()),
        _ => None,
    }
}
