//! What expressions do with lists.

use crate::decimal::Decimal;
use crate::failure::{Failure, Result, builtin};
use crate::money::Money;
use crate::quantity::Quantity;
use core::hash::{BuildHasher as _, Hash};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;

/// `size`: how many elements.
#[allow(clippy::cast_possible_wrap, reason = "a list of 2^63 elements does not exist")]
pub fn size<T>(list: &[T]) -> i64 {
    list.len() as i64
}

/// `list[i]`: the element at a position; outside of the list it fails with `out_of_range`.
pub fn index<T>(list: &[T], position: i64) -> Result<&T> {
    index_opt(list, position).ok_or_else(|| {
        let detail = format!("the position {position} lies outside of a list of {} elements", list.len());
        Failure::new(builtin::OUT_OF_RANGE, detail)
    })
}

/// `list[?i]`: the element at a position, or none.
pub fn index_opt<T>(list: &[T], position: i64) -> Option<&T> {
    usize::try_from(position).ok().and_then(|position| list.get(position))
}

/// `one`: the only one, else `not_one`. Every element is looked at.
pub fn one<T>(each: impl IntoIterator<Item = Result<T>>) -> Result<T> {
    let (mut only, mut count) = (None, 0_usize);
    for element in each {
        only = Some(element?);
        count += 1;
    }
    only.filter(|_| count == 1)
        .ok_or_else(|| Failure::new(builtin::NOT_ONE, format!("exactly one element is expected, there are {count}")))
}

/// `one` of elements that are there: the only one, else `not_one`.
pub fn only<T>(list: impl IntoIterator<Item = T>) -> Result<T> {
    one(list.into_iter().map(Ok))
}

/// `filter`: the elements that hold; the first failure ends it.
pub fn filter<T>(list: impl IntoIterator<Item = T>, mut holds: impl FnMut(&T) -> Result<bool>) -> Result<Vec<T>> {
    let mut kept = Vec::new();
    for element in list {
        if holds(&element)? {
            kept.push(element);
        }
    }
    Ok(kept)
}

/// `map` with a filter: what is made of the elements that hold.
pub fn filter_map<T, U>(
    list: impl IntoIterator<Item = T>,
    mut make: impl FnMut(T) -> Result<Option<U>>,
) -> Result<Vec<U>> {
    let mut made = Vec::new();
    for element in list {
        made.extend(make(element)?);
    }
    Ok(made)
}

/// `find`: the first element that holds.
pub fn find<T>(list: impl IntoIterator<Item = T>, mut holds: impl FnMut(&T) -> Result<bool>) -> Result<Option<T>> {
    for element in list {
        if holds(&element)? {
            return Ok(Some(element));
        }
    }
    Ok(None)
}

/// Places of values by a digest: equal values have equal ones, and are told from others by comparing.
#[derive(Default)]
struct Places(HashMap<u64, Vec<usize>>);

impl Places {
    /// The first of the places with this digest that `equals` holds for; if there is none, `place` is one from now on.
    fn find_or_add(&mut self, digest: u64, place: usize, equals: impl Fn(usize) -> bool) -> Option<usize> {
        let places = self.0.entry(digest).or_default();
        let found = places.iter().copied().find(|place| equals(*place));
        if found.is_none() {
            places.push(place);
        }
        found
    }
}

/// A digest of values that payloads can't foresee, so that none can make all of them the same.
fn digest<T: Hash>(state: &RandomState) -> impl Fn(&T) -> u64 {
    |value| state.hash_one(value)
}

/// The one digest of values that have none of their own: each is compared with all others.
fn no_digest<T>(_: &T) -> u64 {
    0
}

/// `distinct`: without repeated values, the first ones kept.
pub fn distinct<T: PartialEq + Hash>(list: impl IntoIterator<Item = T>) -> Vec<T> {
    distinct_by(list, digest(&RandomState::new()))
}

/// `distinct` of values that can only be compared.
pub fn distinct_compared<T: PartialEq>(list: impl IntoIterator<Item = T>) -> Vec<T> {
    distinct_by(list, no_digest)
}

fn distinct_by<T: PartialEq>(list: impl IntoIterator<Item = T>, digest: impl Fn(&T) -> u64) -> Vec<T> {
    let (mut places, mut kept) = (Places::default(), Vec::new());
    for element in list {
        let known = places.find_or_add(digest(&element), kept.len(), |place| kept.get(place) == Some(&element));
        if known.is_none() {
            kept.push(element);
        }
    }
    kept
}

