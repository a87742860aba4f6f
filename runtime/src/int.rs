//! Arithmetic of 64-bit integers that fails instead of wrapping.

use crate::failure::{Failure, Result, builtin};

#[cold]
fn overflow(what: &str) -> Failure {
    Failure::new(builtin::OVERFLOW, format!("the {what} does not fit an int of 64 bits"))
}

#[cold]
fn by_zero() -> Failure {
    Failure::new(builtin::DIVIDE_BY_ZERO, "an int is divided by zero")
}

/// The sum.
#[inline]
pub fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b).ok_or_else(|| overflow("sum"))
}

/// The difference.
#[inline]
pub fn sub(a: i64, b: i64) -> Result<i64> {
    a.checked_sub(b).ok_or_else(|| overflow("difference"))
}

/// The product.
#[inline]
pub fn mul(a: i64, b: i64) -> Result<i64> {
    a.checked_mul(b).ok_or_else(|| overflow("product"))
}

/// The quotient, towards zero.
#[inline]
pub fn div(a: i64, b: i64) -> Result<i64> {
    if b == 0 { Err(by_zero()) } else { a.checked_div(b).ok_or_else(|| overflow("quotient")) }
}

/// The remainder, with the sign of the dividend.
#[inline]
pub fn rem(a: i64, b: i64) -> Result<i64> {
    if b == 0 { Err(by_zero()) } else { a.checked_rem(b).ok_or_else(|| overflow("remainder")) }
}

/// The negated number.
#[inline]
pub fn neg(a: i64) -> Result<i64> {
    a.checked_neg().ok_or_else(|| overflow("negated number"))
}

/// The number without its sign.
#[inline]
pub fn abs(a: i64) -> Result<i64> {
    a.checked_abs().ok_or_else(|| overflow("absolute number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fails_instead_of_wrapping() {
        let code = |result: Result<i64>| result.unwrap_err().code().to_owned();
        assert_eq!((add(1, 2).unwrap(), rem(-7, 2).unwrap(), div(-7, 2).unwrap()), (3, -1, -3));
        for failed in [
            add(i64::MAX, 1),
            sub(i64::MIN, 1),
            mul(i64::MAX, 2),
            div(i64::MIN, -1),
            rem(i64::MIN, -1),
            neg(i64::MIN),
            abs(i64::MIN),
        ] {
            assert_eq!(code(failed), "overflow");
        }
        assert_eq!(code(div(1, 0)), "divide_by_zero");
        assert_eq!(code(rem(1, 0)), "divide_by_zero");
    }
}
