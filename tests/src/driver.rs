//! Generated mappings, run as a program: one line of JSON per case in, one line of JSON per result out.
//!
//! The program is written here for a workspace's mappings, built against its generated crates, and given cases by
//! whoever compares it with the evaluator. A case is `{mapping, inputs, meta, config, answers, functions}`, a result `{value, notes}`
//! or `{failure, notes}`.

use crossdock::eval::{Call, Gives, Outside, raised};
use crossdock::lower::names::{crate_ident, crate_name, field_name, module_name, type_name};
use crossdock::model::{InputShape, Intent, Mapping, Model, StructKind, Type};
use crossdock_runtime::{Answer, Setting};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

/// Whether a mapping has a module in its system's crate.
pub fn has_module(mapping: &Mapping) -> bool {
    mapping.system.is_some() && mapping.body.is_some()
}

/// The program's source.
pub fn source(model: &Model) -> String {
    let mappings: Vec<&Mapping> = model.mappings.iter().map(|(_, m)| m).filter(|m| has_module(m)).collect();
    let mut arms = String::new();
    let mut functions = String::new();
    for mapping in mappings {
        let name = field_name(&mapping.name);
        let _ = writeln!(arms, "        {:?} => run_{name}(case, &meta, &answers, notes),", mapping.name);
        function(model, mapping, &name, &mut functions);
        user_functions(model, mapping, &name, &mut functions);
    }
    format!(
        "{HEAD}{functions}\nfn run(case: &Value, notes: &mut rt::Notes) -> rt::Result<Value> {{\n    let (meta, answers) = (meta(case), answers(case));\n    match case[\"mapping\"].as_str().unwrap_or_default() {{\n{arms}        other => panic!(\"no mapping {{other}}\"),\n    }}\n}}\n"
    )
}

const HEAD: &str = r#"//! Runs generated mappings: a case per line in, a result per line out.
#![allow(unused_variables, unused_mut)]
use crossdock_runtime as rt;
use rt::serde_json::{self, Value, json};

fn main() {
    for line in std::io::stdin().lines() {
        let case: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let mut notes = rt::Notes::new();
        let result = run(&case, &mut notes);
        let notes = serde_json::to_value(&notes).unwrap();
        match result {
            Ok(value) => println!("{}", json!({ "value": value, "notes": notes })),
            Err(failure) => println!("{}", json!({ "failure": failure_of(&failure), "notes": notes })),
        }
    }
}

fn failure_of(failure: &rt::Failure) -> Value {
    let mut told = failure.to_json();
    told["quoted"] = failure.quoted().into();
    told
}

fn input(case: &Value, at: usize) -> &str {
    case["inputs"][at].as_str().unwrap()
}

fn meta(case: &Value) -> rt::Meta {
    let text = |name: &str| case["meta"][name].as_str().map(str::to_owned);
    let mut meta = rt::Meta {
        received_at: text("received_at").map(|at| rt::Timestamp::parse_rfc3339(&at).unwrap()),
        instance: text("instance"),
        message_id: text("message_id"),
        control_number: text("control_number"),
        ..rt::Meta::default()
    };
    for (name, setting) in case["config"].as_object().unwrap() {
        let text = setting["value"].as_str().unwrap();
        let setting = match setting["type"].as_str().unwrap() {
            "bool" => rt::Setting::Bool(text == "true"),
            "int" => rt::Setting::Int(text.parse().unwrap()),
            "decimal" => rt::Setting::Decimal(rt::Decimal::parse(text).unwrap()),
            "date" => rt::Setting::Date(rt::time::parse_date(text).unwrap()),
            "timestamp" => rt::Setting::Timestamp(rt::Timestamp::parse_rfc3339(text).unwrap()),
            _ => rt::Setting::Text(text.to_owned()),
        };
        meta.config.insert(name.clone(), setting);
    }
    meta
}

fn answers(case: &Value) -> rt::Answers {
    let mut answers = rt::Answers::new();
    for answer in case["answers"].as_array().unwrap() {
        let (lookup, key) = (answer["lookup"].as_str().unwrap(), answer["key"].as_str().unwrap());
        match answer["payload"].as_str() {
            Some(payload) => answers.found(lookup, key, payload.as_bytes()),
            None => answers.missing(lookup, key),
        }
    }
    answers
}

