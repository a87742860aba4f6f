//! What arrives is the same for generated gates as for evaluated ones; on SQLite, all of it is kept before it is
//! acknowledged.

use crossdock::eval::intake::{Evaluated, shell};
use crossdock::lower::intake::plan;
use crossdock::pipeline;
use crossdock_runtime::flow::driver::sqlite::{Options, Sqlite};
use crossdock_runtime::flow::driver::{Accepted, Became, Flows, Hosted, Instance, Receipt, Systems};
use crossdock_runtime::flow::{Arrival, Arrived, Call, Intake, MOST, Outcome, Publish, Settings, What, arrived};
use crossdock_runtime::{Answers, Failure, Keys, Result, Setting};
use harborline_flows::intake::Intake as Generated;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

fn settings() -> Settings {
    let mut settings = Settings::new();
    for (system, user) in [("sap", "MIDDLEWARE"), ("salesforce", "005HL0000000009AAA")] {
        settings.entry(system.to_owned()).or_default().insert("user".to_owned(), Setting::Text(user.to_owned()));
    }
    settings
}

fn arrival(system: &str, channel: &str, payload: impl Into<Vec<u8>>) -> Arrival {
    // As HTTP/2 sends them.
    let headers = ["x-shopify-webhook-id", "x-message-id"].map(|name| (name.to_owned(), format!("of {name}")));
    Arrival {
        system: system.into(),
        instance: None,
        channel: channel.into(),
        headers: BTreeMap::from(headers),
        received_at: 1_780_000_000_000,
        payload: payload.into().into(),
    }
}

fn fixtures(system: &str) -> Vec<(String, Vec<u8>)> {
    let folder = specs().join("systems").join(system).join("fixtures");
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|end| end == "json"));
    all.sort();
    all.into_iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn evaluated_and_generated_tell_the_same() {
    let today = crossdock_runtime::time::parse_date("2026-06-01").unwrap();
    let checked = pipeline::check(&specs(), today).unwrap();
    let model = &checked.model;
    let shell = shell(model);
    let evaluated = Evaluated::new(model, None, plan(model), &shell, settings());
    let generated = Generated::new(settings());
    assert_eq!(evaluated.gates(), generated.gates());
    let (mut taken, mut echoes, mut broken) = (BTreeSet::new(), 0, 0);
    for gate in &generated.gates().gates {
        for (name, payload) in fixtures(&gate.system) {
            let text = String::from_utf8(payload.clone()).unwrap();
            let half = text[..text.floor_char_boundary(text.len() / 2)].to_owned();
            let several = format!("{{\"value\":[{text},{text},7],\"records\":[{text}],\"totalSize\":1,\"done\":true}}");
            for payload in [payload, half.into_bytes(), several.into_bytes(), b"\xff\xfe\x00".to_vec(), Vec::new()] {
                for cut in [false, true] {
                    let arrival = arrival(&gate.system, &gate.channel, payload.clone());
                    let (a, b) = (arrived(&evaluated, &arrival, cut), arrived(&generated, &arrival, cut));
                    let shown = |all: Option<Vec<Arrived>>| {
                        let one = |one: &Arrived| match one {
                            Arrived::Broken(message, document, failure) => {
                                let path = failure.source_path().map(ToOwned::to_owned);
                                format!("{message:?} {document:?} {} {} {path:?}", failure.code(), failure.detail())
                            }
                            one => format!("{one:?}"),
                        };
                        all.unwrap().iter().map(one).collect::<Vec<_>>()
                    };
                    for one in a.iter().flatten() {
                        match one {
                            Arrived::Event(message) => drop(taken.insert(message.name.to_string())),
                            Arrived::Echo(_) => echoes += 1,
                            Arrived::Broken(..) => broken += 1,
                        }
                    }
                    assert_eq!(shown(a), shown(b), "{name} at {}", gate.channel);
                }
            }
        }
    }
    println!("{} events, {echoes} echoes, {broken} broken", taken.len());
    assert!(taken.len() > 15, "only {taken:?}");
    assert!(echoes > 0 && broken > 0);
}

/// Systems that nobody reaches.
struct Away;

impl Systems for Away {
    fn call(&self, _: &Instance, _: &Call) -> Outcome {
        Outcome::Lost { name: "timeout".into(), detail: "nobody is there".into() }
    }

