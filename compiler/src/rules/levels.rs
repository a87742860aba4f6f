//! Levels and waivers: what the workspace says of findings, applied to all alike.
//!
//! Findings name the element that they are about by its path: `order_to_sap.lines.price` (a mapping's target),
//! `order_ownership.lines.shipped` (a path of an ownership), `Order.lines` (a field of an object), `ShipMethod.sap` (a
//! crosswalk), `shopify.Order`, `shopify.order_created`, `orders` (a record, event or API). A waiver of the workspace covers the
//! element that it names and what is below; one that stands on an element covers the findings inside it.
//!
//! What can't be built can't be waived. Absent on purpose: today's date, which the caller brings, and findings of tests.

use super::spec::spec011_waiver as waiver;
use super::{NAME004, SPEC011, all};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Waiver, WaiverPlace, Workspace};
use crate::source::{SourceMap, Span};
use crossdock_runtime::Date;

/// Applies the levels and waivers of a workspace to findings, and adds those on waivers themselves.
pub fn apply(found: Diagnostics, workspace: &Workspace, sources: &SourceMap, today: Date) -> Diagnostics {
    let unread = found.iter().any(|finding| finding.severity == Severity::Error && is_fixed(finding.code));
    let mut covered = vec![false; workspace.waivers.len()];
    let mut kept = Diagnostics::new();
    for mut finding in found {
        if !is_fixed(finding.code) && !level(&mut finding, workspace) {
            continue;
        }
        let mut accepted = false;
        for (waiver, covered) in workspace.waivers.iter().zip(&mut covered) {
            if covers(waiver, &finding) {
                *covered = true;
                accepted |= today <= waiver.until && !is_fixed(finding.code);
            }
        }
        if !accepted {
            kept.push(finding);
        }
    }
    let mut own = Diagnostics::new();
    for (waiver, covered) in workspace.waivers.iter().zip(covered) {
        if is_fixed(&waiver.rule) || waiver.rule == SPEC011.code {
            own.push(waiver::refused(waiver));
        } else if waiver.until < today {
            own.push(waiver::expired(waiver, covered));
        } else if !covered && !unread && !is_off(workspace, &waiver.rule) {
            own.push(waiver::unused(waiver));
        }
    }
    own.extend(fixed_levels(workspace, sources));
    own.retain_mut(|finding| level(finding, workspace));
    kept.append(own);
    kept
}

/// Whether a rule's findings mean that the specs can't be built: they are neither waived nor levelled.
pub fn is_fixed(code: &str) -> bool {
    let reading = code.starts_with("SPEC") && code != SPEC011.code;
    reading
        || (code.starts_with("EXPR") && code != super::EXPR007.code)
        || (code.starts_with("NAME") && code != NAME004.code)
        || code == super::MAP001.code
        || code == super::MAP011.code
        || code == super::FLOW024.code
        || code == super::FLOW025.code
}

fn is_off(workspace: &Workspace, code: &str) -> bool {
    workspace.levels.get(code).is_some_and(|level| level == "off")
}

/// Gives a finding the level of its rule; false if the rule is off.
fn level(finding: &mut Diagnostic, workspace: &Workspace) -> bool {
    match workspace.levels.get(finding.code).map(String::as_str) {
        Some("off") => return false,
        Some("error") => finding.severity = Severity::Error,
        Some("warn") => finding.severity = Severity::Warning,
        _ => {}
    }
    true
}

fn covers(waiver: &Waiver, finding: &Diagnostic) -> bool {
    waiver.rule == finding.code
        && match &waiver.place {
            WaiverPlace::Path(path) => finding.element.as_deref().is_some_and(|element| is_below(element, path)),
            WaiverPlace::Element(span) => holds(*span, finding.primary.span),
        }
}

