//! A document of unknown shape with numbers as they are written: what fixtures, answers and expected results are read as.
//!
//! Absent on purpose: binary floats. A number stays the text that it is.

use crate::source::FileId;
use crate::syntax::data;
use crate::syntax::yaml::{Node, NodeKind, Style};
use crossdock_runtime::Failure;
use crossdock_runtime::json::{Kind, Reader, Scalar, Writer};

/// A document, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// Null.
    Null,
    /// A bool.
    Bool(bool),
    /// A number of JSON's grammar, as written.
    Number(String),
    /// Text.
    Text(String),
    /// Values in order.
    List(Vec<Document>),
    /// Values by key, in order.
    Map(Vec<(String, Document)>),
}

/// What is wrong with a data file: lower case, one sentence, no full stop.
pub type Refused = String;

impl Document {
    /// Reads a file by the end of its name: YAML if it says so, else JSON.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Document, Refused> {
        if is_yaml(path) { Self::from_yaml(bytes) } else { Self::from_json(bytes).map_err(|f| f.quoted().to_owned()) }
    }

    /// Reads JSON, under the limits that payloads have.
    pub fn from_json(bytes: &[u8]) -> Result<Document, Failure> {
        let mut reader = Reader::new(bytes)?;
        let document = json(&mut reader)?;
        reader.finish()?;
        Ok(document)
    }

    /// Reads YAML: plain scalars are null, bools and numbers where JSON has them, and text otherwise.
    pub fn from_yaml(bytes: &[u8]) -> Result<Document, Refused> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let (documents, findings) = data(FileId::default(), text);
        if let Some(finding) = findings.sorted().first() {
            return Err(finding.message.clone());
        }
        match documents.as_slice() {
            [one] => Ok(yaml(one)),
            // A text with nothing in it is a document all the same.
            [] => Ok(Document::Null),
            _ => Err("it holds more than one document".to_owned()),
        }
    }

    /// The value of a key; none if it is not a map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Document> {
        self.map().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Keys and values; none if it is not a map.
    pub fn map(&self) -> &[(String, Document)] {
        match self {
            Document::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements; none if it is not a list.
    pub fn list(&self) -> &[Document] {
        match self {
            Document::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a text or a number.
    pub fn scalar(&self) -> Option<&str> {
        match self {
            Document::Text(text) | Document::Number(text) => Some(text),
            _ => None,
        }
    }

    /// As JSON, without white space.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::compact();
        self.write(&mut writer);
        writer.into_string()
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Document::Null => w.null(),
            Document::Bool(value) => w.bool(*value),
            Document::Number(text) => w.number(text),
            Document::Text(text) => w.str(text),
            Document::List(items) => {
                w.array_begin();
                for item in items {
                    item.write(w);
                }
                w.array_end();
            }
            Document::Map(entries) => {
                w.object_begin();
                for (key, value) in entries {
                    w.key(key);
                    value.write(w);
                }
                w.object_end();
            }
        }
    }
}

/// The bytes of a payload as the evaluator takes them: JSON as it is, YAML as the JSON it stands for.
pub fn payload(path: &str, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    if is_yaml(path) { Ok(Document::from_yaml(bytes)?.to_json().into_bytes()) } else { Ok(bytes.to_vec()) }
}

fn is_yaml(path: &str) -> bool {
    let end = path.rsplit_once('.').map_or("", |(_, end)| end);
    end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml")
}

fn json(reader: &mut Reader<'_>) -> Result<Document, Failure> {
    Ok(match reader.peek()? {
        Kind::Object => {
            let mut entries = Vec::new();
            reader.object_begin()?;
            while let Some(key) = reader.next_key()? {
                entries.push((key.into_owned(), json(reader)?));
            }
            Document::Map(entries)
        }
        Kind::Array => {
            let mut items = Vec::new();
            reader.array_begin()?;
            while reader.next_element()? {
                items.push(json(reader)?);
            }
            Document::List(items)
        }
        _ => match reader.scalar()? {
            Scalar::Str(text) => Document::Text(text.into_owned()),
            Scalar::Num(text) => Document::Number(text.to_owned()),
            Scalar::Bool(value) => Document::Bool(value),
            Scalar::Null => Document::Null,
        },
    })
}

fn yaml(node: &Node<'_>) -> Document {
    match &node.kind {
        NodeKind::List(items) => Document::List(items.iter().map(yaml).collect()),
        NodeKind::Map(entries) => {
            Document::Map(entries.iter().map(|e| (e.key.text.to_string(), yaml(&e.value))).collect())
        }
        NodeKind::Scalar { text, style } if *style == Style::Plain => match &**text {
            _ if node.is_null() => Document::Null,
            "true" => Document::Bool(true),
            "false" => Document::Bool(false),
            text if is_number(text) => Document::Number(text.to_owned()),
            text => Document::Text(text.to_owned()),
        },
        NodeKind::Scalar { text, .. } => Document::Text(text.to_string()),
    }
}

/// Whether a text is a number of JSON's grammar: `007` and `1_000` are text.
fn is_number(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    starts && matches!(Document::from_json(text.as_bytes()), Ok(Document::Number(same)) if same == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_come_to_the_same() {
        let yaml = b"a: 1.50\nb: [x, '1', 007, true, ~, NO]\nc: { d: 2025-03-04 }\n";
        let json = br#"{"a":1.50,"b":["x","1","007",true,null,"NO"],"c":{"d":"2025-03-04"}}"#;
        let document = Document::read("x.yaml", yaml).unwrap();
        assert_eq!(document, Document::read("x.json", json).unwrap());
        assert_eq!(document.to_json().as_bytes(), json);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert!(Document::read("x.json", b"{").is_err());
        assert!(Document::read("x.yaml", b"a: [").is_err());
        assert!(Document::read("x.yaml", b"\xff").is_err());
        assert!(Document::read("x.json", "[".repeat(100_000).as_bytes()).is_err());
        assert!(Document::read("x.yaml", "[".repeat(100_000).as_bytes()).is_err());
    }
}
