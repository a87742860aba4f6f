//! What stands beside the service: messages in, actions, replays, and what can be seen.

use super::super::super::{Arrival, Fate, Message, Raised};
use super::super::offer::Given;
use super::super::{Accepted, DeadLetter, Instance, Receipt, Seen};
use super::Clock;
use super::http::{Http, Unanswered};
use super::place::{Address, instance_of, of_message};
use super::rehearsal::{Held, SHELF};
use super::wire::{Act, Arrived, Buried, Entered, Fated, Replay, Tell, Told};
use crate::failure::{Failure, builtin, shown, unquoted};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

type Answer<T> = Result<T, Unanswered>;

/// A client of a Restate server on which flows run. It belongs into a Tokio runtime.
#[derive(Clone)]
pub struct Client {
    http: Http,
    ingress: String,
    admin: String,
    clock: Clock,
}

/// A row of Restate's table of states.
#[derive(Deserialize)]
struct Row {
    service_key: String,
    #[serde(default)]
    value_utf8: Option<String>,
}

#[derive(Deserialize)]
struct Rows<T> {
    rows: Vec<T>,
}

impl Client {
    /// A client of the server with this ingress and this admin API, such as `http://127.0.0.1:8080` and
    /// `http://127.0.0.1:9070`.
    pub fn new(ingress: &str, admin: &str, clock: Clock) -> Self {
        let base = |url: &str| url.trim_end_matches('/').to_owned();
        Self { http: Http::new(), ingress: base(ingress), admin: base(admin), clock }
    }

    /// Makes the endpoint at this address known, in the place of what was known there. It may be done at every start.
    pub async fn register(&self, endpoint: &str) -> Answer<()> {
        let body = json!({ "uri": endpoint, "force": true });
        self.http.send(&format!("{}/deployments", self.admin), &body).await.map(drop)
    }

    /// Receives a message. When this returns it is durable, and may be acknowledged.
    pub async fn accept(&self, message: &Message) -> Answer<Accepted> {
        let inbox = of_message(&message.name, &message.id);
        let arrived = Arrived { message: message.clone(), now: (self.clock)() };
        self.ask(&Address::object("Inbox", &inbox, "accept"), &arrived).await
    }

    /// Receives what arrives: a webhook's body, a message of a queue. When this returns, every document of it is durable,
    /// and it may be acknowledged, unless a receipt says otherwise.
    pub async fn receive(&self, arrival: &Arrival) -> Answer<Vec<Receipt>> {
        let entered = Entered { arrival: arrival.clone(), now: (self.clock)() };
        self.ask(&Address::service("Intake", "receive"), &entered).await
    }

    /// A person acts on an open exception.
    pub async fn act(&self, instance: &Instance, exception: u32, action: &str, person: &str) -> Answer<Fate> {
        let act = Act { exception, action: action.to_owned(), person: person.to_owned(), now: (self.clock)() };
        let fated: Fated = self.ask(&Address::instance(instance, "act"), &act).await?;
        let refused = |detail: String| Fate::Refused(Failure::new(builtin::INVALID_ARGUMENT, detail));
        Ok(match fated.into() {
            Given::Fate(fate) => fate,
            Given::Absent => refused(format!("there is no instance {}", shown(&instance.key))),
            Given::Unreadable(why) => refused(why),
        })
    }

    /// Gives a dead letter to its flow again; none if that was done before.
    pub async fn replay(&self, letter: &DeadLetter) -> Answer<Option<Accepted>> {
        let inbox = of_message(&letter.letter.message.name, &letter.letter.message.id);
        let replay = Replay { flow: letter.flow.to_string(), letter: letter.id, now: (self.clock)() };
        self.ask(&Address::object("Inbox", &inbox, "replay"), &replay).await
    }

    /// What can be seen of an instance.
    pub async fn seen(&self, instance: &Instance) -> Answer<Seen> {
        self.http.ask(&self.url(&Address::instance(instance, "seen"), "")).await
    }

    /// The dead letters, the oldest first.
    pub async fn letters(&self) -> Answer<Vec<DeadLetter>> {
        let mut all: Vec<Buried> = Vec::new();
        for row in self.states("Inbox", "letters").await? {
            all.extend(read::<Vec<Buried>>(&row)?);
        }
        all.sort_by(|a, b| (a.at, &a.letter.message.id, a.id).cmp(&(b.at, &b.letter.message.id, b.id)));
        let letter = |one: Buried| DeadLetter { id: one.id, flow: one.flow.into(), key: one.key, letter: one.letter };
        Ok(all.into_iter().map(letter).collect())
    }

