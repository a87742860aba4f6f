use super::*;
use crate::decimal::Decimal;

fn code<T: std::fmt::Debug>(result: crate::Result<T>) -> String {
    result.expect_err("fails").code().to_owned()
}

#[test]
fn counts_code_points() {
    assert_eq!(size("πέντε😀"), 6);
    assert_eq!(char_at("©αT", 1).unwrap(), "α");
    assert_eq!(char_at("tacocat", 7).unwrap(), "");
    assert_eq!(code(char_at("tacocat", 8)), "out_of_range");
    assert_eq!(index_of("ta©o©αT", "©"), 2);
    assert_eq!(index_of_from("ta©o©αT", "©", 3).unwrap(), 4);
    assert_eq!(index_of_from("tacocat", "", 3).unwrap(), 3);
    assert_eq!(code(index_of_from("tacocat", "a", 30)), "out_of_range");
    assert_eq!(last_index_of("tacocat", "at"), 5);
    assert_eq!(last_index_of("tacocat", ""), 7);
    assert_eq!(last_index_of_from("tacocat", "a", 4).unwrap(), 1);
    assert_eq!(last_index_of_from("tacocat", "at", 5).unwrap(), 5);
    assert_eq!(last_index_of_from("ta©o©αT", "©", 3).unwrap(), 2);
    assert_eq!(last_index_of_from("tacocat", "", 3).unwrap(), 3);
    assert_eq!(last_index_of_from("aé", "xy", 0).unwrap(), -1);
    assert_eq!(code(last_index_of_from("tacocat", "a", -1)), "out_of_range");
    assert_eq!(substring("tacocat", 4).unwrap(), "cat");
    assert_eq!(substring_to("ta©o©αT", 2, 6).unwrap(), "©o©α");
    assert_eq!(code(substring_to("tacocat", 4, 3)), "out_of_range");
    assert_eq!(code(substring("tacocat", -1)), "out_of_range");
}

#[test]
fn splits_joins_and_replaces() {
    assert_eq!(split("hello world", " "), ["hello", "world"]);
    assert!(split_n("a b", " ", 0).is_empty());
    assert_eq!(split_n("a b c", " ", 1), ["a b c"]);
    assert_eq!(split_n("a b c", " ", 2), ["a", "b c"]);
    assert_eq!(split("aé😀", ""), ["a", "é", "😀"]);
    assert_eq!(split_n("aé😀", "", 2), ["a", "é😀"]);
    assert_eq!(join(&["x", "y"], "-").unwrap(), "x-y");
    assert_eq!(replace_n("{0} days {0} hours", "{0}", "2", 1).unwrap(), "2 days {0} hours");
    assert_eq!(code(replace(&"a".repeat(10_000), "a", &"b".repeat(10_000))), "text_too_long");
    assert_eq!(pad_left("42", 6, "0").unwrap(), "000042");
    assert_eq!(code(pad_left("42", i64::MAX, "0")), "invalid_argument");
    assert_eq!(code(pad_left("42", 4, "00")), "invalid_argument");
    assert_eq!(reverse("aé😀"), "😀éa");
    assert_eq!(quote("a\"b\\c\n\u{7}"), "\"a\\\"b\\\\c\\n\\a\"");
}

