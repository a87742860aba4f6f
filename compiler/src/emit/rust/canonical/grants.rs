//! The rights of a system on its objects, one line each, as the runtime's `grants!` reads them.

use crate::emit::rust::print::{Printer, literal};
use crate::lower::rights::{Capacity, Right};

/// The tables of one system, by name.
pub fn tables(out: &mut Printer, tables: &[(String, &[Right])]) {
    out.open("rt::grants! {");
    for (name, rights) in tables {
        out.open(&format!("{name} {{"));
        for right in *rights {
            out.line(&line(right));
        }
        out.close("}");
    }
    out.close("}");
}

fn line(right: &Right) -> String {
    let by = match right.by {
        Capacity::Owner => "owner",
        Capacity::Originator => "originator",
        Capacity::Nobody => "nobody",
    };
    let mut line = format!("{}: {by}", literal(&right.path));
    if !right.partitions.is_empty() {
        line.push_str(&format!(" of {}", codes(&right.partitions)));
    }
    if let Some(states) = &right.states {
        line.push_str(&format!(" while {}", codes(states)));
    }
    if let Some(moves) = &right.moves {
        line.push_str(&format!(" to {}", codes(moves)));
    }
    line.push(';');
    line
}

fn codes(codes: &[String]) -> String {
    let codes: Vec<String> = codes.iter().map(|code| literal(code)).collect();
    format!("[{}]", codes.join(", "))
}
