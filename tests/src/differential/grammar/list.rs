//! Expressions of lists, and what goes over them.

use super::super::scope::Scope;
use super::super::shape::Kind;
use super::{DEEP, Grammar};

impl Grammar<'_> {
    pub(super) fn texts(&mut self, scope: &Scope<'_>) -> String {
        if self.random.chance(25) {
            return format!("{}.split({})", self.value(Kind::Text, scope), self.value(Kind::Text, scope));
        }
        self.list(Kind::Texts, Kind::Text, scope)
    }

    pub(super) fn list(&mut self, list: Kind, element: Kind, scope: &Scope<'_>) -> String {
        let name = self.name("m");
        match self.random.below(if scope.depth > DEEP { 9 } else { 11 }) {
            0 => format!("[{}, {}]", self.value(element, scope), self.value(element, scope)),
            1 => format!("[?{}, {}]", self.wrapped_optional(element, scope), self.value(element, scope)),
            2 => format!("({} + {})", self.value(list, scope), self.value(list, scope)),
            3 => {
                let of = self.value(list, scope);
                format!("{of}.filter({name}, {})", self.value(Kind::Bool, &scope.with(&name, element, false)))
            }
            4 => {
                let lines = self.lines(scope);
                format!("{lines}.map({name}, {})", self.value(element, &scope.with_line(&name)))
            }
            5 => {
                let (of, inside) = (self.value(Kind::Ints, scope), scope.with(&name, Kind::Int, false));
                let (filter, body) = (self.value(Kind::Bool, &inside), self.value(element, &inside));
                format!("{of}.map({name}, {filter}, {body})")
            }
            6 => format!("[{}, {}].flatten()", self.value(list, scope), self.value(list, scope)),
            7 => {
                let lines = self.lines(scope);
                format!("{lines}.map({name}, [{}]).flatten()", self.value(element, &scope.with_line(&name)))
            }
            9 => self.grouped(list, element, scope),
            10 => self.joined(element, scope),
            _ => format!("{}.distinct()", self.value(list, scope)),
        }
    }

    /// Something to go over, and the scope in which one of its elements has a name.
    pub(super) fn gone_over<'a>(&mut self, name: &str, scope: &Scope<'a>) -> (String, Scope<'a>) {
        match self.random.below(3) {
            0 => (self.value(Kind::Ints, scope), scope.with(name, Kind::Int, false)),
            1 => (self.value(Kind::Texts, scope), scope.with(name, Kind::Text, false)),
            _ => (self.lines(scope), scope.with_line(name)),
        }
    }

    pub(super) fn key_kind(&mut self) -> Kind {
        *self.random.pick(&[Kind::Int, Kind::Text, Kind::Text, Kind::Decimal, Kind::Code, Kind::Timestamp, Kind::Money])
    }

    /// What is made of groups.
    pub(super) fn grouped(&mut self, list: Kind, element: Kind, scope: &Scope<'_>) -> String {
        let (item, group, kind, optional) = (self.name("i"), self.name("g"), self.key_kind(), self.random.chance(30));
        let own = self.random.chance(50);
        let (of, inside) = if own {
            (self.value(list, scope), scope.with(&item, element, false))
        } else {
            self.gone_over(&item, scope)
        };
        let key = if optional { self.wrapped_optional(kind, &inside) } else { self.value(kind, &inside) };
        let mut inside = scope.with(&format!("{group}.key"), kind, optional).with(
            &format!("{group}.items.size()"),
            Kind::Int,
            false,
        );
        if own {
            inside = inside.with(&format!("{group}.items"), list, false);
        }
        format!("{of}.groupBy({item}, {key}).map({group}, {})", self.value(element, &inside))
    }

    /// What is made of the pairs of two lists.
    pub(super) fn joined(&mut self, element: Kind, scope: &Scope<'_>) -> String {
        let (left, right, pair, kind) = (self.name("l"), self.name("r"), self.name("p"), self.key_kind());
        let (of, inside) = self.gone_over(&left, scope);
        let left_key = self.value(kind, &inside);
        let lines = self.lines(scope);
        let right_key = self.value(kind, &scope.with_line(&right));
        let mut inside = scope.with_line(&format!("{pair}.right"));
        if of.starts_with("src.lines") {
            inside = inside.with_line(&format!("{pair}.left"));
        }
        let body = self.value(element, &inside);
        format!("{of}.join({lines}, {left}, {left_key}, {right}, {right_key}).map({pair}, {body})")
    }
}
