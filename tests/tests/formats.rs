//! The formats for programs, as `check` really prints them: JSON fits its schema, SARIF has the shape of SARIF 2.1.0.

use serde_json::Value;
use std::path::Path;

/// A workspace with findings that have both sides, help and fixes.
fn broken() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).unwrap();
    put("crossdock.yaml", "crossdock: 1\nname: a\nversion: 1.0.0\n");
    put(
        "types.yaml",
        "kind: value\nname: Address\nfields: { line1: strng }\n---\nkind: value\nname: Address\nfeilds: { a: int }\n\
         ---\nkind: codes\nname: Country2\ncodes: { NO: Norway, SE: Sweden }\n",
    );
    folder
}

fn check(folder: &Path, format: &str) -> Value {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["crossdock", "check", folder.to_str().unwrap(), "--format", format];
    let code = crossdock::cli::run(args.map(Into::into), false, &mut out, &mut err);
    assert_eq!(code, 1, "{}", String::from_utf8_lossy(&err));
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn json_fits_its_schema() {
    let schema = include_str!("../../compiler/src/diagnostic/finding.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let folder = broken();
    let document = check(folder.path(), "json");
    let problems: Vec<String> =
        validator.iter_errors(&document).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let findings = document["findings"].as_array().unwrap();
    let codes: Vec<&str> = findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"NAME001") && codes.contains(&"NAME002"), "{codes:?}");
    // The schema refuses what is not of the format.
    let mut wrong = document.clone();
    wrong["findings"][0]["line"] = 0.into();
    assert!(!validator.is_valid(&wrong));
    wrong = document;
    wrong["findings"][0]["colour"] = "red".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn sarif_has_the_shape_of_2_1_0() {
    let folder = broken();
    let log = check(folder.path(), "sarif");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["help"]["text"].as_str().is_some_and(|text| text.len() > 40)));
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    let region = |place: &Value| {
        let place = &place["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().starts_with("file:///"));
        let at = |key: &str| place["region"][key].as_u64().unwrap();
        assert!(at("startLine") >= 1 && at("startColumn") >= 1);
        assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
    };
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        result["locations"].as_array().unwrap().iter().for_each(region);
        result["relatedLocations"].as_array().into_iter().flatten().for_each(region);
    }
}
