//! Bools in other clothes.

use super::{Codec, digits, text};
use crate::failure::{Failure, Result};
use crate::json::{Scalar, Writer};

/// `"Y"` and `"N"`.
#[derive(Debug, Clone, Copy, Default)]
pub struct YN;

impl<'a> Codec<'a, bool> for YN {
    fn decode(&self, raw: Scalar<'a>) -> Result<bool> {
        match &*text(raw, "`Y` or `N`")? {
            "Y" => Ok(true),
            "N" => Ok(false),
            other => Err(Failure::expected("`Y` or `N`", other)),
        }
    }

    fn encode(&self, value: &bool, w: &mut Writer) -> Result<()> {
        w.plain_str(if *value { "Y" } else { "N" });
        Ok(())
    }
}

/// `1` and `0`: read as number or text, written as number.
#[derive(Debug, Clone, Copy, Default)]
pub struct ZeroOne;

impl<'a> Codec<'a, bool> for ZeroOne {
    fn decode(&self, raw: Scalar<'a>) -> Result<bool> {
        match &*digits(raw, "`1` or `0`")? {
            "1" => Ok(true),
            "0" => Ok(false),
            other => Err(Failure::expected("`1` or `0`", other)),
        }
    }

    fn encode(&self, value: &bool, w: &mut Writer) -> Result<()> {
        w.number(if *value { "1" } else { "0" });
        Ok(())
    }
}
