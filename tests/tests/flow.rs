//! Every folder in `flow` is a workspace with flows and a script: it is checked without a finding, its script is played on
//! evaluated flows, and what is seen then is what `expected.txt` says, on every driver. `BLESS=1` rewrites that.

use crossdock::diagnostic::concise;
use crossdock::eval::Functions;
use crossdock::eval::flow::{Evaluated, shell};
use crossdock::eval::intake;
use crossdock::lower::flow::plan;
use crossdock::{lower, pipeline};
use crossdock_runtime::flow::driver::memory::Memory;
use crossdock_runtime::flow::driver::{Flows, Hosted, Systems};
use crossdock_runtime::flow::{Intake, Machine, Settings};
use crossdock_runtime::time::parse_date;
use crossdock_test_drivers::{Driver, Rehearsed};
use crossdock_tests::corpus;
use crossdock_tests::scripted::{self, T0, World};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn main() {
    let folders = corpus::folders(&corpus::folder("flow")).into_iter();
    let trial = |folder: PathBuf| Trial::test(corpus::name(&folder), move || run(&folder));
    libtest_mimic::run(&Arguments::from_args(), folders.map(trial).collect()).exit();
}

fn run(folder: &Path) -> Result<(), Failed> {
    let checked = pipeline::check(&folder.join("specs"), parse_date("2026-01-01").unwrap())?;
    // What a driver holds has no lifetime.
    let checked: &'static pipeline::Checked = Box::leak(Box::new(checked));
    if !checked.diagnostics.is_empty() {
        return Err(concise::render(&checked.diagnostics, checked.loader.sources()).into());
    }
    let script: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("script.json"))?)?;
    let model = &checked.model;
    let mut flows: Vec<Box<dyn Hosted>> = Vec::new();
    for (id, _) in model.flows.iter() {
        let plan = plan(model, id);
        let shell = Box::leak(Box::new(shell(model, id)));
        let sources = Some(checked.loader.sources());
        let evaluated = Evaluated::new(model, sources, &plan, shell, Settings::new(), Functions::new());
        flows.push(Box::new(Machine::new(plan.program, evaluated)?));
    }
    let events = Box::leak(Box::new(intake::shell(model)));
    let sources = Some(checked.loader.sources());
    let intake = intake::Evaluated::new(model, sources, lower::intake::plan(model), events, Settings::new());
    let intake: Arc<dyn Intake> = Arc::new(intake);
    let flows = Flows::from(flows);
    let play = |driver: &mut dyn Driver, world: &World| scripted::play(driver, &flows, world, &script);
    let expected = folder.join("expected.txt");

    let world = Arc::new(World::new(&script));
    let on_store = |world: &Arc<World>| (flows.clone(), Arc::clone(world) as Arc<dyn Systems>, Arc::clone(&intake));
    let (served, systems, reads) = on_store(&world);
    let seen = play(&mut Rehearsed::new(served, Memory::new(), systems, Some(reads), T0), &world);
    corpus::compare(&expected, &seen)?;
    #[cfg(feature = "sqlite")]
    {
        let place = tempfile::tempdir()?;
        let store = crossdock_runtime::flow::driver::sqlite::File::open(&place.path().join("flows.db"))?;
        let world = Arc::new(World::new(&script));
        let (served, systems, reads) = on_store(&world);
        let seen = play(&mut Rehearsed::new(served, store, systems, Some(reads), T0), &world);
        corpus::compare(&expected, &seen).map_err(|why| format!("on SQLite: {why}"))?;
    }
    #[cfg(feature = "restate")]
    {
        let world = Arc::new(World::new(&script));
        let (served, systems, reads) = on_store(&world);
        let name = corpus::name(folder);
        if let Some(mut driver) =
            crossdock_test_drivers::restate::OnRestate::start(&name, served, systems, Some(reads), T0)
        {
            let seen = play(&mut driver, &world);
            // Here, who is called about one thing does not wait for who is called about another.
            if scripted::unordered(&seen) != scripted::unordered(&fs::read_to_string(&expected)?) {
                return Err(format!("on Restate it is otherwise:\n{seen}").into());
            }
        }
    }
    Ok(())
}
