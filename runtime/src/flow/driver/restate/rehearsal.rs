//! Rehearsing on a real server: under a virtual clock, nothing is sent with a delay. What comes later lies on a shelf, and
//! who rehearses sends it on when its time has come.

use super::super::super::Millis;
use super::super::store::Job;
use super::place::Address;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// The key of the only shelf.
pub(super) const SHELF: &str = "all";

/// Something that comes later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its number on the shelf.
    pub number: u64,
    /// Not before this time.
    pub due: Millis,
    /// Where it goes.
    pub to: Address,
    /// What is told there.
    pub body: serde_json::Value,
    /// If an instance ordered it, what.
    pub job: Option<Job>,
}

pub(super) struct Shelf;

#[restate_sdk::object(name = "Shelf", client_visibility = "pub(super)")]
impl Shelf {
    /// Puts something there.
    #[handler]
    async fn put(&self, ctx: ObjectContext<'_>, held: Json<Held>) -> HandlerResult<()> {
        let number = ctx.get::<u64>("number").await?.unwrap_or_default() + 1;
        let Json(mut all) = ctx.get::<Json<Vec<Held>>>("held").await?.unwrap_or(Json(Vec::new()));
        let Json(held) = held;
        let job = held.job.map(|job| Job { id: number, ..job });
        all.push(Held { number, job, ..held });
        ctx.set("number", number);
        ctx.set("held", Json(all));
        Ok(())
    }

    /// Takes something away.
    #[handler]
    async fn take(&self, ctx: ObjectContext<'_>, number: u64) -> HandlerResult<()> {
        let Json(mut all) = ctx.get::<Json<Vec<Held>>>("held").await?.unwrap_or(Json(Vec::new()));
        all.retain(|held| held.number != number);
        ctx.set("held", Json(all));
        Ok(())
    }

    /// What lies there.
    #[handler]
    async fn list(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<Held>>> {
        Ok(ctx.get::<Json<Vec<Held>>>("held").await?.unwrap_or(Json(Vec::new())))
    }
}