/// What `groupBy` makes: a key, and the elements that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<K, I> {
    /// The key.
    pub key: K,
    /// The elements, in order.
    pub items: I,
}

/// What `join` makes: elements of two lists that have one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined<L, R> {
    /// Of the first list.
    pub left: L,
    /// Of the second list.
    pub right: R,
}

impl<K, I> Group<K, I> {
    /// The same, its parts held otherwise.
    pub fn into<A, B>(self, key: impl FnOnce(K) -> A, items: impl FnOnce(I) -> B) -> Group<A, B> {
        Group { key: key(self.key), items: items(self.items) }
    }
}

impl<L, R> Joined<L, R> {
    /// The same, its parts held otherwise.
    pub fn into<A, B>(self, left: impl FnOnce(L) -> A, right: impl FnOnce(R) -> B) -> Joined<A, B> {
        Joined { left: left(self.left), right: right(self.right) }
    }
}

/// `groupBy`: elements with keys as groups of one key each, in order of first appearance.
pub fn group<K: PartialEq + Hash, T>(keyed: impl IntoIterator<Item = (K, T)>) -> Vec<Group<K, Vec<T>>> {
    group_by(keyed, digest(&RandomState::new()))
}

/// `groupBy` by keys that can only be compared.
pub fn group_compared<K: PartialEq, T>(keyed: impl IntoIterator<Item = (K, T)>) -> Vec<Group<K, Vec<T>>> {
    group_by(keyed, no_digest)
}

fn group_by<K: PartialEq, T>(
    keyed: impl IntoIterator<Item = (K, T)>,
    digest: impl Fn(&K) -> u64,
) -> Vec<Group<K, Vec<T>>> {
    let (mut places, mut groups) = (Places::default(), Vec::<Group<K, Vec<T>>>::new());
    for (key, item) in keyed {
        let equals = |place: usize| groups.get(place).is_some_and(|group| group.key == key);
        let known = places.find_or_add(digest(&key), groups.len(), equals);
        match known.and_then(|place| groups.get_mut(place)) {
            Some(group) => group.items.push(item),
            None => groups.push(Group { key, items: vec![item] }),
        }
    }
    groups
}

/// `join`: the pairs of elements that have one key, in the order of the first list, then of the second.
///
/// Equal keys of the two lists, such as a text that is lent and one that is owned, have one hash.
pub fn join<K: PartialEq<J> + Hash, J: Hash, L: Clone, R: Clone>(
    left: impl IntoIterator<Item = (K, L)>,
    right: &[(J, R)],
) -> Vec<Joined<L, R>> {
    let state = RandomState::new();
    join_by(left, right, digest(&state), digest(&state))
}

/// `join` by keys that can only be compared.
pub fn join_compared<K: PartialEq<J>, J, L: Clone, R: Clone>(
    left: impl IntoIterator<Item = (K, L)>,
    right: &[(J, R)],
) -> Vec<Joined<L, R>> {
    join_by(left, right, no_digest, no_digest)
}

fn join_by<K: PartialEq<J>, J, L: Clone, R: Clone>(
    left: impl IntoIterator<Item = (K, L)>,
    right: &[(J, R)],
    left_digest: impl Fn(&K) -> u64,
    right_digest: impl Fn(&J) -> u64,
) -> Vec<Joined<L, R>> {
    let mut by_digest: HashMap<u64, Vec<&(J, R)>> = HashMap::new();
    for pair in right {
        by_digest.entry(right_digest(&pair.0)).or_default().push(pair);
    }
    let mut pairs = Vec::new();
    for (key, left) in left {
        let candidates = by_digest.get(&left_digest(&key)).into_iter().flatten();
        let matching = candidates.filter(|(other, _)| key == *other);
        pairs.extend(matching.map(|(_, right)| Joined { left: left.clone(), right: right.clone() }));
    }
    pairs
}

/// `sum` of ints; 0 for none.
pub fn sum_int(each: impl IntoIterator<Item = Result<i64>>) -> Result<i64> {
    each.into_iter().try_fold(0, |sum, next| crate::int::add(sum, next?))
}

/// `sum` of decimals; 0 for none.
pub fn sum_decimal(each: impl IntoIterator<Item = Result<Decimal>>) -> Result<Decimal> {
    each.into_iter().try_fold(Decimal::ZERO, |sum, next| sum.add(next?))
}

