//! Any bytes are read without failing, and within a time that grows with their length alone.

use super::*;
use crate::source::{FileId, Span};

/// A workspace in a few lines that uses most of the syntax.
const SEED: &str = "kind: mapping
name: shopify_order
from: shopify.Order
to: Order
let: { shipping: src.shipping_lines.first() }
fields:
  order_id: \"'shopify-' + string(src.id)\"
  total: money(src.total_price, src.currency)
  customer_reference:
    cases:
      - { when: has(src.po_number), value: src.po_number }
      - { else: none }
  lines:
    each: src.rows
    as: line
    drop: [ { when: \"line.kind == 'tip'\", reason: not goods } ]
    fields: { sku: &sku line.sku, other: *sku }
unmapped: { not needed: [cart_token, \"landing_site*\"] }
---
kind: codes
name: ShipMethod
codes: { GROUND: Ground service, AIR: }
crosswalk: { sap: { 01: GROUND, x: { code: AIR, preferred: true } } }
---
kind: system
name: shopify
auth: { oauth2: { scopes: [a] } }
limits: { rate: 40/s }
records: { Order: { fields: { id: int, at: \"decimal(12,2)? as text\" } } }
operations:
  get: { http: \"GET /orders/{id}\", effect: read }
";

/// A small generator of numbers, the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

#[test]
fn mutated_specs_are_read_without_failing() {
    let pieces = [
        "'", "\"", "[", "]", "{", "}", ": ", " #", "!", "*", "&", "- ", "\n", "  ", ",", "---\n", "|", ">", "?", "\t",
        "ü", "\u{feff}", "\u{0}", "<<: ", "&a ", "*a", "%", "@", "`", "\\", "\r\n", "..", "NO", "~", "(", ")",
    ];
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3_000 {
        let mut text = SEED.to_owned();
        for _ in 0..=dice.roll(6) {
            let mut at = dice.roll(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            if dice.roll(3) == 0 {
                text.truncate(at);
            } else {
                text.insert_str(at, pieces[dice.roll(pieces.len())]);
            }
        }
        let (_, findings) = parse_file(FileId(0), &text, false);
        for finding in findings.iter() {
            let Span { start, end, .. } = finding.primary.span;
            assert!(text.get(start as usize..end as usize).is_some(), "{finding:?} in {text:?}");
        }
    }
}

#[test]
fn hostile_texts_are_read_in_time() {
    let started = std::time::Instant::now();
    let texts = [
        "'".repeat(1 << 18),
        "a: 'x' + y\n".repeat(1 << 14),
        "a: !x\n---\n".repeat(1 << 14),
        "- *a\n".repeat(1 << 15),
        "{ a: f(b, c), ".repeat(1 << 12),
        format!("a: [{}", "f(x, ".repeat(1 << 14)),
        "a: b: c\n".repeat(1 << 14),
        "&a ".repeat(1 << 16),
        "? ".repeat(1 << 14),
        "a: 1\n".repeat(1 << 16),
        (0..1 << 15).map(|i| format!("key{i}: 1\n")).collect::<Vec<_>>().concat() + "kind: team\n",
        format!("kind: value\nname: V\nfields: {{ {} }}", "a: decimal(1,2), ".repeat(1 << 12)),
    ];
    for text in texts {
        let (_, findings) = parse_file(FileId(0), &text, false);
        assert!(!findings.is_empty());
        assert!(findings.len() <= 2_100, "{}", findings.len());
    }
    // A guard against growth by the square, which would take minutes; no measure of speed.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn nesting_up_to_the_limit_fits_the_stack_of_a_thread() {
    let mut text = "kind: mapping\nname: m\nfrom: a.B\nto: C\nfields: ".to_owned();
    for _ in 0..29 {
        text.push_str("{ a: { fields: ");
    }
    text.push_str("{ a: x }");
    text.push_str(&" } }".repeat(29));
    let (specs, findings) = parse_file(FileId(0), &text, false);
    assert_eq!(findings.iter().map(|f| f.message.clone()).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(specs.mappings.len(), 1);
}
