//! Deliveries over a store: a queue per key of an event and subscriber, of which the first is in the outbox.

use super::super::{Deliveries, Delivery, Hosted, Millis, Next, Outcome};
use super::engine::Engine;
use super::store::{Instance, Job, Order, Store, StoreError};
use crate::answers::Answers;
use crate::failure::Failure;
use std::sync::Arc;

impl<S: Store> Engine<S> {
    /// Puts a delivery into its queue.
    pub(super) fn enter(&mut self, delivery: Delivery, now: Millis) -> Result<(), StoreError> {
        let queue = delivery.queue();
        let mut deliveries = self.store.deliveries(&queue)?;
        if let Some(first) = deliveries.enter(delivery) {
            self.order(&publisher(&first), now, Order::Deliver(Box::new(first)))?;
        }
        self.store.put_deliveries(&queue, &deliveries)
    }

    /// What came of an attempt.
    pub(super) fn delivered(
        &mut self,
        job: &Job,
        delivery: &Delivery,
        outcome: Outcome,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.follow(job, delivery, now, |deliveries, flow| deliveries.replied(delivery, outcome, flow.program(), now))
    }

    /// What a delivery asked for is there, or can't be had.
    pub(super) fn made(
        &mut self,
        job: &Job,
        delivery: &Delivery,
        answers: Result<Answers, Failure>,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.follow(job, delivery, now, |deliveries, flow| {
            let made = answers.and_then(|answers| flow.deliver(delivery, &answers));
            deliveries.made(delivery, made, flow.program(), now)
        })
    }

    fn follow(
        &mut self,
        job: &Job,
        delivery: &Delivery,
        now: Millis,
        what: impl FnOnce(&mut Deliveries, &dyn Hosted) -> Next,
    ) -> Result<(), StoreError> {
        let flows = Arc::clone(&self.flows);
        let flow = flows.iter().find(|flow| *flow.program().name == *delivery.flow);
        // Who knows the flow gets the outcome.
        let Some(flow) = flow else { return self.postpone(job.clone(), now) };
        let queue = delivery.queue();
        let mut deliveries = self.store.deliveries(&queue)?;
        let next = what(&mut deliveries, &**flow);
        self.store.drop_job(job.id)?;
        self.store.put_deliveries(&queue, &deliveries)?;
        if let Some(letter) = next.letter {
            self.store.put_letter(&delivery.flow, Some(&delivery.instance), &letter)?;
        }
        match next.order {
            Some((next, due)) => self.order(&publisher(&next), due, Order::Deliver(Box::new(next))),
            None => Ok(()),
        }
    }
}

/// The instance that published it.
pub(super) fn publisher(delivery: &Delivery) -> Instance {
    Instance { flow: delivery.flow.clone(), key: delivery.instance.clone() }
}
