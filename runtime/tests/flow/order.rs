//! A small order-to-cash flow, written by hand: what generated crates do for every flow.

use crossdock_runtime::flow::{
    Action, At, Await, Branch, CallSpec, Change, Choice, Class, Decide, Deed, Each, Escalation, Exception, Failing,
    Func, Functions, Idempotency, Interrupt, Jump, Listen, Machine, Matching, Message, Millis, OnChange, PartSpec,
    Program, PublishSpec, Receive, Received, Resolve, Set, Start, Started, Step, Then, Work,
};
use crossdock_runtime::{Answer, Answers, Failure, Keys, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const HOUR: Millis = 3_600_000;
pub const DAY: Millis = 24 * HOUR;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    pub warehouse: String,
    pub ordered: u32,
    pub shipped: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub status: String,
    pub erp: Option<String>,
    pub lines: Vec<Line>,
    pub express: bool,
    /// Shipment, line, quantity.
    pub shipments: BTreeMap<String, (String, u32)>,
}

macro_rules! functions {
    ($($name:ident)*) => {
        #[allow(non_camel_case_types, dead_code)]
        #[derive(Clone, Copy)]
        enum F { $($name),* }
        const ALL: &[F] = &[$(F::$name),*];
        $(#[allow(non_upper_case_globals)] pub const $name: Func = Func(F::$name as u32);)*
    };
}

functions! {
    start fetch_keys fetched order_id event_order event_erp event_wms
    nothing_to_send submit_request amend_request cancel_request part_request submit_key part_key
    accepted allocated parts all_shipped shipment short amended updated may_cancel is_express
    to_validated to_on_hold to_released to_shipped credit_keys credit_request change_payload is_known
}

#[derive(Debug)]
pub struct OrderFlow;

fn json_of(message: &Message) -> Result<Value> {
    serde_json::from_slice(message.payload.as_slice()).map_err(|error| Failure::decode(error.to_string()))
}

fn text(value: &Value, key: &str) -> Result<String> {
    value.get(key).and_then(Value::as_str).map(ToOwned::to_owned).ok_or_else(|| Failure::decode(format!("no `{key}`")))
}

fn lines(value: &Value) -> Result<Vec<Line>> {
    serde_json::from_value(value.get("lines").cloned().unwrap_or_default()).map_err(|e| Failure::decode(e.to_string()))
}

impl Order {
    fn move_to(&mut self, to: &'static str) -> Result<Vec<Change>> {
        const MOVES: &[(&str, &[&str])] = &[
            ("received", &["validated", "on_hold"]),
            ("on_hold", &["validated"]),
            ("validated", &["released", "on_hold"]),
            ("released", &["shipped", "validated"]),
        ];
        if self.status == to {
            return Ok(Vec::new());
        }
        if !MOVES.iter().any(|(from, tos)| *from == self.status && tos.contains(&to)) {
            return Err(Failure::new("illegal_transition", format!("{} to {to}", self.status)));
        }
        let from = std::mem::replace(&mut self.status, to.to_owned());
        Ok(vec![Change { path: "status".into(), from: from.into(), to: to.into() }])
    }
}

impl Functions for OrderFlow {
    type Data = Order;

    fn start_keys(&self, _: Func, message: &Message, _: &Answers) -> Result<Keys> {
        let mut keys = Keys::new();
        keys.insert("order", text(&json_of(message)?, "id")?);
        Ok(keys)
    }

    fn start(&self, function: Func, message: &Message, answers: &Answers) -> Result<Started<Order>> {
        let mut value = json_of(message)?;
        if function == fetched {
            let key = text(&value, "id")?;
            value = match answers.get("order", &key)? {
                Answer::Found(found) => serde_json::from_slice(found).map_err(|e| Failure::decode(e.to_string()))?,
                Answer::Missing => return Err(Failure::new("unknown_order", key)),
            };
        }
        let data = Order {
            id: text(&value, "id")?,
            status: "received".to_owned(),
            erp: None,
            lines: lines(&value)?,
            express: value.get("express").and_then(Value::as_bool).unwrap_or_default(),
            shipments: BTreeMap::new(),
        };
        Ok(Started {
            key: data.id.clone(),
            received: Received { ids: vec![("shop".into(), data.id.clone())], ..Received::default() },
            data,
        })
    }

    fn correlate(&self, function: Func, message: &Message) -> Result<Option<String>> {
        let value = json_of(message)?;
        let key = match ALL[function.0 as usize] {
            F::event_order => "order",
            F::event_erp => "erp",
            F::event_wms => "wms",
            _ => panic!("no correlation"),
        };
        Ok(value.get(key).and_then(Value::as_str).map(ToOwned::to_owned))
    }

    fn test(&self, function: Func, data: &Order, at: &At<'_>) -> Result<bool> {
        Ok(match ALL[function.0 as usize] {
            F::all_shipped => {
                let part = at.part.unwrap();
                let mine = |line: &&Line| part.items().any(|item| item == line.id);
                data.lines.iter().filter(mine).all(|line| line.shipped >= line.ordered)
            }
            F::may_cancel => data.status != "shipped",
            F::is_express => data.express,
            F::is_known => matches!(at.answers.get("customer", &data.id)?, Answer::Found(_)),
            _ => panic!("no test"),
        })
    }

    fn text(&self, function: Func, data: &Order, at: &At<'_>) -> Result<String> {
        Ok(match ALL[function.0 as usize] {
            F::submit_key => data.id.clone(),
            F::part_key => format!("{}/{}", data.id, at.part.unwrap().key()),
            F::order_id => data.id.clone(),
            _ => panic!("no text"),
        })
    }

    fn parts(&self, _: Func, data: &Order, _: &At<'_>) -> Result<Vec<PartSpec>> {
        let mut groups: Vec<PartSpec> = Vec::new();
        for line in &data.lines {
            match groups.iter_mut().find(|group| group.key == line.warehouse) {
                Some(group) => group.items.push(line.id.clone()),
                None => groups.push(PartSpec { key: line.warehouse.clone(), items: vec![line.id.clone()] }),
            }
        }
        Ok(groups)
    }

    fn keys(&self, _: Func, data: &Order, _: &At<'_>) -> Result<Keys> {
        let mut keys = Keys::new();
        keys.insert("customer", data.id.clone());
        Ok(keys)
    }

    fn request(&self, function: Func, data: &Order, at: &At<'_>) -> Result<Vec<u8>> {
        let erp = || data.erp.clone().ok_or_else(|| Failure::new("absent_value", "no number in the erp"));
        let value = match ALL[function.0 as usize] {
            F::nothing_to_send => json!({}),
            F::submit_request => json!({ "id": data.id, "lines": data.lines.len() }),
            F::amend_request => json!({ "erp": erp()?, "lines": data.lines.len() }),
            F::cancel_request => match at.part {
                Some(part) => json!({ "wms": part.id("wms") }),
                None => json!({ "erp": erp()? }),
            },
            F::part_request => json!({ "part": at.part.unwrap().key(), "items": at.part.unwrap().items().count() }),
            F::credit_request => match at.answers.get("customer", &data.id)? {
                Answer::Found(found) => json!({ "customer": String::from_utf8_lossy(found) }),
                Answer::Missing => return Err(Failure::new("unknown_customer", data.id.clone())),
            },
            F::change_payload => json!({ "id": data.id, "status": data.status }),
            _ => panic!("no request"),
        };
        Ok(value.to_string().into_bytes())
    }

    fn receive(&self, function: Func, data: &mut Order, at: &At<'_>) -> Result<Received> {
        let value = json_of(at.message.unwrap())?;
        let mut received = Received::default();
        match ALL[function.0 as usize] {
            F::accepted => {
                let number = text(&value, "erp")?;
                data.erp = Some(number.clone());
                received.ids.push(("erp".into(), number));
            }
            F::allocated => received.ids.push(("wms".into(), text(&value, "wms")?)),
            F::shipment => {
                let quantity = value.get("quantity").and_then(Value::as_u64).unwrap_or_default();
                let shipped = (text(&value, "line")?, u32::try_from(quantity).unwrap());
                data.shipments.insert(text(&value, "shipment")?, shipped);
            }
            F::short => {}
            F::amended => data.lines = lines(&value)?,
            F::updated => {
                text(&value, "note")?;
            }
            _ => panic!("no receive"),
        }
        Ok(received)
    }

    fn set(&self, function: Func, data: &mut Order, _: &At<'_>) -> Result<Vec<Change>> {
        data.move_to(match ALL[function.0 as usize] {
            F::to_validated => "validated",
            F::to_on_hold => "on_hold",
            F::to_released => "released",
            F::to_shipped => "shipped",
            _ => panic!("no set"),
        })
    }

    fn derive(&self, data: &mut Order) -> Result<Received> {
        let mut received = Received::default();
        for line in &mut data.lines {
            let shipped = data.shipments.values().filter(|(of, _)| *of == line.id).map(|(_, quantity)| quantity).sum();
            if line.shipped != shipped {
                line.shipped = shipped;
                received.touched.push("lines.shipped".into());
            }
        }
        Ok(received)
    }
}

fn receive(map: Func) -> Option<Receive> {
    Some(Receive { keys: None, map })
}

fn set(set: Func, by: &'static str) -> Vec<Set> {
    vec![Set { set, by: by.into() }]
}

fn listen(event: &'static str, with: Matching, value: Func) -> Listen {
    Listen { event: event.into(), with, value }
}

pub fn call(system: &'static str, operation: &'static str, send: Func) -> Box<CallSpec> {
    Box::new(CallSpec { attempts: 3, backoff: 1_000, ..CallSpec::new(system, operation, send) })
}

fn action(name: &'static str, then: Then) -> Action {
    Action { name: name.into(), deed: Deed::then(then) }
}

/// credit check, submission, a block per warehouse, invoice, a day's wait.
pub fn program() -> Program {
    let mut program = Program::new("order_to_cash", 1, Exception::new("other", Class::Defect, "integration", 8 * HOUR));
    program.starts = vec![
        Start { event: "shop.order_created".into(), keys: None, receive: start },
        Start { event: "market.order_ready".into(), keys: Some(fetch_keys), receive: fetched },
        Start { event: "crm.order_told".into(), keys: None, receive: start },
        Start { event: "market.order_told".into(), keys: None, receive: start },
    ];
    let check_credit = Step {
        set: set(to_validated, "erp"),
        milestone: Some("validated".into()),
        failures: vec![Failing {
            name: "credit_hold".into(),
            deed: Deed { set: set(to_on_hold, "erp"), ..Deed::then(Then::Raise("credit_hold".into())) },
        }],
        ..Step::new(
            "check_credit",
            0,
            Work::Call {
                call: Box::new(CallSpec {
                    keys: Some(credit_keys),
                    budget: Some(10_000),
                    ..*call("erp", "check_credit", credit_request)
                }),
                redo: None,
                undo: None,
                write: false,
            },
        )
    };
    let submit = Step {
        set: set(to_released, "erp"),
        milestone: Some("released".into()),
        ..Step::new(
            "submit",
            1,
            Work::Call {
                call: Box::new(CallSpec {
                    receive: receive(accepted),
                    idempotency: Idempotency::Key(submit_key),
                    ..*call("erp", "create_order", submit_request)
                }),
                redo: Some(call("erp", "change_order", amend_request)),
                undo: Some(call("erp", "cancel_order", cancel_request)),
                write: true,
            },
        )
    };
    let publish = PublishSpec::new("order_changed", order_id, change_payload);
    let announce = Step::new("announce", 2, Work::Publish(publish.clone()));
    let fulfil = Step {
        set: set(to_shipped, "wms"),
        milestone: Some("shipped".into()),
        ..Step::new("fulfil", 3, Work::Each(Each { parts, block: 1 }))
    };
    let invoice = Step {
        milestone: Some("invoiced".into()),
        ..Step::new(
            "invoice",
            4,
            Work::Call {
                call: Box::new(CallSpec {
                    idempotency: Idempotency::None,
                    ..*call("erp", "post_invoice", nothing_to_send)
                }),
                redo: None,
                undo: None,
                write: true,
            },
        )
    };
    let express = Work::Decide(Decide {
        keys: None,
        choices: vec![
            Choice { when: Some(is_express), deed: Deed::then(Then::Jump(Jump::Goto(0, 7))) },
            Choice { when: None, deed: Deed::then(Then::Continue) },
        ],
    });
    let pause = Step::new("pause", 6, Work::Wait(DAY));
    let closed = Step { milestone: Some("closed".into()), ..Step::new("close", 7, Work::Publish(publish.clone())) };
    let allocate = Step {
        milestone: Some("allocated".into()),
        ..Step::new(
            "allocate",
            0,
            Work::Call {
                call: Box::new(CallSpec {
                    receive: receive(allocated),
                    idempotency: Idempotency::Key(part_key),
                    ..*call("wms", "create_order", part_request)
                }),
                redo: None,
                undo: Some(call("wms", "cancel_order", cancel_request)),
                write: true,
            },
        )
    };
    let wms = || Matching::Id("wms".into());
    let ship = Step::new(
        "ship",
        1,
        Work::Await(Await {
            branches: vec![
                Branch {
                    listen: listen("wms.order_shipped", wms(), event_wms),
                    receive: receive(shipment),
                    then: Then::Continue,
                },
                Branch {
                    listen: listen("wms.order_short", wms(), event_wms),
                    receive: receive(short),
                    then: Then::Raise("short_pick".into()),
                },
            ],
            until: Some(all_shipped),
            within: Some((5 * DAY, "shipment_late".into())),
        }),
    );
    let cut = Step::new(
        "cut_lines",
        0,
        Work::Call { call: call("erp", "change_order", amend_request), redo: None, undo: None, write: false },
    );
    program.blocks = vec![
        vec![check_credit, submit, announce, fulfil, invoice, Step::new("speed", 5, express), pause, closed],
        vec![allocate, ship],
        vec![cut],
    ];
    program.interrupts = vec![
        Interrupt {
            listen: listen("erp.order_updated", Matching::Id("erp".into()), event_erp),
            open: None,
            receive: Some(Receive { keys: Some(credit_keys), map: updated }),
            deed: Deed::then(Then::Continue),
        },
        Interrupt {
            listen: listen("shop.order_cancelled", Matching::Id("shop".into()), event_order),
            open: Some(may_cancel),
            receive: None,
            deed: Deed::then(Then::Jump(Jump::Undo)),
        },
        Interrupt {
            listen: listen("crm.order_amended", Matching::Key, event_order),
            open: Some(may_cancel),
            receive: receive(amended),
            deed: Deed::then(Then::Jump(Jump::Goto(0, 0))),
        },
        // These also begin an order.
        Interrupt {
            listen: listen("crm.order_told", Matching::Key, event_order),
            open: None,
            receive: receive(amended),
            deed: Deed::then(Then::Continue),
        },
        Interrupt {
            listen: listen("market.order_told", Matching::Id("market".into()), event_order),
            open: None,
            receive: receive(amended),
            deed: Deed::then(Then::Continue),
        },
    ];
    program.exceptions = vec![
        Exception {
            escalate: Some(Escalation { after: 4 * HOUR, to: "finance_lead".into(), hours: None }),
            actions: vec![
                Action {
                    name: "release".into(),
                    deed: Deed { set: set(to_validated, "erp"), ..Deed::then(Then::Jump(Jump::Goto(0, 1))) },
                },
                action("cancel", Then::Jump(Jump::Undo)),
            ],
            resolve: vec![Resolve {
                action: "release".into(),
                listen: listen("erp.hold_released", Matching::Key, event_order),
            }],
            ..Exception::new("credit_hold", Class::Business, "finance", 4 * HOUR)
        },
        Exception {
            actions: vec![
                action("backorder", Then::Again(2 * DAY)),
                Action { name: "cut".into(), deed: Deed { steps: Some(2), ..Deed::then(Then::Continue) } },
            ],
            ..Exception::new("short_pick", Class::Business, "warehouse", 2 * HOUR)
        },
        Exception {
            actions: vec![action("wait", Then::Again(2 * DAY)), action("cancel", Then::Jump(Jump::Undo))],
            ..Exception::new("shipment_late", Class::Business, "warehouse", DAY)
        },
        Exception::new("throttled", Class::Transient, "integration", HOUR),
        Exception::new("lookup_failed", Class::Transient, "integration", HOUR),
        Exception::new("unmatched_event", Class::Defect, "integration", HOUR),
        Exception::new("cannot_undo", Class::Business, "finance", DAY),
    ];
    program.on_change = vec![OnChange { paths: vec!["lines.shipped".into()], publish }];
    program.unmatched = vec![("wms.order_shipped".into(), 2 * HOUR)];
    program
}

pub fn machine() -> Machine<OrderFlow> {
    Machine::new(program(), OrderFlow).unwrap()
}
