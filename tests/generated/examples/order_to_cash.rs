//! An order of the web shop, from the webhook's payload to `closed`: on SQLite, or on a Restate server.
//!
//! ```console
//! $ cargo run --example order_to_cash                                        # on SQLite, in a folder of its own
//! $ CROSSDOCK_RESTATE=…/restate-server cargo run --features restate --example order_to_cash -- restate
//! ```
//!
//! What arrives is bytes; the generated intake tells which events are in it. The webhook comes twice, and begins one order. The ledger holds it for its customer's credit, and a person releases it.
//! The ERP sends its lines to three depots, which pick, pack and ship them, each in its own time. It ends with what was
//! reached when, and with the audit trail. The systems are those of a play: they answer in their own words and know no more
//! than the calls they got.

use crossdock_runtime::flow::driver::sqlite::{self, Sqlite};
use crossdock_runtime::flow::driver::{Accepted, Became, Flows, Hosted, Instance, Receipt, Systems};
use crossdock_runtime::flow::{Arrival, Audit, By, Call, Intake, Millis, Outcome, Publish, Raised, Request, Settings};
use crossdock_runtime::serde_json::{Value, json};
use crossdock_runtime::{Answers, Keys, Result, Setting};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

type Done<T = ()> = std::result::Result<T, Box<dyn Error>>;

const ORDER: &str = "shopify-6100000000017";
/// The depots, as the ERP numbers them.
const DEPOTS: [&str; 3] = [
    "6b1f04d2-90ac-ee11-a568-6045bdc89c01",
    "7c2a15e3-90ac-ee11-a568-6045bdc89c01",
    "8d3b26f4-90ac-ee11-a568-6045bdc89c01",
];

/// What the systems were asked for.
#[derive(Default)]
struct Play {
    credit_checks: Mutex<u32>,
    erp_order: Mutex<Option<Value>>,
    warehouse_orders: Mutex<Vec<Value>>,
}

impl Systems for Play {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        let body = Request::read(call.request.as_slice()).map(|request| request.body).unwrap_or_default();
        let operation = format!("{}.{}", call.system, call.operation);
        println!("  {} calls {operation} under {}", call.step, call.key);
        let answer = match operation.as_str() {
            "business_central.check_credit" => {
                let mut checks = self.credit_checks.lock().unwrap();
                *checks += 1;
                if *checks == 1 {
                    return Outcome::Refused { name: "credit_hold".into(), detail: "the limit is used up".into() };
                }
                json!({ "decisionId": "d1", "harborlineOrder": ORDER, "decision": "Approved", "decidedBy": "limit" })
            }
            "avalara.create_transaction" => {
                let lines = body["lines"].as_array().cloned().unwrap_or_default();
                let lines: Vec<Value> = lines
                    .iter()
                    .map(|line| {
                        json!({ "lineNumber": line["number"], "quantity": line["quantity"], "lineAmount": line["amount"], "tax": 9.36 })
                    })
                    .collect();
                json!({
                    "id": 1, "code": body["code"], "date": "2026-01-05", "status": "Temporary", "type": body["type"],
                    "currencyCode": body["currencyCode"], "customerCode": body["customerCode"], "totalTax": 37.43,
                    "lines": lines,
                })
            }
            "business_central.create_order" => {
                let lines = body["salesOrderLines"].clone();
                let order = erp_order(&body);
                *self.erp_order.lock().unwrap() = Some(json!({ "order": order, "lines": lines }));
                order
            }
            "ongoing.put_order" => {
                let mut orders = self.warehouse_orders.lock().unwrap();
                let id = 70_001 + orders.len();
                let mut told = body.clone();
                told["orderId"] = json!(id);
                told["depot"] = json!(call.instance.as_deref());
                orders.push(told);
                json!({ "orderId": id, "goodsOwnerOrderId": body["goodsOwnerOrderId"] })
            }
            "salesforce.place_order" => json!({
                "totalSize": 1, "done": true,
                "records": [{
                    "attributes": { "type": "Order" }, "Id": "801HL0000000012",
                    "OrderItems": { "totalSize": 0, "done": true, "records": [] },
                }],
            }),
            _ => json!({}),
        };
        Outcome::Answered(answer.to_string().into_bytes().into())
    }

    fn look_up(&self, _: &Instance, keys: &Keys) -> Result<Answers> {
        let mut answers = Answers::new();
        for (name, key) in keys.iter() {
            let found = match name {
                "order_to_cash.placed" => shop_order(),
                "order_to_salesforce.pricebook_entry" => json!({ "Id": "01uHL0000000011" }),
                // The runtime's index of identifiers: how the ERP numbers this customer.
                _ => json!("C00840"),
            };
            answers.found(name, key, found.to_string());
        }
        Ok(answers)
    }

    fn publish(&self, _: &Instance, publish: &Publish) -> Result<()> {
        println!("  {} is published: {}", publish.event, String::from_utf8_lossy(publish.payload.as_slice()));
        Ok(())
    }
}

