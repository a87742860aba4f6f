//! The object `Flow`, one per instance: its state, and the transitions that inputs make of it, each in one short invocation.

use super::super::super::{Audit, Command, Input, Millis, Raised, Unreadable};
use super::super::engine::{MINUTE, UNREADABLE, pairs, unreadable};
use super::super::offer::listens;
use super::super::store::{Instance, Order};
use super::super::{Hosted, Seen};
use super::deliver::DeliveriesClient;
use super::inbox::InboxClient;
use super::index::{Bind, IndexClient, offer_again};
use super::node::Node;
use super::place::{Address, instance_of, of_id, of_message};
use super::wire::{Act, Begin, Bury, Deliver, Event, Fated, Gave, Story, Tell, Told, Waiting};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(super) struct Flow(pub Arc<Node>);

/// How much of what an instance did is numbered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Count {
    stories: u32,
    jobs: u64,
}

/// A transition of an instance.
struct Transition<'a, 'ctx> {
    ctx: &'a ObjectContext<'ctx>,
    node: &'a Node,
    flow: &'a dyn Hosted,
    instance: Instance,
    now: Millis,
}

#[restate_sdk::object(name = "Flow", client_visibility = "pub(super)")]
impl Flow {
    /// Begins the instance; if it has begun, it takes the message as an event, where it listens to such.
    #[handler]
    async fn begin(&self, ctx: ObjectContext<'_>, begin: Json<Begin>) -> HandlerResult<Json<Gave>> {
        let Json(Begin { saved, event }) = begin;
        let transition = Transition::of(&ctx, &self.0, event.now)?;
        if ctx.get::<String>("state").await?.is_none() {
            return transition.take(&saved, Input::Start(event.message)).await.map(Json);
        }
        if listens(transition.flow.program(), &event.message.name) {
            return transition.event(event).await.map(Json);
        }
        Ok(Json(Gave { fated: Fated::Duplicate, released: Vec::new() }))
    }

    /// Takes an event. If nothing waits for it yet, its `Inbox` is told when something may.
    #[handler]
    async fn event(&self, ctx: ObjectContext<'_>, event: Json<Event>) -> HandlerResult<Json<Gave>> {
        let Json(event) = event;
        Transition::of(&ctx, &self.0, event.now)?.event(event).await.map(Json)
    }

    /// Takes what came of what it ordered.
    #[handler]
    async fn tell(&self, ctx: ObjectContext<'_>, tell: Json<Tell>) -> HandlerResult<()> {
        let Json(Tell { told, now }) = tell;
        let now = self.0.at(&ctx, now).await?;
        let Some(saved) = ctx.get::<String>("state").await? else { return Ok(()) };
        let transition = Transition::of(&ctx, &self.0, now)?;
        let input = match told.clone() {
            Told::Reply { epoch, outcome } => Input::Reply { epoch, outcome },
            Told::Answers { epoch, answers } => Input::Answers { epoch, answers: answers.into() },
            Told::Timer { epoch } => Input::Timer { epoch },
            Told::Resume => match transition.flow.is_older(saved.as_bytes()) {
                Ok(true) => Input::Resume,
                Ok(false) => return Ok(()),
                Err(why) => return Ok(transition.unreadable(&why).await?),
            },
        };
        let Gave { fated, released } = transition.take(&saved, input).await?;
        if let Fated::Unreadable { .. } = fated {
            // The state stays as it is; who can read it gets this.
            let again = Tell { told, now: None };
            let due = now.saturating_add(MINUTE);
            self.0.later(&ctx, Address::object("Flow", ctx.key(), "tell"), again, due, now, None);
        }
        transition.release(released);
        Ok(())
    }

    /// A person acts on an open exception.
    #[handler]
    async fn act(&self, ctx: ObjectContext<'_>, act: Json<Act>) -> HandlerResult<Json<Fated>> {
        let Json(Act { exception, action, person, now }) = act;
        let Some(saved) = ctx.get::<String>("state").await? else { return Ok(Json(Fated::Absent)) };
        let transition = Transition::of(&ctx, &self.0, now)?;
        let input = Input::Action { exception, action: action.into(), person: person.into() };
        let Gave { fated, released } = transition.take(&saved, input).await?;
        transition.release(released);
        Ok(Json(fated))
    }