#[test]
fn formats_exactly() {
    let dec = |text: &str| FormatArg::Decimal(Decimal::parse(text).unwrap());
    let one = |template: &str, arg: FormatArg<'_>| format(template, &[arg]).unwrap();
    assert_eq!(one("%%%s%%", FormatArg::Text("text".into())), "%text%");
    assert_eq!(one("%.3f", dec("1.2345")), "1.234");
    assert_eq!(one("%f", FormatArg::Int(2)), "2.000000");
    assert_eq!(one("%.0f", dec("2.5")), "2");
    assert_eq!(one("%.6e", dec("1052.032911275")), "1.052033e+03");
    assert_eq!(one("%e", dec("-0.0002")), "-2.000000e-04");
    assert_eq!(one("%.1e", dec("9.99")), "1.0e+01");
    assert_eq!(one("%e", dec("0")), "0.000000e+00");
    assert_eq!(one("%b", FormatArg::Int(-5)), "-101");
    assert_eq!(one("%b", FormatArg::Bool(true)), "1");
    assert_eq!(one("%o", FormatArg::Int(11)), "13");
    assert_eq!(one("%X", FormatArg::Int(30)), "1E");
    assert_eq!(one("%x", FormatArg::Text("Hello".into())), "48656c6c6f");
    let map = FormatArg::Map(vec![
        (FormatArg::Text("k2".into()), FormatArg::None),
        (FormatArg::Int(6), FormatArg::List(vec![dec("4.20"), FormatArg::Bool(false)])),
    ]);
    assert_eq!(one("%s", map), "{6: [4.20, false], k2: null}");
    for (template, arg) in [
        ("%a", FormatArg::Int(1)),
        ("%d", FormatArg::Text("x".into())),
        ("%", FormatArg::Int(1)),
        ("%.99f", FormatArg::Int(1)),
        ("%E", FormatArg::Int(1)),
        ("%x", dec("0.5")),
    ] {
        assert_eq!(code(format(template, &[arg])), "invalid_argument", "{template}");
    }
    assert_eq!(code(format("%d %d", &[FormatArg::Int(1)])), "invalid_argument");
}

#[test]
fn converts_as_cel_does() {
    assert_eq!(parse_int("-987").unwrap(), -987);
    assert_eq!(code(parse_int("9223372036854775808")), "overflow");
    assert_eq!(code(parse_int("1.5")), "invalid_argument");
    assert!(parse_bool("TRUE").unwrap() && !parse_bool("f").unwrap());
    assert_eq!(code(parse_bool("TrUe")), "invalid_argument");
}

#[test]
fn bounds_patterns() {
    assert!(Pattern::new("^[A-Z]{2}\\d+$").unwrap().matches("AB12"));
    for bad in ["(", "a{1000}{1000}{1000}", &"(".repeat(5000), "(?=a)", "\\1"] {
        assert_eq!(code(Pattern::new(bad)), "invalid_argument");
    }
}

#[test]
fn checks_forms() {
    for good in [
        "a@b",
        "first.last+tag@shop.example.com",
        "o'neil@ex-ample.org",
        "\"a b\"@x.org",
        "jörg@exämple.de",
        "a@[127.0.0.1]",
    ] {
        assert!(check_email(good).is_ok(), "{good}");
    }
    for bad in ["", "a", "@b", "a@", "a b@c", "a@b..c", "a@-b", ".a@b", "a@b c", "a@b@c", "a\n@b", "a,b@c"] {
        assert!(check_email(bad).is_err(), "{bad}");
    }
    for good in ["https://example.com/a?b=c#d", "urn:isbn:0451450523", "mailto:a@b", "https://x/%C3%A9"] {
        assert!(check_uri(good).is_ok(), "{good}");
    }
    for bad in
        ["", "example.com", "/a", "https:", "1a:b", "https://x/ y", "https://x/%G1", "https://x/é", "https://x/%4"]
    {
        assert!(check_uri(bad).is_err(), "{bad}");
    }
    assert!(check_uuid("5d115c9c-44e3-ea11-bb43-000d3a2feca1").is_ok());
    assert!(check_uuid("5D115C9C-44E3-EA11-BB43-000D3A2FECA1").is_ok());
    for bad in [
        "",
        "5d115c9c44e3ea11bb43000d3a2feca1",
        "5d115c9c-44e3-ea11-bb43-000d3a2fecaG",
        "{5d115c9c-44e3-ea11-bb43-000d3a2feca}",
    ] {
        assert!(check_uuid(bad).is_err(), "{bad}");
    }
    assert!(check_length("ééé", 3).is_ok());
    assert_eq!(code(check_length("éééé", 3)), "text_too_long");
}
