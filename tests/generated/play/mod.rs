//! The systems around `order_to_cash`, as a play: they answer in their own words, and know no more than the calls they got.
//!
//! What they know lies in a folder, so that they outlive the process that calls them, as systems do. Orders are numbered;
//! the web shop numbers them [`FIRST`] and up.

pub mod driver;

use crossdock_runtime::flow::driver::{Instance, Systems};
use crossdock_runtime::flow::{Arrival, Call, Millis, Outcome, Publish, Request, Settings};
use crossdock_runtime::serde_json::{self, Value, json};
use crossdock_runtime::{Answers, Keys, Result, Setting};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The shop's number of order 0.
pub const FIRST: u64 = 6_100_000_000_000;

/// The depots: as the flow knows their deployments, and as the ERP numbers them.
const DEPOTS: [(&str, &str); 3] = [
    ("reno", "6b1f04d2-90ac-ee11-a568-6045bdc89c01"),
    ("atlanta", "7c2a15e3-90ac-ee11-a568-6045bdc89c01"),
    ("newark", "8d3b26f4-90ac-ee11-a568-6045bdc89c01"),
];

/// The systems.
pub struct Play {
    folder: PathBuf,
    /// Whether they say aloud what they are asked for.
    aloud: bool,
}

/// The key of an order's instance.
pub fn key(order: u64) -> String {
    format!("shopify-{}", FIRST + order)
}

/// The instance of an order.
pub fn instance(order: u64) -> Instance {
    Instance { flow: "order_to_cash".into(), key: key(order).into() }
}

fn order_of(instance: &Instance) -> u64 {
    let number = instance.key.strip_prefix("shopify-").and_then(|number| number.parse::<u64>().ok());
    number.and_then(|number| number.checked_sub(FIRST)).unwrap_or_default()
}

impl Play {
    /// Systems that know what lies in a folder.
    pub fn new(folder: &Path, aloud: bool) -> Self {
        for name in ["erp", "credit", "wms"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        Self { folder: folder.to_owned(), aloud }
    }

    /// What was called under which key, in order, repeated as it was repeated.
    pub fn calls(&self) -> Vec<(String, String)> {
        let lines = fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        let words = lines.lines().filter_map(|line| line.split_once(' '));
        words.map(|(operation, key)| (operation.to_owned(), key.to_owned())).collect()
    }

    /// One line, whole or not at all.
    pub fn note(&self, file: &str, line: &str) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.folder.join(file)).unwrap();
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn keep(&self, path: String, value: &Value) {
        let path = self.folder.join(path);
        let new = path.with_extension(format!("{:?}", std::thread::current().id()).replace(['(', ')'], ""));
        fs::write(&new, value.to_string()).unwrap();
        fs::rename(new, path).unwrap();
    }

