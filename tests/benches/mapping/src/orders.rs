//! Orders as a web shop sends them: 20 lines, some 22 KB, most of which nobody reads. The same for the same number.

use serde_json::{Map, Value, json};

const LINES: u64 = 20;
const FIRST: [&str; 6] = ["Amara", "Boris", "Chen", "Dita", "Émile", "Farah"];
const LAST: [&str; 6] = ["Lindqvist", "Osei", "Park", "Quiroga", "Rózsa", "Singh"];

/// A small generator of numbers (xorshift): believable data needs no better.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        let at = self.below(all.len() as u64);
        &all[usize::try_from(at).unwrap_or(0)]
    }

    fn id(&mut self) -> u64 {
        1_000_000_000_000 + self.below(9_000_000_000_000)
    }
}

/// An order by its number.
pub fn order(number: u64) -> String {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (mut goods, mut discounts, mut taxes, mut weight) = (0, 0, 0, 0);
    let mut lines = Vec::new();
    for _ in 0..LINES {
        let (price, quantity, grams) = (199 + dice.below(19_800), 1 + dice.below(12), 20 + dice.below(8_980));
        let discount = if dice.below(3) == 0 { 1 + dice.below(price) } else { 0 };
        let (state, city) = ((price * quantity - discount) * 825 / 10_000, (price * quantity - discount) / 100);
        goods += price * quantity;
        discounts += discount;
        taxes += state + city;
        weight += grams;
        lines.push(line(&mut dice, price, quantity, grams, discount, state, city));
    }
    let shipping = *dice.of(&[0, 599, 1299]);
    let id = dice.id();
    let customer = dice.id();
    let (first, last) = (*dice.of(&FIRST), *dice.of(&LAST));
    let method = *dice.of(&["Standard", "Express", "UPS Ground", "FedEx 2Day", "Pickup", "Bicycle"]);
    let (billing, delivery, home) = (address(&mut dice), address(&mut dice), address(&mut dice));
    let parts = [
        json!({
            "id": id, "admin_graphql_api_id": format!("gid://shop/Order/{id}"), "app_id": 580_111,
            "browser_ip": "198.51.100.7", "buyer_accepts_marketing": false, "cancel_reason": null,
            "cancelled_at": if number % 40 == 7 { Value::from(time(&mut dice)) } else { Value::Null },
            "cart_token": "c1a7c1a7c1a7c1a7c1a7c1a7c1a7c1a7", "checkout_id": 77_001, "client_details": {
                "accept_language": "en", "browser_height": 900, "user_agent": "Mozilla/5.0 (X11; Linux x86_64)" },
            "closed_at": null, "confirmed": true, "contact_email": "someone@example.com", "created_at": time(&mut dice),
            "currency": "USD", "current_subtotal_price": cents(goods - discounts),
            "current_subtotal_price_set": both(goods - discounts), "current_total_price": cents(goods - discounts + taxes),
            "customer_locale": "en", "discount_codes": [
                { "code": "SPRING", "amount": cents(discounts), "type": "fixed_amount" } ],
            "email": format!("{first}.{last}@Example.com"), "estimated_taxes": false,
            "financial_status": dice.of(&["paid", "pending", "authorized", "refunded", "voided", "expired"]),
            "fulfillment_status": dice.of(&[None, None, Some("fulfilled"), Some("partial")]),
            "gateway": "card", "landing_site": "/", "location_id": null, "name": format!("#{}", 1000 + number),
            "note": dice.of(&[None, Some("Leave it at the door.\nRing \"twice\".")]),
        }),
        json!({
            "note_attributes": [ { "name": "gift", "value": "no" } ], "number": number, "order_number": 1000 + number,
            "order_status_url": "https://shop.example.com/orders/status?key=abcdefabcdef",
            "payment_gateway_names": ["card"], "phone": dice.of(&[None, Some("+15035550100")]),
            "presentment_currency": "USD", "processed_at": time(&mut dice), "referring_site": "https://search.example.org",
            "source_name": dice.of(&["web", "pos", "580111", "somebody-else"]), "subtotal_price": cents(goods - discounts),
            "subtotal_price_set": both(goods - discounts), "tags": dice.of(&["", "vip, wholesale, net30", "gift"]),
            "tax_lines": [ { "title": "State Tax", "price": cents(taxes), "rate": 0.0825 } ], "taxes_included": false,
            "test": number % 50 == 0, "total_discounts": cents(discounts), "total_line_items_price": cents(goods),
            "total_price": cents(goods - discounts + taxes + shipping), "total_tax": cents(taxes),
            "total_price_set": both(goods - discounts + taxes + shipping), "total_tip_received": "0.00",
            "total_weight": weight, "updated_at": time(&mut dice), "user_id": null,
        }),
        json!({
            "billing_address": billing,
            "customer": { "id": customer, "admin_graphql_api_id": format!("gid://shop/Customer/{customer}"),
                "email": "someone@example.com", "created_at": time(&mut dice), "first_name": first, "last_name": last,
                "state": "enabled", "note": null, "verified_email": true, "tags": "", "currency": "USD",
                "phone": null, "default_address": home },
            "discount_applications": [], "fulfillments": [], "line_items": lines, "payment_terms": null, "refunds": [],
            "shipping_address": delivery,
            "shipping_lines": [ { "id": number, "carrier_identifier": "x", "code": method, "price": cents(shipping),
                "discounted_price": cents(shipping), "price_set": both(shipping), "source": "shop", "title": method,
                "tax_lines": [] } ],
        }),
    ];
    let all: Map<String, Value> = parts
        .into_iter()
        .filter_map(|part| if let Value::Object(p) = part { Some(p) } else { None })
        .flatten()
        .collect();
    Value::Object(all).to_string()
}

