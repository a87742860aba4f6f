//! What tests can reach in a mapping: its target fields, its branches, the codes it translates, and for each optional
//! source field a payload with it and one without.
//!
//! A gap is said once: where a branch only asks whether a source field is there, the presence of the field is the point.
//! Absent on purpose: conditions within conditions. Of `a && b`, what it comes to as a whole is what counts.

use super::trace::{Seen, Site};
use crate::expr::ir::{Kind, Node};
use crate::model::{Codes, Crosswalk, Id, Mapping, Model, Struct, System};
use crate::source::{SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of thing a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// A target field that gets a value.
    Fields,
    /// A way through cases, conditions and fallbacks.
    Branches,
    /// A code of a crosswalk.
    Codes,
    /// An optional source field, given or left out.
    Presence,
}

impl Aspect {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Aspect; 4] = [Aspect::Fields, Aspect::Branches, Aspect::Codes, Aspect::Presence];

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::Fields => "fields",
            Aspect::Branches => "branches",
            Aspect::Codes => "codes",
            Aspect::Presence => "presence",
        }
    }
}

/// Something that a test can reach.
#[derive(Debug, Clone)]
pub struct Point {
    /// What kind of thing it is.
    pub aspect: Aspect,
    /// What a test does that reaches it, in words: "raises `missing_sku` here".
    pub what: String,
    /// Where it stands in the specs.
    pub span: Span,
    /// The element it belongs to, as waivers name it.
    pub element: String,
    /// Whose it is, if not the mapping's alone.
    pub of: Of,
    want: Want,
}

/// Whose a point is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// The mapping's.
    Mapping,
    /// A source field's: what it is read from, its name, and whether it is to be given or left out.
    Source(Id<Struct>, String, bool),
    /// A crosswalk's, whichever mapping goes through it: list, system, whether inward, and which code.
    Crosswalk(Id<Codes>, Id<System>, bool, String),
}

#[derive(Debug, Clone)]
enum Want {
    /// One of these was seen.
    Any(Vec<(Site, Sight)>),
    /// One of these sites had one of these texts.
    Text(Vec<Site>, BTreeSet<String>),
    /// One of these sites had a text that is none of these.
    OtherText(Vec<Site>, BTreeSet<String>),
}

#[derive(Debug, Clone, Copy)]
enum Sight {
    Reached,
    Value,
    None,
    Yes,
    No,
}

impl Point {
    /// Whether what was seen reaches it.
    pub fn is_reached(&self, seen: &BTreeMap<Site, Seen>) -> bool {
        let texts = |sites: &[Site], wanted: &dyn Fn(&String) -> bool| {
            sites.iter().filter_map(|site| seen.get(site)).any(|seen| seen.texts.iter().any(wanted))
        };
        match &self.want {
            Want::Any(sights) => sights.iter().any(|(site, sight)| {
                seen.get(site).is_some_and(|seen| match sight {
                    Sight::Reached => seen.reached,
                    Sight::Value => seen.value,
                    Sight::None => seen.none,
                    Sight::Yes => seen.yes,
                    Sight::No => seen.no,
                })
            }),
            Want::Text(sites, wanted) => texts(sites, &|text| wanted.contains(text)),
            Want::OtherText(sites, known) => texts(sites, &|text| !known.contains(text)),
        }
    }

    /// The sites it asks about.
    pub fn sites(&self) -> Vec<Site> {
        match &self.want {
            Want::Any(sights) => sights.iter().map(|(site, _)| *site).collect(),
            Want::Text(sites, _) | Want::OtherText(sites, _) => sites.clone(),
        }
    }

    /// Of the sites it asks about, those whose texts it asks for.
    pub fn text_sites(&self) -> &[Site] {
        match &self.want {
            Want::Any(_) => &[],
            Want::Text(sites, _) | Want::OtherText(sites, _) => sites,
        }
    }
}

/// Everything that tests can reach in a mapping. What the value mappings it calls hold is theirs.
pub fn points(model: &Model, sources: &SourceMap, mapping: &Mapping) -> Vec<Point> {
    let mut walk = Walk {
        model,
        sources,
        mapping,
        path: Vec::new(),
        points: Vec::new(),
        presence: BTreeMap::new(),
        codes: BTreeMap::new(),
    };
    for require in &mapping.require {
        let sights = vec![(Site::of(&require.rule), Sight::No)];
        walk.add(Aspect::Branches, format!("raises `{}` here", require.raise), require.span, Want::Any(sights));
        walk.node(&require.rule, true);
    }
    for part in &mapping.lets {
        walk.node(&part.value, true);
    }
    if let Some(body) = &mapping.body {
        walk.node(body, true);
    }
    walk.finish()
}

/// The sites at which a source field's presence shows, and the first of their places.
struct Presence {
    span: Span,
    element: String,
    given: Vec<(Site, Sight)>,
    left_out: Vec<(Site, Sight)>,
}

