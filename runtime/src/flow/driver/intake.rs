//! What a driver does with what arrives: every document of it is stored, as an event that is offered to the flows, as a dead
//! letter, or as a line of audit about an echo, before it is acknowledged.

use super::super::{
    Arrival, Arrived, Audit, By, Document, Gates, Intake, Letter, MOST, Message, Millis, What, arrived,
};
use super::engine::{Accepted, Engine};
use super::store::{Instance, Store, StoreError};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What became of a document that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The event that it is; else its system and channel.
    pub name: Box<str>,
    /// Its id.
    pub id: Box<str>,
    /// What became of it.
    pub became: Became,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// A message, or a dead letter.
    Message(Accepted),
    /// An echo of our own writes: the audit of the instance that event and id name says so.
    Echo,
    /// Nothing: nobody expects anything there. It was not stored.
    Unexpected,
    /// Nothing: it has more than [`MOST`] bytes. It was not stored.
    TooLarge,
}

impl Became {
    /// Whether whoever sent it may forget it.
    pub fn is_stored(self) -> bool {
        !matches!(self, Self::Unexpected | Self::TooLarge)
    }
}

/// What arrived, document by document, or why nothing of it is taken.
pub(super) fn told(intake: Option<&Arc<dyn Intake>>, arrival: &Arrival) -> Result<Vec<Arrived>, Vec<Receipt>> {
    let became = if arrival.payload.as_slice().len() > MOST {
        Became::TooLarge
    } else {
        match intake.and_then(|intake| arrived(&**intake, arrival, false)) {
            Some(all) => return Ok(all),
            None => Became::Unexpected,
        }
    };
    Err(vec![Receipt { name: format!("{} {}", arrival.system, arrival.channel).into(), id: Box::default(), became }])
}

/// The dead letter of a document.
pub(super) fn letter(gates: &Gates, message: Message, document: Document, failure: &Failure, now: Millis) -> Letter {
    let of = gates.exception(&message.system, &document.channel, failure.code());
    let unsaid =
        || super::super::Exception::new("unexpected", super::super::Class::Defect, message.system.to_string(), 0);
    let letter = match of {
        Some(of) => Letter::of(of, message, failure, now),
        None => Letter::of(&unsaid(), message, failure, now),
    };
    let detail = match failure.source_path() {
        Some(path) if !path.is_empty() => format!("{} at {path}", failure.detail()).into(),
        _ => letter.detail,
    };
    Letter { detail, replay: super::super::Replay::Document(document), ..letter }
}

/// That an echo was passed over: where it is kept, and the entry.
pub(super) fn echo(message: &Message, now: Millis) -> (Instance, Audit) {
    let audit = Audit {
        at: now,
        what: What::Echo,
        subject: message.name.to_string().into(),
        part: None,
        from: None,
        to: None,
        by: By::System(message.system.to_string().into()),
        because: Some(Arc::from(&*message.id)),
    };
    (Instance { flow: message.name.clone(), key: message.id.clone() }, audit)
}

impl<S: Store> Engine<S> {
    /// Receives what arrives. Once the transaction is committed, all of it may be acknowledged.
    pub fn receive(&mut self, arrival: &Arrival, now: Millis) -> Result<Vec<Receipt>, StoreError> {
        let all = match told(self.intake.as_ref(), arrival) {
            Ok(all) => all,
            Err(receipts) => return Ok(receipts),
        };
        let mut receipts = Vec::with_capacity(all.len());
        for one in all {
            receipts.push(self.put(one, now)?);
        }
        Ok(receipts)
    }

    /// Judges a document again of which nobody could tell what it is.
    pub(super) fn judge_again(
        &mut self,
        message: &Message,
        document: &Document,
        now: Millis,
    ) -> Result<Accepted, StoreError> {
        let arrival = Arrival::again(message, document);
        let all = self.intake.as_ref().and_then(|intake| arrived(&**intake, &arrival, document.cut));
        let mut result = Accepted::Unknown;
        for one in all.into_iter().flatten() {
            if let Became::Message(accepted) = self.put(one, now)?.became {
                result = accepted;
            }
        }
        Ok(result)
    }

    fn put(&mut self, one: Arrived, now: Millis) -> Result<Receipt, StoreError> {
        let receipt =
            |message: &Message, became| Receipt { name: message.name.clone(), id: message.id.clone(), became };
        Ok(match one {
            Arrived::Event(message) => receipt(&message, Became::Message(self.accept(&message, now)?)),
            Arrived::Echo(message) => {
                let (instance, audit) = echo(&message, now);
                self.store.put_audit(&instance, &audit)?;
                receipt(&message, Became::Echo)
            }
            Arrived::Broken(message, document, failure) => {
                let receipt = receipt(&message, Became::Message(Accepted::Dead));
                if let Some(intake) = &self.intake {
                    let letter = letter(intake.gates(), message, document, &failure, now);
                    self.store.put_letter("", None, &letter)?;
                }
                receipt
            }
        })
    }
}
