//! States, written by the names of their steps, and read back by a later version of the flow.
//!
//! A step that is new and comes before steps that were entered is skipped; one that is gone needs the flow to say so
//! (`was:`, `drop:`), or the state is not read. A state that can't be read is never changed.

use super::data::{LeftOut, reduced, restored};
use super::state::{Live, Log, MadeBy, Open, Ordered, Phase, Place, ROOT, Scope, Source, State, StepState, Turn};
use super::{Await, Functions, Id, Machine, Name, Program, Work};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Why a saved state can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// A newer version of the flow made it.
    Newer {
        /// That version.
        found: u32,
        /// This version.
        known: u32,
    },
    /// It holds a step that the flow does not have, and does not say to have dropped.
    UnknownStep(String),
    /// It holds something of an event that the flow does not take any more.
    UnknownEvent(String),
    /// It does not hold something that the flow reads.
    Lacking(String),
    /// It is not the state of this flow.
    Broken(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { found, known } => {
                write!(f, "the state was written by version {found} of the flow, which is newer than {known}")
            }
            Self::UnknownStep(name) => write!(f, "the state holds a step `{name}` that the flow does not have"),
            Self::UnknownEvent(name) => write!(f, "the state holds an event `{name}` that the flow does not take"),
            Self::Lacking(path) => write!(f, "the state does not hold `{path}`, which the flow reads"),
            Self::Broken(detail) => write!(f, "the state can't be read: {detail}"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// What is known of a state before its data is read.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    key: &'a str,
    data: &'a RawValue,
    #[serde(skip_serializing_if = "LeftOut::is_empty")]
    left_out: &'a LeftOut,
    scopes: Vec<WrittenScope<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    live: Vec<WrittenLive<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<WrittenOpen<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<Turning<'a>>,
    log: &'a Log,
}

#[derive(Serialize)]
struct WrittenScope<'a> {
    #[serde(flatten)]
    about: About<'a>,
    #[serde(skip_serializing_if = "is_empty")]
    items: &'a [Box<str>],
    #[serde(skip_serializing_if = "is_empty")]
    ids: &'a [Id],
    steps: Steps<'a>,
}

/// What a scope is, by names.
#[derive(Serialize, Deserialize)]
struct About<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    up: Option<u32>,
    /// The `each` whose part it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    each: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Cow<'a, str>>,
    /// The `decide`, and the number of the choice, whose steps it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choice: Option<(Cow<'a, str>, u16)>,
    /// The number and name of the exception, and the action, whose steps it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<(u32, Cow<'a, str>, Cow<'a, str>)>,
    /// The name of the interrupt whose steps it holds, and which one among all that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interrupt: Option<(Cow<'a, str>, u64)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

#[derive(Serialize)]
struct WrittenLive<'a> {
    epoch: u64,
    scope: u32,
    step: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<TakenBy<'a>>,
    what: &'a Ordered,
}

/// What takes an event, by its name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TakenBy<'a> {
    Branch(Cow<'a, str>),
    Interrupt(Cow<'a, str>),
}

/// A change of direction, by the name of its step.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Turning<'a> {
    Goto { scope: u32, step: Cow<'a, str> },
    Undo,
    Undoing,
}

#[derive(Serialize)]
struct WrittenOpen<'a> {
    scope: u32,
    step: &'a str,
    #[serde(flatten)]
    open: &'a Open,
}

/// The steps of a scope by name, in their order.
struct Steps<'a> {
    program: &'a Program,
    block: u16,
    states: &'a [StepState],
}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.states.len()))?;
        for (step, position) in self.states.iter().zip(0_u16..) {
            map.serialize_entry(self.program.step(self.block, position).map_or("", |spec| &spec.name), step)?;
        }
        map.end()
    }
}

fn is_empty<T>(list: &[T]) -> bool {
    list.is_empty()
}

#[derive(Deserialize)]
struct Read<'a> {
    version: u32,
    key: Box<str>,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(default)]
    left_out: LeftOut,
    scopes: Vec<ReadScope>,
    #[serde(default)]
    live: Vec<ReadLive>,
    #[serde(default)]
    exceptions: Vec<ReadOpen>,
    #[serde(default)]
    turn: Option<Turning<'static>>,
    log: Log,
}