fn shop_order() -> Value {
    let line = |id: u32, sku: &str, price: &str, quantity: u32| json!({ "id": id, "name": sku, "title": sku, "sku": sku, "price": price, "quantity": quantity, "requires_shipping": true });
    json!({ "order": {
        "id": 6_100_000_000_017_u64, "name": "#H2041", "source_name": "web", "created_at": "2026-01-05T08:40:05-05:00",
        "currency": "USD", "taxes_included": false, "test": false, "email": "ines@terngull.example",
        "customer": { "id": 7_200_000_000_021_u64, "first_name": "Ines", "last_name": "Aalto", "email": "ines@terngull.example" },
        "line_items": [line(151, "BV-100", "96.40", 2), line(152, "CB-01", "34.00", 3), line(153, "HS-1040", "189.90", 1)],
        "shipping_address": {
            "name": "Ines Aalto", "company": "Tern & Gull Workshops", "address1": "48 Ferry Lane", "city": "Bellport",
            "first_name": "Ines", "last_name": "Aalto", "province": "Oregon", "province_code": "OR",
            "country": "United States", "country_code": "US", "zip": "97001",
        },
        "shipping_lines": [{ "id": 5, "code": "Express", "price": "9.95", "title": "Express" }],
        "subtotal_price": "484.70", "total_discounts": "0.00", "total_price": "532.08", "total_tax": "37.43",
    } })
}

fn erp_order(request: &Value) -> Value {
    json!({
        "id": "b1a54c0e-7a10-ef11-9f8a-6045bdc89c01", "number": "SO-1042", "orderDate": request["orderDate"],
        "customerNumber": request["customerNumber"], "customerName": "Tern & Gull Workshops",
        "currencyCode": request["currencyCode"], "status": "Draft", "lastModifiedDateTime": "2026-01-05T14:00:00Z",
    })
}

/// What the ERP tells when it has priced the order and given its lines to depots.
fn released(told: &Value) -> Value {
    let mut order = told["order"].clone();
    order["status"] = json!("Open");
    for (key, amount) in
        [("totalAmountExcludingTax", 484.7), ("totalTaxAmount", 37.43), ("totalAmountIncludingTax", 522.13)]
    {
        order[key] = json!(amount);
    }
    let lines = told["lines"].as_array().cloned().unwrap_or_default();
    let lines: Vec<Value> = lines
        .iter()
        .zip(DEPOTS.iter().cycle())
        .map(|(line, depot)| {
            json!({
                "id": format!("c7000001-7a10-ef11-9f8a-{}", line["sequence"]), "documentId": order["id"],
                "harborlineLine": line["harborlineLine"], "sequence": line["sequence"], "lineType": "Item",
                "lineObjectNumber": line["lineObjectNumber"], "unitOfMeasureCode": line["unitOfMeasureCode"],
                "quantity": line["quantity"], "unitPrice": line["unitPrice"], "discountAmount": 0, "discountPercent": 0,
                "netAmount": 133.68, "netTaxAmount": 9.36, "shipmentDate": "2026-01-07", "locationId": depot,
            })
        })
        .collect();
    json!({ "noticeId": "n1", "what": "Released", "harborlineOrder": ORDER, "order": order, "lines": lines })
}

