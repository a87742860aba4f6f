//! A workspace of seeded mappings, as specs; and the repair of what the checker does not take: an expression with a
//! finding becomes a literal, so that what is left is well typed.

use super::grammar::{Grammar, literal};
use super::random::Random;
use super::scope::Scope;
use super::shape::{Kind, Leaf, Shape};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a mapping makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// A value.
    Value,
    /// A new object.
    Create,
    /// A patch of an object.
    Update,
    /// A record of its own system.
    Request,
}

/// An expression, where it stands.
#[derive(Debug, Clone)]
struct Slot {
    kind: Kind,
    text: String,
}

/// A mapping with all that belongs to it.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its system's position.
    pub system: usize,
    /// What it makes.
    pub makes: Makes,
    /// Its records.
    pub shape: Shape,
    /// Whether it asks a lookup.
    pub lookup: bool,
    number: usize,
    slots: Vec<Slot>,
    layout: Layout,
}

/// How the mapping is laid out: which of its slots go where.
#[derive(Debug)]
struct Layout {
    label: bool,
    require: Option<usize>,
    lets: Vec<(String, usize)>,
    fields: Vec<Target>,
    lines: Option<Lines>,
}

#[derive(Debug)]
struct Target {
    name: String,
    kind: Kind,
    optional: bool,
    value: Given,
}

#[derive(Debug)]
enum Given {
    One(usize),
    Cases(Vec<(usize, usize)>, usize),
}

#[derive(Debug)]
struct Lines {
    optional_source: bool,
    drop: Option<usize>,
    named: Option<(String, usize)>,
    fields: Vec<Target>,
    removed: Option<usize>,
}

/// A workspace.
#[derive(Debug)]
pub struct Workspace {
    /// Its mappings.
    pub entries: Vec<Entry>,
    systems: usize,
    /// How many expressions were replaced since the checker did not take them, and of how many.
    pub replaced: usize,
}

/// Scalars that a target field may hold.
const TARGETS: &[Kind] = &[
    Kind::Bool,
    Kind::Int,
    Kind::Decimal,
    Kind::Text,
    Kind::Date,
    Kind::Time,
    Kind::Timestamp,
    Kind::Duration,
    Kind::Money,
    Kind::Quantity,
    Kind::Currency,
    Kind::Unit,
    Kind::Code,
    Kind::Ints,
    Kind::Texts,
    Kind::Map,
];
/// What a record that is sent may hold: no money or quantity, which are two values on a wire.
const SENT: &[(Kind, &str)] = &[
    (Kind::Bool, "bool{} as y_n"),
    (Kind::Int, "int{}"),
    (Kind::Int, "int{} as text"),
    (Kind::Decimal, "decimal{} as text"),
    (Kind::Decimal, "decimal{} as implied(2)"),
    (Kind::Text, "string{}"),
    (Kind::Date, "date{} as date(CCYYMMDD)"),
    (Kind::Timestamp, "timestamp{} as rfc3339"),
    (Kind::Timestamp, "timestamp{} as epoch_ms"),
    (Kind::Timestamp, "timestamp{} as odata"),
    (Kind::Currency, "currency{}"),
    (Kind::Texts, "list<string>{} as split(',')"),
    (Kind::Ints, "list<int>{}"),
];

impl Workspace {
    /// The workspace of a seed, with so many mappings over so many systems.
    pub fn new(seed: u64, mappings: usize, systems: usize) -> Workspace {
        let mut random = Random::new(seed);
        let entries = (0..mappings).map(|number| Entry::new(number, number % systems, &mut random.part())).collect();
        Workspace { entries, systems, replaced: 0 }
    }

    /// How many expressions there are.
    pub fn expressions(&self) -> usize {
        self.entries.iter().map(|entry| entry.slots.len()).sum()
    }

