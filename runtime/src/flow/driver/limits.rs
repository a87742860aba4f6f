//! How fast and how many at once: the limits of a system, kept per deployment.

use super::super::Millis;
use super::store::Order;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a system bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Calls per second, in thousandths; none for no limit.
    pub rate: Option<u32>,
    /// How many may be made at once after a pause.
    pub burst: u32,
    /// How many may be under way.
    pub concurrency: u32,
}

impl Default for Limit {
    fn default() -> Self {
        Self { rate: None, burst: 1, concurrency: 4 }
    }
}

/// The calls to one deployment of a system, in their order, within its limits. It knows no clock.
#[derive(Debug, Serialize, Deserialize)]
pub struct Lane {
    limit: Limit,
    waiting: VecDeque<(Millis, u64)>,
    under_way: u32,
    /// Millionths of calls that may be made now.
    credit: i64,
    counted: Millis,
}

const CALL: i64 = 1_000_000;

impl Lane {
    /// An empty lane.
    pub fn new(limit: Limit) -> Self {
        Self {
            limit: Limit { burst: limit.burst.max(1), concurrency: limit.concurrency.max(1), ..limit },
            waiting: VecDeque::new(),
            under_way: 0,
            credit: i64::from(limit.burst.max(1)) * CALL,
            counted: Millis::MIN,
        }
    }

    /// The same lane, within another limit.
    pub fn within(self, limit: Limit) -> Self {
        Self { limit: Self::new(limit).limit, ..self }
    }

    /// The name of the lane that a job goes through.
    pub fn of(order: &Order) -> String {
        if let Some(call) = order.call() {
            return match &call.instance {
                Some(instance) => format!("{}/{instance}", call.system),
                None => call.system.to_string(),
            };
        }
        let name = match order {
            Order::Publish(_) => "publish",
            Order::Timer { .. } => "timer",
            _ => "look up",
        };
        name.to_owned()
    }

    /// Puts a job in its place: by time, then number.
    pub fn push(&mut self, due: Millis, job: u64) {
        let index = self.waiting.partition_point(|one| *one <= (due, job));
        self.waiting.insert(index, (due, job));
    }

    /// The next job that may be done now; it is under way until [`Lane::done`].
    pub fn take(&mut self, now: Millis) -> Option<u64> {
        if self.free_at(now)? > now {
            return None;
        }
        let (_, job) = self.waiting.pop_front()?;
        self.under_way += 1;
        if self.limit.rate.is_some() {
            self.credit -= CALL;
        }
        Some(job)
    }

    /// A job came to an end.
    pub fn done(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// When the next job may be done; none if none waits, or as long as too many are under way.
    pub fn free_at(&mut self, now: Millis) -> Option<Millis> {
        let (due, _) = *self.waiting.front()?;
        if self.under_way >= self.limit.concurrency {
            return None;
        }
        let Some(rate) = self.limit.rate else { return Some(due) };
        let rate = i64::from(rate.max(1));
        if self.counted == Millis::MIN {
            self.counted = now;
        }
        // A clock that jumps back earns nothing; one that jumps ahead, no more than a burst. Thousandths per second are
        // millionths per millisecond.
        let passed = now.saturating_sub(self.counted).clamp(0, 1_000_000_000);
        self.counted = now;
        self.credit = (self.credit + passed.saturating_mul(rate)).min(i64::from(self.limit.burst) * CALL);
        if self.credit >= CALL {
            return Some(due);
        }
        Some(due.max(now.saturating_add((CALL - self.credit + rate - 1) / rate)))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_rate_burst_and_concurrency() {
        let mut lane = Lane::new(Limit { rate: Some(2_000), burst: 2, concurrency: 3 });
        for job in 0..6 {
            lane.push(0, job);
        }
        assert_eq!((lane.take(1_000), lane.take(1_000)), (Some(0), Some(1)));
        assert_eq!(lane.take(1_000), None, "the burst is used up");
        assert_eq!(lane.free_at(1_000), Some(1_500));
        assert_eq!(lane.take(1_499), None);
        assert_eq!(lane.take(1_500), Some(2));
        assert_eq!(lane.take(9_000), None, "three are under way");
        lane.done();
        assert_eq!(lane.take(9_000), Some(3));
        lane.done();
        assert_eq!(lane.take(500), Some(4), "credit of the burst is left");
        lane.done();
        assert_eq!(lane.take(400), None, "a clock that jumps back earns nothing");
    }

    #[test]
    fn goes_by_time_then_number() {
        let mut lane = Lane::new(Limit::default());
        lane.push(20, 1);
        lane.push(10, 3);
        lane.push(10, 2);
        assert_eq!(lane.take(5), None);
        assert_eq!([lane.take(30), lane.take(30), lane.take(30)], [Some(2), Some(3), Some(1)]);
    }
}