/// Whether an element is the one of a path, or below it.
fn is_below(element: &str, path: &str) -> bool {
    element.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// Findings for levels of rules that have none. The workspace does not keep where they stand: they are looked up.
fn fixed_levels(workspace: &Workspace, sources: &SourceMap) -> Vec<Diagnostic> {
    let known = |code: &&String| all().iter().any(|rule| rule.id.code == code.as_str());
    let fixed = workspace.levels.keys().filter(known).filter(|code| is_fixed(code));
    fixed
        .map(|code| {
            let message = format!("the level of {code} can't be changed");
            let help = "take it out: specs with such a finding can't be built";
            Diagnostic::new(SPEC011, written(sources, code), message).help(help)
        })
        .collect()
}

/// Where a rule's level stands in `crossdock.yaml`.
fn written(sources: &SourceMap, code: &str) -> Span {
    let Some(file) = sources.by_path("crossdock.yaml") else { return Span::default() };
    let text = sources.text(file);
    let rules = text.find("rules:").unwrap_or(0);
    let at = text.get(rules..).and_then(|rest| rest.find(code)).map_or(0, |at| rules + at);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(file, offset(at), offset(at + code.len()))
}

#[cfg(test)]
mod tests {
    use super::super::{RuleId, SPEC006};
    use super::*;
    use crate::source::FileId;

    const RULE: RuleId = RuleId { code: "MAP005", name: "loss-not-waived", severity: Severity::Error };

    fn day(text: &str) -> Date {
        crossdock_runtime::time::parse_date(text).unwrap()
    }

    fn waived(place: WaiverPlace, until: &str) -> Workspace {
        let (rule, reason, by) = ("MAP005".to_owned(), "r".to_owned(), "t".to_owned());
        let waiver = Waiver { rule, place, reason, by, until: day(until), span: Span::new(FileId(0), 90, 99) };
        Workspace { waivers: vec![waiver], ..Workspace::default() }
    }

    fn codes(workspace: &Workspace) -> Vec<(&'static str, Severity)> {
        let span = Span::new(FileId(0), 10, 12);
        let mut found = Diagnostics::new();
        found.push(Diagnostic::new(RULE, span, "x").at("m.lines.price"));
        let kept = apply(found, workspace, &SourceMap::new(), day("2026-03-01"));
        kept.sorted().into_iter().map(|d| (d.code, d.severity)).collect()
    }

    #[test]
    fn a_waiver_covers_its_element_and_what_is_below_until_its_day_has_passed() {
        let path = |path: &str| WaiverPlace::Path(path.to_owned());
        assert_eq!(codes(&waived(path("m.lines"), "2026-03-01")), []);
        assert_eq!(codes(&waived(path("m.lines.price"), "2026-03-01")), []);
        let both = [("MAP005", Severity::Error), ("SPEC011", Severity::Error)];
        assert_eq!(codes(&waived(path("m"), "2026-02-28")), both);
        let unused = [("MAP005", Severity::Error), ("SPEC011", Severity::Warning)];
        assert_eq!(codes(&waived(path("m.line"), "2026-03-01")), unused);
        let element = |start, end| WaiverPlace::Element(Span::new(FileId(0), start, end));
        assert_eq!(codes(&waived(element(0, 20), "2026-03-01")), []);
        assert_eq!(codes(&waived(element(11, 20), "2026-03-01")), unused);
    }

    #[test]
    fn levels_change_a_finding_or_take_it_away() {
        let level = |word: &str| {
            let mut workspace = Workspace::default();
            workspace.levels.insert("MAP005".to_owned(), word.to_owned());
            codes(&workspace)
        };
        assert_eq!(level("off"), []);
        assert_eq!(level("warn"), [("MAP005", Severity::Warning)]);
    }

    #[test]
    fn what_cannot_be_built_is_fixed() {
        assert!(is_fixed("EXPR004") && is_fixed(SPEC006.code) && is_fixed("MAP001") && is_fixed("NAME003"));
        assert!(!is_fixed("SPEC011") && !is_fixed("NAME004") && !is_fixed("OWN003"));
    }
}
