//! Simulation: a flow, run by the runtime's machine against systems that behave exactly as they are declared and no better.
//!
//! A scenario says what begins an instance, what systems answer and tell, and what people choose. A schedule is one way in
//! which that can happen, told by its seed: which calls fail and how, which messages come twice or overtake each other,
//! where the process stops and starts again. [`world`] holds the systems and what they did, [`schedule`] lets things
//! happen, [`judge`] says which promise was broken.
//!
//! The same seed gives the same schedule. Absent on purpose: clocks, files, threads; whoever runs many schedules may.

mod chance;
mod judge;
mod recall;
mod schedule;
mod templates;
mod world;

pub use judge::{Broken, Promise};
pub use schedule::{Outcome, Schedule};
pub use templates::Templates;

use crate::eval::flow::{Evaluated, shell};
use crate::eval::{Expression, Functions, PreparedExpression};
use crate::lower::flow::{Ask, Plan, asks, plan};
use crate::model::{Id, Mapping, Model, Scenario};
use crate::source::SourceMap;
use crossdock_runtime::flow::driver::{Flows, Hosted};
use crossdock_runtime::flow::{Machine, Program, ProgramError, Settings};
use recall::Recalling;
use std::collections::BTreeMap;

/// A scenario, ready to be run.
pub struct Stage<'m> {
    model: &'m Model,
    scenario: &'m Scenario,
    plan: Plan<'m>,
    asks: BTreeMap<String, Ask>,
    templates: Templates,
    flows: Flows,
    holds: Vec<(PreparedExpression<'m>, &'m str)>,
}

/// A flow's shell, for as long as the process: what a driver holds has no lifetime.
fn lasting(shell: Mapping) -> &'static Mapping {
    Box::leak(Box::new(shell))
}

impl Stage<'static> {
    /// Prepares a scenario.
    ///
    /// # Errors
    /// A program that can't be run.
    pub fn new(
        model: &'static Model,
        sources: Option<&'static SourceMap>,
        scenario: Id<Scenario>,
        templates: Templates,
    ) -> Result<Self, ProgramError> {
        let scenario = &model.scenarios[scenario];
        let plan = plan(model, scenario.flow);
        let shell = lasting(shell(model, scenario.flow));
        let mut settings = Settings::new();
        for (system, name, text, _) in &scenario.config {
            let system = &model.systems[*system];
            let declared = system.config.iter().find(|(known, _)| known == name);
            if let Some(setting) = declared.and_then(|(_, ty)| crate::coverage::setting(ty, text)) {
                settings.entry(system.name.clone()).or_default().insert(name.clone(), setting);
            }
        }
        let evaluated = Evaluated::new(model, sources, &plan, shell, settings, Functions::new());
        // What was handled is looked at when all is over; and what a scenario says of the object, a flow need not read.
        let program = Program { retention: i64::MAX / 4, data: Vec::new(), ..plan.program.clone() };
        let machine: Box<dyn Hosted> = Box::new(Recalling(Machine::new(program, evaluated)?));
        let holds = scenario.holds.iter().map(|(node, text)| {
            let variables = vec![crate::model::Flow::OBJECT];
            let hold: &'static Expression =
                Box::leak(Box::new(Expression::of(node.clone(), scenario.variables, variables)));
            (hold.prepare(model), text.as_str())
        });
        Ok(Stage {
            model,
            scenario,
            asks: asks(model, plan.flow).into_iter().map(|ask| (ask.name.clone(), ask)).collect(),
            plan,
            templates,
            flows: Flows::from([machine]),
            holds: holds.collect(),
        })
    }

    /// The scenario.
    pub fn scenario(&self) -> &'static Scenario {
        self.scenario
    }
}
