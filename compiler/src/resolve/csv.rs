//! Comma-separated tables as RFC 4180 describes them: quotes, doubled quotes, line breaks inside quotes.

/// A table: a header and rows, each with the line it starts on.
pub(super) struct Table {
    pub header: Vec<String>,
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Reads a table; the message of an error says where.
pub(super) fn read(bytes: &[u8]) -> Result<Table, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut records = records(text)?.into_iter();
    let (_, header) = records.next().ok_or_else(|| "it is empty".to_owned())?;
    let header: Vec<String> = header.into_iter().map(|h| h.trim().to_owned()).collect();
    let mut rows = Vec::new();
    for (line, cells) in records {
        if cells.len() == 1 && cells.iter().all(String::is_empty) {
            continue;
        }
        if cells.len() != header.len() {
            return Err(format!("line {line} has {} cells, and the header has {}", cells.len(), header.len()));
        }
        rows.push((line, cells));
    }
    Ok(Table { header, rows })
}

fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let mut all = Vec::new();
    let (mut record, mut cell) = (Vec::new(), String::new());
    let (mut quoted, mut started) = (false, 1);
    let mut line = 1;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted => {
                if chars.next_if_eq(&'"').is_some() {
                    cell.push('"');
                } else {
                    quoted = false;
                }
            }
            _ if quoted => cell.push(c),
            '"' if cell.is_empty() => quoted = true,
            ',' => record.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                record.push(std::mem::take(&mut cell));
                all.push((started, std::mem::take(&mut record)));
                started = line;
            }
            _ => cell.push(c),
        }
    }
    if quoted {
        return Err(format!("a quote that opens in line {started} is not closed"));
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        all.push((started, record));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_line_breaks_are_kept() {
        let table = read(b"\xEF\xBB\xBFsystem_code,code\r\n\"a,\"\"b\",X\r\n\"two\nlines\",Y\n").unwrap();
        assert_eq!(table.header, ["system_code", "code"]);
        assert_eq!(table.rows, [(2, vec!["a,\"b".into(), "X".into()]), (3, vec!["two\nlines".into(), "Y".into()])]);
    }

    #[test]
    fn ragged_and_unclosed_are_refused() {
        assert_eq!(read(b"a,b\n1\n").err().unwrap(), "line 2 has 1 cells, and the header has 2");
        assert!(read(b"a,b\n\"1,2\n").is_err());
        assert!(read(b"\xff").is_err());
    }
}
