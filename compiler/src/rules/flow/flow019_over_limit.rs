//! FLOW019 over-limit: the declared peak is more than a system bears
//!
//! At the `peak:` of the flows a system is called more often than its `limits:` allow. Counted are, for each instance of a
//! flow, the calls of its own steps, those of a decision's busiest branch, what the busiest start fetches first, and the
//! calls of subscribers of what it publishes. A step inside `each` counts once, a list of pages as one page, and retries,
//! interrupts, compensations and lookups do not: what is found is the least that comes. A system with instances has the
//! limit once per instance; a call that names one instance counts for that one. Or a peak is declared for a flow that there
//! is not: it is held against nothing.
//!
//! What is above the limit is refused or waits: the peak lasts longer than the business believes, or orders are late.
//!
//! Bad, where two calls of each `order_to_warehouse` go to `wms`, which has `limits: { rate: 40/s }`:
//! ```yaml
//! peak: { order_to_warehouse: 30/s }
//! ```
//! Good:
//! ```yaml
//! peak: { order_to_warehouse: 20/s }
//! ```
//! Call less often, agree on a higher limit, or declare the peak that the landscape bears and start later what is above it.
//! Level it with `rules: { FLOW019: warn }`, or waive it at the system (`at: wms`).

use super::load::{Load, loads, per_second};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity, suggest};
use crate::model::{Model, Peak};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW019", name: "over-limit", severity: Severity::Error };

/// How many calls are shown.
const SHOWN: usize = 4;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for peak in &model.workspace.peaks {
        if !context.incomplete && !model.flows_by_name.contains_key(&peak.flow) {
            found.push(stranger(model, peak));
        }
    }
    found.extend(loads(model).iter().filter_map(|load| judge(model, load)));
}

fn stranger(model: &Model, peak: &Peak) -> Diagnostic {
    let known = model.flows_by_name.keys().map(String::as_str);
    let help = suggest(&peak.flow, known).map(|near| format!("did you mean `{near}`?"));
    let message = format!("there is no flow `{}`: its peak is held against nothing", peak.flow);
    Diagnostic::new(RULE, peak.span, message).at(peak.flow.clone()).help_opt(help)
}

fn judge(model: &Model, load: &Load<'_>) -> Option<Diagnostic> {
    let system = load.system;
    let (limit, capacity, rate) = (u128::from(system.limits.rate_milli?), load.capacity()?, load.rate());
    if rate <= capacity {
        return None;
    }
    let deployments = load.deployments();
    let bears = if deployments > 1 {
        format!("{} × {deployments} instances = {}", per_second(limit), per_second(capacity))
    } else {
        per_second(capacity)
    };
    let message = format!("`{}` is called {} at the peak, and bears {bears}", load.name(), sum(load));
    let first = load.shares.first()?;
    let mut finding = Diagnostic::new(RULE, first.peak.span, message).at(system.name.clone());
    for (operation, span) in load.shares.iter().flat_map(|share| &share.calls).take(SHOWN) {
        finding = finding.related(*span, format!("one call of `{}`", model.operation_name(*operation)));
    }
    finding = finding.related(system.span, format!("its limit is {}", per_second(limit)));
    Some(finding.help("call it less often, agree on a higher limit, or declare a peak that it bears"))
}

/// `30/s × 2 = 60/s`.
fn sum(load: &Load<'_>) -> String {
    let parts = load.shares.iter().map(|share| format!("{} × {}", share.peak.text, share.calls.len()));
    format!("{} = {}", parts.collect::<Vec<_>>().join(" + "), per_second(load.rate()))
}
