//! CEL's logic, which absorbs failures: `false && failure` is false in either order, `true || failure` is true, and `all`
//! and `exists` are folds of them. A failure counts only where nothing decides without it; the first one is kept.

use crate::failure::Result;

/// `a && b`: false if either is false, else the first failure, else true. The second is evaluated unless the first is false.
#[inline]
pub fn and(a: impl FnOnce() -> Result<bool>, b: impl FnOnce() -> Result<bool>) -> Result<bool> {
    match a() {
        Ok(false) => Ok(false),
        Ok(true) => b(),
        Err(failure) => match b() {
            Ok(false) => Ok(false),
            _ => Err(failure),
        },
    }
}

/// `a || b`: true if either is true, else the first failure, else false. The second is evaluated unless the first is true.
#[inline]
pub fn or(a: impl FnOnce() -> Result<bool>, b: impl FnOnce() -> Result<bool>) -> Result<bool> {
    match a() {
        Ok(true) => Ok(true),
        Ok(false) => b(),
        Err(failure) => match b() {
            Ok(true) => Ok(true),
            _ => Err(failure),
        },
    }
}

/// `list.all(x, p)`: false if `p` is false for any, else the first failure, else true.
#[inline]
pub fn all(each: impl IntoIterator<Item = Result<bool>>) -> Result<bool> {
    decided(each, false)
}

/// `list.exists(x, p)`: true if `p` is true for any, else the first failure, else false.
#[inline]
pub fn exists(each: impl IntoIterator<Item = Result<bool>>) -> Result<bool> {
    decided(each, true)
}

#[inline]
fn decided(each: impl IntoIterator<Item = Result<bool>>, by: bool) -> Result<bool> {
    let mut first = None;
    for one in each {
        match one {
            Ok(value) if value == by => return Ok(by),
            Ok(_) => {}
            Err(failure) => {
                first.get_or_insert(failure);
            }
        }
    }
    first.map_or(Ok(!by), Err)
}

/// `list.exists_one(x, p)`: whether `p` is true for exactly one. Every element is looked at, and a failure wins.
#[inline]
pub fn exists_one(each: impl IntoIterator<Item = Result<bool>>) -> Result<bool> {
    let mut count = 0_u64;
    for one in each {
        count += u64::from(one?);
    }
    Ok(count == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    fn no(name: &'static str) -> Result<bool> {
        Err(Failure::new(name, ""))
    }

    fn show(result: Result<bool>) -> String {
        result.map_or_else(|failure| failure.code().to_owned(), |value| value.to_string())
    }

    #[test]
    fn absorbs_failures_in_either_order() {
        assert_eq!(show(and(|| no("a"), || Ok(false))), "false");
        assert_eq!(show(and(|| Ok(false), || no("b"))), "false");
        assert_eq!(show(and(|| no("a"), || Ok(true))), "a");
        assert_eq!(show(and(|| Ok(true), || no("b"))), "b");
        assert_eq!(show(and(|| no("a"), || no("b"))), "a");
        assert_eq!(show(or(|| no("a"), || Ok(true))), "true");
        assert_eq!(show(or(|| Ok(true), || no("b"))), "true");
        assert_eq!(show(or(|| no("a"), || Ok(false))), "a");
        assert_eq!(show(or(|| Ok(false), || no("b"))), "b");
    }

    #[test]
    fn folds_over_lists() {
        assert_eq!(show(all([no("a"), Ok(true), Ok(false)])), "false");
        assert_eq!(show(all([no("a"), Ok(true), no("b")])), "a");
        assert_eq!(show(all([])), "true");
        assert_eq!(show(exists([no("a"), Ok(false), Ok(true)])), "true");
        assert_eq!(show(exists([Ok(false), no("b")])), "b");
        assert_eq!(show(exists([])), "false");
        assert_eq!(show(exists_one([Ok(true), Ok(true), no("a")])), "a");
        assert_eq!(show(exists_one([Ok(false), Ok(true)])), "true");
        assert_eq!(show(exists_one([])), "false");
    }
}
