//! The files of a scenario: templates of JSON. What is not known in them is an error, and rendering has fuel.

use crate::model::{Scenario, TemplateRef};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;
use std::collections::BTreeSet;

/// How much a rendering may do.
const FUEL: u64 = 1_000_000;

/// The templates of a scenario, by their paths.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Reads the templates that a scenario names.
    ///
    /// # Errors
    /// A file that can't be read or is no template, with its path.
    pub fn read(scenario: &Scenario, read: impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        environment.set_fuel(Some(FUEL));
        let start = scenario.start.iter().map(|start| &start.payload);
        let answers = scenario.answers.iter().map(|(_, file)| file);
        let files = start.chain(answers).chain(scenario.events.iter().map(|event| &event.payload));
        for path in files.map(|file| &file.path).collect::<BTreeSet<_>>() {
            let text = String::from_utf8(read(path)?).map_err(|_| format!("{path} is not UTF-8"))?;
            environment.add_template_owned(path.clone(), text).map_err(|error| format!("{path}: {error:#}"))?;
        }
        Ok(Templates(environment))
    }

    /// Fills a template in.
    pub(super) fn fill(&self, file: &TemplateRef, known: &Value) -> Result<String, String> {
        let template = self.0.get_template(&file.path).map_err(|error| format!("{}: {error:#}", file.path))?;
        let text = template
            .render(minijinja::Value::from(Serde(known)))
            .map_err(|error| format!("{}: {error:#}", file.path))?;
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(format!("{} is no JSON when it is filled in: {error}: {text}", file.path)),
        }
    }
}