/// `sum` of amounts of one currency; for none it fails with `not_one`, as the currency is not known.
pub fn sum_money(each: impl IntoIterator<Item = Result<Money>>) -> Result<Money> {
    sum_of(each, Money::add)
}

/// `sum` of quantities of one unit; for none it fails with `not_one`, as the unit is not known.
pub fn sum_quantity(each: impl IntoIterator<Item = Result<Quantity>>) -> Result<Quantity> {
    sum_of(each, Quantity::add)
}

fn sum_of<T>(each: impl IntoIterator<Item = Result<T>>, add: impl Fn(T, T) -> Result<T>) -> Result<T> {
    let mut sum = None;
    for next in each {
        let next = next?;
        sum = Some(match sum.take() {
            Some(sum) => add(sum, next)?,
            None => next,
        });
    }
    sum.ok_or_else(|| Failure::new(builtin::NOT_ONE, "the sum of no elements has no currency or unit"))
}

/// `map[k]` on an absent key.
#[cold]
pub fn no_such_key(key: &str) -> Failure {
    Failure::quoting(builtin::NO_SUCH_KEY, |quote| format!("there is no {}", quote.no("key", key)))
}

/// A value that `has` proved present is not there.
#[cold]
pub fn absent_value() -> Failure {
    Failure::new(builtin::ABSENT_VALUE, "a value is absent where one is needed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fails_by_name() {
        assert_eq!(index(&[1, 2], 2).unwrap_err().code(), "out_of_range");
        assert_eq!(index(&[1, 2], -1).unwrap_err().code(), "out_of_range");
        assert_eq!(one([Ok(1), Ok(2)]).unwrap_err().code(), "not_one");
        assert_eq!(one([Ok(1)]).unwrap(), 1);
        assert_eq!(sum_money([]).unwrap_err().code(), "not_one");
        assert_eq!(sum_int([Ok(i64::MAX), Ok(1)]).unwrap_err().code(), "overflow");
        assert_eq!(distinct([1, 2, 1, 3, 2]), [1, 2, 3]);
    }

    #[test]
    fn groups_keep_the_order_of_first_appearance() {
        let groups = group([("b", 1), ("a", 2), ("b", 3)]);
        let seen: Vec<(&str, &[i32])> = groups.iter().map(|group| (group.key, group.items.as_slice())).collect();
        assert_eq!(seen, [("b", [1, 3].as_slice()), ("a", [2].as_slice())]);
    }

    #[test]
    fn a_join_repeats_what_matches_twice_and_leaves_out_what_matches_nothing() {
        let pairs = join(vec![("a", 1), ("b", 2), ("c", 3)], &[("b", 'x'), ("a", 'y'), ("b", 'z')]);
        let seen: Vec<(i32, char)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
        assert_eq!(seen, [(1, 'y'), (2, 'x'), (2, 'z')]);
    }

    #[test]
    fn keys_are_equal_as_their_values_are_whatever_holds_them() {
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        assert_eq!(distinct([decimal("1.50"), decimal("2"), decimal("1.5")]), [decimal("1.5"), decimal("2")]);
        assert_eq!(group([(Some(decimal("1.0")), 'x'), (None, 'y'), (Some(decimal("1")), 'z')]).len(), 2);
        let right = [("a".to_owned(), 1), ("b".to_owned(), 2)];
        assert_eq!(join([("b", 'x')], &right), [Joined { left: 'x', right: 2 }]);
    }

    #[test]
    fn what_can_only_be_compared_gives_the_same() {
        let keyed = || (0..50).map(|n: u32| (n * 7 % 5, n));
        let right: Vec<(u32, u32)> = keyed().collect();
        assert_eq!(distinct_compared(keyed().map(|pair| pair.0)), distinct(keyed().map(|pair| pair.0)));
        assert_eq!(group_compared(keyed()), group(keyed()));
        assert_eq!(join_compared(keyed(), &right), join(keyed(), &right));
    }

    #[test]
    fn many_keys_cost_no_more_each_than_few() {
        // Compared pair by pair, these would take minutes.
        let many = || (0..300_000_u32).map(|n| (n, n));
        let right: Vec<(u32, u32)> = many().collect();
        assert_eq!(distinct(many()).len(), 300_000);
        assert_eq!(group(many()).len(), 300_000);
        assert_eq!(join(many(), &right).len(), 300_000);
    }
}
