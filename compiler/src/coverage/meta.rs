//! What comes with a message beside its payload, from texts: `received_at` and the rest of `meta`, and settings.

use crate::model::{Mapping, Model, Type};
use crossdock_runtime::time::parse_date;
use crossdock_runtime::{Decimal, Meta, Setting, Timestamp};

/// The circumstances that `meta` and `config` texts describe, for a mapping; refused are names that it does not know and
/// texts that are not of their type: one sentence each.
pub fn circumstances(
    model: &Model,
    mapping: &Mapping,
    meta: &[(String, String)],
    config: &[(String, String)],
) -> Result<Meta, String> {
    let mut made = Meta::default();
    for (name, text) in meta {
        match name.as_str() {
            "received_at" => {
                let received_at = Timestamp::parse_rfc3339(text);
                made.received_at =
                    Some(received_at.map_err(|_| format!("`{text}` is not a timestamp with an offset"))?);
            }
            "instance" => made.instance = Some(text.clone()),
            "message_id" => made.message_id = Some(text.clone()),
            "control_number" => made.control_number = Some(text.clone()),
            other => {
                let known = ["received_at", "instance", "message_id", "control_number"];
                let near = crate::diagnostic::did_you_mean(other, known);
                return Err(with_help(format!("`meta` has no `{other}`"), near));
            }
        }
    }
    let declared = mapping.system.map_or(&[][..], |system| model.systems[system].config.as_slice());
    for (name, text) in config {
        let Some((_, ty)) = declared.iter().find(|(known, _)| known == name) else {
            let near = crate::diagnostic::did_you_mean(name, declared.iter().map(|(known, _)| known.as_str()));
            return Err(with_help(format!("there is no setting `{name}`"), near));
        };
        made.config.insert(
            name.clone(),
            setting(ty, text)
                .ok_or_else(|| format!("the setting `{name}` is a {}, and `{text}` is none", ty.inner().word()))?,
        );
    }
    Ok(made)
}

/// A setting of a declared type from its text; none if the text is not of it.
pub fn setting(ty: &Type, text: &str) -> Option<Setting> {
    Some(match ty.inner() {
        Type::Bool => Setting::Bool(text.parse().ok()?),
        Type::Int => Setting::Int(text.parse().ok()?),
        Type::Decimal(_) => Setting::Decimal(Decimal::parse(text).ok()?),
        Type::Date => Setting::Date(parse_date(text).ok()?),
        Type::Timestamp => Setting::Timestamp(Timestamp::parse_rfc3339(text).ok()?),
        _ => Setting::Text(text.to_owned()),
    })
}

fn with_help(message: String, help: Option<String>) -> String {
    match help {
        Some(help) => format!("{message}; {help}"),
        None => message,
    }
}
