//! Runs tests: files in, verdicts out. Mappings are run in parallel; the results come in order of declaration.

use super::answers::answers;
use super::compare::compare;
use super::document::{Document, payload};
use super::meta::circumstances;
use super::report::{Problem, TestResult};
use crate::eval::{Prepared, prepare};
use crate::model::{Id, Intent, Mapping, Model, Test};
use crate::source::{Loader, Span};
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Answers, Notes};
use rayon::prelude::*;

/// Runs the tests of all mappings of which `wanted` says so; a mapping without a body has findings and is not run.
pub fn run<'m>(
    model: &'m Model,
    loader: &Loader,
    wanted: &(dyn Fn(&Mapping, &Test) -> bool + Sync),
) -> Vec<TestResult<'m>> {
    let mappings: Vec<(Id<Mapping>, &Mapping)> = model.mappings.iter().filter(|(_, m)| m.body.is_some()).collect();
    mappings
        .par_iter()
        .map(|(id, mapping)| {
            let chosen: Vec<&'m Test> = mapping.tests.iter().filter(|test| wanted(mapping, test)).collect();
            Runner { model, loader }.mapping(*id, &chosen)
        })
        .flatten()
        .collect()
}

struct Runner<'r, 'm> {
    model: &'m Model,
    loader: &'r Loader,
}

impl<'m> Runner<'_, 'm> {
    fn mapping(&self, id: Id<Mapping>, tests: &[&'m Test]) -> Vec<TestResult<'m>> {
        let prepared = prepare(self.model, Some(self.loader.sources()), id);
        let verdict = |test: &'m Test| {
            let problems = self.test(&prepared, test).unwrap_or_else(|(why, span)| vec![Problem::Unusable(why, span)]);
            TestResult { mapping: id, test, problems }
        };
        tests.iter().copied().map(verdict).collect()
    }

    fn test(&self, prepared: &Prepared<'_>, test: &'m Test) -> Result<Vec<Problem>, (String, Span)> {
        let mapping = prepared.mapping();
        let mut inputs = Vec::with_capacity(test.inputs.len());
        for input in &test.inputs {
            let bytes = self.file(&input.path, input.span)?;
            let bytes = payload(&input.path, &bytes).map_err(|why| (unusable(&input.path, &why), input.span))?;
            inputs.push(bytes);
        }
        let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let meta =
            circumstances(self.model, mapping, &test.meta, &test.config).map_err(|why| (why, test.span))?;
        let answers = match &test.answers {
            None => Answers::default(),
            Some((path, span)) => {
                let file = self.document(path, *span)?;
                // Documents that can't be read fail below, in the mapping itself.
                let keys = prepared.keys(&inputs, &meta).unwrap_or_default();
                answers(mapping, &keys, &file).map_err(|why| (unusable(path, &why), *span))?
            }
        };
        let mut notes = Notes::default();
        let output = prepared.map(&inputs, &meta, &answers, &mut notes);
        let output = output.and_then(|output| output.to_json(Writer::compact()));
        match (output, &test.expect, &test.raises) {
            (Ok(json), Some((path, span)), _) => {
                let expected = self.document(path, *span)?;
                Ok(self.differences(mapping, &expected, &json))
            }
            (Ok(_), None, Some((exception, _))) => Ok(vec![Problem::NotRaised(exception.clone())]),
            (Err(failure), _, Some((exception, _))) if failure.code() == exception => Ok(Vec::new()),
            (Err(failure), ..) => Ok(vec![Problem::Failed(failure)]),
            (Ok(_), None, None) => {
                let why = format!("the test `{}` expects nothing: it has neither `expect` nor `raises`", test.name);
                Err((why, test.span))
            }
        }
    }

    fn differences(&self, mapping: &Mapping, expected: &Document, json: &str) -> Vec<Problem> {
        let actual = match Document::from_json(json.as_bytes()) {
            Ok(actual) => actual,
            Err(failure) => return vec![Problem::Failed(failure)],
        };
        let patch = mapping.intent == Intent::Update;
        let found = compare(self.model, &mapping.target, patch, expected, &actual);
        found.into_iter().map(Problem::Differs).collect()
    }

    fn document(&self, path: &str, span: Span) -> Result<Document, (String, Span)> {
        let bytes = self.file(path, span)?;
        Document::read(path, &bytes).map_err(|why| (unusable(path, &why), span))
    }

    fn file(&self, path: &str, span: Span) -> Result<std::sync::Arc<[u8]>, (String, Span)> {
        self.loader.read_inside(span.file, path).map_err(|problem| (problem.message(path), span))
    }
}

fn unusable(path: &str, why: &str) -> String {
    format!("`{path}` can't be used: {why}")
}
