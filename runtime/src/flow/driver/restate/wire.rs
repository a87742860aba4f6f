//! What the objects tell each other.

use super::super::super::{Arrival, Audit, Delivery, Fate, Letter, Message, Millis, Outcome};
use super::super::offer::Given;
use crate::answers::{Answer, Answers};
use crate::failure::Failure;
use crate::flow::Bytes;
use serde::{Deserialize, Serialize};

/// To an `Inbox`: a message arrived.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Arrived {
    pub message: Message,
    pub now: Millis,
}

/// To the `Intake`: something arrives.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entered {
    pub arrival: Arrival,
    pub now: Millis,
}

/// To an `Inbox`: what the message waits for may have come. Then the others get their turn.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Again {
    pub flow: String,
    pub now: Millis,
    pub then: Vec<Waiting>,
}

/// A message that waits in its `Inbox` for a flow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub flow: String,
    pub inbox: String,
}

/// To an `Inbox`: a time that it set is over.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Over {
    pub flow: String,
    pub until: Millis,
}

/// To an `Inbox`: what a start asked for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fetched {
    pub flow: String,
    pub start: usize,
    pub answers: Found,
    pub now: Option<Millis>,
}

/// To an `Inbox`: an instance could not take the message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Bury {
    pub flow: String,
    pub key: Option<Box<str>>,
    pub letter: Letter,
    pub now: Millis,
}

/// To an `Inbox`: the dead letter of this number goes to its flow again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Replay {
    pub flow: String,
    pub letter: u64,
    pub now: Millis,
}

/// A dead letter, at its message's `Inbox`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Buried {
    pub id: u64,
    pub at: Millis,
    pub flow: String,
    pub key: Option<Box<str>>,
    pub letter: Letter,
}

/// To `Deliveries`: one more.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Deliver {
    pub delivery: Delivery,
    pub now: Millis,
}

/// To `Deliveries`: what came of the one that is under way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OfDelivery {
    pub delivery: Delivery,
    pub came: Came,
    pub now: Option<Millis>,
}

/// What came of a delivery, or of what it asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Came {
    Reply(Outcome),
    Answers(Found),
}

/// To a `Flow`: begin with this state, if there is none; else it is an event, and the `Inbox` holds it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Begin {
    pub saved: String,
    pub event: Event,
}

/// To a `Flow`: an event, and the `Inbox` that holds it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub message: Message,
    pub inbox: String,
    pub now: Millis,
}

/// To a `Flow`: what came of what it ordered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Reply { epoch: u64, outcome: Outcome },
    Answers { epoch: u64, answers: Found },
    Timer { epoch: u64 },
    Resume,
}

/// Something told, and when, where who tells it knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tell {
    pub told: Told,
    pub now: Option<Millis>,
}

/// To a `Flow`: a person acts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Act {
    pub exception: u32,
    pub action: String,
    pub person: String,
    pub now: Millis,
}

/// What an instance tells: kept under a number of its own per transition.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Story {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audit: Vec<Audit>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<(String, Option<String>, Millis)>,
}

/// What a `Flow` made of an event, and the `Inbox`es whose messages may now be taken.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Gave {
    pub fated: Fated,
    pub released: Vec<String>,
}

/// A fate that travels.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fated {
    Absent,
    Taken,
    Duplicate,
    Late,
    Early,
    Closed,
    Refused { name: String, detail: String },
    Unreadable { why: String },
}

impl From<Fate> for Fated {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Taken => Self::Taken,
            Fate::Duplicate => Self::Duplicate,
            Fate::Late => Self::Late,
            Fate::Early => Self::Early,
            Fate::Closed => Self::Closed,
            Fate::Refused(failure) => {
                Self::Refused { name: failure.code().to_owned(), detail: failure.detail().to_owned() }
            }
        }
    }
}

impl From<Fated> for Given {
    fn from(fated: Fated) -> Self {
        match fated {
            Fated::Absent => Self::Absent,
            Fated::Taken => Self::Fate(Fate::Taken),
            Fated::Duplicate => Self::Fate(Fate::Duplicate),
            Fated::Late => Self::Fate(Fate::Late),
            Fated::Early => Self::Fate(Fate::Early),
            Fated::Closed => Self::Fate(Fate::Closed),
            Fated::Refused { name, detail } => Self::Fate(Fate::Refused(Failure::new(name, detail))),
            Fated::Unreadable { why } => Self::Unreadable(why),
        }
    }
}

/// Lookup, key, and what was found.
type One = (String, String, Option<Bytes>);

/// The answers to a lookup, or why there are none: name and detail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Found(Result<Vec<One>, (String, String)>);

impl From<Result<Answers, Failure>> for Found {
    fn from(answers: Result<Answers, Failure>) -> Self {
        let payload = |answer: Answer<'_>| match answer {
            Answer::Found(payload) => Some(payload.to_vec().into()),
            Answer::Missing => None,
        };
        Self(match answers {
            Ok(answers) => Ok(answers
                .iter()
                .map(|(lookup, key, answer)| (lookup.to_owned(), key.to_owned(), payload(answer)))
                .collect()),
            Err(failure) => Err((failure.code().to_owned(), failure.detail().to_owned())),
        })
    }
}

impl From<Found> for Result<Answers, Failure> {
    fn from(Found(found): Found) -> Self {
        let found = found.map_err(|(name, detail)| Failure::new(name, detail))?;
        let mut answers = Answers::new();
        for (lookup, key, payload) in found {
            match payload {
                Some(payload) => answers.found(&lookup, &key, payload.as_slice()),
                None => answers.missing(&lookup, &key),
            }
        }
        Ok(answers)
    }
}
