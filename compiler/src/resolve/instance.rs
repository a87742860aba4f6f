//! Instances of a system: deployments of its one contract, with their regions and settings.

use super::Resolver;
use crate::diagnostic::{Diagnostic, suggest};
use crate::expr::ir::Const;
use crate::model::{Instance, Model, Type};
use crate::rules;
use crate::source::Span;
use crate::syntax::{Free, Named, SystemAst, Text};
use crossdock_runtime::Decimal;
use std::collections::BTreeMap;

/// Keys of an instance that are no settings.
const OWN: &[&str] = &["region", "is"];

impl Resolver<'_> {
    pub(super) fn instances(&mut self, ast: &SystemAst, config: &[(String, Type)]) -> Vec<Instance> {
        let mut all: Vec<Instance> = Vec::with_capacity(ast.instances.len());
        // What selects one selects one only.
        let mut selected: BTreeMap<String, Span> = BTreeMap::new();
        for (name, settings) in &ast.instances {
            let text = |key: &str| settings.get(key).map(|text| text.value.clone());
            let is = settings.get("is").unwrap_or(name);
            if let Some(earlier) = selected.insert(is.value.clone(), is.span) {
                let message = format!("two instances of `{}` are selected by `{}`", ast.name.value, is.value);
                let finding = Diagnostic::new(rules::NAME002, is.span, message);
                self.report(finding.related(earlier, "the first is named here"));
            }
            all.push(Instance {
                name: name.value.clone(),
                span: name.span,
                region: text("region"),
                is: is.value.clone(),
                settings: self.settings(settings, config),
            });
        }
        all
    }

    fn settings(&mut self, settings: &Named<Free, Text>, config: &[(String, Type)]) -> Vec<(String, Const)> {
        let mut all = Vec::new();
        for (name, value) in settings.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            let Some((_, ty)) = config.iter().find(|(known, _)| *known == name.value) else {
                let known: Vec<&str> =
                    config.iter().map(|(known, _)| known.as_str()).chain(OWN.iter().copied()).collect();
                let help = suggest(&name.value, known.iter().copied()).map_or_else(
                    || "declare it under `config:` of the system".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("the system declares no setting `{}`", name.value);
                self.report(Diagnostic::new(rules::NAME001, name.span, message).help(help));
                continue;
            };
            match setting(ty, &value.value) {
                Some(setting) => all.push((name.value.clone(), setting)),
                None if ty.is_unknown() => {}
                None => {
                    let message = format!("`{}` is not a value of type `{}`", value.value, show(ty, &self.model));
                    self.report(Diagnostic::new(rules::SPEC004, value.span, message));
                }
            }
        }
        all
    }
}

fn show(ty: &Type, model: &Model) -> String {
    ty.inner().show(model)
}

fn setting(ty: &Type, text: &str) -> Option<Const> {
    Some(match ty.inner() {
        Type::Int => Const::Int(text.parse().ok()?),
        Type::Bool => Const::Bool(text.parse().ok()?),
        Type::Decimal(digits) => {
            let value = Decimal::parse(text).ok()?;
            Const::Decimal(value.fit(digits.precision, digits.scale).ok()?)
        }
        Type::String(Some(longest)) if text.chars().count() > *longest as usize => return None,
        ty if ty.is_text() => Const::Text(text.to_owned()),
        _ => return None,
    })
}
