//! What expressions do with text, counted in code points, and the checks of types that are carried as text.

mod check;
mod convert;
mod format;
mod functions;
mod pattern;

pub use check::{check_email, check_length, check_uri, check_uuid, fit, fit_email, fit_uri, fit_uuid};
pub use convert::{parse_bool, parse_int};
pub use format::{FormatArg, format};
pub use functions::{
    char_at, concat, contains, ends_with, index_of, index_of_from, join, last_index_of, last_index_of_from,
    lower_ascii, pad_left, quote, replace, replace_n, reverse, size, split, split_n, starts_with, substring,
    substring_to, trim, upper_ascii,
};
pub use pattern::Pattern;

#[cfg(test)]
mod tests;