struct Walk<'m> {
    model: &'m Model,
    sources: &'m SourceMap,
    mapping: &'m Mapping,
    path: Vec<&'m str>,
    points: Vec<Point>,
    presence: BTreeMap<(Id<Struct>, u16), Presence>,
    /// By list, system, and whether it goes inward.
    codes: BTreeMap<(Id<Codes>, Id<System>, bool), Vec<Site>>,
}

impl<'m> Walk<'m> {
    fn element(&self) -> String {
        std::iter::once(self.mapping.name.as_str()).chain(self.path.iter().copied()).collect::<Vec<_>>().join(".")
    }

    fn add(&mut self, aspect: Aspect, what: String, span: Span, want: Want) {
        let element = self.element();
        self.points.push(Point { aspect, what, span, element, of: Of::Mapping, want });
    }

    fn branch(&mut self, what: String, node: &Node, site: &Node, sight: Sight) {
        self.add(Aspect::Branches, what, node.span, Want::Any(vec![(Site::of(site), sight)]));
    }

    /// The text of an expression, on one line and cut.
    fn text(&self, node: &Node) -> String {
        let words: Vec<&str> = self.sources.slice(node.span).split_whitespace().collect();
        let line = words.join(" ");
        let cut: String = line.chars().take(60).collect();
        if cut.len() < line.len() { format!("{cut}…") } else { line }
    }

    /// An optional field of an input or of what is below it, if the node reads one.
    fn source_field(&self, node: &Node) -> Option<(Id<Struct>, u16)> {
        let (Kind::Field(base, field) | Kind::OptField(base, field)) = &node.kind else { return None };
        let id = base.ty.as_struct()?;
        self.model.structs[id].field(*field)?.ty.is_optional().then_some((id, *field))
    }

    fn shows(&mut self, field: (Id<Struct>, u16), node: &Node, given: Sight, left_out: Sight) {
        let element = self.element();
        let new = || Presence { span: node.span, element, given: Vec::new(), left_out: Vec::new() };
        let presence = self.presence.entry(field).or_insert_with(new);
        presence.given.push((Site::of(node), given));
        presence.left_out.push((Site::of(node), left_out));
    }

    /// Visits a node and what is below it; says whether a target field lies there. Without `branches`, only the presence
    /// of sources counts: the conditions were not written by the author.
    fn node(&mut self, node: &'m Node, branches: bool) -> bool {
        match &node.kind {
            Kind::At(field, of) => return self.target(field, node, of, branches),
            Kind::Cond(..) => return self.cases(node, branches),
            Kind::Field(..) | Kind::OptField(..) => {
                if let Some(field) = self.source_field(node) {
                    self.shows(field, node, Sight::Value, Sight::None);
                }
            }
            Kind::Has(of) => {
                if let Some(field) = self.source_field(of) {
                    self.shows(field, node, Sight::Yes, Sight::No);
                }
            }
            Kind::IsMissing(of) => {
                if let Some(field) = self.source_field(of) {
                    self.shows(field, node, Sight::No, Sight::Yes);
                }
            }
            Kind::OrElse(of, other) if branches && self.source_field(of).is_none() => {
                self.branch(format!("has a value for `{}`", self.text(of)), node, of, Sight::Value);
                self.branch(format!("needs the fallback `{}`", self.text(other)), node, of, Sight::None);
            }
            Kind::OrRaise(of, exception) if branches && self.source_field(of).is_none() => {
                self.branch(format!("raises `{exception}` here"), node, of, Sight::None);
            }
            Kind::OptMap { of, .. } if branches && self.source_field(of).is_none() => {
                self.branch(format!("has a value for `{}`", self.text(of)), node, of, Sight::Value);
                self.branch(format!("has no value for `{}`", self.text(of)), node, of, Sight::None);
            }
            Kind::CodeIn(codes, system, of) => self.translates(*codes, *system, true, of),
            Kind::CodeOut(codes, system, of) => self.translates(*codes, *system, false, of),
            Kind::Each(each) => self.drops(&each.drops),
            Kind::EachPatch(each) => {
                self.drops(&each.drops);
                if let Some(removed) = &each.removed {
                    self.ways(removed, removed, (removed, Sight::Yes), (removed, Sight::No));
                }
            }
            Kind::Patch(patch) => return self.patch(patch),
            _ => {}
        }
        let mut children = Vec::new();
        node.children(&mut |child| children.push(child));
        children.into_iter().fold(false, |found, child| self.node(child, branches) | found)
    }

    fn target(&mut self, field: &'m str, node: &'m Node, of: &'m Node, branches: bool) -> bool {
        self.path.push(field);
        if !self.node(of, branches) {
            let what = format!("fills `{}`", self.path.join("."));
            self.add(Aspect::Fields, what, node.span, Want::Any(vec![(Site::of(node), Sight::Reached)]));
        }
        self.path.pop();
        true
    }

