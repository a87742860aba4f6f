//! The mapping as a careful programmer writes it: borrowed input through `serde_json`, exact decimals, text out.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;

type Text<'a> = Cow<'a, str>;
type Table = HashMap<&'static str, String>;
/// A failure is told in a sentence.
pub type Result<T> = std::result::Result<T, String>;

/// What a shop's words mean.
pub struct Tables {
    channel: Table,
    payment: Table,
    shipping: Table,
    method: Table,
    carrier: Table,
    warehouse: Table,
    tax: Table,
    item: HashMap<String, String>,
}

impl Tables {
    /// The tables, as the specs have them.
    pub fn new() -> Self {
        let table = |rows: &[(&'static str, &str)]| rows.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        Tables {
            channel: table(&[
                ("web", "ECOM"),
                ("pos", "STORE"),
                ("draft_order", "INSIDE_SALES"),
                ("580111", "B2B"),
                ("iphone", "APP"),
            ]),
            payment: table(&[
                ("paid", "PAID"),
                ("pending", "OPEN"),
                ("authorized", "AUTH"),
                ("partially_refunded", "PART_REFUND"),
                ("refunded", "REFUNDED"),
                ("voided", "VOID"),
            ]),
            shipping: table(&[("fulfilled", "SHIPPED"), ("partial", "PART_SHIPPED"), ("restocked", "RETURNED")]),
            method: table(&[
                ("Standard", "STD"),
                ("Express", "EXP"),
                ("UPS Ground", "UPSG"),
                ("FedEx 2Day", "FX2D"),
                ("Pickup", "PICK"),
            ]),
            carrier: table(&[("Standard", "USPS"), ("Express", "DHL"), ("UPS Ground", "UPS"), ("FedEx 2Day", "FEDEX")]),
            warehouse: table(&[("manual", "WH-01"), ("acme-3pl", "WH-3PL-EAST"), ("fba", "WH-AMZ")]),
            tax: table(&[("State Tax", "US-ST"), ("County Tax", "US-CO"), ("City Tax", "US-CI"), ("VAT", "EU-VAT")]),
            item: (0..60).map(|k| (format!("SKU-{k:04}"), format!("ITM{}", 100_000 + k * 37))).collect(),
        }
    }
}

#[derive(Deserialize)]
struct InOrder<'a> {
    id: u64,
    order_number: u64,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    source_name: Text<'a>,
    #[serde(borrow)]
    cancelled_at: Option<Text<'a>>,
    #[serde(borrow)]
    financial_status: Text<'a>,
    #[serde(borrow)]
    fulfillment_status: Option<Text<'a>>,
    #[serde(borrow)]
    currency: Text<'a>,
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    processed_at: Text<'a>,
    #[serde(borrow)]
    updated_at: Text<'a>,
    #[serde(borrow)]
    email: Text<'a>,
    #[serde(borrow)]
    phone: Option<Text<'a>>,
    #[serde(borrow)]
    customer: InCustomer<'a>,
    #[serde(borrow)]
    billing_address: InAddress<'a>,
    #[serde(borrow)]
    shipping_address: InAddress<'a>,
    #[serde(borrow)]
    shipping_lines: Vec<InShipping<'a>>,
    #[serde(borrow)]
    subtotal_price: Text<'a>,
    #[serde(borrow)]
    total_discounts: Text<'a>,
    #[serde(borrow)]
    total_tax: Text<'a>,
    #[serde(borrow)]
    total_price: Text<'a>,
    taxes_included: bool,
    total_weight: i64,
    #[serde(borrow)]
    tags: Text<'a>,
    #[serde(borrow)]
    note: Option<Text<'a>>,
    test: bool,
    #[serde(borrow)]
    line_items: Vec<InLine<'a>>,
}

#[derive(Deserialize)]
struct InCustomer<'a> {
    id: u64,
    #[serde(borrow)]
    first_name: Text<'a>,
    #[serde(borrow)]
    last_name: Text<'a>,
    #[serde(borrow)]
    phone: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct InAddress<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    company: Option<Text<'a>>,
    #[serde(borrow)]
    address1: Text<'a>,
    #[serde(borrow)]
    address2: Option<Text<'a>>,
    #[serde(borrow)]
    city: Text<'a>,
    #[serde(borrow)]
    province_code: Text<'a>,
    #[serde(borrow)]
    zip: Text<'a>,
    #[serde(borrow)]
    country_code: Text<'a>,
    #[serde(borrow)]
    phone: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct InShipping<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
}

