//! A bound on what the mail server may make us hold in memory.
//!
//! async-imap allocates a literal as soon as its size is announced, up to 512 MiB, and parses a line that is not yet
//! complete again and again. This reader sits below it, counts along, and ends the connection when a response grows
//! beyond what we ever ask for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest line outside of literals, in bytes.
const LONGEST_LINE: u64 = 1 << 20;
/// The largest response, literals included, in bytes.
const LARGEST_RESPONSE: u64 = 16 << 20;

/// A stream from which no oversized response can be read.
#[derive(Debug)]
pub(super) struct Guarded<S> {
    stream: S,
    meter: Meter,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S) -> Guarded<S> {
        Guarded { stream, meter: Meter::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let new = buf.filled().get(before..).unwrap_or_default();
        Poll::Ready(self.meter.count(new))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where we stand in the server's answers: a response is lines, each but the last of which ends in the size of a
/// literal that follows it (`{1234}`).
#[derive(Debug, Default)]
struct Meter {
    /// Bytes of the current literal still to come.
    literal: u64,
    /// Bytes of the current line, without literals.
    line: u64,
    /// Bytes of the current response.
    response: u64,
    /// The number in braces that the line ends with so far.
    braces: Braces,
}

#[derive(Debug, Default, Clone, Copy)]
enum Braces {
    #[default]
    None,
    Open(u64),
    Closed(u64),
}

impl Meter {
    fn count(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.literal > 0 {
                let skipped = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                self.literal -= skipped as u64;
                bytes = bytes.split_at(skipped).1;
            } else {
                self.step(byte)?;
                bytes = rest;
            }
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) -> io::Result<()> {
        self.line += 1;
        self.response += 1;
        if byte == b'\n' {
            self.end_of_line();
        } else {
            self.braces = self.braces.then(byte);
        }
        if self.line > LONGEST_LINE || self.response > LARGEST_RESPONSE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(())
    }

    fn end_of_line(&mut self) {
        self.line = 0;
        if let Braces::Closed(size) = self.braces {
            self.literal = size;
            self.response = self.response.saturating_add(size);
        } else {
            self.response = 0;
        }
        self.braces = Braces::None;
    }
}

impl Braces {
    fn then(self, byte: u8) -> Braces {
        match (self, byte) {
            (_, b'{') => Braces::Open(0),
            (Braces::Open(size), b'0'..=b'9') => {
                Braces::Open(size.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            (Braces::Open(size), b'}') => Braces::Closed(size),
            (Braces::Closed(size), b'\r') => Braces::Closed(size),
            _ => Braces::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(pieces: &[&[u8]]) -> io::Result<Meter> {
        let mut meter = Meter::default();
        for piece in pieces {
            meter.count(piece)?;
        }
        Ok(meter)
    }

    #[test]
    fn a_literal_is_passed_over_wherever_the_network_cuts_it() {
        let text = b"* 1 FETCH (UID 1 BODY[] {13}\r\nhello {999}\r\n)\r\nA1 OK done\r\n";
        for cut in 0..text.len() {
            let (head, tail) = text.split_at(cut);
            let meter = counted(&[head, tail]).unwrap();
            assert_eq!((meter.literal, meter.line, meter.response), (0, 0, 0), "cut at {cut}");
        }
    }

    #[test]
    fn an_absurd_literal_ends_the_connection_as_it_is_announced() {
        assert!(counted(&[b"* 1 FETCH (BODY[] {536", b"000000}\r\n"]).is_err());
        assert!(counted(&[b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n"]).is_err());
        assert!(counted(&[b"* 1 FETCH (BODY[] {8388608}\r\n"]).is_ok());
    }

    #[test]
    fn many_literals_of_one_response_add_up() {
        let five_megabytes = vec![b'x'; 5 << 20];
        let announced = format!("BODY[] {{{}}}\r\n", five_megabytes.len());
        let mut meter = Meter::default();
        for _ in 0..3 {
            meter.count(announced.as_bytes()).unwrap();
            meter.count(&five_megabytes).unwrap();
        }
        assert!(meter.count(announced.as_bytes()).is_err());
    }

    #[test]
    fn an_endless_line_ends_the_connection() {
        let mut meter = Meter::default();
        meter.count(&vec![b'1'; 1 << 20]).unwrap();
        assert!(meter.count(b"1").is_err());
    }
}
