//! How a record's fields are read: scalars by copy, text and lists by reference into the payload or the record.
//!
//! `#[derive(Record)]` gives a record that keeps its place a method per field, which returns what is lent here.

use crate::{Country, Currency, Date, Decimal, Duration, LocalTimestamp, Money, Quantity, Ref, Time, Timestamp, Unit};
use std::borrow::Cow;

/// A value that is held, and the form in which it is read.
pub trait Lend {
    /// What is read: the value itself if it is `Copy`, else a reference.
    type Lent<'l>
    where
        Self: 'l;

    /// Reads it.
    fn lend(&self) -> Self::Lent<'_>;
}

macro_rules! by_copy {
    ($($ty:ty),* $(,)?) => {$(
        impl Lend for $ty {
            type Lent<'l> = $ty;

            #[inline]
            fn lend(&self) -> $ty {
                *self
            }
        }
    )*};
}

by_copy!(bool, i64, Country, Currency, Date, Decimal, Duration, LocalTimestamp, Money, Quantity, Time, Timestamp, Unit);

impl Lend for Cow<'_, str> {
    type Lent<'l>
        = &'l str
    where
        Self: 'l;

    #[inline]
    fn lend(&self) -> &str {
        self
    }
}

impl Lend for String {
    type Lent<'l> = &'l str;

    #[inline]
    fn lend(&self) -> &str {
        self
    }
}

impl Lend for Ref {
    type Lent<'l> = &'l Ref;

    #[inline]
    fn lend(&self) -> &Ref {
        self
    }
}

impl<T> Lend for Vec<T> {
    type Lent<'l>
        = &'l [T]
    where
        Self: 'l;

    #[inline]
    fn lend(&self) -> &[T] {
        self
    }
}

impl<K, V> Lend for crate::form::Map<K, V> {
    type Lent<'l>
        = &'l crate::form::Map<K, V>
    where
        Self: 'l;

    #[inline]
    fn lend(&self) -> &Self {
        self
    }
}