#[derive(Deserialize)]
struct InTax<'a> {
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
    rate: f64,
}

#[derive(Deserialize)]
struct InLine<'a> {
    id: u64,
    #[serde(borrow)]
    sku: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    quantity: u32,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    total_discount: Text<'a>,
    #[serde(borrow)]
    tax_lines: Vec<InTax<'a>>,
    grams: i64,
    requires_shipping: bool,
    #[serde(borrow)]
    fulfillment_service: Text<'a>,
    #[serde(borrow)]
    vendor: Text<'a>,
}

/// A decimal that is written with so many places.
struct Fixed<const PLACES: u32>(Decimal);

impl<const PLACES: u32> Serialize for Fixed<PLACES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut value = self.0.round_dp(PLACES);
        value.rescale(PLACES);
        serializer.collect_str(&value)
    }
}

#[derive(Serialize)]
struct OutOrder<'a> {
    order_id: String,
    order_number: u64,
    external_name: &'a str,
    source_system: &'static str,
    channel: &'a str,
    status: &'static str,
    payment_status: &'a str,
    fulfillment_status: &'a str,
    currency: &'a str,
    ordered_at: String,
    processed_at: String,
    updated_at: String,
    order_date: String,
    customer_id: String,
    customer_name: String,
    customer_email: String,
    customer_phone: Option<&'a str>,
    bill_to: OutAddress<'a>,
    ship_to: OutAddress<'a>,
    ship_method: &'a str,
    carrier: Option<&'a str>,
    ship_service: &'a str,
    shipping_total: Fixed<2>,
    subtotal: Fixed<2>,
    discount_total: Fixed<2>,
    tax_total: Fixed<2>,
    grand_total: Fixed<2>,
    prices_include_tax: bool,
    total_weight_kg: Fixed<3>,
    tags: Vec<&'a str>,
    note: Option<&'a str>,
    is_test: bool,
    line_count: usize,
    unit_count: u32,
    lines: Vec<OutLine<'a>>,
}

#[derive(Serialize)]
struct OutAddress<'a> {
    name: &'a str,
    company: Option<&'a str>,
    line1: &'a str,
    line2: Option<&'a str>,
    city: &'a str,
    region: &'a str,
    postal_code: &'a str,
    country: &'a str,
    phone: Option<&'a str>,
}

#[derive(Serialize)]
struct OutLine<'a> {
    line_no: usize,
    line_id: String,
    item_code: &'a str,
    sku: &'a str,
    description: &'a str,
    quantity: u32,
    uom: &'static str,
    unit_price: Fixed<2>,
    gross: Fixed<2>,
    discount: Fixed<2>,
    net: Fixed<2>,
    tax: Fixed<2>,
    tax_code: &'a str,
    tax_rate: String,
    weight_kg: Fixed<3>,
    requires_shipping: bool,
    warehouse: &'a str,
    vendor: String,
}

/// A payload to the canonical order, as text.
pub fn run(payload: &[u8], tables: &Tables, out: &mut Vec<u8>) -> Result<()> {
    let order: InOrder<'_> = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
    serde_json::to_writer(out, &map(&order, tables)?).map_err(|error| error.to_string())
}

