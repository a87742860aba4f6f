//! The object `Inbox`, one per message: it knows whether the message came before, offers it to the flows, keeps it as long as
//! nothing waits for it, and holds it as a dead letter. Whatever is decided about a message is decided here, so that one that
//! waits in several places is taken in one.

use super::super::super::{Arrival, Document, Letter, Message, Millis, Program, Replay as Dead, arrived};
use super::super::engine::pairs;
use super::super::intake::Became;
use super::super::offer::{Ask, Begun, Offer, overdue, reads, span};
use super::super::store::{DeadLetter, Instance, Order};
use super::super::{Accepted, Hosted, Made};
use super::deliver::DeliveriesClient;
use super::flow::FlowClient;
use super::index::{IndexClient, offer_again};
use super::intake::put;
use super::node::Node;
use super::place::{Address, of_id, of_instance};
use super::wire::{Again, Arrived, Begin, Buried, Bury, Deliver, Event, Fetched, Gave, Over, Replay, Waiting};
use crate::answers::Answers;
use crate::failure::Failure;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) struct Inbox(pub Arc<Node>);

/// Where a message is, as long as it is not settled.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    message: Message,
    /// Until when it is kept, by flow.
    kept: BTreeMap<String, Millis>,
    /// The starts that fetch something first, by flow.
    begins: Vec<(String, usize)>,
}

/// A message while its `Inbox` handles it.
struct Handling<'a, 'ctx> {
    ctx: &'a ObjectContext<'ctx>,
    node: &'a Node,
    now: Millis,
    held: Held,
    /// Whose turn it is afterwards.
    released: Vec<Waiting>,
}

#[restate_sdk::object(name = "Inbox", client_visibility = "pub(super)")]
impl Inbox {
    /// Receives the message, once.
    #[handler]
    async fn accept(&self, ctx: ObjectContext<'_>, arrived: Json<Arrived>) -> HandlerResult<Json<Accepted>> {
        let Json(Arrived { message, now }) = arrived;
        let name = message.name.clone();
        if !self.0.programs().any(|program| reads(program, &name)) {
            return Ok(Json(Accepted::Unknown));
        }
        if ctx.get::<Millis>("at").await?.is_some() {
            return Ok(Json(Accepted::Duplicate));
        }
        let at = message.received_at;
        ctx.set("at", at);
        let retention = self.0.programs().map(|program| program.retention).max().unwrap_or_default();
        let forget = Address::object("Inbox", ctx.key(), "forget");
        self.0.later(&ctx, forget, at, at.saturating_add(retention), now, None);
        let mut handling = Handling::of(&ctx, &self.0, message, now).await?;
        let mut result = Accepted::Unknown;
        for flow in self.0.flows.iter().filter(|flow| reads(flow.program(), &name)) {
            let accepted = handling.offer(&**flow).await?;
            if result == Accepted::Unknown || accepted == Accepted::Taken {
                result = accepted;
            }
        }
        handling.end();
        Ok(Json(result))
    }

    /// Offers it again to a flow that it is kept for, then lets the others go on.
    #[handler]
    async fn offer(&self, ctx: ObjectContext<'_>, again: Json<Again>) -> HandlerResult<()> {
        let Json(Again { flow, now, then }) = again;
        match Handling::open(&ctx, &self.0, now).await? {
            None => offer_again(&ctx, then, now),
            Some(mut handling) => {
                handling.released = then;
                if let Some(until) = handling.held.kept.remove(&flow) {
                    handling.again(self.0.flow(&flow)?, until).await?;
                }
                handling.end();
            }
        }
        Ok(())
    }

    /// The time is over for which it was kept.
    #[handler]
    async fn overdue(&self, ctx: ObjectContext<'_>, over: Json<Over>) -> HandlerResult<()> {
        let Json(Over { flow, until }) = over;
        let Some(mut handling) = Handling::open(&ctx, &self.0, until).await? else { return Ok(()) };
        // It may be kept for longer since.
        if handling.held.kept.get(&flow) == Some(&until) {
            handling.held.kept.remove(&flow);
            handling.now = self.0.now(&ctx).await?;
            handling.bury(self.0.flow(&flow)?.program(), None, &overdue()).await?;
            handling.end();
        }
        Ok(())
    }

    /// No source sends it again any more.
    #[handler]
    async fn forget(&self, ctx: ObjectContext<'_>, at: i64) -> HandlerResult<()> {
        if ctx.get::<Millis>("at").await? == Some(at) {
            ctx.clear("at");
        }
        Ok(())
    }

