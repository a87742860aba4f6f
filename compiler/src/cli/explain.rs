//! `crossdock explain`: a rule by its code; a field, mapping or system by its name.

use super::{Streams, default_root, specs_of};
use crate::model::{Mapping, Model, Type, Writer};
use crate::pipeline::Checked;
use crate::rules;
use clap::Args;
use std::path::PathBuf;

/// Explains a rule by its code, or a field, mapping or system by its name.
#[derive(Debug, Args)]
pub struct Explain {
    /// `OWN003`, `order.total`, `Order.lines.shipped`, `shopify_order`, `sap`
    what: String,
    /// The workspace: `specs`, or this folder, unless said
    #[arg(long)]
    specs: Option<PathBuf>,
}

impl Explain {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        if let Some(rule) = rules::all().iter().find(|rule| rule.id.code.eq_ignore_ascii_case(&self.what)) {
            write!(streams.out, "{}", rules::documentation(rule))?;
            return Ok(0);
        }
        let found = specs_of(&default_root(self.specs.clone()))?;
        let text = self.field(&found).or_else(|| self.mapping(&found)).or_else(|| self.system(&found));
        match text {
            Some(text) => {
                write!(streams.out, "{text}")?;
                Ok(0)
            }
            None => anyhow::bail!("`{}` is no rule, field, mapping or system", self.what),
        }
    }

    /// Type, owners, and every mapping in and out of a field.
    fn field(&self, found: &Checked) -> Option<String> {
        let model = &found.model;
        let (object, path) = self.what.split_once('.')?;
        let (id, of) = model.objects().find(|(_, o)| o.name.eq_ignore_ascii_case(&object.replace('_', "")))?;
        let mut at = Some(id);
        let mut ty = Type::Unknown;
        let mut positions = Vec::new();
        for segment in path.split('.') {
            let position = model.structs[at?].position(segment)?;
            let field = model.structs[at?].field(position)?;
            positions.push(position);
            ty = field.ty.clone();
            at = ty.as_struct().or_else(|| ty.element().and_then(Type::as_struct));
        }
        let mut text = format!("{}.{path}: {}\n", of.name, ty.show(model));
        if let Some(ownership) = model.ownership_of(id) {
            for leaf in
                ownership.leaves.iter().filter(|l| l.path.starts_with(&positions) || positions.starts_with(&l.path))
            {
                let owners: Vec<String> = leaf.owners.iter().map(|(w, _)| self.writer(model, ownership, *w)).collect();
                let amenders: Vec<String> =
                    leaf.amenders.iter().map(|(w, _)| self.writer(model, ownership, *w)).collect();
                text.push_str(&format!("  {} is owned by {}", leaf.text, owners.join(", ")));
                if !amenders.is_empty() {
                    text.push_str(&format!("; may be amended by {}", amenders.join(", ")));
                }
                for (system, _, _) in &leaf.transitions {
                    text.push_str(&format!("; {} sets some of its states", model.systems[*system].name));
                }
                text.push('\n');
            }
        }
        for mapping in model.mappings.rows() {
            let target = mapping.target.as_struct().or_else(|| mapping.target.element().and_then(Type::as_struct));
            if target == Some(id) {
                for one in mapping.assigned.iter().filter(|a| a.path == positions) {
                    text.push_str(&format!("  written by {}\n", place(found, mapping, one.span)));
                }
            }
            if mapping.inputs.iter().any(|input| input.of == id) {
                let reads = crate::lower::reads::reads(model, *model.mappings_by_name.get(&mapping.name)?);
                let first = positions.first().copied()?;
                if reads.get(&id).is_some_and(|fields| fields.contains(&first)) {
                    text.push_str(&format!("  read by {}\n", place(found, mapping, mapping.span)));
                }
            }
        }
        Some(text)
    }

    #[allow(clippy::unused_self)]
    fn writer(&self, model: &Model, ownership: &crate::model::Ownership, writer: Writer) -> String {
        match writer {
            Writer::System(id) => format!("`{}`", model.systems[id].name),
            Writer::Originator => "whoever created it".to_owned(),
            Writer::Owner => {
                let owners: Vec<String> =
                    ownership.owner.iter().map(|(_, id, _)| format!("`{}`", model.systems[*id].name)).collect();
                owners.join(" or ")
            }
        }
    }

    fn mapping(&self, found: &Checked) -> Option<String> {
        let mapping = &found.model.mappings[*found.model.mappings_by_name.get(&self.what)?];
        let inputs: Vec<String> = mapping
            .inputs
            .iter()
            .map(|i| format!("{}: {}", i.name, found.model.structs[i.of].full_name(&found.model)))
            .collect();
        let mut text = format!(
            "{} maps {} to {}\n  {} tests\n",
            place(found, mapping, mapping.span),
            inputs.join(", "),
            mapping.target.show(&found.model),
            mapping.tests.len()
        );
        for one in &mapping.assigned {
            text.push_str(&format!("  {}\n", one.text));
        }
        Some(text)
    }

    fn system(&self, found: &Checked) -> Option<String> {
        let model = &found.model;
        let id = *model.systems_by_name.get(&self.what)?;
        let system = &model.systems[id];
        let mut text = format!("{} ({})\n", system.name, system.role);
        for mapping in model.mappings.rows().iter().filter(|m| m.system == Some(id)) {
            text.push_str(&format!("  {}\n", place(found, mapping, mapping.span)));
        }
        Some(text)
    }
}

fn place(found: &Checked, mapping: &Mapping, span: crate::source::Span) -> String {
    let sources = found.loader.sources();
    format!("`{}` ({}:{})", mapping.name, sources.path(span.file), sources.start(span).line)
}
