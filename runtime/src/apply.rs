//! Applying a patch: who may write what, in which state, and what becomes of the object.
//!
//! Generated patches say what a system may *ever* write by their fields, and when it may by [`Grant`]s; this is where the
//! grants are judged. A patch is applied as a whole or refused as a whole, under a built-in exception's name.

use crate::code_list::Lifecycle;
use crate::failure::{Failure, Result, builtin};
use crate::patch::{Field, ListPatch};
use crate::touch::{Nested, below};
use std::collections::{BTreeMap, BTreeSet};

/// What the one who applies a patch knows of the object, beside the object itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApplyContext<'c> {
    /// The system that created the object.
    pub originator: Option<&'c str>,
    /// The version that the writer has seen, if it says one.
    pub expected: Option<&'c str>,
    /// The version that is stored; for a token that the owner maintains, the object's own field is taken instead.
    pub current: Option<&'c str>,
}

/// What a patch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The paths that were touched, sorted.
    pub touched: Vec<String>,
    /// The lifecycle moves that were made.
    pub moves: Vec<Move>,
}

/// A move of a lifecycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The path of the status, such as `lines.status`.
    pub path: String,
    /// From which state.
    pub from: &'static str,
    /// To which state.
    pub to: &'static str,
}

/// A right to write a path. Of several for one path any suffices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant<'g> {
    /// The path; `ship_to.*` is a value with all that is below it.
    pub path: &'g str,
    /// In which capacity.
    pub by: By,
    /// The partitions in which it holds; empty for all.
    pub partitions: &'g [&'g str],
    /// The states of the object in which it holds.
    pub states: Option<&'g [&'g str]>,
    /// Of a status: the states that it may be moved to.
    pub moves: Option<&'g [&'g str]>,
}

/// A table of grants as it is written, one line per right:
///
/// ```
/// crossdock_runtime::grants! {
///     ORDER {
///         "calculated_tax": owner;
///         "promised_ship_date": owner of ["US"];
///         "ship_to.name": originator while ["received", "validated"];
///         "status": owner to ["shipped"];
///         "ship_to.region": nobody;
///     }
/// }
/// assert_eq!(ORDER.len(), 5);
/// ```
#[macro_export]
macro_rules! grants {
    ($($table:ident { $(
        $path:literal: $by:ident $(of [$($partition:literal),*])? $(while [$($state:literal),*])? $(to [$($to:literal),*])?;
    )* })*) => {$(
        const $table: &[$crate::apply::Grant<'static>] = &[$($crate::apply::Grant {
            path: $path,
            by: $crate::grants!(@by $by),
            partitions: &[$($($partition),*)?],
            states: $crate::grants!(@codes $([$($state),*])?),
            moves: $crate::grants!(@codes $([$($to),*])?),
        }),*];
    )*};
    (@by owner) => { $crate::apply::By::Owner };
    (@by originator) => { $crate::apply::By::Originator };
    (@by nobody) => { $crate::apply::By::Nobody };
    (@codes) => { ::core::option::Option::None };
    (@codes [$($code:literal),*]) => { ::core::option::Option::Some(&[$($code),*]) };
}

/// In which capacity a system writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// As its system of record.
    Owner,
    /// As the system that created this object.
    Originator,
    /// Not at all: the path lies inside a value of which it may write other parts.
    Nobody,
}

/// The rights of one system on one object, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Rights<'r> {
    /// Whose.
    pub system: &'r str,
    /// What it may ever write.
    pub grants: &'r [Grant<'r>],
    /// The partition of the object.
    pub partition: Option<&'r str>,
    /// The state of the object.
    pub state: Option<&'r str>,
    /// The system that created it.
    pub originator: Option<&'r str>,
}