    /// Cases and `? :` alike; a list of cases is as deep as it is long, so this does not recurse along it.
    fn cases(&mut self, node: &'m Node, branches: bool) -> bool {
        let (mut rest, mut found) = (node, false);
        while let Kind::Cond(when, then, other) = &rest.kind {
            found |= self.node(when, branches) | self.node(then, branches);
            let told = matches!(&when.kind, Kind::Has(of) if self.source_field(of).is_some());
            if branches && !told {
                // The way past the last case is reached if what stands there is; past the others, if theirs is tried.
                let past = if let Kind::Cond(next, ..) = &other.kind { next } else { other };
                self.ways(when, when, (then, Sight::Reached), (past, Sight::Reached));
            }
            rest = other;
        }
        self.node(rest, branches) | found
    }

    /// The two ways that a condition decides between.
    fn ways(&mut self, when: &Node, at: &Node, yes: (&Node, Sight), no: (&Node, Sight)) {
        let text = self.text(when);
        self.branch(format!("takes the way where `{text}` holds"), at, yes.0, yes.1);
        self.branch(format!("takes the way where `{text}` does not hold"), at, no.0, no.1);
    }

    fn drops(&mut self, drops: &'m [(Node, String)]) {
        for (when, reason) in drops {
            self.branch(format!("drops an element because it is `{reason}`"), when, when, Sight::Yes);
        }
    }

    fn patch(&mut self, patch: &'m crate::expr::ir::Patch) -> bool {
        for (_, value) in &patch.find {
            self.node(value, true);
        }
        let mut found = false;
        for field in &patch.fields {
            self.node(&field.touched, false);
            self.node(&field.clears, false);
            found |= self.node(&field.value, true);
        }
        found
    }

    fn translates(&mut self, codes: Id<Codes>, system: Id<System>, inward: bool, of: &Node) {
        self.codes.entry((codes, system, inward)).or_default().push(Site::of(of));
    }

    fn finish(mut self) -> Vec<Point> {
        for ((id, field), presence) in std::mem::take(&mut self.presence) {
            let of = &self.model.structs[id];
            let field = of.field(field).map_or("", |f| f.name.as_str());
            let name = format!("`{}.{field}`", of.full_name(self.model));
            let Presence { span, element, given, left_out } = presence;
            for (verb, is_given, sights) in [("gives", true, given), ("leaves out", false, left_out)] {
                let of = Of::Source(id, field.to_owned(), is_given);
                let (what, want, element) = (format!("{verb} {name}"), Want::Any(sights), element.clone());
                self.points.push(Point { aspect: Aspect::Presence, what, span, element, of, want });
            }
        }
        for ((codes, system, inward), sites) in std::mem::take(&mut self.codes) {
            if let Some(crosswalk) = self.model.codes[codes].crosswalk(system) {
                self.crosswalk(codes, crosswalk, inward, &sites);
            }
        }
        self.points
    }

    /// Each code of an inline crosswalk; of a file, a known one and, inward, an unknown one.
    fn crosswalk(&mut self, codes: Id<Codes>, crosswalk: &Crosswalk, inward: bool, sites: &[Site]) {
        let list = &self.model.codes[codes].name;
        let system = &self.model.systems[crosswalk.system].name;
        let element = format!("{list}.{system}");
        let mut add = |code: &str, span: Span, what: String, want: Want| {
            let (aspect, element) = (Aspect::Codes, element.clone());
            let of = Of::Crosswalk(codes, crosswalk.system, inward, code.to_owned());
            self.points.push(Point { aspect, what, span, element, of, want });
        };
        let texts = crosswalk.rows.iter().map(|row| (if inward { &row.system_code } else { &row.code }, row.span));
        if crosswalk.file.is_some() {
            let known: BTreeSet<String> = texts.map(|(text, _)| text.clone()).collect();
            let direction = if inward { "from" } else { "to" };
            let what = format!("translates a code of `{list}` {direction} `{system}`");
            add("known", crosswalk.span, what, Want::Text(sites.to_vec(), known.clone()));
            if inward {
                let what = format!("has a code of `{system}` that `{list}` does not know");
                add("unknown", crosswalk.span, what, Want::OtherText(sites.to_vec(), known));
            }
            return;
        }
        let mut told = BTreeSet::new();
        for (text, span) in texts {
            if told.insert(text) {
                let want = Want::Text(sites.to_vec(), BTreeSet::from([text.clone()]));
                let what = if inward {
                    format!("has the code `{text}` of `{system}` for `{list}`")
                } else {
                    format!("has `{list}.{text}` for `{system}`")
                };
                add(text, span, what, want);
            }
        }
    }
}