    /// Notes what concerns no state.
    #[handler]
    async fn note(&self, ctx: ObjectContext<'_>, audit: Json<Audit>) -> HandlerResult<()> {
        let Json(mut count) = ctx.get::<Json<Count>>("count").await?.unwrap_or(Json(Count::default()));
        count.stories += 1;
        ctx.set(&story(count.stories), Json(Story { audit: vec![audit.0], milestones: Vec::new() }));
        ctx.set("count", Json(count));
        Ok(())
    }

    /// What can be seen of it.
    #[handler]
    async fn seen(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Seen>> {
        let count = ctx.get::<Json<Count>>("count").await?.map_or(0, |Json(count)| count.stories);
        let mut seen = Seen { state: ctx.get("state").await?, audit: Vec::new(), milestones: Vec::new() };
        for number in 1..=count {
            if let Some(Json(story)) = ctx.get::<Json<Story>>(&story(number)).await? {
                seen.audit.extend(story.audit);
                seen.milestones.extend(story.milestones);
            }
        }
        Ok(Json(seen))
    }
}

impl<'a, 'ctx> Transition<'a, 'ctx> {
    fn of(ctx: &'a ObjectContext<'ctx>, node: &'a Node, now: Millis) -> Result<Self, HandlerError> {
        let Some(instance) = instance_of(ctx.key()) else {
            return Err(TerminalError::new("this is no key of an instance").into());
        };
        Ok(Self { ctx, node, flow: node.flow(&instance.flow)?, instance, now })
    }

    async fn event(&self, Event { message, inbox, .. }: Event) -> Result<Gave, HandlerError> {
        let gave = match self.ctx.get::<String>("state").await? {
            None => Gave { fated: Fated::Absent, released: Vec::new() },
            Some(saved) => self.take(&saved, Input::Event(message)).await?,
        };
        if matches!(gave.fated, Fated::Absent | Fated::Early) {
            let Json(mut waiting) = list::<String>(self.ctx, "waiting").await?;
            if !waiting.contains(&inbox) {
                waiting.push(inbox);
                self.ctx.set("waiting", Json(waiting));
            }
        }
        Ok(gave)
    }

    async fn take(&self, saved: &str, input: Input) -> Result<Gave, HandlerError> {
        let stepped = match self.flow.step(saved.as_bytes(), input, self.now) {
            Ok(stepped) => stepped,
            Err(why) => {
                self.unreadable(&why).await?;
                return Ok(Gave { fated: Fated::Unreadable { why: why.to_string() }, released: Vec::new() });
            }
        };
        let mut released = Vec::new();
        if let Some(saved) = stepped.saved {
            self.carry_out(stepped.commands).await?;
            self.ctx.set("state", String::from_utf8_lossy(&saved).into_owned());
            self.mark(stepped.finished).await?;
            Json(released) = list::<String>(self.ctx, "waiting").await?;
            if !released.is_empty() {
                self.ctx.clear("waiting");
            }
        }
        Ok(Gave { fated: stepped.fate.into(), released })
    }

    /// As long as an instance is not finished, it shows the version that wrote it.
    async fn mark(&self, finished: bool) -> Result<(), TerminalError> {
        let marked = self.ctx.get::<u32>("open").await?;
        match (finished, marked) {
            (true, Some(_)) => self.ctx.clear("open"),
            (false, version) if version != Some(self.flow.program().version) => {
                self.ctx.set("open", self.flow.program().version);
            }
            _ => {}
        }
        Ok(())
    }