impl Rights<'_> {
    /// Whether every touched path may be written.
    ///
    /// # Errors
    /// `not_owner`, for the first that may not.
    pub fn check(&self, touched: &[String]) -> Result<()> {
        touched.iter().try_for_each(|path| if self.allow(path) { Ok(()) } else { self.parts(path) })
    }

    /// A value of which single parts are granted may be replaced by whoever may write each of them.
    fn parts(&self, path: &str) -> Result<()> {
        let Some(whole) = path.strip_suffix(".*") else { return Err(self.refuse(path)) };
        let mut parts = self.grants.iter().filter(|grant| inside(grant.path, whole)).peekable();
        if parts.peek().is_none() {
            return Err(self.refuse(whole));
        }
        match parts.find(|part| !self.allow(part.path)) {
            Some(part) => Err(self.refuse(part.path)),
            None => Ok(()),
        }
    }

    /// Whether the path may be written.
    pub fn allow(&self, path: &str) -> bool {
        self.grants.iter().any(|grant| grant.covers(path) && self.holds(grant))
    }

    /// Whether the status at the path may be moved to a state, as far as ownership goes.
    pub fn may_move(&self, path: &str, to: &str) -> bool {
        let mut held = self.grants.iter().filter(|grant| grant.covers(path) && self.holds(grant));
        held.any(|grant| grant.moves.is_none_or(|moves| moves.contains(&to)))
    }

    fn holds(&self, grant: &Grant<'_>) -> bool {
        let capacity = match grant.by {
            By::Owner => true,
            By::Originator => self.originator == Some(self.system),
            By::Nobody => false,
        };
        capacity
            && (grant.partitions.is_empty() || self.partition.is_some_and(|code| grant.partitions.contains(&code)))
            && grant.states.is_none_or(|states| self.state.is_some_and(|state| states.contains(&state)))
    }

    #[cold]
    fn refuse(&self, path: &str) -> Failure {
        let Self { system, partition, state, .. } = self;
        let mut detail = format!("`{system}` does not own `{path}`");
        if let Some(partition) = partition {
            detail.push_str(&format!(" of an object of `{partition}`"));
        }
        if let Some(state) = state {
            detail.push_str(&format!(" in state `{state}`"));
        }
        Failure::new(builtin::NOT_OWNER, detail)
    }
}

impl Grant<'_> {
    /// Whether the grant is about the path: it is its own, or below a value that is granted as a whole.
    fn covers(&self, path: &str) -> bool {
        self.path == path || self.path.strip_suffix(".*").is_some_and(|whole| inside(path, whole))
    }
}

