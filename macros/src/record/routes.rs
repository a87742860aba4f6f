//! The routes of a record's fields as one tree, so that fields below one key are read, and written, in one go.

use super::declaration::{Declaration, Place, Wire};
use syn::LitStr;

/// A level of keys, in order of first mention.
#[derive(Default)]
pub struct Routes {
    pub keys: Vec<Key>,
    /// Keys that are passed over, with `*` for any text.
    pub patterns: Vec<LitStr>,
}

/// A key of a level.
pub struct Key {
    pub text: LitStr,
    /// The fields that stand at this key, by position.
    pub fields: Vec<usize>,
    /// The keys below it.
    pub below: Routes,
    /// Distinguishes this key's variables from those of others.
    pub number: usize,
}

impl Routes {
    /// The tree of all fields and skipped routes.
    pub fn of(declaration: &Declaration<'_>) -> Self {
        let mut routes = Routes::default();
        let mut count = 0;
        for (position, field) in declaration.fields.iter().enumerate() {
            let Place::Wire(wire) = &field.place else { continue };
            if let Some(key) = routes.enter(&wire.route, false, &mut count) {
                key.fields.push(position);
            }
        }
        for route in &declaration.skip {
            routes.enter(route, true, &mut count);
        }
        routes
    }

    fn enter(&mut self, route: &[LitStr], patterns: bool, count: &mut usize) -> Option<&mut Key> {
        let (first, rest) = route.split_first()?;
        if patterns && rest.is_empty() && first.value().contains('*') {
            self.patterns.push(first.clone());
            return None;
        }
        let known = self.keys.iter().position(|key| key.text.value() == first.value());
        if known.is_none() {
            let (text, number) = (first.clone(), *count);
            *count += 1;
            self.keys.push(Key { text, fields: Vec::new(), below: Routes::default(), number });
        }
        let key = match known {
            Some(position) => self.keys.get_mut(position)?,
            None => self.keys.last_mut()?,
        };
        if rest.is_empty() { Some(key) } else { key.below.enter(rest, patterns, count) }
    }

    /// Every key of the tree, a key before those below it.
    pub fn each<'r>(&'r self, visit: &mut dyn FnMut(&'r Key)) {
        for key in &self.keys {
            visit(key);
            key.below.each(visit);
        }
    }
}

/// The route of a field as messages show it.
pub fn shown(wire: &Wire) -> String {
    wire.route.iter().map(LitStr::value).collect::<Vec<_>>().join(".")
}
