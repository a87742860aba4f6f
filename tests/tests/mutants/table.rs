//! The mistakes.

use crossdock::simulate::Promise;

/// A mistake in the reference specs.
pub struct Mutant {
    /// What is wrong.
    pub name: &'static str,
    /// File, text that stands there once, and what takes its place.
    pub edits: &'static [(&'static str, &'static str, &'static str)],
    /// What finds it.
    pub by: Catch,
}

/// What finds a mistake.
#[derive(Clone, Copy)]
pub enum Catch {
    /// A rule, by its code.
    Check(&'static str),
    /// Only the simulation: the scenario, the promise that is broken, and how many schedules are enough.
    Simulate(&'static str, Promise, u64),
}
use Catch::{Check, Simulate};

const CASH: &str = "flows/order_to_cash.yaml";
const CUSTOMER: &str = "flows/customer_sync.yaml";
const RETURN: &str = "flows/return_to_credit.yaml";
const SHIPMENT: &str = "flows/track_shipment.yaml";
const LEDGER: &str = "systems/business_central/system.yaml";
const SAP: &str = "systems/sap/system.yaml";
const SHOP: &str = "systems/shopify/system.yaml";
const SALES: &str = "systems/salesforce/system.yaml";
const CARRIER: &str = "systems/ups/system.yaml";

/// All of them, by what is missing or wrong.
pub const MUTANTS: &[Mutant] = &[
    // Idempotency keys.
    Mutant {
        name: "key that changes with the order",
        edits: &[(
            CASH,
            "            receive: business_central_order_accepted\n            idempotency: order.order_id\n",
            "            receive: business_central_order_accepted\n            idempotency: order.order_id + string(order.status)\n",
        )],
        by: Check("FLOW016"),
    },
    Mutant {
        name: "key that parts of an order share",
        edits: &[(CASH, "idempotency: order.order_id + '/' + string(part.key)", "idempotency: order.order_id")],
        by: Check("FLOW016"),
    },
    Mutant {
        name: "key that returns share",
        edits: &[(
            RETURN,
            "    receive: shopify_refunded\n    idempotency: return_.return_id\n",
            "    receive: shopify_refunded\n    idempotency: string(return_.returned_at)\n",
        )],
        by: Check("FLOW016"),
    },
    Mutant {
        name: "refunds without idempotency",
        edits: &[(SHOP, "    idempotency: natural                         # by return_id\n", "")],
        by: Check("FLOW001"),
    },
    Mutant {
        name: "subscriptions without idempotency",
        edits: &[(CARRIER, "    idempotency: natural\n    undo: unsubscribe\n", "    undo: unsubscribe\n")],
        by: Check("FLOW001"),
    },
    Mutant {
        name: "orders of the EU company that are entered anew each time",
        edits: &[(
            SAP,
            "    idempotency: natural                         # our check at saving answers a known ExternalDocumentID with its order\n",
            "    idempotency: none\n    retry: { attempts: 1 }\n",
        )],
        by: Simulate("sales_order_eu", Promise::Once, 60),
    },
    Mutant {
        name: "customers that the shop enters anew each time",
        edits: &[(
            SHOP,
            "    idempotency: { header: Idempotency-Key, retention: 1d }\n",
            "    idempotency: none\n    retry: { attempts: 1 }\n",
        )],
        by: Simulate("customer_sync", Promise::Once, 100),
    },
    // Retention.
    Mutant {
        name: "keys that are forgotten before the second attempt",
        edits: &[(SHOP, "retention: 1d", "retention: 1s")],
        by: Simulate("customer_sync", Promise::Once, 60),
    },
    // Deduplication and order.
    Mutant {
        name: "invoices that nothing tells apart",
        edits: &[(LEDGER, "    dedupe: src.id + '/posted'\n", "")],
        by: Check("FLOW002"),
    },
    Mutant {
        name: "scans that nothing tells apart",
        edits: &[(CARRIER, "    dedupe: \"header['X-Message-Id']\"\n", "")],
        by: Check("FLOW002"),
    },
    Mutant {
        name: "accounts that nothing tells apart",
        edits: &[(SALES, "record: AccountEvent, dedupe: \"header['message-id']\", ", "record: AccountEvent, ")],
        by: Check("FLOW002"),
    },
    Mutant {
        name: "accounts that overtake each other",
        edits: &[(
            SALES,
            "record: AccountEvent, dedupe: \"header['message-id']\", order_by: src.Id, ",
            "record: AccountEvent, dedupe: \"header['message-id']\", ",
        )],
        by: Check("FLOW015"),
    },
    Mutant {
        name: "changes of a customer that begin it alone",
        edits: &[(
            CUSTOMER,
            "interrupts:\n  - event: salesforce.account_changed\n    match: customer.ids.salesforce == src.Id\n    receive: salesforce_customer_update\n    goto: ledger\n",
            "",
        )],
        by: Simulate("customer_sync", Promise::Kept, 20),
    },
    // Dead letters.
    Mutant {
        name: "progress of orders without a dead letter",
        edits: &[("events/order_changed.yaml", "dead_letter: { team: integration_ops, sla: 1h, keep: 14d }\n", "")],
        by: Check("FLOW003"),
    },
    Mutant {
        name: "list prices without a dead letter",
        edits: &[(
            "events/price_changed.yaml",
            "params: { sku: string(price.item) }, send: price_to_salesforce }\ndead_letter: { team: pricing, sla: 4h, keep: 1d }\n",
            "params: { sku: string(price.item) }, send: price_to_salesforce }\n",
        )],
        by: Check("FLOW003"),
    },
    // Compensation.
    Mutant {
        name: "order in the ledger that is not undone",
        edits: &[(CASH, "            undo: { params: { number: order.ids.business_central } }\n", "")],
        by: Check("FLOW011"),
    },
    Mutant {
        name: "expected return that is not undone",
        edits: &[(RETURN, "    undo: { params: { returnOrderId: int(return_.ids.ongoing) } }\n", "")],
        by: Check("FLOW011"),
    },
    Mutant {
        name: "parts of an order whose warehouse is not named",
        edits: &[(
            CASH,
            "undo: { params: { orderId: int(part.ids.ongoing) } }",
            "undo: { params: { orderId: int(order.ids.business_central) } }",
        )],
        by: Check("FLOW021"),
    },
    Mutant {
        name: "cancellation that undoes nothing",
        edits: &[(
            CASH,
            "    match: order.ids.shopify == string(src.id)\n    until: shipped\n    set: { status: cancelled }\n    undo: all\n",
            "    match: order.ids.shopify == string(src.id)\n    until: shipped\n    set: { status: cancelled }\n",
        )],
        by: Check("FLOW017"),
    },
    Mutant {
        name: "return that is withdrawn after it was paid",
        edits: &[(
            RETURN,
            "    match: return_.ids.shopify == string(src.id)\n    until: received\n",
            "    match: return_.ids.shopify == string(src.id)\n",
        )],
        by: Check("FLOW011"),
    },
    // Deadlines.
    Mutant {
        name: "invoice that is waited for without end",
        edits: &[(
            CASH,
            "            within: 3d\n            late: invoice_late\n            set: { status: invoiced }\n        then",
            "            set: { status: invoiced }\n        then",
        )],
        by: Check("FLOW013"),
    },
    Mutant {
        name: "return that is waited for without end",
        edits: &[(RETURN, "    within: 30d\n    late: return_late\n", "")],
        by: Check("FLOW013"),
    },
    Mutant {
        name: "customer that nobody looks at any more",
        edits: &[(CUSTOMER, "    within: 365d\n    late: customer_review\n", "")],
        by: Check("FLOW013"),
    },
    // What events belong to.
    Mutant {
        name: "release that belongs to no order",
        edits: &[(
            CASH,
            "            match: order.order_id == src.harborlineOrder\n            within: 2d\n",
            "            within: 2d\n",
        )],
        by: Check("SPEC003"),
    },
    Mutant {
        name: "scans whose number nobody knows",
        edits: &[(SHIPMENT, "            receive: ups_subscribed\n", "")],
        by: Check("FLOW004"),
    },
    Mutant {
        name: "return whose number nobody knows",
        edits: &[(RETURN, "    receive: ongoing_return_accepted\n", "")],
        by: Check("FLOW004"),
    },
    Mutant {
        name: "parcels that are looked for under another number",
        edits: &[(
            CASH,
            "        await: { event: ongoing.order_packed, receive: ongoing_order }\n        match: part.ids.ongoing == string(src.orderInfo.orderId)\n",
            "        await: { event: ongoing.order_packed, receive: ongoing_order }\n        match: part.ids.ongoing == src.orderInfo.orderNumber\n",
        )],
        by: Simulate("web_order", Promise::Ends, 5),
    },
    // Quantities.
    Mutant {
        name: "shipped counts the lines of others",
        edits: &[(
            CASH,
            "shipments.lines.where(s, s.order_line.orValue('') == line.line_id).sum(s, s.quantity)",
            "shipments.lines.sum(s, s.quantity)",
        )],
        by: Simulate("web_order", Promise::Holds, 5),
    },
    Mutant {
        name: "shipped is what was ordered, not what was picked",
        edits: &[
            (
                "systems/ongoing/mappings/shipment.yaml",
                "quantity: quantity(line.pickedNumberOfItems, 'EA')",
                "quantity: quantity(line.orderedNumberOfItems, 'EA')",
            ),
            (
                "systems/ongoing/mappings/shipment.yaml",
                "unmapped:\n  told by ongoing_order: [orderLines.orderedNumberOfItems]\n",
                "",
            ),
        ],
        by: Simulate("portal_order", Promise::Holds, 10),
    },
    Mutant {
        name: "warehouses are told twice what was ordered",
        edits: &[(
            "systems/ongoing/mappings/order_out.yaml",
            "numberOfItems: line.ordered.value",
            "numberOfItems: line.ordered.value + line.ordered.value",
        )],
        by: Simulate("sales_order_eu", Promise::Holds, 20),
    },
    Mutant {
        name: "warehouse expects twice what comes back",
        edits: &[(
            "systems/ongoing/mappings/return.yaml",
            "customerReturnedNumberOfItems: line.quantity.value",
            "customerReturnedNumberOfItems: line.quantity.value + line.quantity.value",
        )],
        by: Simulate("return_to_credit", Promise::Holds, 10),
    },
    Mutant {
        name: "shipped in pieces of no unit",
        edits: &[(
            "systems/ongoing/mappings/shipment.yaml",
            "quantity: quantity(line.pickedNumberOfItems, 'EA')",
            "quantity: line.pickedNumberOfItems",
        )],
        by: Check("EXPR003"),
    },
    // Who may say what.
    Mutant {
        name: "shipped, says the shop",
        edits: &[(
            CASH,
            "    milestone: { name: shipped, set: { status: shipped }, by: ongoing }",
            "    milestone: { name: shipped, set: { status: shipped }, by: shopify }",
        )],
        by: Check("FLOW017"),
    },
];