    fn kept(&self, path: &str) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.folder.join(path)).ok()?).ok()
    }

    /// What the ERP tells once it has priced an order and given its lines to depots.
    pub fn released(&self, order: u64) -> Option<Arrival> {
        let told = self.kept(&format!("erp/{order}"))?;
        Some(arrival("business_central", "webhook /business-central/orders", None, &released(order, &told)))
    }

    /// What the depots tell, once all of them have their part of an order.
    pub fn shipped(&self, order: u64) -> Option<Vec<Arrival>> {
        let mut all = Vec::new();
        for (depot, _) in DEPOTS {
            let told = self.kept(&format!("wms/{order}-{depot}"))?;
            for (state, text) in [(400, "Picked"), (420, "Packed"), (450, "Sent")] {
                all.push(arrival("ongoing", "webhook /ongoing/orders", Some(depot), &warehouse(&told, state, text)));
            }
        }
        Some(all)
    }

    fn answer(&self, order: u64, call: &Call, operation: &str, body: &Value) -> std::result::Result<Value, Outcome> {
        Ok(match operation {
            "business_central.check_credit" => {
                // The first time, the limit is used up.
                let asked = format!("credit/{order}");
                if self.kept(&asked).is_none() {
                    self.keep(asked, &json!(true));
                    let detail = "the limit is used up".into();
                    return Err(Outcome::Refused { name: "credit_hold".into(), detail });
                }
                json!({ "decisionId": format!("d{order}"), "harborlineOrder": key(order), "decision": "Approved", "decidedBy": "limit" })
            }
            "avalara.create_transaction" => {
                let lines = body["lines"].as_array().cloned().unwrap_or_default();
                let taxed = |line: &Value| json!({ "lineNumber": line["number"], "quantity": line["quantity"], "lineAmount": line["amount"], "tax": 9.36 });
                json!({
                    "id": order, "code": body["code"], "date": "2026-01-05", "status": "Temporary", "type": body["type"],
                    "currencyCode": body["currencyCode"], "customerCode": body["customerCode"], "totalTax": 37.43,
                    "lines": lines.iter().map(taxed).collect::<Vec<_>>(),
                })
            }
            "business_central.create_order" => {
                let made = erp_order(order, body);
                self.keep(format!("erp/{order}"), &json!({ "order": made, "lines": body["salesOrderLines"] }));
                made
            }
            "ongoing.put_order" => {
                let depot = call.instance.as_deref().unwrap_or_default();
                let position = (1_u64..).zip(DEPOTS).find(|(_, (name, _))| *name == depot);
                let id = order * 10 + position.map_or(9, |(position, _)| position);
                let mut told = body.clone();
                told["orderId"] = json!(id);
                self.keep(format!("wms/{order}-{depot}"), &told);
                json!({ "orderId": id, "goodsOwnerOrderId": body["goodsOwnerOrderId"] })
            }
            "salesforce.place_order" => json!({
                "totalSize": 1, "done": true,
                "records": [{
                    "attributes": { "type": "Order" }, "Id": format!("801HL{order:010}"),
                    "OrderItems": { "totalSize": 0, "done": true, "records": [] },
                }],
            }),
            _ => json!({}),
        })
    }
}

impl Systems for Play {
    fn call(&self, instance: &Instance, call: &Call) -> Outcome {
        let body = Request::read(call.request.as_slice()).map(|request| request.body).unwrap_or_default();
        let operation = format!("{}.{}", call.system, call.operation);
        self.note("calls", &format!("{operation} {}", call.key));
        if self.aloud {
            println!("  {} calls {operation} under {}", call.step, call.key);
        }
        match self.answer(order_of(instance), call, &operation, &body) {
            Ok(answer) => Outcome::Answered(answer.to_string().into_bytes().into()),
            Err(outcome) => outcome,
        }
    }

    fn look_up(&self, _: &Instance, keys: &Keys) -> Result<Answers> {
        let mut answers = Answers::new();
        for (name, key) in keys.iter() {
            let found = match name {
                "order_to_cash.placed" => {
                    let asked: Value = serde_json::from_str(key).unwrap_or_default();
                    shop_order(asked["id"].as_u64().unwrap_or_default())
                }
                "order_to_salesforce.pricebook_entry" => json!({ "Id": "01uHL0000000011" }),
                // The runtime's index of identifiers: how the ERP numbers this customer.
                _ => json!("C00840"),
            };
            answers.found(name, key, found.to_string());
        }
        Ok(answers)
    }

    fn publish(&self, _: &Instance, publish: &Publish) -> Result<()> {
        if self.aloud {
            println!("  {} is published: {}", publish.event, String::from_utf8_lossy(publish.payload.as_slice()));
        }
        Ok(())
    }
}

/// What the shop's webhook says of an order.
pub fn placed(order: u64) -> Arrival {
    let mut placed = arrival("shopify", "webhook /shopify/orders/create", None, &json!({ "id": FIRST + order }));
    placed.headers = BTreeMap::from([("x-shopify-webhook-id".to_owned(), format!("webhook-{order}"))]);
    placed
}