/// Whether a path is below another.
fn inside(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether the writer has seen the version that is stored; a writer that says none is not asked.
///
/// # Errors
/// `stale`, if it has seen another.
pub fn fresh(expected: Option<&str>, current: Option<&str>) -> Result<()> {
    match (expected, current) {
        (Some(expected), Some(current)) if expected != current => Err(Failure::quoting(builtin::STALE, |quote| {
            let (expected, current) = (quote.value("a version", expected), quote.value("another", current));
            format!("written against {expected}, but {current} is stored")
        })),
        _ => Ok(()),
    }
}

/// Writes a field that always has a value.
///
/// # Errors
/// `absent_value`, if it is cleared.
pub fn required<T: Clone>(patch: &Field<T>, into: &mut T, name: &'static str) -> Result<()> {
    match patch {
        Field::Untouched => Ok(()),
        Field::Set(value) => {
            into.clone_from(value);
            Ok(())
        }
        Field::Cleared => Err(cleared(name)),
    }
}

/// Writes a field that may be none.
pub fn optional<T: Clone>(patch: &Field<T>, into: &mut Option<T>) {
    match patch {
        Field::Untouched => {}
        Field::Set(value) => *into = Some(value.clone()),
        Field::Cleared => *into = None,
    }
}

/// Writes an identifier: once, and never again differently.
///
/// # Errors
/// `not_owner`, if it is known already and differs.
pub fn identifier<T: Clone + PartialEq>(patch: &Field<T>, into: &mut Option<T>, name: &'static str) -> Result<()> {
    match (patch, &*into) {
        (Field::Untouched, _) | (Field::Cleared, None) => Ok(()),
        (Field::Set(value), None) => {
            *into = Some(value.clone());
            Ok(())
        }
        (Field::Set(value), Some(known)) if value == known => Ok(()),
        (_, Some(_)) => {
            Err(Failure::new(builtin::NOT_OWNER, format!("the identifier `{name}` is already known")).in_field(name))
        }
    }
}

/// Moves a status, if ownership and lifecycle allow it; to where it is already is no move.
///
/// # Errors
/// `absent_value`, if it is cleared; `not_owner`, if the system may not make this move; `illegal_transition`, if nobody
/// may.
pub fn status<S: Lifecycle>(
    patch: &Field<S>,
    into: &mut S,
    (path, name): (&str, &'static str),
    rights: &Rights<'_>,
    applied: &mut Applied,
) -> Result<()> {
    let to = match patch {
        Field::Untouched => return Ok(()),
        Field::Cleared => return Err(cleared(name)),
        Field::Set(to) => *to,
    };
    let from = *into;
    if from == to {
        return Ok(());
    }
    let path = below(path, name);
    if !from.next().contains(&to) {
        return Err(illegal(from, to).in_field(name));
    }
    if !rights.may_move(&path, to.code()) {
        let detail = format!("`{}` may not move `{path}` to `{}`", rights.system, to.code());
        return Err(Failure::new(builtin::NOT_OWNER, detail).in_field(name));
    }
    *into = to;
    applied.moves.push(Move { path, from: from.code(), to: to.code() });
    Ok(())
}

/// A move that the lifecycle does not have.
#[cold]
pub fn illegal<S: Lifecycle>(from: S, to: S) -> Failure {
    Failure::new(builtin::ILLEGAL_TRANSITION, format!("`{}` does not follow `{}`", to.code(), from.code()))
}

/// How a patch becomes, or changes, a value.
pub trait Write<T> {
    /// Changes a value.
    ///
    /// # Errors
    /// The first refusal, in order of the fields.
    fn write(&self, into: &mut T, path: &str, rights: &Rights<'_>, applied: &mut Applied) -> Result<()>;

    /// Makes a new value of what the patch sets, completed by initial values.
    ///
    /// # Errors
    /// `absent_value`, if something required is neither.
    fn create(&self) -> Result<T>;
}

/// Writes a value that is always there.
///
/// # Errors
/// `absent_value`, if it is cleared, and whatever its own fields refuse.
pub fn nested<T: Clone, P: Write<T>>(
    patch: &Nested<T, P>,
    into: &mut T,
    (path, name): (&str, &'static str),
    rights: &Rights<'_>,
    applied: &mut Applied,
) -> Result<()> {
    match patch {
        Nested::Untouched => Ok(()),
        Nested::Cleared => Err(cleared(name)),
        Nested::Set(value) => {
            into.clone_from(value);
            Ok(())
        }
        Nested::Patch(patch) => {
            patch.write(into, &below(path, name), rights, applied).map_err(|failure| failure.in_field(name))
        }
    }
}

/// Writes a value that may be none; patching none makes a new one.
///
/// # Errors
/// Whatever its own fields refuse.
pub fn nested_optional<T: Clone, P: Write<T>>(
    patch: &Nested<T, P>,
    into: &mut Option<T>,
    at: (&str, &'static str),
    rights: &Rights<'_>,
    applied: &mut Applied,
) -> Result<()> {
    match (patch, into.as_mut()) {
        (Nested::Cleared, _) => *into = None,
        (Nested::Set(value), _) => *into = Some(value.clone()),
        (Nested::Patch(patch), None) => {
            *into = Some(patch.create().map_err(|failure| failure.in_field(at.1))?);
        }
        (_, Some(into)) => return nested(patch, into, at, rights, applied),
        (Nested::Untouched, None) => {}
    }
    Ok(())
}

/// Writes a keyed list: elements are found by key; who owns the membership adds those that are not there.
///
/// # Errors
/// `unknown_line`, if an element is not there and the system does not own the membership, and whatever an element's own
/// fields refuse.
pub fn list<T, K: Ord + Clone, P: Write<T>>(
    patch: &ListPatch<K, P>,
    into: &mut Vec<T>,
    (path, name): (&str, &'static str),
    key: impl Fn(&T) -> &K,
    patched: impl Fn(&P) -> &K,
    rights: &Rights<'_>,
    applied: &mut Applied,
) -> Result<()> {
    let path = below(path, name);
    if !patch.removed.is_empty() {
        let removed: BTreeSet<&K> = patch.removed.iter().collect();
        into.retain(|element| !removed.contains(key(element)));
    }
    let mut known: BTreeMap<K, usize> =
        into.iter().enumerate().map(|(at, element)| (key(element).clone(), at)).collect();
    for (position, change) in patch.set.iter().enumerate() {
        let wanted = patched(change);
        let place = |failure: Failure| failure.in_index(position).in_field(name);
        if let Some(element) = known.get(wanted).and_then(|at| into.get_mut(*at)) {
            change.write(element, &path, rights, applied).map_err(place)?;
        } else if rights.allow(&path) {
            known.insert(wanted.clone(), into.len());
            into.push(change.create().map_err(place)?);
        } else {
            let detail = format!("there is no such element of `{path}`, and `{}` may not add one", rights.system);
            return Err(place(Failure::new(builtin::UNKNOWN_LINE, detail)));
        }
    }
    Ok(())
}

/// The value of a field of something new that always has one.
///
/// # Errors
/// `absent_value`, if the patch does not set it.
pub fn given<T: Clone>(patch: &Field<T>, name: &'static str) -> Result<T> {
    match patch {
        Field::Set(value) => Ok(value.clone()),
        Field::Untouched | Field::Cleared => Err(absent(name)),
    }
}

/// The value of a field of something new that may be none.
pub fn given_optional<T: Clone>(patch: &Field<T>) -> Option<T> {
    match patch {
        Field::Set(value) => Some(value.clone()),
        Field::Untouched | Field::Cleared => None,
    }
}

/// The nested value of something new that always has one.
///
/// # Errors
/// `absent_value`, if the patch does not set it, or not all of it.
pub fn given_nested<T: Clone, P: Write<T>>(patch: &Nested<T, P>, name: &'static str) -> Result<T> {
    given_nested_optional(patch, name)?.ok_or_else(|| absent(name))
}

/// The nested value of something new that may have none.
///
/// # Errors
/// `absent_value`, if the patch does not set all of it.
pub fn given_nested_optional<T: Clone, P: Write<T>>(patch: &Nested<T, P>, name: &'static str) -> Result<Option<T>> {
    Ok(match patch {
        Nested::Untouched | Nested::Cleared => None,
        Nested::Set(value) => Some(value.clone()),
        Nested::Patch(patch) => Some(patch.create().map_err(|failure| failure.in_field(name))?),
    })
}

/// The elements of a list of something new.
///
/// # Errors
/// `absent_value`, if an element is not complete.
pub fn given_list<T, K, P: Write<T>>(patch: &ListPatch<K, P>, name: &'static str) -> Result<Vec<T>> {
    let made = patch.set.iter().enumerate();
    made.map(|(position, element)| element.create().map_err(|failure| failure.in_index(position).in_field(name)))
        .collect()
}

/// Something new lacks a field that the writer neither set nor may set.
#[cold]
pub fn absent(name: &'static str) -> Failure {
    Failure::new(builtin::ABSENT_VALUE, format!("`{name}` is missing")).in_field(name)
}

#[cold]
fn cleared(name: &'static str) -> Failure {
    Failure::new(builtin::ABSENT_VALUE, format!("`{name}` always has a value and can't be cleared")).in_field(name)
}