/// What a depot tells of its order in a state.
fn warehouse(order: &Value, state: u32, text: &str) -> Value {
    let lines = order["orderLines"].as_array().cloned().unwrap_or_default();
    let lines: Vec<Value> = lines
        .iter()
        .zip(801..)
        .map(|(line, id)| {
            json!({
                "id": id, "rowNumber": line["rowNumber"],
                "article": { "articleSystemId": 9000 + id, "articleNumber": line["articleNumber"] },
                "orderedNumberOfItems": line["numberOfItems"], "allocatedNumberOfItems": line["numberOfItems"],
                "pickedNumberOfItems": line["numberOfItems"],
            })
        })
        .collect();
    let id = &order["orderId"];
    json!({
        "goodsOwner": { "id": order["goodsOwnerId"], "name": "Harborline" },
        "orderInfo": {
            "orderId": id, "orderNumber": order["orderNumber"], "goodsOwnerOrderId": order["goodsOwnerOrderId"],
            "deliveryDate": order["deliveryDate"], "createdDate": "2026-01-05T15:00:00Z",
            "shippedTime": "2026-01-06T16:00:00Z", "wayBill": format!("0037000{id}"),
            "orderStatus": { "number": state, "text": text },
            "orderedNumberOfItems": 0, "allocatedNumberOfItems": 0, "pickedNumberOfItems": 0,
        },
        "consignee": order["consignee"], "orderLines": lines,
        "parcels": [{ "id": 1, "parcelNumber": format!("0037000{id}"), "isReturnParcel": false }],
        "transporter": { "transporterName": "Nordpaket AB", "name": "Parcel abroad", "code": "PLAB", "serviceCode": "P21" },
    })
}

fn invoice(number: &str, status: &str) -> Value {
    json!({
        "id": format!("cc401e01-7a10-ef11-9f8a-{number}"), "number": number, "invoiceDate": "2026-01-09",
        "postingDate": "2026-01-09", "dueDate": "2026-02-08", "customerNumber": "C00840",
        "customerName": "Tern & Gull Workshops", "currencyCode": "USD",
        "orderId": "b1a54c0e-7a10-ef11-9f8a-6045bdc89c01", "orderNumber": "SO-1042", "harborlineOrder": ORDER,
        "remainingAmount": if status == "Paid" { 0.0 } else { 522.13 }, "discountAmount": 0,
        "totalAmountExcludingTax": 484.7, "totalTaxAmount": 37.43, "totalAmountIncludingTax": 522.13,
        "status": status, "lastModifiedDateTime": "2026-01-09T08:00:00Z",
    })
}

/// A driver, as this program needs it.
trait Driver {
    fn receive(&self, arrival: Arrival) -> Done<Vec<Receipt>>;
    fn raised(&self) -> Done<Vec<Raised>>;
    fn act(&self, exception: u32, action: &str) -> Done;
    fn milestones(&self) -> Done<Vec<(String, Option<String>, Millis)>>;
    fn audit(&self) -> Done<Vec<Audit>>;
}

fn instance() -> Instance {
    Instance { flow: "order_to_cash".into(), key: ORDER.into() }
}

impl Driver for Sqlite {
    fn receive(&self, arrival: Arrival) -> Done<Vec<Receipt>> {
        Ok(Sqlite::receive(self, arrival)?)
    }

    fn raised(&self) -> Done<Vec<Raised>> {
        Ok(Sqlite::raised(self)?.into_iter().map(|(_, raised)| raised).collect())
    }

    fn act(&self, exception: u32, action: &str) -> Done {
        let fate = Sqlite::act(self, instance(), exception, action.to_owned(), "ann@harborline.example".to_owned())?;
        println!("ann does `{action}`: {fate:?}");
        Ok(())
    }

    fn milestones(&self) -> Done<Vec<(String, Option<String>, Millis)>> {
        Ok(Sqlite::milestones(self, instance())?)
    }