fn map<'a>(order: &'a InOrder<'a>, tables: &'a Tables) -> Result<OutOrder<'a>> {
    let shipping = order.shipping_lines.first().ok_or("no shipping line")?;
    let mut units = 0;
    let mut lines = Vec::with_capacity(order.line_items.len());
    for (at, line) in order.line_items.iter().enumerate() {
        units += line.quantity;
        lines.push(map_line(at, line, tables)?);
    }
    let ordered_at = utc(&order.created_at)?;
    let state = order.fulfillment_status.as_deref();
    Ok(OutOrder {
        order_id: format!("shopify:{}", order.id),
        order_number: order.order_number,
        external_name: &order.name,
        source_system: "SHOPIFY",
        channel: look_up(&tables.channel, &order.source_name, "OTHER"),
        status: match (&order.cancelled_at, state) {
            (Some(_), _) => "CANCELLED",
            (None, Some("fulfilled")) => "CLOSED",
            _ => "OPEN",
        },
        payment_status: look_up(&tables.payment, &order.financial_status, "UNKNOWN"),
        fulfillment_status: state.map_or("UNFULFILLED", |state| look_up(&tables.shipping, state, "UNFULFILLED")),
        currency: &order.currency,
        order_date: ordered_at.get(..10).unwrap_or_default().to_owned(),
        ordered_at,
        processed_at: utc(&order.processed_at)?,
        updated_at: utc(&order.updated_at)?,
        customer_id: format!("shopify:{}", order.customer.id),
        customer_name: format!("{} {}", order.customer.first_name, order.customer.last_name),
        customer_email: order.email.to_ascii_lowercase(),
        customer_phone: order.phone.as_deref().or(order.customer.phone.as_deref()),
        bill_to: address(&order.billing_address),
        ship_to: address(&order.shipping_address),
        ship_method: look_up(&tables.method, &shipping.code, "OTHER"),
        carrier: tables.carrier.get(&*shipping.code).map(String::as_str),
        ship_service: &shipping.title,
        shipping_total: Fixed(decimal(&shipping.price)?),
        subtotal: Fixed(decimal(&order.subtotal_price)?),
        discount_total: Fixed(decimal(&order.total_discounts)?),
        tax_total: Fixed(decimal(&order.total_tax)?),
        grand_total: Fixed(decimal(&order.total_price)?),
        prices_include_tax: order.taxes_included,
        total_weight_kg: Fixed(Decimal::new(order.total_weight, 3)),
        tags: order.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect(),
        note: order.note.as_deref(),
        is_test: order.test,
        line_count: order.line_items.len(),
        unit_count: units,
        lines,
    })
}

fn map_line<'a>(at: usize, line: &'a InLine<'a>, tables: &'a Tables) -> Result<OutLine<'a>> {
    let (price, discount) = (decimal(&line.price)?, decimal(&line.total_discount)?);
    let gross = price * Decimal::from(line.quantity);
    let mut tax = Decimal::ZERO;
    for one in &line.tax_lines {
        tax += decimal(&one.price)?;
    }
    let first = line.tax_lines.first();
    Ok(OutLine {
        line_no: at + 1,
        line_id: line.id.to_string(),
        item_code: tables.item.get(&*line.sku).map_or(&*line.sku, String::as_str),
        sku: &line.sku,
        description: &line.name,
        quantity: line.quantity,
        uom: "EA",
        unit_price: Fixed(price),
        gross: Fixed(gross),
        discount: Fixed(discount),
        net: Fixed(gross - discount),
        tax: Fixed(tax),
        tax_code: first.map_or("EXEMPT", |tax| look_up(&tables.tax, &tax.title, "EXEMPT")),
        tax_rate: format!("{:.4}", first.map_or(0.0, |tax| tax.rate)),
        weight_kg: Fixed(Decimal::new(line.grams, 3)),
        requires_shipping: line.requires_shipping,
        warehouse: look_up(&tables.warehouse, &line.fulfillment_service, "WH-00"),
        vendor: line.vendor.to_ascii_uppercase(),
    })
}

fn address<'a>(address: &'a InAddress<'a>) -> OutAddress<'a> {
    OutAddress {
        name: &address.name,
        company: address.company.as_deref(),
        line1: &address.address1,
        line2: address.address2.as_deref().filter(|line| !line.is_empty()),
        city: &address.city,
        region: &address.province_code,
        postal_code: &address.zip,
        country: &address.country_code,
        phone: address.phone.as_deref(),
    }
}

fn decimal(text: &str) -> Result<Decimal> {
    Decimal::from_str(text).map_err(|error| format!("{text}: {error}"))
}

fn utc(text: &str) -> Result<String> {
    let at: Timestamp = text.parse().map_err(|error| format!("{text}: {error}"))?;
    Ok(at.to_string())
}

fn look_up<'a>(table: &'a Table, key: &str, otherwise: &'a str) -> &'a str {
    table.get(key).map_or(otherwise, String::as_str)
}
