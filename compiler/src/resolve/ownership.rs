//! Ownership: what is declared by path, expanded to every leaf of the object.

use super::Resolver;
use super::declare::text_of;
use crate::diagnostic::{Diagnostic, suggest};
use crate::model::{FieldRole, Grant, Id, Leaf, Model, Ownership, Replica, Struct, StructKind, System, Type, Writer};
use crate::rules;
use crate::source::Span;
use crate::syntax::{GrantAst, OwnerAst, OwnershipAst, PathAst, Text};
use std::collections::BTreeMap;

impl Resolver<'_> {
    pub(super) fn ownerships(&mut self) {
        let specs = self.specs;
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        for ast in &specs.ownerships {
            match names.get(ast.name.value.as_str()) {
                Some(earlier) => self.twice("ownership", &ast.name.text, *earlier),
                None => drop(names.insert(&ast.name.value, ast.name.span)),
            }
            let Some(object) = ast.object.as_ref().and_then(|name| self.object_named(name)) else { continue };
            let ownership = self.ownership(ast, object);
            self.model.ownerships.push(ownership);
        }
        // A second one for the same object is a finding of `OWN002`; which of them counts, nothing says.
        let mut seen = BTreeMap::new();
        for (id, ownership) in self.model.ownerships.iter() {
            seen.entry(ownership.object).or_insert_with(Vec::new).push(id);
        }
        for id in seen.into_values().filter(|ids| ids.len() > 1).flatten() {
            if let Some(ownership) = self.model.ownerships.get_mut(id) {
                ownership.unresolved = true;
            }
        }
    }

    fn ownership(&mut self, ast: &OwnershipAst, object: Id<Struct>) -> Ownership {
        if let Some(steward) = &ast.steward {
            self.check_team(steward);
        }
        let partition =
            ast.partition.as_ref().and_then(|path| self.object_path(object, path)).and_then(|p| match p.as_slice() {
                [one] => Some(*one),
                _ => None,
            });
        let before = self.diagnostics.len() + self.untold;
        let owner = self.owners(ast, object, partition);
        let originators: Vec<(Id<System>, Span)> =
            ast.originators.iter().filter_map(|name| Some((self.system_named(name)?, name.span))).collect();
        let mut grants = Vec::with_capacity(ast.fields.len());
        for (path, grant) in &ast.fields {
            if let Some(positions) = self.object_path(object, path) {
                grants.push(self.grant(object, path, positions, grant));
            }
        }
        let replicas = ast
            .replicas
            .iter()
            .filter_map(|(name, replica)| {
                let system = self.system_named(name)?;
                let fields = replica
                    .fields
                    .iter()
                    .filter_map(|path| Some((self.object_path(object, path)?, path.text.clone(), path.span)))
                    .collect();
                let staleness = replica.staleness.as_ref().map(|d| d.value.seconds());
                Some(Replica { system, fields, staleness, span: name.span })
            })
            .collect();
        let unresolved =
            self.diagnostics.len() + self.untold > before || (partition.is_none() && ast.partition.is_some());
        let token = ast.concurrency.as_ref().map(|c| c.token.value.clone());
        if let Some(token) = ast.concurrency.as_ref().map(|c| &c.token)
            && token.value != "runtime"
            && self.model.structs[object].position(&token.value).is_none()
        {
            let known: Vec<String> = self.model.structs[object].fields.iter().map(|f| f.name.clone()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "field", token, &known);
        }
        let mut ownership = Ownership {
            name: ast.name.value.clone(),
            span: ast.name.span,
            object,
            steward: text_of(ast.steward.as_ref()),
            partition,
            owner,
            originators,
            grants,
            leaves: Vec::new(),
            replicas,
            token,
            unresolved,
        };
        ownership.leaves = self.leaves(&ownership);
        ownership
    }

    fn owners(
        &mut self,
        ast: &OwnershipAst,
        object: Id<Struct>,
        partition: Option<u16>,
    ) -> Vec<(Option<u16>, Id<System>, Span)> {
        match &ast.owner {
            None => Vec::new(),
            Some(OwnerAst::Single(name)) => {
                self.system_named(name).map(|system| (None, system, name.span)).into_iter().collect()
            }
            Some(OwnerAst::ByCode(by_code)) => {
                let codes =
                    partition.and_then(|p| self.model.structs[object].field(p)).and_then(|f| match f.ty.inner() {
                        Type::Code(id) => Some(*id),
                        _ => None,
                    });
                let Some(codes) = codes else {
                    if ast.partition.is_none() && by_code.len() > 1 {
                        // Which of them owns an object, nothing decides: a finding of `OWN002`.
                        return by_code
                            .iter()
                            .filter_map(|(_, system)| Some((None, self.system_named(system)?, system.span)))
                            .collect();
                    }
                    let span = by_code.iter().next().map_or(ast.name.span, |(name, _)| name.span);
                    let message = "owners by code need a `partition`, a field that holds such a code";
                    self.report(Diagnostic::new(rules::SPEC003, span, message));
                    return Vec::new();
                };
                let mut all = Vec::new();
                for (code, system) in by_code {
                    let position = self.model.codes[codes].position(&code.value);
                    if position.is_none() {
                        let known: Vec<String> = self.model.codes[codes].codes.iter().map(|c| c.code.clone()).collect();
                        let known: Vec<&str> = known.iter().map(String::as_str).collect();
                        self.unknown_name(rules::NAME001, "code", code, &known);
                    }
                    if let (Some(position), Some(system_id)) = (position, self.system_named(system)) {
                        all.push((Some(position), system_id, system.span));
                    }
                }
                all
            }
        }
    }

    fn grant(&mut self, object: Id<Struct>, path: &PathAst, positions: Vec<u16>, ast: &GrantAst) -> Grant {
        let until = ast.until.as_ref().and_then(|state| self.state(object, &state.text));
        let states = self.states_at(object, &positions);
        let mut transitions = Vec::new();
        for (name, targets) in &ast.transitions {
            let Some(system) = self.system_named(name) else { continue };
            let Some(states) = states else {
                let message = format!("`{}` has no lifecycle, and so no moves to delegate", path.text);
                self.report(Diagnostic::new(rules::SPEC004, name.span, message));
                continue;
            };
            let targets = targets
                .iter()
                .filter_map(|code| {
                    let found = self.model.codes[states].position(&code.value);
                    if found.is_none() {
                        let known: Vec<String> =
                            self.model.codes[states].codes.iter().map(|c| c.code.clone()).collect();
                        let known: Vec<&str> = known.iter().map(String::as_str).collect();
                        self.unknown_name(rules::NAME001, "state", &code.text, &known);
                    }
                    found
                })
                .collect();
            transitions.push((system, targets, name.span));
        }
        Grant {
            path: positions,
            text: path.text.clone(),
            span: path.span,
            owner: ast.owner.as_ref().and_then(|name| self.writer(name)),
            amend: ast.amend.as_ref().and_then(|name| self.writer(name)),
            until,
            transitions,
        }
    }

    fn writer(&mut self, name: &Text) -> Option<Writer> {
        match name.value.as_str() {
            "originator" => Some(Writer::Originator),
            "owner" => Some(Writer::Owner),
            _ => self.system_named(name).map(Writer::System),
        }
    }

    fn state(&mut self, object: Id<Struct>, state: &Text) -> Option<u16> {
        let Some(codes) = self.model.structs[object].lifecycle.as_ref().map(|l| l.codes) else {
            let message = format!("`{}` has no lifecycle", self.model.structs[object].name);
            self.report(Diagnostic::new(rules::SPEC004, state.span, message));
            return None;
        };
        let found = self.model.codes[codes].position(&state.value);
        if found.is_none() {
            let known: Vec<String> = self.model.codes[codes].codes.iter().map(|c| c.code.clone()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "state", state, &known);
        }
        found
    }

    fn states_at(&self, object: Id<Struct>, path: &[u16]) -> Option<Id<crate::model::Codes>> {
        let (last, before) = path.split_last()?;
        let mut of = object;
        for position in before {
            let ty = self.model.structs[of].field(*position)?.ty.clone();
            of = ty.as_struct().or_else(|| ty.element().and_then(Type::as_struct))?;
        }
        let lifecycle = self.model.structs[of].lifecycle.as_ref()?;
        (lifecycle.field == *last).then_some(lifecycle.codes)
    }

    /// A dotted path of an object, through values and lists of them.
    pub(super) fn object_path(&mut self, object: Id<Struct>, path: &PathAst) -> Option<Vec<u16>> {
        match positions(&self.model, object, path) {
            Ok(positions) => Some(positions),
            Err(finding) => {
                self.report(*finding);
                None
            }
        }
    }

    /// Every leaf with its writers: the nearest grant above a leaf decides, else the default owner.
    fn leaves(&self, ownership: &Ownership) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        let mut path = Vec::new();
        self.expand(ownership, ownership.object, &mut path, &mut String::new(), &mut leaves);
        leaves
    }

    fn expand(
        &self,
        ownership: &Ownership,
        of: Id<Struct>,
        path: &mut Vec<u16>,
        text: &mut String,
        leaves: &mut Vec<Leaf>,
    ) {
        // Values that contain each other without end are another finding; here depth ends it.
        if path.len() > 8 {
            return;
        }
        let declared = &self.model.structs[of];
        for (i, field) in declared.fields.iter().enumerate() {
            let Ok(position) = u16::try_from(i) else { continue };
            path.push(position);
            let before = text.len();
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&field.name);
            let element = field.list_key.and(field.ty.element()).and_then(Type::as_struct);
            if field.role == FieldRole::Ids {
                // An identifier belongs to the system that gave it.
                if let Type::Struct(ids) = field.ty {
                    for (j, id) in self.model.structs[ids].fields.iter().enumerate() {
                        let Ok(position) = u16::try_from(j) else { continue };
                        let owner = self.model.systems_by_name.get(&id.name).map(|s| (Writer::System(*s), id.span));
                        let mut full = path.clone();
                        full.push(position);
                        leaves.push(Leaf {
                            path: full,
                            text: format!("{text}.{}", id.name),
                            span: id.span,
                            owners: owner.into_iter().collect(),
                            amenders: Vec::new(),
                            until: None,
                            transitions: Vec::new(),
                            membership: true,
                        });
                    }
                }
            } else if let Some(element) = element {
                leaves.push(self.leaf(ownership, path, text, field.span, true));
                self.expand(ownership, element, path, text, leaves);
            } else if let Some(inner) =
                field.ty.as_struct().filter(|id| self.model.structs[*id].kind == StructKind::Value)
                && self.granted_below(ownership, path)
            {
                self.expand(ownership, inner, path, text, leaves);
            } else {
                let key = path.len() == 1 && declared.key.contains(&position);
                leaves.push(self.leaf(ownership, path, text, field.span, key));
            }
            text.truncate(before);
            path.pop();
        }
    }

    #[allow(clippy::unused_self)]
    fn granted_below(&self, ownership: &Ownership, path: &[u16]) -> bool {
        ownership.grants.iter().any(|g| g.path.len() > path.len() && g.path.starts_with(path))
    }

    fn leaf(&self, ownership: &Ownership, path: &[u16], text: &str, span: Span, membership: bool) -> Leaf {
        let exact: Vec<&Grant> = ownership.grants.iter().filter(|g| g.path == path).collect();
        // A grant on a keyed list is about membership: it does not reach the elements' fields.
        let above = ownership
            .grants
            .iter()
            .filter(|g| {
                g.path.len() < path.len() && path.starts_with(&g.path) && !self.is_keyed_list(ownership.object, &g.path)
            })
            .max_by_key(|g| g.path.len());
        let grants: Vec<&Grant> = if exact.is_empty() { above.into_iter().collect() } else { exact };
        let mut owners: Vec<(Writer, Span)> = grants.iter().filter_map(|g| Some((g.owner?, g.span))).collect();
        if owners.is_empty() {
            owners.extend(ownership.owner.iter().map(|(_, _, span)| (Writer::Owner, *span)).take(1));
        }
        Leaf {
            path: path.to_vec(),
            text: text.to_owned(),
            span,
            owners,
            amenders: grants.iter().filter_map(|g| Some((g.amend?, g.span))).collect(),
            until: grants.iter().find_map(|g| g.until),
            transitions: grants.iter().flat_map(|g| g.transitions.iter().cloned()).collect(),
            membership,
        }
    }

    fn is_keyed_list(&self, object: Id<Struct>, path: &[u16]) -> bool {
        let mut of = Some(object);
        let mut keyed = false;
        for position in path {
            let Some(field) = of.and_then(|id| self.model.structs[id].field(*position)) else { return false };
            keyed = field.list_key.is_some();
            of = field.ty.as_struct().or_else(|| field.ty.element().and_then(Type::as_struct));
        }
        keyed
    }
}

/// Field positions from an object inward, lists entered; or the finding that there is none.
pub(super) fn positions(model: &Model, object: Id<Struct>, path: &PathAst) -> Result<Vec<u16>, Box<Diagnostic>> {
    let mut of = Some(object);
    let mut positions = Vec::with_capacity(path.segments.len());
    for segment in &path.segments {
        let position = of.and_then(|id| model.structs[id].position(&segment.value));
        let Some((id, position)) = of.zip(position) else {
            let known = of.map(|id| model.structs[id].fields.iter().map(|f| f.name.as_str())).into_iter().flatten();
            let whose = of.map_or_else(|| "this".to_owned(), |id| format!("`{}`", model.structs[id].name));
            let help = suggest(&segment.value, known).map(|near| format!("did you mean `{near}`?"));
            let message = format!("{whose} has no field `{}`", segment.value);
            return Err(Box::new(Diagnostic::new(rules::NAME001, segment.span, message).help_opt(help)));
        };
        positions.push(position);
        let ty = model.structs[id].field(position).map(|f| &f.ty);
        of = ty.and_then(|ty| ty.as_struct().or_else(|| ty.element().and_then(Type::as_struct)));
    }
    Ok(positions)
}