    fn audit(&self) -> Done<Vec<Audit>> {
        Ok(Sqlite::audit(self, instance())?)
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// What arrives at a channel, as bytes; of a system with several deployments it is said from which one it comes.
fn arrival(system: &str, channel: &str, instance: Option<&str>, payload: &Value) -> Arrival {
    Arrival {
        system: system.into(),
        instance: instance.map(Into::into),
        channel: channel.into(),
        headers: [("x-shopify-webhook-id".to_owned(), "webhook-1".to_owned())].into(),
        received_at: now(),
        payload: payload.to_string().into_bytes().into(),
    }
}

/// Waits until something is there, for a minute at most.
fn wait<T>(what: &str, mut look: impl FnMut() -> Done<Option<T>>) -> Done<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("{what} did not come within a minute").into());
        }
        sleep(Duration::from_millis(20));
    }
}

fn run(driver: &dyn Driver, play: &Play) -> Done {
    let tell = |system: &str, channel: &str, instance: Option<&str>, payload: &Value| -> Done<Vec<Receipt>> {
        let receipts = driver.receive(arrival(system, channel, instance, payload))?;
        for receipt in &receipts {
            println!("{} {} arrives: {:?}", receipt.name, receipt.id, receipt.became);
        }
        Ok(receipts)
    };
    let send = |system: &str, channel: &str, payload: &Value| tell(system, channel, None, payload);
    let reached = |name: &str, times: usize| -> Done<Option<()>> {
        let milestones = driver.milestones()?;
        Ok((milestones.iter().filter(|(known, ..)| known == name).count() >= times).then_some(()))
    };

    let placed = json!({ "id": 6_100_000_000_017_u64 });
    let webhook = "webhook /shopify/orders/create";
    send("shopify", webhook, &placed)?;
    let again = send("shopify", webhook, &placed)?;
    if again.iter().any(|receipt| receipt.became != Became::Message(Accepted::Duplicate)) {
        return Err("the repeated webhook was not known".into());
    }

    let hold = wait("the credit hold", || Ok(driver.raised()?.into_iter().find(|one| one.name == "credit_hold")))?;
    println!("{} is held for {}: {}", ORDER, hold.team, hold.detail);
    driver.act(hold.exception, "release")?;

    let told = wait("the order in the ERP", || Ok(play.erp_order.lock().unwrap().clone()))?;
    send("business_central", "webhook /business-central/orders", &released(&told))?;

    wait("allocation", || reached("allocated", 3))?;
    let orders = play.warehouse_orders.lock().unwrap().clone();
    for order in &orders {
        let depot = order["depot"].as_str();
        for (state, text) in [(400, "Picked"), (420, "Packed"), (450, "Sent")] {
            tell("ongoing", "webhook /ongoing/orders", depot, &warehouse(order, state, text))?;
        }
    }
    wait("shipping", || reached("shipped", 1))?;
    let invoices = "poll list_invoices";
    send("business_central", invoices, &json!({ "value": [invoice("SI-1", "Open")] }))?;
    wait("the invoice", || reached("invoiced", 1))?;
    send("business_central", invoices, &json!({ "value": [invoice("SI-1", "Paid")] }))?;
    wait("the end", || reached("closed", 1))?;

    println!("\nmilestones");
    for (name, part, _) in driver.milestones()? {
        println!("  {name}{}", part.map(|part| format!(" ({part})")).unwrap_or_default());
    }
    println!("\naudit");
    for entry in driver.audit()? {
        let by = match &entry.by {
            By::System(system) => format!("the system {system}"),
            By::Person(person) => format!("the person {person}"),
            By::Rule(rule) => format!("the rule {rule}"),
        };
        let part = entry.part.map(|part| format!(" ({part})")).unwrap_or_default();
        let from = entry.from.map(|from| format!(" from {from}")).unwrap_or_default();
        let to = entry.to.map(|to| format!(" to {to}")).unwrap_or_default();
        let because = entry.because.map(|id| format!(", because of {id}")).unwrap_or_default();
        println!("  {:?} {}{part}{from}{to}, by {by}{because}", entry.what, entry.subject);
    }
    Ok(())
}

