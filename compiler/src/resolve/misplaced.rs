//! Keys of a mapping that mean nothing where they stand: they are of lists, or of patches.

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::model::Intent;
use crate::rules;
use crate::source::Span;
use crate::syntax::{ByPath, CaseAst, MappingAst, TargetAst, TargetKind};

impl Resolver<'_> {
    /// Reports them.
    pub(super) fn misplaced(&mut self, ast: &MappingAst, intent: Intent) {
        if ast.each.is_none() {
            let of_lists = [
                ("as", ast.element.as_ref().map(|name| name.span)),
                ("index", ast.index.as_ref().map(|name| name.span)),
                ("drop", ast.drop.first().map(|drop| drop.when.span)),
            ];
            self.without("each", "says which list is gone through", of_lists);
        }
        if intent == Intent::Update {
            return;
        }
        let find = ast.find.entries.first().map(|(path, _)| path.span);
        self.of_patches([("find", find)]);
        let mut fields = vec![&ast.fields];
        while let Some(targets) = fields.pop() {
            targets.entries.iter().for_each(|(_, target)| self.misplaced_in(target, &mut fields));
        }
    }

    fn misplaced_in<'a>(&mut self, target: &'a TargetAst, fields: &mut Vec<&'a ByPath<TargetAst>>) {
        self.of_patches([("touch", target.touch.as_ref().map(|touch| touch.span))]);
        match &target.kind {
            TargetKind::Each(each) => {
                let key = each.key.iter().next().map(|(name, _)| name.span);
                self.of_patches([("key", key), ("removed", each.removed.as_ref().map(|removed| removed.span))]);
                fields.push(&each.body.fields);
            }
            TargetKind::Fields(nested) => fields.push(&nested.fields),
            TargetKind::Cases(cases) => fields.extend(cases.iter().filter_map(|case: &CaseAst| case.fields.as_ref())),
            TargetKind::Value(_) | TargetKind::Missing => {}
        }
    }

    fn of_patches<const N: usize>(&mut self, keys: [(&str, Option<Span>); N]) {
        self.without("intent: update", "makes a patch of it", keys);
    }

    fn without<const N: usize>(&mut self, what: &str, does: &str, keys: [(&str, Option<Span>); N]) {
        for (key, span) in keys.into_iter().filter_map(|(key, span)| Some((key, span?))) {
            let message = format!("`{key}` means nothing without `{what}`");
            let help = format!("take it out, or add `{what}`, which {does}");
            self.report(Diagnostic::new(rules::SPEC002, span, message).help(help));
        }
    }
}