    /// Puts a literal in the place of an expression, by file and line of the finding about it. Whether there was one.
    pub fn repair(&mut self, file: &str, line: usize) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| file == format!("{}.yaml", entry.name)) else {
            return false;
        };
        let Some(slot) = entry.mapping().1.get(&line).copied() else { return false };
        let Some(slot) = entry.slots.get_mut(slot) else { return false };
        slot.text = match slot.kind {
            Kind::Part | Kind::Lines | Kind::Local => return false,
            kind => literal(kind, &mut Random::new(1)),
        };
        self.replaced += 1;
        true
    }

    /// The specs: files by path.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        files.insert("crossdock.yaml".to_owned(), WORKSPACE.to_owned());
        files.insert("common.yaml".to_owned(), self.common());
        for system in 0..self.systems {
            files.insert(format!("s{system}.yaml"), self.system(system));
        }
        for entry in &self.entries {
            files.insert(format!("{}.yaml", entry.name), entry.mapping().0);
            files.insert(format!("{}-types.yaml", entry.name), entry.types());
        }
        files
    }

    fn common(&self) -> String {
        let mut text = String::from(COMMON);
        text.push_str("crosswalk:\n");
        for system in 0..self.systems {
            let _ = writeln!(text, "  s{system}: {{ RED: RED, a: GREEN, \"x-1\": BLUE, \"\": RED }}");
        }
        text.push_str("unknown:\n");
        for system in 0..self.systems {
            let unknown = if system % 2 == 0 { "{ raise: ex_b }" } else { "BLUE" };
            let _ = writeln!(text, "  s{system}: {unknown}");
        }
        text
    }

    fn system(&self, system: usize) -> String {
        let mut text = format!(
            "kind: system\nname: s{system}\nrole: erp\nteam: ops\nregion: us\nbase: https://s{system}.example.com\n\
             auth: {{ basic: {{}} }}\nlimits: {{ rate: 10/s }}\nrecords:\n  Thing:\n    wire: {{ format: json }}\n    \
             fields: {{ name: string, note: \"string?\" }}\n"
        );
        for entry in self.entries.iter().filter(|entry| entry.system == system) {
            entry.records(&mut text);
        }
        text.push_str(
            "operations:\n  get_thing: { http: \"GET /things/{id}\", params: { path: { id: string } }, response: Thing, effect: read }\n",
        );
        text
    }
}

const WORKSPACE: &str = "crossdock: 1\nname: differ\nversion: 1.0.0\nrules: { MAP002: off, MAP003: off, MAP004: off, \
    MAP005: off, MAP007: off, MAP010: off, NAME004: off, OWN004: off, OWN009: off, OWN010: off, OWN011: off }\nrust: { runtime: { path: ../runtime } }\n";

const COMMON: &str = "kind: team\nname: ops\ncontact: ops@example.com\n---\nkind: exception\nname: ex_a\nclass: business\n\
    team: ops\nsla: 1h\n---\nkind: exception\nname: ex_b\nclass: defect\nteam: ops\nsla: 1h\n---\nkind: value\n\
    name: Label\nfields: { text: string }\n---\nkind: codes\nname: Color\ncodes: { RED: Red, GREEN: Green, BLUE: Blue }\n";

impl Entry {
    fn new(number: usize, system: usize, random: &mut Random) -> Entry {
        let shape = Shape::new(random);
        let makes = match number % 8 {
            3 => Makes::Create,
            5 => Makes::Update,
            7 => Makes::Request,
            _ => Makes::Value,
        };
        let mut entry = Entry {
            name: format!("m{number}"),
            system,
            makes,
            lookup: random.chance(15),
            number,
            slots: Vec::new(),
            layout: Layout {
                label: random.chance(30),
                require: None,
                lets: Vec::new(),
                fields: Vec::new(),
                lines: None,
            },
            shape: shape.clone(),
        };
        entry.fill(&shape, random);
        entry
    }

    fn fill(&mut self, shape: &Shape, random: &mut Random) {
        let mut scope = Scope::new(shape);
        scope.lookup = self.lookup;
        if self.layout.label {
            scope.labels.push(format!("label{}", self.number));
        }
        let choices = &mut random.part();
        let mut grammar = Grammar::new(random);
        if choices.chance(20) {
            self.layout.require = Some(self.slot(Kind::Bool, grammar.value(Kind::Bool, &scope)));
        }
        for at in 0..choices.below(3) {
            let (name, kind) = (format!("part{at}"), *choices.pick(TARGETS));
            let text = grammar.value(kind, &scope);
            let slot = self.slot(kind, text);
            self.layout.lets.push((name.clone(), slot));
            scope = scope.with(&name, kind, false);
        }
        let count = 4 + choices.below(3);
        self.layout.fields = self.targets("x", count, &mut grammar, choices, &scope);
        if self.makes != Makes::Request && choices.chance(60) {
            let inside = scope.with_line("line").with("n", Kind::Int, false);
            let mut lines = Lines {
                optional_source: shape.lines_optional,
                drop: None,
                named: None,
                fields: Vec::new(),
                removed: None,
            };
            let mut inner = inside.clone();
            if choices.chance(40) {
                let kind = *choices.pick(TARGETS);
                let slot = self.slot(kind, grammar.value(kind, &inside));
                lines.named = Some(("piece".to_owned(), slot));
                inner = inside.with("piece", kind, false);
            }
            if choices.chance(50) {
                lines.drop = Some(self.slot(Kind::Bool, grammar.value(Kind::Bool, &inner)));
            }
            if self.makes == Makes::Update && choices.chance(40) {
                lines.removed = Some(self.slot(Kind::Bool, grammar.value(Kind::Bool, &inner)));
            }
            lines.fields = self.targets("y", 3, &mut grammar, choices, &inner);
            self.layout.lines = Some(lines);
        }
    }

