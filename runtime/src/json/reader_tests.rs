use super::*;

fn read(text: &str) -> Result<()> {
    let mut reader = Reader::new(text.as_bytes())?;
    walk(&mut reader)?;
    reader.finish()
}

/// Reads everything, key by key and scalar by scalar.
fn walk(reader: &mut Reader<'_>) -> Result<()> {
    match reader.peek()? {
        Kind::Object => {
            reader.object_begin()?;
            while reader.next_key()?.is_some() {
                walk(reader)?;
            }
        }
        Kind::Array => {
            reader.array_begin()?;
            while reader.next_element()? {
                walk(reader)?;
            }
        }
        _ => drop(reader.scalar()?),
    }
    Ok(())
}

fn skip(text: &str) -> Result<()> {
    let mut reader = Reader::new(text.as_bytes())?;
    reader.skip()?;
    reader.finish()
}

const GOOD: &[&str] = &[
    "{}",
    "[]",
    " [ ] ",
    "{\"a\":1}",
    "[1,2,3]",
    "[[],{},[{}]]",
    "0",
    "-0",
    "1.5E+10",
    "\"\"",
    "\"\\u00e9\\ud83d\\ude00\"",
    "true",
    "false",
    "null",
    "{\"a\":{\"b\":[{\"c\":null}]},\"d\":\"x\"}",
    "\t\n\r [ 1 , \"a\" ]",
    "\u{feff}{}",
    "\"\u{7f}é\"",
    "{\"\":0,\"\":1}",
    "1E400",
];

const BAD: &[&str] = &[
    "",
    " ",
    "{",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{1:2}",
    "{\"a\" 1}",
    "01",
    "-",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "Infinity",
    "tru",
    "nul",
    "'a'",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12G4\"",
    "\"a\nb\"",
    "\"\0\"",
    "[1]]",
    "{}}",
    "{} x",
    "[}",
    "{]",
    "// x\n1",
    "[1,\u{a0}2]",
    "--1",
    "{\"a\":1 \"b\":2}",
    "[\"a\" \"b\"]",
];

#[test]
fn reads_and_skips_the_same_grammar() {
    for text in GOOD {
        assert!(read(text).is_ok(), "read {text:?}: {:?}", read(text));
        assert!(skip(text).is_ok(), "skip {text:?}: {:?}", skip(text));
    }
    for text in BAD {
        assert_eq!(read(text).expect_err(text).code(), "decode_failed", "{text:?}");
        assert_eq!(skip(text).expect_err(text).code(), "decode_failed", "{text:?}");
    }
}

#[test]
fn agrees_with_serde_json() {
    for text in GOOD.iter().chain(BAD) {
        let expected = serde_json::from_str::<serde::de::IgnoredAny>(strip_mark(text)).is_ok();
        assert_eq!(skip(text).is_ok(), expected, "{text:?}");
    }
}

#[test]
fn names_the_byte_at_which_the_text_goes_wrong() {
    let at = |text: &str| read(text).unwrap_err().source_at().unwrap().offset;
    assert_eq!(at("{\"a\": tru}"), 6);
    assert_eq!(at("[1, 2"), 5);
    assert_eq!(at("{\"a\":1,}"), 7);
    assert_eq!(at("[\"ab\ncd\"]"), 4);
    assert_eq!(Reader::new(b"[\"\xff\"]").unwrap_err().source_at().unwrap().offset, 2);
}

fn text(json: &str) -> Result<Cow<'_, str>> {
    match Reader::new(json.as_bytes())?.scalar()? {
        Scalar::Str(text) => Ok(text),
        other => Err(other.unexpected("text")),
    }
}

#[test]
fn borrows_text_without_escapes() {
    assert!(matches!(text("\"Åre & 'co'\"").unwrap(), Cow::Borrowed("Åre & 'co'")));
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\t\u0041\u00E9""#).unwrap(), "a\"\\/\u{8}\u{c}\n\r\tAé");
}

#[test]
fn joins_surrogate_pairs_and_refuses_halves() {
    assert_eq!(text(r#""x\ud83d\ude00y""#).unwrap(), "x😀y");
    for half in
        [r#""\ud83d""#, r#""\ude00""#, r#""\ud83d\u0041""#, r#""\ud83dx""#, r#""\ude00\ud83d""#, r#""\ud83d\n""#]
    {
        let failure = text(half).unwrap_err();
        assert_eq!(failure.detail(), "half of a surrogate pair stands alone", "{half}");
    }
}

#[test]
fn bounds_depth_without_recursion() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(128)).is_ok());
    assert!(skip(&deep(128)).is_ok());
    assert_eq!(read(&deep(129)).unwrap_err().detail(), "the payload is nested too deeply");
    assert_eq!(skip(&deep(129)).unwrap_err().detail(), "the payload is nested too deeply");
    assert!(skip(&"[".repeat(1_000_000)).is_err());
    assert!(skip(&"{\"a\":".repeat(1_000_000)).is_err());
    // Levels that were entered count for what is skipped within them.
    let text = format!("[{}]", deep(128));
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    reader.array_begin().unwrap();
    reader.next_element().unwrap();
    assert_eq!(reader.skip().unwrap_err().detail(), "the payload is nested too deeply");
}

#[test]
fn bounds_size() {
    let limits = Limits { bytes: 3, depth: 128 };
    assert!(Reader::with_limits(b"[1]", limits).is_ok());
    assert_eq!(Reader::with_limits(b"[12]", limits).unwrap_err().detail(), "the payload is larger than 3 bytes");
}

#[test]
fn hands_out_raw_text_and_offsets() {
    let mut reader = Reader::new(b" { \"a\" : [1, {\"b\":\"]\"}] , \"c\":12.50}").unwrap();
    assert_eq!(reader.offset(), 1);
    reader.object_begin().unwrap();
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("a"));
    assert_eq!(reader.raw().unwrap(), "[1, {\"b\":\"]\"}]");
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("c"));
    assert_eq!(reader.scalar().unwrap(), Scalar::Num("12.50"));
    assert_eq!(reader.next_key().unwrap(), None);
    reader.finish().unwrap();
}

#[test]
fn says_what_it_found_instead() {
    let mut reader = Reader::new(b"[1]").unwrap();
    assert_eq!(reader.object_begin().unwrap_err().detail(), "expected an object, found a list");
    assert_eq!(reader.scalar().unwrap_err().detail(), "expected a single value, found a list");
}