fn line(dice: &mut Dice, price: u64, quantity: u64, grams: u64, discount: u64, state: u64, city: u64) -> Value {
    let (id, item) = (dice.id(), dice.below(65));
    let properties = if item % 9 == 0 { json!([{ "name": "engraving", "value": "For \"Sam\"" }]) } else { json!([]) };
    let allocations =
        if discount == 0 { json!([]) } else { json!([{ "amount": cents(discount), "discount_application_index": 0 }]) };
    json!({
        "id": id, "admin_graphql_api_id": format!("gid://shop/LineItem/{id}"), "fulfillable_quantity": quantity,
        "fulfillment_service": dice.of(&["manual", "manual", "acme-3pl", "unheard-of"]), "fulfillment_status": null,
        "gift_card": false, "grams": grams, "name": format!("Steel Bracket {item} - Blue / L"), "price": cents(price),
        "price_set": both(price), "product_exists": true, "product_id": dice.id(), "properties": properties,
        "quantity": quantity, "requires_shipping": item % 7 != 0, "sku": format!("SKU-{item:04}"), "taxable": true,
        "title": format!("Steel Bracket {item}"), "total_discount": cents(discount), "variant_id": dice.id(),
        "variant_inventory_management": "shop", "variant_title": "Blue / L",
        "vendor": dice.of(&["acme", "Contoso", "north-wind"]),
        "tax_lines": [
            { "title": dice.of(&["State Tax", "County Tax", "VAT", "Toll"]), "price": cents(state), "rate": 0.0825, "channel_liable": false },
            { "title": "City Tax", "price": cents(city), "rate": 0.01, "channel_liable": false } ],
        "duties": [], "discount_allocations": allocations,
    })
}

fn address(dice: &mut Dice) -> Value {
    let (first, last) = (*dice.of(&FIRST), *dice.of(&LAST));
    json!({
        "first_name": first, "last_name": last, "name": format!("{first} {last}"),
        "company": dice.of(&[None, Some("Acme Retail LLC"), Some("Widgets & Co")]),
        "address1": format!("{} Market Street", 1 + dice.below(9999)), "address2": dice.of(&[None, Some(""), Some("Suite 400")]),
        "city": dice.of(&["Portland", "Malmö", "Austin", "Toronto"]), "province": "Oregon", "province_code": "OR",
        "country": "United States", "country_code": "US", "zip": (10_000 + dice.below(90_000)).to_string(),
        "phone": format!("+1503555{}", 1000 + dice.below(9000)), "latitude": 45.51, "longitude": -122.67,
    })
}

fn time(dice: &mut Dice) -> String {
    let (month, day, hour) = (1 + dice.below(12), 1 + dice.below(28), dice.below(24));
    let (minute, second, offset) =
        (dice.below(60), dice.below(60), *dice.of(&["-04:00", "-05:00", "+00:00", "+02:00"]));
    format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}")
}

fn cents(amount: u64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

/// An amount in the shop's currency and in the shopper's.
fn both(amount: u64) -> Value {
    let money = json!({ "amount": cents(amount), "currency_code": "USD" });
    json!({ "shop_money": money, "presentment_money": money })
}