    fn slot(&mut self, kind: Kind, text: String) -> usize {
        self.slots.push(Slot { kind, text });
        self.slots.len() - 1
    }

    fn targets(
        &mut self,
        prefix: &str,
        count: usize,
        grammar: &mut Grammar<'_>,
        choices: &mut Random,
        scope: &Scope<'_>,
    ) -> Vec<Target> {
        (0..count)
            .map(|at| {
                let kind = if self.makes == Makes::Request { choices.pick(SENT).0 } else { *choices.pick(TARGETS) };
                let list = matches!(kind, Kind::Ints | Kind::Texts | Kind::Map);
                let optional = choices.chance(60) && !list;
                let mut one = |entry: &mut Entry| {
                    let text = if optional { grammar.optional(kind, scope) } else { grammar.value(kind, scope) };
                    entry.slot(kind, text)
                };
                let value = if choices.chance(20) {
                    let (first, other) = (one(self), one(self));
                    let when = self.slot(Kind::Bool, grammar.value(Kind::Bool, scope));
                    Given::Cases(vec![(when, first)], other)
                } else {
                    Given::One(one(self))
                };
                Target { name: format!("{prefix}{at}"), kind, optional, value }
            })
            .collect()
    }

    fn records(&self, text: &mut String) {
        let number = self.number;
        let record = |text: &mut String, name: &str, leaves: &[Leaf], root: bool| {
            let _ = writeln!(text, "  {name}:");
            if root {
                text.push_str("    wire: { format: json }\n    unknown: warn\n");
            }
            text.push_str("    fields:\n");
            for leaf in leaves {
                let _ = writeln!(text, "      {}: {}", leaf.name, leaf.declared());
            }
        };
        record(text, &format!("R{number}"), &self.shape.leaves, true);
        let mark = |optional: bool| if optional { "?" } else { "" };
        let _ = writeln!(text, "      part: \"P{number}{}\"", mark(self.shape.part_optional));
        let _ = writeln!(text, "      lines: \"list<L{number}>{}\"", mark(self.shape.lines_optional));
        record(text, &format!("P{number}"), &self.shape.part, self.layout.label);
        record(text, &format!("L{number}"), &self.shape.line, false);
        if self.makes == Makes::Request {
            let _ = writeln!(text, "  T{number}:\n    wire: {{ format: json }}\n    fields:");
            for (at, target) in self.layout.fields.iter().enumerate() {
                let fitting: Vec<&str> = SENT.iter().filter(|(k, _)| *k == target.kind).map(|(_, d)| *d).collect();
                let declared = fitting[at % fitting.len()].replace("{}", mark(target.optional));
                let emit = if target.optional && at % 2 == 0 { ", emit: null" } else { "" };
                let _ = writeln!(text, "      {}: {{ type: \"{declared}\"{emit} }}", target.name);
            }
        }
    }

    /// The canonical types that it makes.
    fn types(&self) -> String {
        let number = self.number;
        let mut text = String::new();
        if self.makes == Makes::Request {
            return "kind: value\nname: Unused\nfields: { a: int }\n".replace("Unused", &format!("Unused{number}"));
        }
        let fields = |text: &mut String, targets: &[Target]| {
            for target in targets {
                let mark =
                    if target.optional || self.makes == Makes::Update && !is_list(target.kind) { "?" } else { "" };
                let _ = writeln!(text, "  {}: \"{}{mark}\"", target.name, target.kind.type_name());
            }
        };
        let object = matches!(self.makes, Makes::Create | Makes::Update);
        if object {
            let _ = writeln!(text, "kind: object\nname: V{number}\nkey: id\nfields:\n  id: string\n  state: lifecycle");
        } else {
            let _ = writeln!(text, "kind: value\nname: V{number}\nfields:");
        }
        fields(&mut text, &self.layout.fields);
        if self.layout.lines.is_some() {
            let key = if object { ", key: line_id" } else { "" };
            let _ = writeln!(text, "  lines: {{ type: list<W{number}>{key} }}");
        }
        if object {
            text.push_str("lifecycle:\n  initial: open\n  transitions: { open: [shut] }\n");
        }
        if let Some(lines) = &self.layout.lines {
            let _ = writeln!(text, "---\nkind: value\nname: W{number}\nfields:");
            if object {
                text.push_str("  line_id: string\n");
            }
            fields(&mut text, &lines.fields);
        }
        if object {
            let _ = writeln!(
                text,
                "---\nkind: ownership\nname: own{number}\nobject: V{number}\nsteward: ops\nowner: s{0}\noriginators: [s{0}]\n\
                 concurrency: {{ token: runtime, stale: reject }}",
                self.system
            );
        }
        text
    }