    fn look_up(&self, _: &Instance, _: &Keys) -> Result<Answers> {
        Err(Failure::new("timeout", "nobody is there"))
    }

    fn publish(&self, _: &Instance, _: &Publish) -> Result<()> {
        Ok(())
    }
}

fn open(path: &Path) -> Sqlite {
    let machine: Box<dyn Hosted> = Box::new(harborline_flows::order_to_cash::machine(settings()).unwrap());
    let options = Options { intake: Some(Arc::new(Generated::new(settings()))), ..Options::default() };
    Sqlite::open(path, Flows::from([machine]), Arc::new(Away), &options).unwrap()
}

fn became(receipts: &[Receipt]) -> Vec<Became> {
    receipts.iter().map(|receipt| receipt.became).collect()
}

#[test]
fn what_is_acknowledged_is_kept() {
    let folder = std::env::temp_dir().join(format!("intake-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("flows.db");
    let placed = || arrival("shopify", "webhook /shopify/orders/create", r#"{"id": 7}"#);
    let driver = open(&path);
    let receipts = driver.receive(placed()).unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!((&*receipts[0].name, &*receipts[0].id), ("shopify.order_placed", "of x-shopify-webhook-id"));
    assert_eq!(receipts[0].became, Became::Message(Accepted::Taken));
    drop(driver);
    let driver = open(&path);
    assert_eq!(became(&driver.receive(placed()).unwrap()), [Became::Message(Accepted::Duplicate)]);

    // Garbage is one dead letter, for the team that the workspace routes it to; replayed, it is one still.
    let before = driver.letters().unwrap().len();
    let garbage = arrival("shopify", "webhook /shopify/orders/create", b"\x00\xff{".to_vec());
    assert_eq!(became(&driver.receive(garbage).unwrap()), [Became::Message(Accepted::Dead)]);
    let letters = driver.letters().unwrap();
    assert_eq!(letters.len(), before + 1);
    let letter = letters.last().unwrap();
    assert_eq!((&*letter.letter.name, &*letter.letter.team), ("decode_failed", "integration_ops"));
    assert_eq!(driver.replay(letter.id).unwrap(), Some(Accepted::Dead));
    assert_eq!(driver.letters().unwrap().len(), before + 1);

    // Among ten megabytes, the document that can't be read is dead alone.
    let invoice = |id: usize| {
        format!(
            r#"{{"id":"i{id}","number":"{id}","status":"Open","invoiceDate":"2026-01-09","note":"{}"}}"#,
            "x".repeat(10_000)
        )
    };
    let all: Vec<String> = (0..1000).map(invoice).chain([r#"{"id":7}"#.to_owned()]).collect();
    let page = format!(r#"{{"value":[{}]}}"#, all.join(","));
    assert!(page.len() > 10_000_000);
    let receipts = driver.receive(arrival("business_central", "poll list_invoices", page)).unwrap();
    assert_eq!(receipts.len(), 1001);
    assert!(receipts[..1000].iter().all(|one| one.became == Became::Message(Accepted::Kept)), "{:?}", receipts[0]);
    assert_eq!(receipts[1000].became, Became::Message(Accepted::Dead));

    // An echo is a line of audit, and nothing else.
    let draft = r#"{"value":[{"id":"d","number":"9","status":"Draft"}]}"#;
    let receipts = driver.receive(arrival("business_central", "poll list_invoices", draft)).unwrap();
    assert_eq!(became(&receipts), [Became::Echo]);
    let at = Instance { flow: receipts[0].name.clone(), key: receipts[0].id.clone() };
    assert_eq!(driver.audit(at).unwrap().first().map(|entry| entry.what), Some(What::Echo));

    // What is too large, or nobody expects, is refused.
    let large = arrival("shopify", "webhook /shopify/orders/create", vec![b' '; MOST + 1]);
    assert_eq!(became(&driver.receive(large).unwrap()), [Became::TooLarge]);
    let stray = arrival("shopify", "webhook /elsewhere", "{}");
    assert_eq!(became(&driver.receive(stray).unwrap()), [Became::Unexpected]);
    drop(driver);
    std::fs::remove_dir_all(folder).unwrap();
}
