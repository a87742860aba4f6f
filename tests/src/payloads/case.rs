//! A case: payloads, and what a person who read them says that they mean.
//!
//! ```yaml
//! mapping: shopify_order                        # inward: the canonical result, exactly
//! inputs: [shopify/order.json]                  # or by name: { order: …, lines: … }
//! expect: { order_id: shopify-450789469, … }
//! dropped: { a line of another document: 1 }    # elements left out, by reason; none unless said
//! unknown: { Account.Rating: 1 }                # keys that the record does not declare; none unless said
//! ---
//! record: avalara.CreateTransaction             # outward: decoded and encoded again, nothing is lost
//! inputs: [avalara/createTransaction_request.json]
//! ---
//! mapping: order_to_avalara                     # outward: what the mapping's own test makes has the payload's shape
//! test: everything said
//! like: avalara/createTransaction_request.json
//! extra: [lines[].taxIncluded]              # every key that one side has and the other has not
//! missing: [addresses.singleLocation]
//! ```

use crossdock::coverage::document::Document;
use std::path::Path;

/// One file of the corpus.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file's name without its end.
    pub name: String,
    /// What is tried on what.
    pub subject: Subject,
}

/// What is tried.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A mapping of a payload to something canonical.
    Inward {
        /// The mapping.
        mapping: String,
        /// The payloads.
        inputs: Vec<Given>,
        /// The canonical encoding of the result.
        expect: Document,
        /// Reasons and counts of elements that are left out.
        dropped: Vec<(String, u64)>,
        /// Paths and counts of keys that are not declared.
        unknown: Vec<(String, u64)>,
    },
    /// A record that holds a payload without loss.
    Record {
        /// `system.Record`.
        record: String,
        /// The payload.
        input: String,
    },
    /// A mapping to a system, against a payload that goes the same way.
    Outward {
        /// The mapping.
        mapping: String,
        /// Its test, by name.
        test: String,
        /// The payload.
        like: String,
        /// Paths of keys that only our document has.
        extra: Vec<String>,
        /// Paths of keys that only the payload has.
        missing: Vec<String>,
    },
}

/// A payload that a mapping is given.
#[derive(Debug, Clone)]
pub struct Given {
    /// The mapping's name for it; none for the only one.
    pub name: Option<String>,
    /// Its path among the payloads.
    pub path: String,
}

impl Case {
    /// The payloads that it reads.
    pub fn payloads(&self) -> Vec<&str> {
        match &self.subject {
            Subject::Inward { inputs, .. } => inputs.iter().map(|given| given.path.as_str()).collect(),
            Subject::Record { input, .. } => vec![input],
            Subject::Outward { like, .. } => vec![like],
        }
    }
}

/// All cases of a folder, by name; a file that is no case is an error that names it.
pub fn cases(folder: &Path) -> Result<Vec<Case>, String> {
    let listing = std::fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in listing {
        let path = entry.map_err(|why| format!("{}: {why}", folder.display()))?.path();
        if path.extension().is_some_and(|end| end == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let said = |why: String| format!("{}: {why}", path.display());
        let bytes = std::fs::read(path).map_err(|why| said(why.to_string()))?;
        let document = Document::from_yaml(&bytes).map_err(said)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Case { name, subject: subject(&document).map_err(said)? })
    };
    paths.iter().map(read).collect()
}

fn subject(document: &Document) -> Result<Subject, String> {
    let scalar = |key: &str| document.get(key).and_then(Document::scalar).map(str::to_owned);
    let needed = |key: &str| scalar(key).ok_or_else(|| format!("`{key}` is missing"));
    let (known, subject): (&[&str], Subject) = if let Some(record) = scalar("record") {
        let inputs = inputs(document)?;
        let [one] = inputs.as_slice() else { return Err("a record is given one payload".to_owned()) };
        (&["record", "inputs"], Subject::Record { record, input: one.path.clone() })
    } else if let Some(like) = scalar("like") {
        let (extra, missing) = (texts(document, "extra")?, texts(document, "missing")?);
        let (mapping, test) = (needed("mapping")?, needed("test")?);
        (&["mapping", "test", "like", "extra", "missing"], Subject::Outward { mapping, test, like, extra, missing })
    } else {
        let expect = document.get("expect").cloned().ok_or("`expect` is missing")?;
        let (dropped, unknown) = (counts(document, "dropped")?, counts(document, "unknown")?);
        let mapping = needed("mapping")?;
        (
            &["mapping", "inputs", "expect", "dropped", "unknown"],
            Subject::Inward { mapping, inputs: inputs(document)?, expect, dropped, unknown },
        )
    };
    match document.map().iter().find(|(key, _)| !known.contains(&key.as_str())) {
        Some((key, _)) => Err(format!("`{key}` is not a key of such a case")),
        None => Ok(subject),
    }
}

fn inputs(document: &Document) -> Result<Vec<Given>, String> {
    let path = |value: &Document| value.scalar().map(str::to_owned).ok_or("a payload is named by its path");
    let given = document.get("inputs").ok_or("`inputs` is missing")?;
    let bare = given.list().iter().map(|value| Ok(Given { name: None, path: path(value)? }));
    let named = given.map().iter().map(|(name, value)| Ok(Given { name: Some(name.clone()), path: path(value)? }));
    bare.chain(named).collect()
}

fn texts(document: &Document, key: &str) -> Result<Vec<String>, String> {
    let items = document.get(key).map_or(&[][..], Document::list);
    items.iter().map(|item| item.scalar().map(str::to_owned).ok_or_else(|| format!("`{key}` lists texts"))).collect()
}

fn counts(document: &Document, key: &str) -> Result<Vec<(String, u64)>, String> {
    let entries = document.get(key).map_or(&[][..], Document::map);
    entries
        .iter()
        .map(|(name, count)| {
            let count = count.scalar().and_then(|text| text.parse().ok());
            Ok((name.clone(), count.ok_or_else(|| format!("`{key}` counts things by name"))?))
        })
        .collect()
}