    /// The time is over for which a dead letter is kept.
    #[handler]
    async fn expire(&self, ctx: ObjectContext<'_>, number: Json<u64>) -> HandlerResult<()> {
        let mut letters = letters(&ctx).await?;
        // It may have been replayed since.
        let Some(position) = letters.iter().position(|one| one.id == number.0) else { return Ok(()) };
        let Buried { id, flow, key, letter, .. } = letters.remove(position);
        set_letters(&ctx, letters);
        let now = self.0.now(&ctx).await?;
        let (instance, audit) = DeadLetter { id, flow: flow.into(), key, letter }.forgotten(now);
        drop(ctx.object_client::<FlowClient<'_>>(of_instance(&instance)).note(Json(audit)).send());
        Ok(())
    }

    /// What a start asked for was fetched, or could not be.
    #[handler]
    async fn fetched(&self, ctx: ObjectContext<'_>, fetched: Json<Fetched>) -> HandlerResult<()> {
        let Json(Fetched { flow, start, answers, now }) = fetched;
        let now = self.0.at(&ctx, now).await?;
        let Some(mut handling) = Handling::open(&ctx, &self.0, now).await? else { return Ok(()) };
        let begins = &mut handling.held.begins;
        if let Some(position) = begins.iter().position(|(of, number)| *of == flow && *number == start) {
            begins.remove(position);
            let hosted = self.0.flow(&flow)?;
            match answers.into() {
                Ok(answers) => {
                    let until = now.saturating_add(span(hosted.program(), &handling.held.message.name));
                    handling.follow(hosted, Offer::of_start(start), Some(&answers), until).await?
                }
                Err(failure) => handling.bury(hosted.program(), None, &failure).await?,
            };
            handling.end();
        }
        Ok(())
    }

    /// An instance had taken it, and could do nothing with it.
    #[handler]
    async fn bury(&self, ctx: ObjectContext<'_>, bury: Json<Bury>) -> HandlerResult<()> {
        let Json(Bury { flow, key, letter, now }) = bury;
        let message = letter.message.clone();
        let mut handling = Handling::of(&ctx, &self.0, message, now).await?;
        handling.put(flow, key, letter).await?;
        handling.end();
        Ok(())
    }

    /// Gives a dead letter to its flow again; none if there is no such letter.
    #[handler]
    async fn replay(&self, ctx: ObjectContext<'_>, replay: Json<Replay>) -> HandlerResult<Json<Option<Accepted>>> {
        let Json(Replay { flow, letter, now }) = replay;
        let mut letters = letters(&ctx).await?;
        let Some(position) = letters.iter().position(|one| one.id == letter && one.flow == flow) else {
            return Ok(Json(None));
        };
        let Buried { letter, .. } = letters.remove(position);
        set_letters(&ctx, letters);
        match letter.replay {
            Dead::Message => {}
            Dead::Document(document) => {
                return Ok(Json(Some(self.judge_again(&ctx, &letter.message, &document, now).await?)));
            }
            Dead::Delivery(delivery) => {
                let queue = ctx.object_client::<DeliveriesClient<'_>>(delivery.queue());
                drop(queue.enter(Json(Deliver { delivery: *delivery, now })).send());
                return Ok(Json(Some(Accepted::Taken)));
            }
        }
        let mut handling = Handling::of(&ctx, &self.0, letter.message, now).await?;
        let accepted = handling.offer(self.0.flow(&flow)?).await?;
        handling.end();
        Ok(Json(Some(accepted)))
    }
}

impl Inbox {
    /// Judges a document again of which nobody could tell what it is.
    async fn judge_again(
        &self,
        ctx: &ObjectContext<'_>,
        message: &Message,
        document: &Document,
        now: Millis,
    ) -> HandlerResult<Accepted> {
        let arrival = Arrival::again(message, document);
        let all = self.0.intake.as_ref().and_then(|intake| arrived(&**intake, &arrival, document.cut));
        let mut result = Accepted::Unknown;
        for one in all.into_iter().flatten() {
            if let Became::Message(accepted) = put(&self.0, ctx, one, now).await?.became {
                result = accepted;
            }
        }
        Ok(result)
    }
}

impl<'a, 'ctx> Handling<'a, 'ctx> {
    /// A message that is at hand.
    async fn of(
        ctx: &'a ObjectContext<'ctx>,
        node: &'a Node,
        message: Message,
        now: Millis,
    ) -> Result<Self, HandlerError> {
        let open = Self::open(ctx, node, now).await?;
        Ok(open.unwrap_or_else(|| {
            let held = Held { message, kept: BTreeMap::new(), begins: Vec::new() };
            Self { ctx, node, now, held, released: Vec::new() }
        }))
    }

    /// The message, if it is not settled.
    async fn open(ctx: &'a ObjectContext<'ctx>, node: &'a Node, now: Millis) -> Result<Option<Self>, HandlerError> {
        let held = ctx.get::<Json<Held>>("held").await?;
        Ok(held.map(|Json(held)| Self { ctx, node, now, held, released: Vec::new() }))
    }

    /// Offers it to a flow: to the instances that it may concern, then to the flow's starts; else it is kept.
    async fn offer(&mut self, flow: &dyn Hosted) -> Result<Accepted, HandlerError> {
        self.again(flow, self.now.saturating_add(span(flow.program(), &self.held.message.name))).await
    }

    async fn again(&mut self, flow: &dyn Hosted, until: Millis) -> Result<Accepted, HandlerError> {
        let offer = Offer::new(flow, &self.held.message);
        self.follow(flow, offer, None, until).await
    }

