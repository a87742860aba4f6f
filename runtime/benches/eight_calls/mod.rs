//! A flow of eight calls, one after the other, each with a milestone.

use crossdock_runtime::flow::{
    At, CallSpec, Change, Class, Exception, Func, Functions, Machine, Message, PartSpec, Program, Receive, Received,
    Start, Started, Step, Work,
};
use crossdock_runtime::{Answers, Keys, Result};

pub const STEPS: u16 = 8;

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Order {
    id: String,
    received: u64,
}

#[derive(Debug)]
pub struct Bench;

impl Functions for Bench {
    type Data = Order;
    fn start_keys(&self, _: Func, _: &Message, _: &Answers) -> Result<Keys> {
        Ok(Keys::new())
    }
    fn start(&self, _: Func, message: &Message, _: &Answers) -> Result<Started<Order>> {
        let id = message.id.to_string();
        Ok(Started { key: id.clone(), data: Order { id, received: 0 }, received: Received::default() })
    }
    fn correlate(&self, _: Func, _: &Message) -> Result<Option<String>> {
        Ok(None)
    }
    fn test(&self, _: Func, _: &Order, _: &At<'_>) -> Result<bool> {
        Ok(true)
    }
    fn text(&self, _: Func, data: &Order, _: &At<'_>) -> Result<String> {
        Ok(data.id.clone())
    }
    fn parts(&self, _: Func, _: &Order, _: &At<'_>) -> Result<Vec<PartSpec>> {
        Ok(Vec::new())
    }
    fn keys(&self, _: Func, _: &Order, _: &At<'_>) -> Result<Keys> {
        Ok(Keys::new())
    }
    fn request(&self, _: Func, data: &Order, _: &At<'_>) -> Result<Vec<u8>> {
        Ok(data.id.clone().into_bytes())
    }
    fn receive(&self, _: Func, data: &mut Order, _: &At<'_>) -> Result<Received> {
        data.received += 1;
        Ok(Received::default())
    }
    fn set(&self, _: Func, _: &mut Order, _: &At<'_>) -> Result<Vec<Change>> {
        Ok(Vec::new())
    }
    fn derive(&self, _: &mut Order) -> Result<Received> {
        Ok(Received::default())
    }
}

pub fn machine() -> Machine<Bench> {
    Machine::new(program(), Bench).unwrap()
}

pub fn program() -> Program {
    const NAMES: [&str; STEPS as usize] = ["a", "b", "c", "d", "e", "f", "g", "last"];
    let mut program = Program::new("bench", 1, Exception::new("other", Class::Defect, "team", 1_000));
    program.starts = vec![Start { event: "shop.order".into(), keys: None, receive: Func(0) }];
    program.blocks = vec![
        (0..)
            .zip(NAMES)
            .map(|(position, name)| Step {
                milestone: Some(name.into()),
                ..Step::new(
                    name,
                    position,
                    Work::Call {
                        call: Box::new(CallSpec {
                            receive: Some(Receive { keys: None, map: Func(0) }),
                            ..CallSpec::new("erp", name, Func(0))
                        }),
                        redo: None,
                        undo: None,
                        write: true,
                    },
                )
            })
            .collect(),
    ];
    program
}

pub fn message(id: u64) -> Message {
    let id = id.to_string().into();
    let name = "shop.order".into();
    Message { system: "shop".into(), instance: None, name, id, order: None, received_at: 0, payload: "{}".into() }
}
