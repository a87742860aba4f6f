//! The texts of all spec files, by [`FileId`], with lines and columns.

use super::span::{FileId, Span};
use std::sync::Arc;

/// A file's text with the offsets of its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its path from the workspace's folder, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// Offset of the first byte of each line.
    lines: Vec<u32>,
}

impl SourceFile {
    fn new(path: String, text: Arc<str>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = breaks.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
        let lines = std::iter::once(0).chain(starts).collect();
        SourceFile { path, text, lines }
    }

    /// Offset of the first byte of a line; lines count from 1. Past the end, the end of the text.
    pub fn line_start(&self, line: u32) -> u32 {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        self.lines.get(index).copied().unwrap_or_else(|| self.len())
    }

    /// How many lines it has, the one after a last line break included.
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    /// Its length in bytes.
    pub fn len(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Whether it has no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Line and column of an offset; past the end, of the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start as usize..).unwrap_or("");
        let bytes = (offset - start) as usize;
        let columns = before.char_indices().take_while(|(at, _)| *at < bytes).count();
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(columns + 1).unwrap_or(u32::MAX),
        }
    }
}

/// A place as people count: both from 1, columns in Unicode code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in code points.
    pub column: u32,
}

/// The spec files of a workspace, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    /// What stands before a file's path when it is shown.
    folder: String,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file by its path from the workspace's folder.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile::new(path.into(), text.into()));
        id
    }

    /// All files with their ids.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, file)| (FileId(u32::try_from(i).unwrap_or(u32::MAX)), file))
    }

    /// A file.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// A file by its path from the workspace's folder.
    pub fn by_path(&self, path: &str) -> Option<FileId> {
        self.files().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }

    /// A file's path from the workspace's folder; empty for an unknown file.
    pub fn path(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| file.path.as_str())
    }

    /// Says where the workspace lies from where its reader stands, so that paths which are shown lead to the files.
    pub fn seen_from(&mut self, folder: impl Into<String>) {
        self.folder = folder.into();
        if !self.folder.is_empty() && !self.folder.ends_with('/') {
            self.folder.push('/');
        }
    }

    /// A file's path as its reader finds it; without a word of [`SourceMap::seen_from`] that is [`SourceMap::path`].
    pub fn shown(&self, id: FileId) -> String {
        format!("{}{}", self.folder, self.path(id))
    }

    /// A file's text; empty for an unknown file.
    pub fn text(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.text)
    }

    /// The text of a line, from 1, without the blanks around it; past the end, the end of the text.
    pub fn line(&self, id: FileId, line: usize) -> Span {
        let Some(file) = self.file(id) else { return Span::new(id, 0, 0) };
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let start = file.line_start(line);
        let text = file.text.get(start as usize..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let from = start + length(text) - length(text.trim_start());
        Span::new(id, from, from + length(text.trim()))
    }

    /// The text that a span covers; empty if the span is not within its file.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// Line and column of a span's first byte.
    pub fn start(&self, span: Span) -> Position {
        self.position(span.file, span.start)
    }

    /// Line and column after a span's last byte.
    pub fn end(&self, span: Span) -> Position {
        self.position(span.file, span.end)
    }

    fn position(&self, file: FileId, offset: u32) -> Position {
        self.file(file).map_or(Position { line: 1, column: 1 }, |file| file.position(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_code_points_and_lines_count_from_one() {
        let mut map = SourceMap::new();
        let file = map.add("a.yaml", "größe: 1\nü: x\n");
        let x = u32::try_from(map.text(file).find('x').unwrap()).unwrap();
        assert_eq!(map.start(Span::new(file, x, x + 1)), Position { line: 2, column: 4 });
        assert_eq!(map.end(Span::new(file, x, x + 1)), Position { line: 2, column: 5 });
        assert_eq!(map.slice(Span::new(file, x, x + 1)), "x");
        assert_eq!(map.start(Span::new(file, 0, 0)), Position { line: 1, column: 1 });
        assert_eq!(map.start(Span::new(file, 999, 999)), Position { line: 3, column: 1 });
    }

    #[test]
    fn an_unknown_file_has_no_text() {
        let map = SourceMap::new();
        assert_eq!(map.slice(Span::new(FileId(9), 0, 4)), "");
        assert_eq!(map.path(FileId(9)), "");
    }

    #[test]
    fn paths_are_shown_from_where_the_reader_stands() {
        let mut map = SourceMap::new();
        let file = map.add("a/b.yaml", "");
        assert_eq!(map.shown(file), "a/b.yaml");
        map.seen_from("specs");
        assert_eq!((map.shown(file).as_str(), map.path(file)), ("specs/a/b.yaml", "a/b.yaml"));
    }
}
