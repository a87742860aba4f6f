//! Whether a program can be run.

use super::{Deed, Jump, Name, Program, Then, Work};
use std::collections::BTreeSet;
use std::fmt;

/// Why a program can't be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramError(String);

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProgramError {}

impl Program {
    /// Whether every position and block that is named exists, steps come before what follows them, and names are unique.
    pub fn check(&self) -> Result<(), ProgramError> {
        let fail = |what: String| Err(ProgramError(format!("flow `{}`: {what}", self.name)));
        let mut names = BTreeSet::new();
        let then = |then: &Then| match then {
            Then::Jump(Jump::Goto(block, position)) => self.step(*block, *position).is_some(),
            _ => true,
        };
        let block = |block: u16| block > 0 && self.blocks.get(usize::from(block)).is_some();
        let deed = |deed: &Deed| {
            let steps = self.blocks.iter().flatten();
            let known = |name: &Name| steps.clone().any(|step| step.name == *name);
            then(&deed.then) && deed.steps.is_none_or(block) && deed.undo.iter().all(known)
        };
        if self.blocks.is_empty() {
            return fail("it has no block".to_owned());
        }
        for steps in &self.blocks {
            for (position, step) in steps.iter().enumerate() {
                if step.was.iter().chain([&step.name]).any(|name| !names.insert(name.as_ref())) {
                    return fail(format!("two steps are called `{}`, or were", step.name));
                }
                if step.after.iter().any(|before| usize::from(*before) >= position) {
                    return fail(format!("`{}` stands before a step that it comes after", step.name));
                }
                let sound = match &step.work {
                    Work::Each(each) => block(each.block),
                    Work::Decide(decide) => decide.choices.iter().all(|one| deed(&one.deed)),
                    Work::Await(wait) => wait.branches.iter().all(|one| then(&one.then)),
                    _ => true,
                };
                let failures = step.failures.iter().all(|one| one.deed.steps.is_none() && deed(&one.deed));
                if !(sound && failures) {
                    return fail(format!("`{}` names a block or step that there is not", step.name));
                }
            }
        }
        for exception in self.exceptions.iter().chain([&self.fallback]) {
            for action in &exception.actions {
                if !deed(&action.deed) {
                    return fail(format!("action `{}` names a block or step that there is not", action.name));
                }
            }
            if let Some(lost) =
                exception.resolve.iter().find(|one| !exception.actions.iter().any(|action| action.name == one.action))
            {
                return fail(format!("`{}` resolves by `{}`, which is no action", exception.name, lost.action));
            }
        }
        if !self.interrupts.iter().all(|interrupt| deed(&interrupt.deed)) {
            return fail("an interrupt names a step that there is not".to_owned());
        }
        Ok(())
    }
}
