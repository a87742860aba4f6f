//! A writer whose reader may leave: `crossdock check | head` is no failure.

use std::io::{self, ErrorKind, Write};

/// Passes on what is written until nobody reads it any more; from then on drops it.
pub(super) struct Pipe<'w> {
    inner: &'w mut dyn Write,
    closed: bool,
}

impl<'w> Pipe<'w> {
    /// A writer that somebody reads.
    pub(super) fn new(inner: &'w mut dyn Write) -> Self {
        Pipe { inner, closed: false }
    }

    fn unless_closed<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let written = self.inner.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.unless_closed(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads so many bytes, then hangs up or fails otherwise.
    struct Reader(usize, ErrorKind);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 < bytes.len() {
                return Err(self.1.into());
            }
            self.0 -= bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_leaves_is_no_failure_but_a_full_disk_is() {
        let (mut gone, mut full) = (Reader(3, ErrorKind::BrokenPipe), Reader(3, ErrorKind::StorageFull));
        let mut pipe = Pipe::new(&mut gone);
        for _ in 0..3 {
            assert!(pipe.write_all(b"ab").is_ok());
        }
        assert!(pipe.flush().is_ok());
        let mut pipe = Pipe::new(&mut full);
        assert!(pipe.write_all(b"ab").is_ok());
        assert!(pipe.write_all(b"ab").is_err());
    }
}