/// What the ERP's invoices are at a poll: of an order, open or paid.
pub fn invoiced(order: u64, status: &str) -> Arrival {
    arrival("business_central", "poll list_invoices", None, &json!({ "value": [invoice(order, status)] }))
}

/// What the deployments of systems are told about themselves.
pub fn settings() -> Settings {
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

/// What arrives at a channel, as bytes; of a system with several deployments it is said from which one it comes.
fn arrival(system: &str, channel: &str, instance: Option<&str>, payload: &Value) -> Arrival {
    Arrival {
        system: system.into(),
        instance: instance.map(Into::into),
        channel: channel.into(),
        headers: BTreeMap::new(),
        received_at: now(),
        payload: payload.to_string().into_bytes().into(),
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

fn shop_order(id: u64) -> Value {
    let line = |id: u32, sku: &str, price: &str, quantity: u32| json!({ "id": id, "name": sku, "title": sku, "sku": sku, "price": price, "quantity": quantity, "requires_shipping": true });
    json!({ "order": {
        "id": id, "name": format!("#H{}", id - FIRST), "source_name": "web", "created_at": "2026-01-05T08:40:05-05:00",
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

fn erp_id(order: u64) -> String {
    format!("b1a54c0e-7a10-ef11-9f8a-{order:012}")
}

fn erp_order(order: u64, request: &Value) -> Value {
    json!({
        "id": erp_id(order), "number": format!("SO-{order}"), "orderDate": request["orderDate"],
        "customerNumber": request["customerNumber"], "customerName": "Tern & Gull Workshops",
        "currencyCode": request["currencyCode"], "status": "Draft", "lastModifiedDateTime": "2026-01-05T14:00:00Z",
    })
}

fn released(order: u64, told: &Value) -> Value {
    let mut made = told["order"].clone();
    made["status"] = json!("Open");
    for (key, amount) in
        [("totalAmountExcludingTax", 484.7), ("totalTaxAmount", 37.43), ("totalAmountIncludingTax", 522.13)]
    {
        made[key] = json!(amount);
    }
    let lines = told["lines"].as_array().cloned().unwrap_or_default();
    let lines: Vec<Value> = lines
        .iter()
        .zip(DEPOTS.iter().cycle())
        .map(|(line, (_, depot))| {
            json!({
                "id": format!("c7000001-7a10-ef11-9f8a-{}", line["sequence"]), "documentId": made["id"],
                "harborlineLine": line["harborlineLine"], "sequence": line["sequence"], "lineType": "Item",
                "lineObjectNumber": line["lineObjectNumber"], "unitOfMeasureCode": line["unitOfMeasureCode"],
                "quantity": line["quantity"], "unitPrice": line["unitPrice"], "discountAmount": 0, "discountPercent": 0,
                "netAmount": 133.68, "netTaxAmount": 9.36, "shipmentDate": "2026-01-07", "locationId": depot,
            })
        })
        .collect();
    json!({ "noticeId": format!("n{order}"), "what": "Released", "harborlineOrder": key(order), "order": made, "lines": lines })
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

fn invoice(order: u64, status: &str) -> Value {
    json!({
        "id": format!("cc401e01-7a10-ef11-9f8a-{order:012}"), "number": format!("SI-{order}"), "invoiceDate": "2026-01-09",
        "postingDate": "2026-01-09", "dueDate": "2026-02-08", "customerNumber": "C00840",
        "customerName": "Tern & Gull Workshops", "currencyCode": "USD",
        "orderId": erp_id(order), "orderNumber": format!("SO-{order}"), "harborlineOrder": key(order),
        "remainingAmount": if status == "Paid" { 0.0 } else { 522.13 }, "discountAmount": 0,
        "totalAmountExcludingTax": 484.7, "totalTaxAmount": 37.43, "totalAmountIncludingTax": 522.13,
        "status": status, "lastModifiedDateTime": if status == "Paid" { "2026-01-20T08:00:00Z" } else { "2026-01-09T08:00:00Z" },
    })
}
