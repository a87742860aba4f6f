//! Generated flows mean what evaluated ones mean: both are given the same inputs, and after each the states are the same,
//! byte for byte, and so is what they order. Each state is one by the schema of the flow's version. What is left out of
//! states changes nothing: one that is never read again orders the same.

use crossdock::emit::contract::state;
use crossdock::eval::flow::{Evaluated, shell};
use crossdock::lower::flow::plan;
use crossdock::pipeline;
use crossdock_runtime::flow::{
    Begun, Command, Fate, Functions, Input, Machine, Message, Millis, Outcome, Settings, State,
};
use crossdock_runtime::{Answers, Keys, Setting};
use std::path::{Path, PathBuf};

/// An hour of 2026.
const START: Millis = 1_780_000_000_000;

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(specs().join("systems").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn settings() -> Settings {
    let mut settings = Settings::new();
    let company = Setting::Text("US01".to_owned());
    settings.entry("avalara".to_owned()).or_default().insert("company_code".to_owned(), company);
    settings
}

/// What the systems say in a script.
struct World {
    /// By lookup.
    found: &'static [(&'static str, &'static str)],
    /// By operation.
    answers: &'static [(&'static str, &'static str)],
}

/// What messages refer to by their systems' identifiers.
const REFERENCES: &[(&str, &str)] = &[("Customer", "\"C-1\""), ("Item", "\"BV-100\""), ("Order", "\"shopify-1\"")];

/// One machine, and where its instance stands.
struct Side<F: Functions> {
    machine: Machine<F>,
    state: Option<State<F::Data>>,
    /// Whether the state is stored and read again before each input.
    stores: bool,
}

/// What can be compared of a side's turn.
type Turn = (String, Vec<u8>, Vec<Command>);

impl<F: Functions> Side<F> {
    fn begin(&mut self, message: &Message, answers: Option<&Answers>) -> Result<Result<Keys, Box<str>>, String> {
        let start = self.machine.program().starts.iter().position(|start| *start.event == *message.name).unwrap();
        match self.machine.begin(start, message, answers) {
            Ok(Some(Begun::LookUp(keys))) => Ok(Ok(keys)),
            Ok(Some(Begun::Ready(state))) => {
                let key = state.key().into();
                self.state = Some(*state);
                Ok(Err(key))
            }
            Ok(None) => Err("no start".to_owned()),
            Err(failure) => Err(format!("{}: {}", failure.code(), failure.detail())),
        }
    }

    fn take(&mut self, input: Input, now: Millis) -> Turn {
        let mut state = self.state.take().unwrap();
        if self.stores {
            let saved = self.machine.save(&state).unwrap();
            state = self.machine.load(&saved).unwrap().0;
        }
        let mut commands = Vec::new();
        let fate = self.machine.handle(&mut state, input, now, &mut commands);
        let fate = match fate {
            Fate::Refused(failure) => format!("refused: {}: {}", failure.code(), failure.detail()),
            fate => format!("{fate:?}"),
        };
        let saved = self.machine.save(&state).unwrap();
        self.state = Some(state);
        (fate, saved, commands)
    }
}

fn message(system: &str, event: &str, payload: Vec<u8>) -> Message {
    Message {
        system: system.into(),
        instance: None,
        name: format!("{system}.{event}").into(),
        id: format!("{event}-{}", payload.len()).into(),
        order: None,
        received_at: START,
        payload: payload.into(),
    }
}

fn answers(world: &World, keys: &Keys) -> Answers {
    let mut answers = Answers::new();
    for (name, key) in keys.iter() {
        let found = world.found.iter().chain(REFERENCES);
        match found.into_iter().find(|(known, _)| *known == name) {
            Some((_, text)) if text.ends_with(".json") => answers.found(name, key, fixture(text)),
            Some((_, text)) => answers.found(name, key, *text),
            None => answers.missing(name, key),
        }
    }
    answers
}

/// Gives both the same inputs, and answers what they order, until nothing more is ordered at once.
fn compare<G: Functions>(flow: &str, generated: Machine<G>, world: &World, script: &[(&str, &str, &str)]) {
    let today = crossdock_runtime::time::parse_date("2026-06-01").unwrap();
    let checked = pipeline::check(&specs(), today).unwrap();
    assert!(checked.sound().is_some(), "the specs are sound");
    let model = &checked.model;
    let id = model.flows.iter().find(|(_, known)| known.name == flow).unwrap().0;
    let plan = plan(model, id);
    let shell = shell(model, id);
    let evaluated = || {
        let functions = Evaluated::new(model, None, &plan, &shell, settings(), Default::default());
        Machine::new(plan.program.clone(), functions).unwrap()
    };
    let mut whole = Side { machine: evaluated(), state: None, stores: false };
    let evaluated = evaluated();
    assert_eq!(evaluated.program(), generated.program(), "the programs differ");
    let schemas = state::files(model, checked.loader.sources()).unwrap();
    let schema = schemas.get(&state::path(flow, plan.flow.version)).unwrap();
    let schema = jsonschema::draft202012::new(&serde_json::from_slice(schema).unwrap()).unwrap();
    let mut one = Side { machine: evaluated, state: None, stores: true };
    let mut other = Side { machine: generated, state: None, stores: true };
    let (mut now, mut turns) = (START, 0);
    for (number, (system, event, path)) in script.iter().enumerate() {
        let payload = if path.starts_with('{') { path.as_bytes().to_vec() } else { fixture(path) };
        let message = message(system, event, payload);
        let mut inputs = Vec::new();
        if number == 0 {
            let mut given: Option<Answers> = None;
            loop {
                let (a, b) = (one.begin(&message, given.as_ref()), other.begin(&message, given.as_ref()));
                assert_eq!(a, b, "beginning by {event}");
                assert_eq!(a, whole.begin(&message, given.as_ref()), "beginning by {event}, stored and not");
                match a.unwrap_or_else(|failure| panic!("{event}: {failure}")) {
                    Ok(keys) => given = Some(answers(world, &keys)),
                    Err(_) => break,
                }
            }
            inputs.push(Input::Start(message));
        } else {
            let routes = |routes: crossdock_runtime::Result<Vec<_>>| {
                routes.map_err(|failure| format!("{}: {}", failure.code(), failure.detail()))
            };
            assert_eq!(
                routes(one.machine.routes(&message)),
                routes(other.machine.routes(&message)),
                "routes of {event}"
            );
            inputs.push(Input::Event(message));
        }
        while let Some(input) = inputs.pop() {
            now += 1000;
            turns += 1;
            assert!(turns < 500, "the script does not end");
            let said = format!("{input:?}");
            let unstored = whole.take(input.clone(), now);
            let (a, b) = (one.take(input.clone(), now), other.take(input, now));
            assert_eq!(a.0, b.0, "fate of {said}");
            assert_eq!(String::from_utf8_lossy(&a.1), String::from_utf8_lossy(&b.1), "state after {said}");
            assert_eq!(a.2, b.2, "commands of {said}");
            assert_eq!((&a.0, &a.2), (&unstored.0, &unstored.2), "commands of {said}, stored and not");
            let saved = serde_json::from_slice(&a.1).unwrap();
            let wrong: Vec<String> =
                schema.iter_errors(&saved).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert_eq!(wrong, [""; 0], "state after {said}: {saved}");
            println!("{} {} {}", event, a.0, a.2.len());
            for command in a.2 {
                match command {
                    Command::Call(call) => {
                        let operation = format!("{}.{}", call.system, call.operation);
                        println!("  calls {operation} with {}", String::from_utf8_lossy(call.request.as_slice()).len());
                        let answer = world.answers.iter().find(|(known, _)| *known == operation);
                        let payload = match answer {
                            Some((_, text)) if text.ends_with(".json") => fixture(text),
                            Some((_, text)) => text.as_bytes().to_vec(),
                            None => b"{}".to_vec(),
                        };
                        inputs
                            .insert(0, Input::Reply { epoch: call.epoch, outcome: Outcome::Answered(payload.into()) });
                    }
                    Command::LookUp(look_up) => inputs
                        .insert(0, Input::Answers { epoch: look_up.epoch, answers: Ok(answers(world, &look_up.keys)) }),
                    Command::Raise(raised) => println!("  raises {raised:?}"),
                    Command::DeadLetter(letter) => println!("  dead letter {}: {}", letter.name, letter.detail),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn orders() {
    let machine = harborline_flows::order_to_cash::machine(settings()).unwrap();
    let world = World {
        found: &[
            ("order_to_cash.placed", "shopify/fixtures/order-full.json"),
            ("Customer.business_central", "\"10000\""),
            ("Customer.salesforce", "\"001\""),
        ],
        answers: &[
            ("business_central.check_credit", "{}"),
            ("avalara.create_transaction", "avalara/fixtures/transaction.json"),
            ("business_central.create_order", "business_central/fixtures/order.json"),
            ("ongoing.put_order", "ongoing/fixtures/accepted.json"),
        ],
    };
    let script = [
        ("shopify", "order_placed", r#"{"id":5387234}"#),
        ("business_central", "order_released", "business_central/fixtures/order-released.json"),
        ("business_central", "order_blocked", "business_central/fixtures/order-review.json"),
        ("ongoing", "order_picked", "ongoing/fixtures/picking.json"),
        ("ongoing", "order_sent", "ongoing/fixtures/sent-bare.json"),
        ("business_central", "invoice_posted", "business_central/fixtures/invoice.json"),
        ("salesforce", "order_amended", "salesforce/fixtures/order-change.json"),
        ("shopify", "order_cancelled", "shopify/fixtures/order-cancelled.json"),
    ];
    compare("order_to_cash", machine, &world, &script);
}

#[test]
fn customers() {
    let machine = harborline_flows::customer_sync::machine(settings()).unwrap();
    let world = World {
        found: &[],
        answers: &[
            ("business_central.create_customer", "business_central/fixtures/customer.json"),
            ("sap.create_business_partner", "sap/fixtures/partner.json"),
            ("shopify.create_customer", "shopify/fixtures/customer-full.json"),
        ],
    };
    let script = [
        ("salesforce", "account_changed", "salesforce/fixtures/account-event.json"),
        ("salesforce", "account_changed", "salesforce/fixtures/account-event-contact.json"),
        ("salesforce", "account_removed", "salesforce/fixtures/account-removal.json"),
    ];
    compare("customer_sync", machine, &world, &script);
}

#[test]
fn returns() {
    let machine = harborline_flows::return_to_credit::machine(settings()).unwrap();
    let world = World {
        found: &[("Order.shopify", "\"450789469\"")],
        answers: &[
            ("ongoing.put_return", "ongoing/fixtures/return-accepted.json"),
            ("business_central.create_credit_memo", "business_central/fixtures/credit-memo.json"),
            ("shopify.create_refund", "shopify/fixtures/refund.json"),
        ],
    };
    let script = [
        ("shopify", "return_approved", "shopify/fixtures/return-approved.json"),
        ("ongoing", "return_received", "ongoing/fixtures/return-received.json"),
        ("shopify", "return_withdrawn", r#"{"id":1}"#),
    ];
    compare("return_to_credit", machine, &world, &script);
}