    /// The exceptions that are open, by flow, key and number.
    pub async fn raised(&self) -> Answer<Vec<(Instance, Raised)>> {
        let mut all = Vec::new();
        for row in self.states("Flow", "raised").await? {
            let Some(instance) = instance_of(&row.service_key) else { continue };
            all.extend(read::<Vec<Raised>>(&row)?.into_iter().map(|raised| (instance.clone(), raised)));
        }
        all.sort_by(|(a, one), (b, other)| (a, one.exception).cmp(&(b, other.exception)));
        Ok(all)
    }

    /// The instances that are not finished, with the version that wrote each, by flow and key.
    pub async fn unfinished(&self) -> Answer<Vec<(Instance, u32)>> {
        let mut all = Vec::new();
        for row in self.states("Flow", "open").await? {
            let Some(instance) = instance_of(&row.service_key) else { continue };
            all.push((instance, read(&row)?));
        }
        all.sort();
        Ok(all)
    }

    /// After a version of a flow was added: instances of other versions go on, or are raised.
    pub async fn resume(&self, flow: &str, version: u32) -> Answer<()> {
        for (instance, of) in self.unfinished().await? {
            if *instance.flow == *flow && of != version {
                let resume = Tell { told: Told::Resume, now: Some((self.clock)()) };
                self.call(&Address::instance(&instance, "tell"), &resume).await?;
            }
        }
        Ok(())
    }

    /// In a rehearsal: what comes later, by time and number.
    pub async fn held(&self) -> Answer<Vec<Held>> {
        let mut all: Vec<Held> = self.http.ask(&self.url(&Address::object("Shelf", SHELF, "list"), "")).await?;
        all.sort_by_key(|held| (held.due, held.number));
        Ok(all)
    }

    /// In a rehearsal: what was held goes where it would have gone. When this returns, it is under way.
    pub async fn release(&self, held: &Held) -> Answer<()> {
        let id = self.send(&held.to, &held.body).await?;
        self.call(&Address::object("Shelf", SHELF, "take"), &held.number).await?;
        while self.query::<Value>(&format!("SELECT id FROM sys_invocation WHERE id = '{id}'")).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// In a rehearsal: how many invocations are under way, those included that are only sent; and how many there were. If two
    /// readings are the same, nothing happened in between.
    pub async fn under_way(&self) -> Answer<(usize, usize)> {
        #[derive(Deserialize)]
        struct Count {
            open: usize,
            sent: usize,
            come: usize,
        }
        let query = "SELECT SUM(open) AS open, SUM(sent) AS sent, SUM(come) AS come FROM (
            SELECT COUNT(*) FILTER (WHERE status <> 'completed') AS open, 0 AS sent,
                COUNT(*) FILTER (WHERE invoked_by = 'service') AS come FROM sys_invocation
            UNION ALL SELECT 0 AS open, COUNT(*) AS sent, 0 AS come FROM sys_journal
                WHERE entry_type IN ('Command: Call', 'Command: OneWayCall'))";
        let counts: Vec<Count> = self.query(query).await?;
        Ok(counts.first().map_or((0, 0), |count| (count.open + count.sent.abs_diff(count.come), count.sent)))
    }

    fn url(&self, to: &Address, end: &str) -> String {
        format!("{}{}{end}", self.ingress, to.path())
    }

    async fn ask<T: DeserializeOwned>(&self, to: &Address, body: &impl Serialize) -> Answer<T> {
        self.http.post(&self.url(to, ""), body).await
    }

    /// Tells a handler something, also one that is not of this driver, and waits until it has done what it does.
    pub async fn call(&self, to: &Address, body: &impl Serialize) -> Answer<()> {
        self.http.send(&self.url(to, ""), body).await.map(drop)
    }

    /// Tells a handler something, also one that is not of this driver, and gives the id of what comes of it.
    pub async fn send(&self, to: &Address, body: &impl Serialize) -> Answer<String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Sent {
            invocation_id: String,
        }
        let sent: Sent = self.http.post(&self.url(to, "/send"), body).await?;
        Ok(sent.invocation_id)
    }

    async fn states(&self, service: &str, name: &str) -> Answer<Vec<Row>> {
        self.query(&format!(
            "SELECT service_key, value_utf8 FROM state WHERE service_name = '{service}' AND key = '{name}'"
        ))
        .await
    }

    async fn query<T: DeserializeOwned>(&self, query: &str) -> Answer<Vec<T>> {
        let rows: Rows<T> = self.http.post(&format!("{}/query", self.admin), &json!({ "query": query })).await?;
        Ok(rows.rows)
    }
}

fn read<T: DeserializeOwned>(row: &Row) -> Answer<T> {
    let text = row.value_utf8.as_deref().unwrap_or_default();
    serde_json::from_str(text).map_err(|error| Unanswered::NotUnderstood(unquoted(&error)))
}
