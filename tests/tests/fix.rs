//! `check --fix`: what is certain is changed, nothing else, and what is written is clean.

use std::fs;
use std::path::Path;

/// The misread texts of two files, between comments and blanks of all kinds; the last file ends its lines as Windows does.
const FILES: [(&str, &str, &str); 3] = [
    ("crossdock.yaml", "crossdock: 1\nname: harborline\nrules: { NAME004: off, MAP010: off, MAP005: off }\n", ""),
    (
        "orders.yaml",
        "# Orders, as they come.\nkind: mapping\nname: shop_order   # from the shop\nfrom: shop.Order\nto: Order\nintent: create\nfields:\n\n  # the shop's number\n  order_id: 'shop-' + string(src.id)   # said in front\n  grade:   Grade.A\n  lines:\n    each: src.rows\n    as: row\n    fields: { line_id: 'l-' + string(row.id),   size: round(row.size, 2, half_even) }   # two of them\n",
        "# Orders, as they come.\nkind: mapping\nname: shop_order   # from the shop\nfrom: shop.Order\nto: Order\nintent: create\nfields:\n\n  # the shop's number\n  order_id: \"'shop-' + string(src.id)\"   # said in front\n  grade:   Grade.A\n  lines:\n    each: src.rows\n    as: row\n    fields: { line_id: \"'l-' + string(row.id)\",   size: \"round(row.size, 2, half_even)\" }   # two of them\n",
    ),
    (
        "types.yaml",
        "kind: codes\r\nname: Grade\r\ncodes: { A: Best, NO: None,  1.10: Some }   # spelt with care\r\n---\r\nkind: object\r\nname: Order\r\nkey: order_id\r\nfields:\r\n  order_id: string\r\n  grade: Grade\r\n  lines: { type: list<Line>, key: line_id }\r\n---\r\nkind: value\r\nname: Line\r\nfields: { line_id: string, size: decimal(12,2) }\r\n",
        "kind: codes\r\nname: Grade\r\ncodes: { A: Best, \"NO\": None,  \"1.10\": Some }   # spelt with care\r\n---\r\nkind: object\r\nname: Order\r\nkey: order_id\r\nfields:\r\n  order_id: string\r\n  grade: Grade\r\n  lines: { type: list<Line>, key: line_id }\r\n---\r\nkind: value\r\nname: Line\r\nfields: { line_id: string, size: \"decimal(12,2)\" }\r\n",
    ),
];

const REST: &str = "kind: system\nname: shop\nrole: commerce\nteam: sales\nregion: us\nauth: none\nrecords:\n  Order: { fields: { id: int, rows: list<Row> } }\n  Row: { fields: { id: int, size: \"decimal(12,2) as text\" } }\n---\nkind: ownership\nname: order_ownership\nobject: Order\nsteward: sales\nowner: shop\noriginators: [shop]\n---\nkind: team\nname: sales\n";

fn run(root: &Path, arguments: &[&str]) -> (u8, String) {
    let mut all: Vec<std::ffi::OsString> =
        vec!["crossdock".into(), "check".into(), root.into(), "--format=concise".into()];
    all.extend(arguments.iter().map(Into::into));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = crossdock::cli::run(all, false, &mut out, &mut err);
    (code, format!("{}{}", String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap()))
}

#[test]
fn fixes_change_their_place_alone_in_every_file_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (path, before, _) in FILES {
        fs::write(root.join(path), before).unwrap();
    }
    fs::write(root.join("rest.yaml"), REST).unwrap();
    let (code, found) = run(root, &[]);
    assert_eq!(
        (code, found.matches("error[SPEC010]").count(), found.matches("error[SPEC006]").count()),
        (1, 4, 2),
        "{found}"
    );
    let (code, found) = run(root, &["--fix"]);
    assert_eq!(code, 0, "{found}");
    assert!(found.contains("6 findings fixed"), "{found}");
    for (path, before, after) in FILES {
        let expected = if after.is_empty() { before } else { after };
        assert_eq!(fs::read_to_string(root.join(path)).unwrap(), expected, "{path}");
    }
    // A second time there is nothing to do, and nothing is written.
    let written = fs::metadata(root.join("orders.yaml")).unwrap().modified().unwrap();
    let (code, found) = run(root, &["--fix"]);
    assert_eq!((code, found.contains("error[")), (0, false), "{found}");
    assert_eq!(fs::metadata(root.join("orders.yaml")).unwrap().modified().unwrap(), written);
}

#[test]
fn what_is_doubtful_is_left_to_the_author() {
    let folder = tempfile::tempdir().unwrap();
    let text = "kind: team\nname: sales\ncontcat: a@example.com   # mistyped\n";
    fs::write(folder.path().join("crossdock.yaml"), "crossdock: 1\nname: harborline\n").unwrap();
    fs::write(folder.path().join("sales.yaml"), text).unwrap();
    let (code, found) = run(folder.path(), &["--fix"]);
    assert!(code == 1 && found.contains("SPEC002"), "{found}");
    assert_eq!(fs::read_to_string(folder.path().join("sales.yaml")).unwrap(), text);
}

#[test]
fn a_file_that_was_read_in_part_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = b"kind: codes\nname: Country\ncodes: { NO: Norway }\n# \xff and what follows\ndescription: countries\n";
    fs::write(folder.path().join("crossdock.yaml"), "crossdock: 1\nname: harborline\n").unwrap();
    fs::write(folder.path().join("country.yaml"), bytes).unwrap();
    let (code, found) = run(folder.path(), &["--fix"]);
    assert!(code == 1 && found.contains("is not UTF-8"), "{found}");
    assert_eq!(fs::read(folder.path().join("country.yaml")).unwrap(), bytes);
}

#[cfg(unix)]
#[test]
fn a_file_is_replaced_in_one_step_where_it_really_is_and_keeps_its_permissions() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let text = "kind: codes\nname: Country\ncodes: { NO: Norway }\n";
    fs::write(root.join("crossdock.yaml"), "crossdock: 1\nname: harborline\nrules: { NAME004: off }\n").unwrap();
    // Data folders are not searched for specs: the file is read through the link alone.
    fs::create_dir(root.join("fixtures")).unwrap();
    fs::write(root.join("fixtures/country.yaml"), text).unwrap();
    fs::set_permissions(root.join("fixtures/country.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("fixtures/country.yaml", root.join("country.yaml")).unwrap();
    let before = fs::metadata(root.join("fixtures/country.yaml")).unwrap();
    let (code, found) = run(root, &["--fix"]);
    assert_eq!((code, found.contains("1 finding fixed")), (0, true), "{found}");
    assert!(fs::symlink_metadata(root.join("country.yaml")).unwrap().is_symlink());
    assert!(fs::read_to_string(root.join("fixtures/country.yaml")).unwrap().contains("\"NO\": Norway"));
    let after = fs::metadata(root.join("fixtures/country.yaml")).unwrap();
    assert_eq!(after.permissions().mode() & 0o777, 0o640);
    assert_ne!(after.ino(), before.ino(), "it was written in place");
    let left: Vec<_> = fs::read_dir(root.join("fixtures")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["country.yaml"]);
    // What leads out of the workspace is neither read nor written.
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("other.yaml"), text).unwrap();
    symlink(outside.path().join("other.yaml"), root.join("other.yaml")).unwrap();
    let (code, found) = run(root, &["--fix"]);
    assert!(code == 1 && found.contains("other.yaml"), "{found}");
    assert_eq!(fs::read_to_string(outside.path().join("other.yaml")).unwrap(), text);
}
