//! Runs tests: files in, verdicts out. Mappings are run in parallel; the results come in order of declaration.

use super::answers::answers;
use super::compare::compare;
use super::document::{Document, payload};
use super::functions::functions;
use super::meta::circumstances;
use super::points::{Of, Point, points};
use super::report::{Coverage, Problem, Report, Tally, TestResult};
use super::trace::{Seen, Site, Trace, Watched, merge};
use super::undeclared::undeclared;
use crate::eval::{Functions, Outside, Prepared, prepare};
use crate::model::{Id, InputShape, Intent, Mapping, Model, Test};
use crate::rules::{NAME001, RuleId, SPEC003, SPEC004, SPEC007};
use crate::source::{Loader, Span};
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Answers, Meta, Notes};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Runs the tests of which `wanted` says so; a mapping without a body has findings and is not run. Unless it is asked for,
/// what the tests reach is not worked out.
pub fn run<'m>(
    model: &'m Model,
    loader: &Loader,
    reach: bool,
    wanted: &(dyn Fn(&Mapping, &Test) -> bool + Sync),
) -> Report<'m> {
    let sources = loader.sources();
    let mappings: Vec<(Id<Mapping>, &Mapping)> = model.mappings.iter().filter(|(_, m)| m.body.is_some()).collect();
    let of = |mapping| if reach { points(model, sources, mapping) } else { Vec::new() };
    let all: Vec<Vec<Point>> = mappings.par_iter().map(|(_, mapping)| of(mapping)).collect();
    // Tests of one mapping reach into the value mappings that it calls: every site is watched in all of them.
    let mut watched = Watched::default();
    for point in all.iter().flatten() {
        watched.extend(point.sites(), point.text_sites().iter().copied());
    }
    let tests: Vec<TestResult<'m>> = mappings
        .par_iter()
        .map(|(id, mapping)| {
            let runner = Runner { model, loader, watched: &watched };
            let chosen: Vec<&Test> = mapping.tests.iter().filter(|test| wanted(mapping, test)).collect();
            if chosen.is_empty() { Vec::new() } else { runner.mapping(*id, &chosen) }
        })
        .flatten()
        .collect();
    let mut seen: BTreeMap<Site, Seen> = BTreeMap::new();
    for test in &tests {
        merge(&mut seen, test.seen.clone());
    }
    // A crosswalk is one thing, whichever mapping goes through it.
    let crosswalk = |point: &&Point| matches!(point.of, Of::Crosswalk(..)) && point.is_reached(&seen);
    let translated: BTreeSet<Of> = all.iter().flatten().filter(crosswalk).map(|point| point.of.clone()).collect();
    let judged =
        mappings.iter().zip(all).map(|((id, mapping), points)| judge(*id, mapping, points, &seen, &translated));
    let coverage = judged.filter(|coverage| !coverage.tallies.is_empty()).collect();
    Report { tests, coverage }
}

fn judge<'m>(
    id: Id<Mapping>,
    mapping: &'m Mapping,
    points: Vec<Point>,
    seen: &BTreeMap<Site, Seen>,
    translated: &BTreeSet<Of>,
) -> Coverage<'m> {
    let mut tallies: BTreeMap<_, Tally> = BTreeMap::new();
    let mut missed = Vec::new();
    let mut ran = false;
    for point in points {
        let tally = tallies.entry(point.aspect).or_default();
        tally.of += 1;
        ran |= point.sites().iter().any(|site| seen.get(site).is_some_and(|seen| seen.reached));
        if point.is_reached(seen) || translated.contains(&point.of) {
            tally.reached += 1;
        } else {
            missed.push(point);
        }
    }
    Coverage { mapping: id, of: mapping, tallies, missed, ran }
}

/// What a test gives its mapping.
#[derive(Debug, Clone)]
pub struct Case {
    /// One payload per input, in their order.
    pub inputs: Vec<Vec<u8>>,
    /// The circumstances.
    pub meta: Meta,
    /// Answers to lookups.
    pub answers: Answers,
    /// What the user's functions give.
    pub functions: Functions,
}

impl Case {
    /// The inputs.
    pub fn inputs(&self) -> Vec<&[u8]> {
        self.inputs.iter().map(Vec::as_slice).collect()
    }

    /// All but the inputs.
    pub fn outside(&self) -> Outside<'_> {
        Outside { meta: &self.meta, answers: &self.answers, functions: &self.functions }
    }
}