#[derive(Deserialize)]
struct ReadScope {
    #[serde(flatten)]
    about: About<'static>,
    #[serde(default)]
    items: Vec<Box<str>>,
    #[serde(default)]
    ids: Vec<Id>,
    steps: BTreeMap<String, StepState>,
}

#[derive(Deserialize)]
struct ReadLive {
    epoch: u64,
    scope: u32,
    step: String,
    #[serde(default)]
    by: Option<TakenBy<'static>>,
    what: Ordered,
}

#[derive(Deserialize)]
struct ReadOpen {
    scope: u32,
    step: String,
    #[serde(flatten)]
    open: Open,
}

impl<F: Functions> Machine<F> {
    /// The state as text. It fails only where the data can't be written.
    pub fn save(&self, state: &State<F::Data>) -> serde_json::Result<Vec<u8>> {
        let program = self.program();
        let name = |place: Place| {
            let block = state.scopes.get(place.scope as usize).map_or(0, |scope| scope.block);
            program.step(block, place.position).map_or("", |step| &*step.name)
        };
        let scope = |scope| WrittenScope {
            about: about(program, state, scope),
            items: &scope.items,
            ids: &scope.ids,
            steps: Steps { program, block: scope.block, states: &scope.steps },
        };
        let mut left_out = state.left_out.clone();
        let data = reduced(&program.data, &serde_json::to_string(&state.data)?, &mut left_out)?;
        serde_json::to_vec(&Written {
            version: program.version,
            key: &state.key,
            data: &RawValue::from_string(data)?,
            left_out: &left_out,
            scopes: state.scopes.iter().map(scope).collect(),
            live: state
                .live
                .iter()
                .map(|live| WrittenLive {
                    epoch: live.epoch,
                    scope: live.place.scope,
                    step: name(live.place),
                    by: taken_by(program, state, live),
                    what: &live.what,
                })
                .collect(),
            exceptions: state
                .open
                .iter()
                .map(|open| WrittenOpen { scope: open.place.scope, step: name(open.place), open })
                .collect(),
            turn: state.log.turn.map(|turn| match turn {
                Turn::Goto { scope, position } => Turning::Goto { scope, step: name(Place { scope, position }).into() },
                Turn::Undo => Turning::Undo,
                Turn::Undoing => Turning::Undoing,
            }),
            log: &state.log,
        })
    }

    /// Reads a state back, and says whether an older version wrote it: then it is to be given
    /// [`super::Input::Resume`] once.
    pub fn load(&self, saved: &[u8]) -> Result<(State<F::Data>, bool), Unreadable> {
        let broken = |error: serde_json::Error| Unreadable::Broken(crate::failure::unquoted(&error));
        let program = self.program();
        let mut read: Read<'_> = match serde_json::from_slice(saved) {
            Ok(read) => read,
            // What a newer version wrote may not be readable: say so, and not what is wrong with it.
            Err(error) => {
                let head: Head = serde_json::from_slice(saved).map_err(broken)?;
                newer(program, head.version)?;
                return Err(broken(error));
            }
        };
        newer(program, read.version)?;
        let data = restored(&program.data, read.data.get(), &mut read.left_out)?;
        let mut state = State {
            key: read.key,
            data: serde_json::from_str(&data).map_err(broken)?,
            left_out: read.left_out,
            scopes: Vec::with_capacity(read.scopes.len()),
            live: Vec::new(),
            open: Vec::new(),
            log: read.log,
        };
        for scope in read.scopes {
            let made = scope_of(program, &state.scopes, scope)?;
            state.scopes.push(made);
        }
        for ReadLive { epoch, scope, step, by, mut what } in read.live {
            if let Some(place) = place(program, &state.scopes, scope, &step)? {
                if let Ordered::Receive { source, .. } = &mut what {
                    *source = source_of(program, &state.scopes, place, by)?;
                }
                state.live.push(Live { epoch, place, what });
            }
        }
        for ReadOpen { scope, step, mut open } in read.exceptions {
            if let Some(place) = place(program, &state.scopes, scope, &step)? {
                open.place = place;
                state.open.push(open);
            }
        }
        state.log.turn = match read.turn {
            // A dropped step is nowhere to go.
            Some(Turning::Goto { scope, step }) => {
                let to = place(program, &state.scopes, scope, &step)?;
                let Place { scope, position } = to.ok_or_else(|| Unreadable::UnknownStep(step.into_owned()))?;
                Some(Turn::Goto { scope, position })
            }
            Some(Turning::Undo) => Some(Turn::Undo),
            Some(Turning::Undoing) => Some(Turn::Undoing),
            None => None,
        };
        Ok((state, read.version < program.version))
    }
}

