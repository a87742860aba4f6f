//! SPEC011 waiver: a waiver that has expired, covers nothing, or can't be given
//!
//! A waiver accepts a finding until a day, with a reason and a team. After that day the finding is back, and the waiver is
//! one more. A waiver that covers no finding is one too: what it accepted is gone, or it is spelled wrong. Findings without
//! which specs have no meaning, and those that would make generated code not compile, can't be waived at all; nor can their
//! level be changed.
//!
//! Accepted losses are debts. A list of them is only worth reading if it holds no dead entries.
//!
//! Bad:
//! ```yaml
//! waivers:
//!   - { rule: MAP005, at: order_to_sap.lines.prise, reason: ERP prices have two decimals, by: pricing, until: 2027-06-30 }
//! ```
//! Good:
//! ```yaml
//! waivers:
//!   - { rule: MAP005, at: order_to_sap.lines.price, reason: ERP prices have two decimals, by: pricing, until: 2027-06-30 }
//! ```
//! Level it with `rules: { SPEC011: warn }`. It can't be waived.

use crate::diagnostic::{Diagnostic, RuleId, Severity};
use crate::model::{Waiver, WaiverPlace};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC011", name: "waiver", severity: Severity::Error };

/// The finding for a waiver whose last day is past. `still` tells whether what it covers is still there.
pub fn expired(waiver: &Waiver, still: bool) -> Diagnostic {
    let message = format!("this waiver of {} expired on {}", waiver.rule, waiver.until);
    let help = if still {
        format!("mend what it covers, or have `{}` give it a new date", waiver.by)
    } else {
        "take it out: it covers nothing any more".to_owned()
    };
    place(Diagnostic::new(RULE, waiver.span, message), waiver).help(help)
}

/// The finding for a waiver that covers nothing.
pub fn unused(waiver: &Waiver) -> Diagnostic {
    let message = match &waiver.place {
        WaiverPlace::Path(path) => format!("there is no finding of {} at `{path}` to waive", waiver.rule),
        WaiverPlace::Element(_) => format!("there is no finding of {} here to waive", waiver.rule),
    };
    let finding = Diagnostic::new(RULE, waiver.span, message).severity(Severity::Warning);
    place(finding, waiver).help("take it out, or name the element that the finding is about")
}

/// The finding for a waiver of what can't be waived.
pub fn refused(waiver: &Waiver) -> Diagnostic {
    let message = format!("{} can't be waived", waiver.rule);
    let help = if waiver.rule == RULE.code {
        "take the waiver that it is about out, or give it a new date"
    } else {
        "mend it: specs with such a finding can't be built"
    };
    place(Diagnostic::new(RULE, waiver.span, message), waiver).help(help)
}

fn place(finding: Diagnostic, waiver: &Waiver) -> Diagnostic {
    match &waiver.place {
        WaiverPlace::Path(path) => finding.at(path.clone()),
        WaiverPlace::Element(_) => finding,
    }
}