/// What a function is said to give for arguments that are `same`.
fn told<'c>(case: &'c Value, function: &str, same: impl Fn(&'c Value) -> bool) -> &'c Value {
    let mut calls = case["functions"].as_array().unwrap().iter();
    calls.find(|call| call["function"] == function && same(&call["args"])).expect("what a function gives")
}

fn gives<T: for<'de> rt::serde::Deserialize<'de>>(call: &Value) -> rt::Result<T> {
    match call["raises"].as_array() {
        Some(raised) => {
            let [code, detail] = [0, 1].map(|at| raised[at].as_str().unwrap().to_owned());
            Err(rt::Failure::new(code, detail))
        }
        None => Ok(canonical(call["result"].as_str().unwrap())),
    }
}

fn payload(payload: rt::Result<Vec<u8>>) -> rt::Result<Value> {
    Ok(serde_json::from_slice(&payload?).unwrap())
}

fn canonical<T: for<'de> rt::serde::Deserialize<'de>>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

"#;

fn function(model: &Model, mapping: &Mapping, name: &str, out: &mut String) {
    let workspace = &model.workspace.name;
    let Some(system) = mapping.system else { return };
    let system = crate_ident(&crate_name(workspace, &model.systems[system].name));
    let canonical = crate_ident(&crate_name(workspace, "canonical"));
    let _ = writeln!(
        out,
        "fn run_{name}(case: &Value, meta: &rt::Meta, answers: &rt::Answers, notes: &mut rt::Notes) -> rt::Result<Value> {{\n    use {system}::{};",
        module_name(&mapping.name)
    );
    let module = module_name(&mapping.name);
    let mut arguments = Vec::new();
    let mut decodes = false;
    for (at, input) in mapping.inputs.iter().enumerate() {
        let of = &model.structs[input.of];
        if of.is_record() {
            decodes = true;
            arguments.push(format!("input(case, {at}).as_bytes()"));
        } else {
            let ty = stored(model, &Type::Struct(input.of), &canonical);
            let ty = if input.shape == InputShape::List { format!("Vec<{ty}>") } else { ty };
            let _ = writeln!(out, "    let given_{at}: {ty} = canonical(input(case, {at}));");
            if of.kind == StructKind::Object && input.shape == InputShape::One {
                let _ = writeln!(out, "    given_{at}.validate()?;");
            }
            arguments.push(format!("&given_{at}"));
        }
    }
    let arguments = arguments.join(", ");
    if decodes {
        let _ = writeln!(out, "    let mapped = {module}::Input::decode({arguments}, notes)?;");
    } else {
        let _ = writeln!(out, "    let mapped = {module}::Input::new({arguments});");
    }
    let answers = if crossdock::emit::rust::asks(model, mapping) { "answers, " } else { "" };
    let functions = if crossdock::emit::rust::calls_functions(model, mapping) {
        let _ = writeln!(out, "    let functions = Functions_{name}(case);");
        ", &functions"
    } else {
        ""
    };
    let _ = writeln!(out, "    let made = mapped.map(meta, {answers}notes{functions})?;");
    let of = mapping.target.as_struct().or_else(|| mapping.target.element().and_then(Type::as_struct));
    let of = of.map(|id| &model.structs[id]);
    let list = matches!(mapping.target, Type::List(_)) || repeats(model, mapping);
    let made = match (of, mapping.intent) {
        (Some(of), _) if of.is_record() && list && of.many => {
            format!("payload({system}::records::{}::to_payload_of(&made))", type_name(&of.name))
        }
        (Some(of), _) if of.is_record() && list => {
            "made.iter().map(|one| payload(one.to_payload())).collect::<rt::Result<Vec<_>>>().map(Value::from)".to_owned()
        }
        (Some(of), _) if of.is_record() => "payload(made.to_payload())".to_owned(),
        (Some(_), Intent::Create | Intent::Value) if list => {
            "{\n        for (at, one) in made.iter().enumerate() {\n            one.validate().map_err(|failure| failure.in_index(at))?;\n        }\n        Ok(json!(made))\n    }".to_owned()
        }
        (Some(_), Intent::Create | Intent::Value) => {
            "{\n        made.validate()?;\n        Ok(json!(made))\n    }".to_owned()
        }
        _ => "Ok(json!(made))".to_owned(),
    };
    let _ = writeln!(out, "    {made}\n}}\n");
}

/// The user's functions of a mapping, which give what the case says.
fn user_functions(model: &Model, mapping: &Mapping, name: &str, out: &mut String) {
    let declared = crossdock::lower::called::functions(model, mapping);
    let Some(system) = mapping.system.filter(|_| !declared.is_empty()) else { return };
    let system = crate_ident(&crate_name(&model.workspace.name, &model.systems[system].name));
    let canonical = crate_ident(&crate_name(&model.workspace.name, "canonical"));
    let module = module_name(&mapping.name);
    let _ = writeln!(out, "#[allow(non_camel_case_types)]\nstruct Functions_{name}<'c>(&'c Value);\n");
    let _ = writeln!(out, "impl {system}::{module}::Functions for Functions_{name}<'_> {{");
    for function in declared {
        let (mut params, mut same) = (String::new(), vec!["args.is_array()".to_owned()]);
        for (at, ty) in function.args.iter().enumerate() {
            let stored = stored(model, ty, &canonical);
            let _ = write!(params, ", a{at}: {}", if ty.is_text() { "&str" } else { &stored });
            let told = format!("args[{at}].as_str().unwrap()");
            same.push(match ty {
                Type::Json => format!("{told} == a{at}"),
                _ => format!("canonical::<{stored}>({told}) == a{at}"),
            });
        }
        let result = stored(model, &function.result, &canonical);
        let call = format!("gives(told(self.0, {:?}, |args| {}))", function.name, same.join(" && "));
        let (result, call) = if function.raises.is_empty() {
            (result, format!("{call}.unwrap()"))
        } else {
            (format!("rt::Result<{result}>"), call)
        };
        let method = field_name(&function.name);
        let _ = writeln!(out, "    fn {method}(&self{params}) -> {result} {{\n        {call}\n    }}");
    }
    let _ = writeln!(out, "}}\n");
}

/// Whether a mapping is run once per element that stands at its document's root.
fn repeats(model: &Model, mapping: &Mapping) -> bool {
    mapping.inputs.iter().any(|input| input.shape == InputShape::One && model.structs[input.of].many)
}

fn stored(model: &Model, ty: &Type, canonical: &str) -> String {
    let types = crossdock::emit::rust::types::RustTypes::outside(model);
    types.stored(ty).to_string().replace(' ', "").replace("canonical::", &format!("{canonical}::"))
}

/// A case as a line for the program.
pub fn case(mapping: &str, inputs: &[Vec<u8>], outside: Outside<'_>) -> String {
    let Outside { meta, answers, functions } = outside;
    let inputs: Vec<String> = inputs.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    let mut circumstances = Map::new();
    if let Some(at) = meta.received_at {
        circumstances.insert("received_at".to_owned(), at.to_string().into());
    }
    for (name, value) in
        [("instance", &meta.instance), ("message_id", &meta.message_id), ("control_number", &meta.control_number)]
    {
        circumstances.insert(name.to_owned(), value.clone().into());
    }
    let config: Map<String, Value> = meta
        .config
        .iter()
        .map(|(name, setting)| {
            let (ty, text) = match setting {
                Setting::Bool(value) => ("bool", value.to_string()),
                Setting::Int(value) => ("int", value.to_string()),
                Setting::Decimal(value) => ("decimal", value.to_string()),
                Setting::Date(value) => ("date", value.to_string()),
                Setting::Timestamp(value) => ("timestamp", value.to_string()),
                Setting::Text(value) => ("text", value.clone()),
            };
            (name.clone(), json!({ "type": ty, "value": text }))
        })
        .collect();
    let answers: Vec<Value> = answers
        .iter()
        .map(|(lookup, key, answer)| {
            let payload = match answer {
                Answer::Found(bytes) => Value::from(String::from_utf8_lossy(bytes)),
                Answer::Missing => Value::Null,
            };
            json!({ "lookup": lookup, "key": key, "payload": payload })
        })
        .collect();
    let functions: Vec<Value> = functions
        .iter()
        .map(|Call { function, args, gives }| match gives {
            Gives::Result(result) => json!({ "function": function, "args": args, "result": result }),
            Gives::Raises(code) => json!({ "function": function, "args": args, "raises": [code, raised(function)] }),
        })
        .collect();
    let mut case = json!({ "mapping": mapping, "inputs": inputs, "meta": circumstances, "config": config });
    case["answers"] = answers.into();
    case["functions"] = functions.into();
    case.to_string()
}

/// Writes the program into `folder` and builds it there against the crates below `generated`; gives its path.
///
/// # Panics
///
/// If the files can't be written, or the program does not compile.
pub fn build(folder: &Path, generated: &Path, model: &Model) -> PathBuf {
    let workspace = &model.workspace.name;
    let mut crates = vec![crate_name(workspace, "canonical")];
    crates.extend(model.systems.iter().filter(|(_, s)| !s.is_abstract).map(|(_, s)| crate_name(workspace, &s.name)));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the root");
    // All drivers are built into one target folder, perhaps at the same time.
    let parts = folder.components().rev().skip(1).take(2).map(|part| part.as_os_str().to_string_lossy());
    let own_name = format!("driver-{}", parts.collect::<Vec<_>>().join("-"));
    let mut manifest = format!(
        "[package]\nname = \"{own_name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[profile.dev]\ndebug = false\n\n[dependencies]\ncrossdock-runtime = {{ path = {:?} }}\n",
        root.join("runtime")
    );
    for name in &crates {
        let _ = writeln!(manifest, "{name} = {{ path = {:?} }}", generated.join("rust").join(name));
    }
    fs::create_dir_all(folder.join("src")).expect("a folder for the driver");
    write(&folder.join("Cargo.toml"), &manifest).expect("a manifest");
    write(&folder.join("src/main.rs"), &source(model)).expect("a source");
    if !folder.join("Cargo.lock").exists() {
        // The versions that everything else was built with.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    }
    let target = root.join("target");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "generated crates do not compile:\n{said}");
    let own = folder.join("driver");
    fs::copy(target.join("debug").join(own_name), &own).expect("the program");
    own
}

/// A file is only touched if it changes, so that nothing is built in vain.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) { Ok(()) } else { fs::write(path, text) }
}

/// Gives the program its cases; its results come back in their order.
///
/// # Panics
///
/// If it can't be run, or ends before its cases do.
pub fn run(program: &Path, cases: &[String]) -> Vec<Value> {
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the driver starts");
    let mut stdin = child.stdin.take().expect("its input");
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(lines.as_bytes());
    });
    let output = child.wait_with_output().expect("the driver ends");
    writer.join().expect("its input was written");
    let results: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a result is JSON"))
        .collect();
    assert_eq!(results.len(), cases.len(), "the driver ended early");
    results
}