fn newer(program: &Program, found: u32) -> Result<(), Unreadable> {
    if found > program.version { Err(Unreadable::Newer { found, known: program.version }) } else { Ok(()) }
}

fn about<'a, D>(program: &'a Program, state: &'a State<D>, scope: &'a Scope) -> About<'a> {
    let above = scope.up.and_then(|up| state.scopes.get(up as usize));
    let step = |position| Some(Cow::Borrowed(&*program.step(above?.block, position)?.name));
    let part = scope.is_part().then_some(Cow::Borrowed(&*scope.key));
    let mut about =
        About { up: scope.up, each: None, part, choice: None, action: None, interrupt: None, gone: scope.gone };
    match scope.from {
        MadeBy::Flow => {}
        MadeBy::Each(position) => about.each = step(position),
        MadeBy::Choice(position, choice) => about.choice = step(position).map(|name| (name, choice)),
        MadeBy::Interrupt(index, number) => {
            about.interrupt = program.interrupt_names().nth(usize::from(index)).map(|name| (name, number));
        }
        MadeBy::Action(id, number) => {
            about.action = action_at(program, number)
                .map(|(exception, action)| (id, Cow::Borrowed(&**exception), Cow::Borrowed(&**action)));
        }
    }
    about
}

/// The action of this number among all of the flow, with its exception.
fn action_at(program: &Program, number: u16) -> Option<(&Name, &Name)> {
    let mut actions = program.actions().map(|(exception, action)| (&exception.name, &action.name));
    actions.nth(usize::from(number))
}

fn scope_of(program: &Program, above: &[Scope], read: ReadScope) -> Result<Scope, Unreadable> {
    let lost = |what: &str| Unreadable::Broken(format!("a scope names {what} that there is not"));
    let About { up, each, part, choice, action, interrupt, gone } = read.about;
    // A dropped step takes its scopes along: what they did is no longer known, so it may not be dropped.
    let step = |name: &str| {
        let up = up.ok_or_else(|| lost("no scope above"))?;
        let at = place(program, above, up, name)?.ok_or_else(|| Unreadable::UnknownStep(name.to_owned()))?;
        let block = above.get(up as usize).map_or(0, |scope| scope.block);
        Ok((at.position, program.step(block, at.position).map(|step| &step.work)))
    };
    let (from, block) = if let Some(each) = each {
        match step(&each)? {
            (position, Some(Work::Each(spec))) => (MadeBy::Each(position), spec.block),
            _ => return Err(lost("an `each`")),
        }
    } else if let Some((decide, number)) = choice {
        let (position, work) = step(&decide)?;
        let Some(Work::Decide(decide)) = work else { return Err(lost("a `decide`")) };
        let block = decide.choices.get(usize::from(number)).and_then(|choice| choice.deed.steps);
        (MadeBy::Choice(position, number), block.ok_or_else(|| lost("steps of a choice"))?)
    } else if let Some((name, number)) = interrupt {
        let index = numbered(program.interrupt_names(), &name)?;
        let block = program.interrupts.get(usize::from(index)).and_then(|interrupt| interrupt.deed.steps);
        (MadeBy::Interrupt(index, number), block.ok_or_else(|| lost("steps of an interrupt"))?)
    } else if let Some((id, exception, name)) = action {
        let mut actions = program.actions().zip(0_u16..);
        let found = actions.find(|((of, action), _)| of.name == exception && action.name == name);
        let ((_, action), number) = found.ok_or_else(|| lost("an action"))?;
        (MadeBy::Action(id, number), action.deed.steps.ok_or_else(|| lost("steps of an action"))?)
    } else {
        (MadeBy::Flow, 0)
    };
    let specs = program.blocks.get(usize::from(block)).map_or(&[][..], Vec::as_slice);
    let mut saved = read.steps;
    let mut steps = Vec::with_capacity(specs.len());
    let mut new = Vec::new();
    for spec in specs {
        let found = std::iter::once(&spec.name).chain(&spec.was).find_map(|name| saved.remove(&**name));
        new.push(found.is_none());
        steps.push(found.unwrap_or_default());
    }
    if let Some(name) = saved.into_keys().find(|name| !program.dropped.iter().any(|dropped| **dropped == **name)) {
        return Err(Unreadable::UnknownStep(name));
    }
    for position in (0_u16..).zip(&new).filter(|(_, new)| **new).map(|(position, _)| position) {
        let passed = super::machine::below(specs, position).into_iter().any(|later| {
            !new.get(usize::from(later)).copied().unwrap_or(true)
                && steps.get(usize::from(later)).is_some_and(|step| step.phase != Phase::Pending)
        });
        if let Some(step) = steps.get_mut(usize::from(position)).filter(|_| passed) {
            step.phase = Phase::Skipped;
        }
    }
    Ok(Scope {
        up,
        from,
        block,
        key: part.map(Box::from).unwrap_or_default(),
        items: read.items,
        ids: read.ids,
        gone,
        steps,
    })
}

