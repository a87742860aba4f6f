//! How long a call may take: attempts, their time-outs and the pauses between them, in exact arithmetic.
//!
//! What is not declared is not known: an operation without a time-out has no time that could be added up.

use crate::model::{Effect, Idempotency, Model, Operation, OperationRef, Retry};
use crate::rules::words::duration;

/// Pauses that are named one by one.
const SHOWN: u64 = 4;

/// The attempts of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How often it is tried in all.
    pub attempts: u64,
    /// How long one attempt waits, in milliseconds.
    pub timeout: u64,
    /// The shortest and the longest pause in between, in milliseconds.
    backoff: (u64, u64),
}

impl Pace {
    /// That of an operation; none if it has no time-out.
    pub fn of(model: &Model, at: OperationRef) -> Option<Pace> {
        let operation = model.operation(at)?;
        let timeout = timeout(model, at)?;
        let retry = retry(model, at);
        // What can't be told from a repeat is not tried again.
        let once = repeats_effect(operation);
        let attempts = if once { 1 } else { retry.and_then(|retry| retry.attempts).unwrap_or(1).max(1) };
        Some(Pace { attempts, timeout, backoff: retry.and_then(|retry| retry.backoff_ms).unwrap_or_default() })
    }

    /// The pause after the attempt with this number, from 1: it doubles each time.
    fn pause(&self, attempt: u64) -> u64 {
        let (first, longest) = self.backoff;
        let doubled = u32::try_from(attempt - 1).ok().and_then(|times| 1_u64.checked_shl(times)).unwrap_or(u64::MAX);
        first.saturating_mul(doubled).min(longest)
    }

    /// All pauses together.
    fn pauses(&self) -> u64 {
        let count = self.attempts - 1;
        // After so many doublings any pause is the longest.
        let doubling = count.min(64);
        let first = (1..=doubling).fold(0_u64, |sum, attempt| sum.saturating_add(self.pause(attempt)));
        first.saturating_add((count - doubling).saturating_mul(self.pause(64)))
    }

    /// What it takes if no attempt is answered, in milliseconds.
    pub fn total(&self) -> u64 {
        self.attempts.saturating_mul(self.timeout).saturating_add(self.pauses())
    }

    /// `4 × 5s + 200ms + 400ms + 800ms = 21.4s`.
    pub fn sum(&self) -> String {
        let mut text = format!("{} × {}", self.attempts, duration(self.timeout));
        let pauses = self.pauses();
        if pauses > 0 && self.attempts - 1 <= SHOWN {
            for attempt in 1..self.attempts {
                text.push_str(&format!(" + {}", duration(self.pause(attempt))));
            }
        } else if pauses > 0 {
            text.push_str(&format!(" + {} of pauses", duration(pauses)));
        }
        if self.attempts == 1 { duration(self.timeout) } else { format!("{text} = {}", duration(self.total())) }
    }

    /// What becomes of the attempts if what is left of a budget caps each of them: how many begin, and what is left for
    /// the last of them.
    pub fn within(&self, budget: u64) -> (u64, u64) {
        let (mut left, mut begun) = (budget, 1);
        while begun < self.attempts {
            let spent = self.timeout.saturating_add(self.pause(begun));
            if spent >= left {
                break;
            }
            // From here on all pauses are the longest.
            let alike = if begun > 64 { (left - 1) / spent.max(1) } else { 1 };
            let more = alike.min(self.attempts - begun).max(1);
            left = left.saturating_sub(spent.saturating_mul(more)).max(1);
            begun += more;
        }
        (begun, left.min(self.timeout))
    }
}

/// How long an attempt of an operation waits, in milliseconds.
pub(super) fn timeout(model: &Model, at: OperationRef) -> Option<u64> {
    model.operation(at)?.timeout_ms.or(model.systems[at.system].timeout_ms)
}

/// What an operation does if there is no answer.
pub(super) fn retry(model: &Model, at: OperationRef) -> Option<Retry> {
    model.operation(at)?.retry.or(model.systems[at.system].retry)
}

/// Whether a repeat of an operation does again what was done.
pub(super) fn repeats_effect(operation: &Operation) -> bool {
    operation.effect == Effect::Write && operation.idempotency == Idempotency::None
}
