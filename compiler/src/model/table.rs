//! Typed ids and the dense tables they index: how every part of the model refers to another.

use std::fmt;
use std::marker::PhantomData;

/// A position in a [`Table`], typed by what the table holds.
pub struct Id<T> {
    index: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id at `index`; only tables and tests make them.
    pub fn new(index: usize) -> Self {
        Id { index: u32::try_from(index).unwrap_or(u32::MAX), of: PhantomData }
    }

    /// The position in its table.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.index.cmp(&other.index)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index)
    }
}

/// A dense table of `T`, in order of declaration.
#[derive(Debug, Clone)]
pub struct Table<T> {
    rows: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { rows: Vec::new() }
    }
}

impl<T> Table<T> {
    /// Appends a row and returns its id.
    pub fn push(&mut self, row: T) -> Id<T> {
        self.rows.push(row);
        Id::new(self.rows.len() - 1)
    }

    /// All rows with their ids, in order of declaration.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Id<T>, &T)> + ExactSizeIterator {
        self.rows.iter().enumerate().map(|(index, row)| (Id::new(index), row))
    }

    /// All rows, in order of declaration.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// The row of an id of this table.
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        self.rows.get_mut(id.index())
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<T> std::ops::Index<Id<T>> for Table<T> {
    type Output = T;

    // An id is only ever made by the table it belongs to, and rows are never removed.
    #[allow(clippy::indexing_slicing)]
    fn index(&self, id: Id<T>) -> &T {
        &self.rows[id.index()]
    }
}
