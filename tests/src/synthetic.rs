//! A believable workspace of any size, for measuring: the same bytes for the same size.
//!
//! It is made of units. A unit is an object with its lines, both as a shop tells of them and as an ERP takes them: six
//! types of twelve fields, a code list with crosswalks, ownership, a mapping in and one out. Forty units share two
//! systems. The texts stand in `tests/synthetic`.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// How many units share their two systems.
const UNITS_PER_GROUP: usize = 40;
const TYPES_PER_UNIT: usize = 6;
const FIELDS_PER_TYPE: usize = 12;

const SUBJECTS: [&str; 32] = [
    "Sales",
    "Purchase",
    "Transfer",
    "Return",
    "Repair",
    "Rental",
    "Sample",
    "Project",
    "Service",
    "Consignment",
    "Export",
    "Import",
    "Drop",
    "Bulk",
    "Blanket",
    "Spot",
    "Contract",
    "Pallet",
    "Parcel",
    "Freight",
    "Customs",
    "Credit",
    "Debit",
    "Tooling",
    "Packaging",
    "Recall",
    "Warranty",
    "Exchange",
    "Donation",
    "Auction",
    "Tender",
    "Scrap",
];
const NOUNS: [&str; 32] = [
    "Order",
    "Request",
    "Notice",
    "Advice",
    "Release",
    "Schedule",
    "Forecast",
    "Quote",
    "Agreement",
    "Claim",
    "Receipt",
    "Shipment",
    "Delivery",
    "Invoice",
    "Note",
    "Statement",
    "Voucher",
    "Plan",
    "Call",
    "Booking",
    "Reservation",
    "Ticket",
    "Report",
    "Manifest",
    "Declaration",
    "Permit",
    "Certificate",
    "Inspection",
    "Count",
    "Adjustment",
    "Settlement",
    "Payment",
];

/// What was written.
#[derive(Debug, Default, Clone, Copy)]
pub struct Size {
    /// Objects, values and records.
    pub types: usize,
    /// Their fields.
    pub fields: usize,
    /// Mappings.
    pub mappings: usize,
    /// Files.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: usize,
}

/// Writes a workspace of at least this many types, and as few more as whole units make, into a directory.
pub fn synthetic(types: usize, into: &Path) -> io::Result<Size> {
    let mut size = Size::default();
    let mut file = |path: &str, text: &str| {
        let place = into.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        size.files += 1;
        size.bytes += text.len();
        fs::write(place, text)
    };
    file("crossdock.yaml", include_str!("../synthetic/workspace.yaml"))?;
    file("teams.yaml", include_str!("../synthetic/teams.yaml"))?;
    file("canonical/shared.yaml", include_str!("../synthetic/shared.yaml"))?;

    let per_group = UNITS_PER_GROUP * TYPES_PER_UNIT + 2;
    let (mut group, mut unit, mut written, mut mappings) = (0, 0, 1, 0);
    while written < types || unit == 0 {
        let units = (types.saturating_sub(written + 2).div_ceil(TYPES_PER_UNIT)).clamp(1, UNITS_PER_GROUP);
        let systems = Systems::of(group);
        file(&format!("systems/group_{group:03}.yaml"), &systems.text(unit, units))?;
        for number in unit..unit + units {
            let name = Name::of(number);
            file(&format!("units/{}.yaml", name.snake), &systems.fill(include_str!("../synthetic/unit.yaml"), number))?;
        }
        unit += units;
        mappings += 2 + 2 * units;
        written += (2 + units * TYPES_PER_UNIT).min(per_group);
        group += 1;
    }
    Ok(Size { types: written, fields: written * FIELDS_PER_TYPE, mappings, ..size })
}

/// The name of a unit's object.
struct Name {
    pascal: String,
    snake: String,
    words: String,
}

impl Name {
    fn of(number: usize) -> Self {
        let pick = |from: &'static [&'static str], at: usize| from.get(at % from.len()).copied().unwrap_or_default();
        let round = number / (SUBJECTS.len() * NOUNS.len());
        let (subject, noun) = (pick(&SUBJECTS, number), pick(&NOUNS, number / SUBJECTS.len()));
        let suffix = if round == 0 { String::new() } else { round.to_string() };
        let words = format!("{} {}", subject.to_lowercase(), noun.to_lowercase());
        Name {
            pascal: format!("{subject}{noun}{suffix}"),
            snake: format!("{}{suffix}", words.replace(' ', "_")),
            words,
        }
    }
}

/// The two systems of a group.
struct Systems {
    group: usize,
    source: String,
    target: String,
}

impl Systems {
    fn of(group: usize) -> Self {
        Systems { group, source: format!("shop_{group:03}"), target: format!("books_{group:03}") }
    }

    fn text(&self, first: usize, units: usize) -> String {
        let all = |template: &str| {
            let filled = (first..first + units).map(|number| self.fill(template, number));
            filled.collect::<String>().trim_end().to_owned()
        };
        include_str!("../synthetic/group.yaml")
            .replace("{{source_records}}", &all(include_str!("../synthetic/source_records.yaml")))
            .replace("{{source_operations}}", &all(include_str!("../synthetic/source_operations.yaml")))
            .replace("{{target_records}}", &all(include_str!("../synthetic/target_records.yaml")))
            .replace("{{target_operations}}", &all(include_str!("../synthetic/target_operations.yaml")))
            .replace("{{group}}", &self.group.to_string())
            .replace("{{source}}", &self.source)
            .replace("{{target}}", &self.target)
    }

    /// A template for one unit. An object refers to the one before it, the first to itself.
    fn fill(&self, template: &str, number: usize) -> String {
        let own = Name::of(number);
        let previous = number.saturating_sub(1);
        let previous_source = Systems::of(previous / UNITS_PER_GROUP).source;
        template
            .replace("{{Type}}", &own.pascal)
            .replace("{{type}}", &own.snake)
            .replace("{{words}}", &own.words)
            .replace("{{Previous}}", &Name::of(previous).pascal)
            .replace("{{previous_source}}", &previous_source)
            .replace("{{source}}", &self.source)
            .replace("{{target}}", &self.target)
    }
}

impl Size {
    /// One line for people.
    pub fn describe(&self) -> String {
        let mut line = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            line,
            "{} types, {} fields, {} mappings in {} files of {} KB",
            self.types,
            self.fields,
            self.mappings,
            self.files,
            self.bytes / 1000
        );
        line
    }
}