    async fn follow(
        &mut self,
        flow: &dyn Hosted,
        mut offer: Offer,
        answers: Option<&Answers>,
        until: Millis,
    ) -> Result<Accepted, HandlerError> {
        let program = flow.program();
        loop {
            match offer.next() {
                Ask::Bound(id) => {
                    let index = self.ctx.object_client::<IndexClient<'_>>(of_id(&program.name, &id));
                    let Json(key) = index.find(self.ctx.key().to_owned()).call().await?;
                    offer.bound(key.map(Into::into));
                }
                Ask::Give(key) => {
                    let client = self.flow(program, &key);
                    let Json(Gave { fated, released }) = client.event(Json(self.event())).call().await?;
                    self.release(program, released);
                    offer.given(key, fated.into());
                }
                Ask::Start(start) => match self.start(flow, start, answers).await? {
                    Begun::Ended(accepted) => return Ok(accepted),
                    Begun::Gave(key, given) => offer.given(key, given),
                },
                Ask::Bury(key, failure) => return self.bury(program, key, &failure).await,
                Ask::Done { duplicate } => {
                    return Ok(if duplicate { Accepted::Duplicate } else { Accepted::Taken });
                }
                // Whatever it waits for knows it already.
                Ask::Keep(_) => {
                    let name = program.name.to_string();
                    let to = Address::object("Inbox", self.ctx.key(), "overdue");
                    let over = Over { flow: name.clone(), until };
                    self.node.later(self.ctx, to, over, until, self.now, None);
                    self.held.kept.insert(name, until);
                    return Ok(Accepted::Kept);
                }
            }
        }
    }

    fn flow(&self, program: &Program, key: &str) -> FlowClient<'ctx> {
        let instance = Instance { flow: program.name.as_ref().into(), key: key.into() };
        self.ctx.object_client::<FlowClient<'_>>(of_instance(&instance))
    }

    fn event(&self) -> Event {
        Event { message: self.held.message.clone(), inbox: self.ctx.key().to_owned(), now: self.now }
    }

    async fn start(
        &mut self,
        flow: &dyn Hosted,
        start: usize,
        answers: Option<&Answers>,
    ) -> Result<Begun, HandlerError> {
        let program = flow.program();
        let (key, saved) = match flow.make(start, &self.held.message, answers) {
            Err(failure) => return self.bury(program, None, &failure).await.map(Begun::Ended),
            Ok(None) => return Ok(Begun::Ended(Accepted::Unknown)),
            Ok(Some(Made::LookUp(keys))) => {
                let instance = Instance { flow: program.name.as_ref().into(), key: Box::default() };
                let order = Order::Begin { start, message: self.held.message.clone(), keys: pairs(&keys) };
                self.node.order(self.ctx, &Node::job(&instance, 0, self.now, order), self.now);
                self.held.begins.push((program.name.to_string(), start));
                return Ok(Begun::Ended(Accepted::Taken));
            }
            Ok(Some(Made::Ready(key, saved))) => (key, saved),
        };
        let saved = String::from_utf8_lossy(&saved).into_owned();
        let begin = Begin { saved, event: self.event() };
        let Json(Gave { fated, released }) = self.flow(program, &key).begin(Json(begin)).call().await?;
        self.release(program, released);
        Ok(Begun::Gave(key, fated.into()))
    }

    async fn bury(
        &mut self,
        program: &Program,
        key: Option<Box<str>>,
        failure: &Failure,
    ) -> Result<Accepted, HandlerError> {
        let letter = Letter::new(program, self.held.message.clone(), failure, self.now);
        self.put(program.name.to_string(), key, letter).await?;
        Ok(Accepted::Dead)
    }

    async fn put(&mut self, flow: String, key: Option<Box<str>>, letter: Letter) -> Result<(), HandlerError> {
        let id = self.ctx.get::<u64>("buried").await?.unwrap_or_default() + 1;
        self.ctx.set("buried", id);
        if let Some(until) = letter.until {
            self.node.later(self.ctx, Address::object("Inbox", self.ctx.key(), "expire"), id, until, self.now, None);
        }
        let mut letters = letters(self.ctx).await?;
        letters.push(Buried { id, at: self.now, flow, key, letter });
        set_letters(self.ctx, letters);
        Ok(())
    }

    fn release(&mut self, program: &Program, inboxes: Vec<String>) {
        let waiting = |inbox| Waiting { flow: program.name.to_string(), inbox };
        self.released.extend(inboxes.into_iter().map(waiting));
    }

    /// Keeps what must be kept, and lets others go on.
    fn end(self) {
        if self.held.kept.is_empty() && self.held.begins.is_empty() {
            self.ctx.clear("held");
        } else {
            self.ctx.set("held", Json(self.held));
        }
        offer_again(self.ctx, self.released, self.now);
    }
}

async fn letters(ctx: &ObjectContext<'_>) -> Result<Vec<Buried>, TerminalError> {
    Ok(ctx.get::<Json<Vec<Buried>>>("letters").await?.map_or_else(Vec::new, |Json(letters)| letters))
}

fn set_letters(ctx: &ObjectContext<'_>, letters: Vec<Buried>) {
    if letters.is_empty() {
        ctx.clear("letters");
    } else {
        ctx.set("letters", Json(letters));
    }
}