    async fn carry_out(&self, commands: Vec<Command>) -> Result<(), TerminalError> {
        let Json(before) = self.ctx.get::<Json<Count>>("count").await?.unwrap_or(Json(Count::default()));
        let mut count = before;
        let mut told = Story::default();
        for command in commands {
            match command {
                Command::Call(call) => self.order(&mut count, call.due, Order::Call(*call)),
                Command::LookUp(look_up) => {
                    let order = Order::LookUp { epoch: look_up.epoch, keys: pairs(&look_up.keys) };
                    self.order(&mut count, look_up.due, order);
                }
                Command::Publish(publish) => self.order(&mut count, self.now, Order::Publish(*publish)),
                Command::Deliver(delivery) => {
                    let queue = self.ctx.object_client::<DeliveriesClient<'_>>(delivery.queue());
                    drop(queue.enter(Json(Deliver { delivery: *delivery, now: self.now })).send());
                }
                Command::SetTimer { epoch, at } => self.order(&mut count, at, Order::Timer { epoch }),
                Command::Bind { id, .. } => {
                    let index = self.ctx.object_client::<IndexClient<'_>>(of_id(&self.instance.flow, &id));
                    let bind = Bind { key: self.instance.key.to_string(), now: self.now };
                    drop(index.bind(Json(bind)).send());
                }
                Command::Milestone { name, part, at } => {
                    told.milestones.push((name.to_string(), part.map(Into::into), at));
                }
                Command::Audit(audit) => told.audit.push(*audit),
                Command::Raise(raised) => self.raise(raised.exception, Some(*raised)).await?,
                Command::Close { exception } => self.raise(exception, None).await?,
                Command::DeadLetter(letter) => {
                    let inbox = of_message(&letter.message.name, &letter.message.id);
                    let flow = self.instance.flow.to_string();
                    let bury = Bury { flow, key: Some(self.instance.key.clone()), letter: *letter, now: self.now };
                    drop(self.ctx.object_client::<InboxClient<'_>>(inbox).bury(Json(bury)).send());
                }
                // What the state says suffices.
                Command::Finish(_) => {}
            }
        }
        if !told.audit.is_empty() || !told.milestones.is_empty() {
            count.stories += 1;
            self.ctx.set(&story(count.stories), Json(told));
        }
        if count != before {
            self.ctx.set("count", Json(count));
        }
        Ok(())
    }

    fn order(&self, count: &mut Count, due: Millis, order: Order) {
        count.jobs += 1;
        self.node.order(self.ctx, &Node::job(&self.instance, count.jobs, due, order), self.now);
    }

    /// Puts what teams are told in the place of what they were told of the same exception before.
    async fn raise(&self, exception: u32, told: Option<Raised>) -> Result<(), TerminalError> {
        let Json(mut raised) = list::<Raised>(self.ctx, "raised").await?;
        raised.retain(|one| one.exception != exception);
        raised.extend(told);
        raised.sort_by_key(|one| one.exception);
        if raised.is_empty() {
            self.ctx.clear("raised");
        } else {
            self.ctx.set("raised", Json(raised));
        }
        Ok(())
    }

    async fn unreadable(&self, why: &Unreadable) -> Result<(), TerminalError> {
        let Json(raised) = list::<Raised>(self.ctx, "raised").await?;
        // The clock of the exception runs from when it was first found.
        if raised.iter().any(|one| one.exception == UNREADABLE) {
            return Ok(());
        }
        self.raise(UNREADABLE, Some(unreadable(self.flow.program(), why, self.now))).await
    }

    /// Messages that waited for the instance are offered again.
    fn release(&self, inboxes: Vec<String>) {
        let waiting = |inbox| Waiting { flow: self.instance.flow.to_string(), inbox };
        offer_again(self.ctx, inboxes.into_iter().map(waiting).collect(), self.now);
    }
}

fn story(number: u32) -> String {
    format!("story/{number:08}")
}

async fn list<T: Serialize + for<'de> Deserialize<'de> + 'static>(
    ctx: &ObjectContext<'_>,
    name: &str,
) -> Result<Json<Vec<T>>, TerminalError> {
    Ok(ctx.get(name).await?.unwrap_or(Json(Vec::new())))
}