    /// The mapping's file, and which slot stands in which of its lines.
    fn mapping(&self) -> (String, BTreeMap<usize, usize>) {
        let mut page = Page { text: String::new(), lines: BTreeMap::new(), slots: &self.slots };
        let number = self.number;
        let to =
            if self.makes == Makes::Request { format!("s{}.T{number}", self.system) } else { format!("V{number}") };
        page.line(&format!("kind: mapping\nname: m{number}\nfrom: s{}.R{number}\nto: {to}", self.system));
        match self.makes {
            Makes::Value => {}
            Makes::Create => page.line("intent: create"),
            Makes::Update => page.line("intent: update\nfind: { id: \"'k'\" }"),
            Makes::Request => page.line("intent: request"),
        }
        if let Some(slot) = self.layout.require {
            page.line("require:");
            page.line("  - raise: ex_b");
            page.slot("    rule: ", slot);
        }
        if !self.layout.lets.is_empty() {
            page.line("let:");
            for (name, slot) in &self.layout.lets {
                page.slot(&format!("  {name}: "), *slot);
            }
        }
        if self.lookup {
            let miss = if number.is_multiple_of(2) { "{ raise: ex_a }" } else { "{ raise: ex_b }" };
            page.line(&format!(
                "lookups: {{ find_it: {{ call: s{}.get_thing, params: {{ id: string }}, miss: {miss} }} }}",
                self.system
            ));
        }
        page.line("fields:");
        if self.makes == Makes::Create {
            page.line("  id: \"'k'\"");
        }
        page.targets("  ", &self.layout.fields);
        if let Some(lines) = &self.layout.lines {
            self.lines(lines, &mut page);
        }
        if self.layout.label {
            let text = self.shape.part.iter().find(|leaf| leaf.wire.kind == Kind::Text);
            let text = match text {
                Some(leaf) if leaf.presence == super::shape::Presence::Required => format!("src.{}", leaf.name),
                Some(leaf) => format!("src.{}.orRaise(ex_b)", leaf.name),
                None => "'label'".to_owned(),
            };
            page.line(&format!(
                "---\nkind: mapping\nname: label{number}\nfrom: s{}.P{number}\nto: Label\nfields: {{ text: \"{text}\" }}",
                self.system
            ));
        }
        (page.text, page.lines)
    }

    fn lines(&self, lines: &Lines, page: &mut Page<'_>) {
        page.line("  lines:");
        page.line(if lines.optional_source { "    each: src.lines.orValue([])" } else { "    each: src.lines" });
        page.line("    as: line\n    index: n");
        if let Some((name, slot)) = &lines.named {
            page.line("    let:");
            page.slot(&format!("      {name}: "), *slot);
        }
        if let Some(slot) = lines.drop {
            page.line("    drop:");
            page.line("      - reason: not wanted");
            page.slot("        when: ", slot);
        }
        if self.makes == Makes::Update {
            page.line("    key: { line_id: \"string(n)\" }");
        }
        if let Some(slot) = lines.removed {
            page.slot("    removed: ", slot);
        }
        page.line("    fields:");
        if self.makes == Makes::Create {
            page.line("      line_id: \"string(n % 3)\"");
        }
        page.targets("      ", &lines.fields);
    }
}

fn is_list(kind: Kind) -> bool {
    matches!(kind, Kind::Ints | Kind::Texts | Kind::Map)
}

/// A file that is being written.
struct Page<'e> {
    text: String,
    lines: BTreeMap<usize, usize>,
    slots: &'e [Slot],
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn slot(&mut self, before: &str, slot: usize) {
        let line = self.text.lines().count() + 1;
        self.lines.insert(line, slot);
        let text = self.slots[slot].text.replace('\\', "\\\\").replace('"', "\\\"");
        self.line(&format!("{before}\"{text}\""));
    }

    fn targets(&mut self, indent: &str, targets: &[Target]) {
        for target in targets {
            match &target.value {
                Given::One(slot) => self.slot(&format!("{indent}{}: ", target.name), *slot),
                Given::Cases(cases, other) => {
                    self.line(&format!("{indent}{}:\n{indent}  cases:", target.name));
                    for (when, value) in cases {
                        self.slot(&format!("{indent}    - when: "), *when);
                        self.slot(&format!("{indent}      value: "), *value);
                    }
                    self.slot(&format!("{indent}    - else: "), *other);
                }
            }
        }
    }
}