/// What takes the message that something is looked up for, unless it is a reply.
fn taken_by<'a, D>(program: &'a Program, state: &State<D>, live: &Live) -> Option<TakenBy<'a>> {
    let Ordered::Receive { source, .. } = &live.what else { return None };
    match *source {
        Source::Reply => None,
        Source::Branch(number) => {
            let scope = state.scopes.get(live.place.scope as usize)?;
            let wait = awaiting(program, scope, live.place)?;
            wait.branch_names().nth(usize::from(number)).map(TakenBy::Branch)
        }
        Source::Interrupt(number) => program.interrupt_names().nth(usize::from(number)).map(TakenBy::Interrupt),
    }
}

fn source_of(
    program: &Program,
    scopes: &[Scope],
    place: Place,
    by: Option<TakenBy<'static>>,
) -> Result<Source, Unreadable> {
    Ok(match by {
        None => Source::Reply,
        Some(TakenBy::Branch(name)) => {
            let scope = scopes.get(place.scope as usize);
            let wait = scope.and_then(|scope| awaiting(program, scope, place));
            let wait = wait.ok_or_else(|| Unreadable::UnknownEvent(name.to_string()))?;
            Source::Branch(numbered(wait.branch_names(), &name)?)
        }
        Some(TakenBy::Interrupt(name)) => Source::Interrupt(numbered(program.interrupt_names(), &name)?),
    })
}

fn awaiting<'a>(program: &'a Program, scope: &Scope, place: Place) -> Option<&'a Await> {
    match &program.step(scope.block, place.position)?.work {
        Work::Await(wait) => Some(wait),
        _ => None,
    }
}

/// The number of a name among others.
fn numbered<'a>(names: impl Iterator<Item = Cow<'a, str>>, name: &str) -> Result<u16, Unreadable> {
    let found = names.zip(0_u16..).find(|(known, _)| *known == name);
    found.map(|(_, number)| number).ok_or_else(|| Unreadable::UnknownEvent(name.to_owned()))
}

/// Where a step of a name is now; none if it was dropped. What concerns the whole flow has no name.
fn place(program: &Program, scopes: &[Scope], scope: u32, name: &str) -> Result<Option<Place>, Unreadable> {
    if name.is_empty() && scope == ROOT.scope {
        return Ok(Some(ROOT));
    }
    let block = scopes.get(scope as usize).map(|scope| scope.block);
    let block = block.ok_or_else(|| Unreadable::Broken("a step lies in no scope".to_owned()))?;
    let specs = program.blocks.get(usize::from(block)).map_or(&[][..], Vec::as_slice);
    let found = specs.iter().position(|spec| spec.name == name || spec.was.iter().any(|was| was == name));
    match found.and_then(|position| u16::try_from(position).ok()) {
        Some(position) => Ok(Some(Place { scope, position })),
        None if program.dropped.iter().any(|dropped| dropped == name) => Ok(None),
        None => Err(Unreadable::UnknownStep(name.to_owned())),
    }
}