fn settings() -> Settings {
    let mut settings = Settings::new();
    let mut set = |system: &str, name: &str, text: &str| {
        settings.entry(system.to_owned()).or_default().insert(name.to_owned(), Setting::Text(text.to_owned()));
    };
    set("avalara", "company_code", "HARBOR-US");
    set("avalara", "origin_line1", "1 Wharf Road");
    set("avalara", "origin_city", "Atlanta");
    set("avalara", "origin_region", "GA");
    set("avalara", "origin_postal_code", "30301");
    set("salesforce", "pricebook", "01sHL0000000001AAA");
    set("salesforce", "user", "005HL0000000009AAA");
    settings.entry("ongoing".to_owned()).or_default().insert("goods_owner".to_owned(), Setting::Int(32));
    settings
}

fn flows() -> Done<Flows> {
    let machine: Box<dyn Hosted> = Box::new(harborline_flows::order_to_cash::machine(settings())?);
    Ok(Flows::from([machine]))
}

/// What tells events from what arrives.
fn intake() -> Option<Arc<dyn Intake>> {
    Some(Arc::new(harborline_flows::intake::Intake::new(settings())))
}

fn main() -> Done {
    let play = Arc::new(Play::default());
    let systems: Arc<dyn Systems> = play.clone();
    if std::env::args().nth(1).as_deref() == Some("restate") {
        #[cfg(feature = "restate")]
        return restate::main(&play, systems);
        #[cfg(not(feature = "restate"))]
        return Err("build it with `--features restate`".into());
    }
    let folder = std::env::temp_dir().join(format!("harborline-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let options = sqlite::Options { intake: intake(), ..sqlite::Options::default() };
    let driver = Sqlite::open(&folder.join("flows.db"), flows()?, systems, &options)?;
    let ran = run(&driver, &play);
    for letter in driver.letters()? {
        println!("dead letter {}: {} {}", letter.letter.message.name, letter.letter.name, letter.letter.detail);
    }
    drop(driver);
    std::fs::remove_dir_all(&folder)?;
    ran
}

/// A Restate server of its own, on loopback.
#[cfg(feature = "restate")]
#[allow(dead_code)]
#[path = "../../../runtime/tests/flow/restate/server.rs"]
mod server;

#[cfg(feature = "restate")]
mod restate {
    use super::{Done, Driver, Play, flows, instance, intake, run, server};
    use crossdock_runtime::flow::driver::restate::{Client, Options, endpoint, serve, system_clock};
    use crossdock_runtime::flow::driver::{Receipt, Systems};
    use crossdock_runtime::flow::{Arrival, Audit, Millis, Raised};
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use tokio::runtime::Runtime;

    /// A client, and what its calls run on.
    struct On(Runtime, Client);

    impl Driver for On {
        fn receive(&self, arrival: Arrival) -> Done<Vec<Receipt>> {
            Ok(self.0.block_on(self.1.receive(&arrival))?)
        }

        fn raised(&self) -> Done<Vec<Raised>> {
            Ok(self.0.block_on(self.1.raised())?.into_iter().map(|(_, raised)| raised).collect())
        }

        fn act(&self, exception: u32, action: &str) -> Done {
            let instance = instance();
            let fate = self.0.block_on(self.1.act(&instance, exception, action, "ann@harborline.example"))?;
            println!("ann does `{action}`: {fate:?}");
            Ok(())
        }

        fn milestones(&self) -> Done<Vec<(String, Option<String>, Millis)>> {
            Ok(self.0.block_on(self.1.seen(&instance()))?.milestones)
        }

        fn audit(&self) -> Done<Vec<Audit>> {
            Ok(self.0.block_on(self.1.seen(&instance()))?.audit)
        }
    }

    pub fn main(play: &Play, systems: Arc<dyn Systems>) -> Done {
        let server = server::Server::start("example").ok_or("CROSSDOCK_RESTATE does not name restate-server")?;
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let options = Options { intake: intake(), ..Options::default() };
        let endpoint = endpoint(flows()?, systems, &options);
        runtime.spawn(serve(endpoint, listener, std::future::pending::<()>()));
        let client = Client::new(&server.ingress(), &server.admin(), system_clock());
        runtime.block_on(client.register(&format!("http://{address}")))?;
        run(&On(runtime, client), play)
    }
}
