//! What systems bear, as drivers keep it.

use crate::model::Model;
use crossdock_runtime::flow::driver::Limit;
use std::collections::BTreeMap;

/// The limits of every system that declares some, by its name. What it does not say is as the runtime has it.
pub fn limits(model: &Model) -> BTreeMap<String, Limit> {
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let mut all = BTreeMap::new();
    for system in model.systems.rows() {
        let declared = &system.limits;
        let usual = Limit::default();
        let limit = Limit {
            rate: declared.rate_milli.map(narrow),
            burst: declared.burst.map_or(usual.burst, narrow),
            concurrency: declared.concurrency.map_or(usual.concurrency, narrow),
        };
        if limit != usual {
            all.insert(system.name.clone(), limit);
        }
    }
    all
}
