//! Measures one mapping: written by hand, evaluated, generated.
//!
//! All ways run on the same orders, in rotation; what counts is the ratio of CPU times within one run. With `--once WAY`
//! one way runs a fixed number of times, for counting instructions. With a path, its lines are the orders.

mod by_hand;
mod orders;
mod same;

use bench_canonical::Order;
use bench_shop::shop_order;
use crossdock::eval::{Prepared, prepare};
use crossdock::pipeline;
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Answers, Date, Meta, Notes};
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::hint::black_box;
use std::path::Path;

const ORDERS: u64 = 200;
const ROUNDS: usize = 25;
const ONCE: usize = 500;

type Outcome = Result<(), Box<dyn Error>>;
type Way<'w> = (&'static str, Box<dyn FnMut(&[u8], &mut Vec<u8>) -> Result<(), String> + 'w>);

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let orders: Vec<String> = match arguments.first().filter(|first| *first != "--once") {
        Some(path) => std::fs::read_to_string(path)?.lines().map(str::to_owned).collect(),
        None => (0..ORDERS).map(orders::order).collect(),
    };
    let today: Date = crossdock_runtime::time::parse_date("2026-01-01").map_err(|failure| failure.to_string())?;
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let checked = pipeline::check_specs(&specs, today)?;
    let id = checked.model.mappings_by_name.get("shop_order").ok_or("the specs have no `shop_order`")?;
    let prepared = prepare(&checked.model, Some(checked.loader.sources()), *id);
    let tables = by_hand::Tables::new();
    let mut ways: Vec<Way<'_>> = vec![
        ("by hand", Box::new(|order, out| by_hand::run(order, &tables, out))),
        ("generated", Box::new(generated)),
        ("evaluator", Box::new(|order, out| evaluate(&prepared, order, out))),
    ];

    if let [first, name, ..] = arguments.as_slice()
        && first == "--once"
    {
        let (_, way) = ways.iter_mut().find(|(known, _)| known == name).ok_or("no such way")?;
        return count_instructions(&orders, way);
    }

    let bytes_out = hold_equal(&orders, &mut ways)?;
    let bytes: usize = orders.iter().map(String::len).sum();
    println!(
        "{} orders of {} bytes on average; {} bytes of JSON made of an order",
        orders.len(),
        bytes / orders.len(),
        bytes_out / orders.len()
    );
    measure(&orders, &mut ways)
}

/// As a developer calls it: decoded, mapped, held to the object's bounds, written.
fn generated(order: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let (meta, mut notes) = (Meta::default(), Notes::default());
    let input = shop_order::Input::decode(order, &mut notes);
    let made = input.and_then(|input| input.map(&meta, &mut notes)).and_then(Order::try_from);
    let order = made.map_err(|failure| failure.to_string())?;
    serde_json::to_writer(out, &order).map_err(|error| error.to_string())
}

fn evaluate<'m>(prepared: &Prepared<'m>, order: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let (meta, answers, mut notes) = (Meta::default(), Answers::new(), Notes::default());
    let made = prepared.map(&[order], &meta, &answers, &mut notes);
    let json = made.and_then(|made| made.to_json(Writer::compact())).map_err(|failure| failure.to_string())?;
    out.extend_from_slice(json.as_bytes());
    Ok(())
}

/// Every way must make the same of every order.
fn hold_equal(orders: &[String], ways: &mut [Way<'_>]) -> Result<usize, Box<dyn Error>> {
    let mut bytes = 0;
    for order in orders {
        let mut made = Vec::new();
        for (name, way) in ways.iter_mut() {
            let mut out = Vec::new();
            way(order.as_bytes(), &mut out).map_err(|error| format!("{name}: {error}"))?;
            bytes += out.len();
            made.push((*name, serde_json::from_slice::<serde_json::Value>(&out)?));
        }
        if let Some(((first, a), others)) = made.split_first() {
            for (name, b) in others {
                if let Some(difference) = same::difference(a, b, "") {
                    return Err(format!("{first} and {name} differ at {difference}").into());
                }
            }
        }
    }
    Ok(bytes / ways.len())
}

/// What the count of instructions is of, and nothing else: `run` tells the tool this function's name.
#[inline(never)]
fn count_instructions(orders: &[String], way: &mut dyn FnMut(&[u8], &mut Vec<u8>) -> Result<(), String>) -> Outcome {
    let mut out = Vec::new();
    for order in orders.iter().cycle().take(ONCE) {
        out.clear();
        way(order.as_bytes(), &mut out)?;
        black_box(&out);
    }
    Ok(())
}

fn measure(orders: &[String], ways: &mut [Way<'_>]) -> Outcome {
    let mut spent: Vec<Vec<f64>> = vec![Vec::new(); ways.len()];
    let mut out = Vec::new();
    for _ in 0..ROUNDS {
        for ((_, way), spent) in ways.iter_mut().zip(&mut spent) {
            let before = cpu_micros();
            for order in orders {
                out.clear();
                way(order.as_bytes(), &mut out)?;
                black_box(&out);
            }
            spent.push((cpu_micros() - before) / orders.len() as f64);
        }
    }
    let median = |spent: &mut Vec<f64>| {
        spent.sort_by(f64::total_cmp);
        spent.get(spent.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let medians: Vec<f64> = spent.iter_mut().map(median).collect();
    for ((name, _), each) in ways.iter().zip(&medians) {
        let ratio = each / medians.first().copied().unwrap_or(f64::NAN);
        println!("{name:<10} {each:7.1} µs CPU an order, {ratio:.2} times the hand-written one");
    }
    Ok(())
}

fn cpu_micros() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}