/// What the test of a mapping gives it, to run the mapping in another way; none if it can't be used.
pub fn case(prepared: &Prepared<'_>, loader: &Loader, test: &Test) -> Option<Case> {
    let runner = Runner { model: prepared.model(), loader, watched: &Watched::default() };
    runner.case(prepared, test).ok()
}

struct Runner<'r, 'm> {
    model: &'m Model,
    loader: &'r Loader,
    watched: &'r Watched,
}

/// Why a test can't be run.
struct Unusable {
    rule: RuleId,
    why: String,
    span: Span,
}

impl Unusable {
    fn new(rule: RuleId, why: impl Into<String>, span: Span) -> Self {
        Unusable { rule, why: why.into(), span }
    }

    /// Of a file that is no document.
    fn content(path: &str, why: &str, span: Span) -> Self {
        Unusable::new(SPEC004, format!("`{path}` can't be used: {why}"), span)
    }
}

impl<'m> Runner<'_, 'm> {
    fn mapping(&self, id: Id<Mapping>, tests: &[&'m Test]) -> Vec<TestResult<'m>> {
        let prepared = prepare(self.model, Some(self.loader.sources()), id);
        let mut results = Vec::with_capacity(tests.len());
        for test in tests {
            let trace = Trace::new(self.model, self.watched);
            let mut undeclared = BTreeSet::new();
            let problems = match self.test(&prepared, test, &trace, &mut undeclared) {
                Ok(problems) => problems,
                Err(Unusable { rule, why, span }) => vec![Problem::Unusable(rule, why, span)],
            };
            results.push(TestResult { mapping: id, test, problems, seen: trace.into_seen(), undeclared });
        }
        results
    }

    fn test(
        &self,
        prepared: &Prepared<'_>,
        test: &'m Test,
        trace: &Trace<'_>,
        unknown: &mut BTreeSet<String>,
    ) -> Result<Vec<Problem>, Unusable> {
        let mapping = prepared.mapping();
        let case = self.case(prepared, test)?;
        for (input, bytes) in test.inputs.iter().zip(&case.inputs) {
            if let (Some(declared), Ok(document)) =
                (mapping.inputs.get(usize::from(input.input)), Document::from_json(bytes))
            {
                let found = undeclared(self.model, declared.of, declared.shape == InputShape::List, &document);
                let several = mapping.inputs.len() > 1;
                let path = |key: String| if several { format!("{}.{key}", declared.name) } else { key };
                unknown.extend(found.into_iter().map(path));
            }
        }
        let mut notes = Notes::default();
        let output = prepared.map_given(&case.inputs(), case.outside(), &mut notes, Some(trace));
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
                Err(Unusable::new(SPEC003, why, test.span))
            }
        }
    }

    /// What a test gives its mapping.
    fn case(&self, prepared: &Prepared<'_>, test: &Test) -> Result<Case, Unusable> {
        let mapping = prepared.mapping();
        let mut inputs: Vec<Vec<u8>> = Vec::with_capacity(test.inputs.len());
        for input in &test.inputs {
            let bytes = self.file(&input.path, input.span)?;
            let bytes = payload(&input.path, &bytes).map_err(|why| Unusable::content(&input.path, &why, input.span))?;
            inputs.push(bytes);
        }
        let meta = circumstances(self.model, mapping, &test.meta, &test.config)
            .map_err(|why| Unusable::new(SPEC004, why, test.span))?;
        let functions = match &test.functions {
            None => Functions::new(),
            Some((path, span)) => {
                let file = self.document(path, *span)?;
                functions(prepared, &file).map_err(|why| Unusable::content(path, &why, *span))?
            }
        };
        let mut case = Case { inputs, meta, answers: Answers::default(), functions };
        if let Some((path, span)) = &test.answers {
            let file = self.document(path, *span)?;
            // Documents that can't be read fail in the mapping itself.
            let keys = prepared.keys_given(&case.inputs(), case.outside()).unwrap_or_default();
            case.answers = answers(mapping, &keys, &file).map_err(|why| Unusable::content(path, &why, *span))?;
        }
        Ok(case)
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

    fn document(&self, path: &str, span: Span) -> Result<Document, Unusable> {
        let bytes = self.file(path, span)?;
        Document::read(path, &bytes).map_err(|why| Unusable::content(path, &why, span))
    }

    fn file(&self, path: &str, span: Span) -> Result<std::sync::Arc<[u8]>, Unusable> {
        self.loader.read_inside(span.file, path).map_err(|problem| {
            let rule = if problem.is_limit() { SPEC007 } else { NAME001 };
            Unusable::new(rule, problem.message(path), span)
        })
    }
}
