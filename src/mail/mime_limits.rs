//! Whether a message may be given to the MIME parser: how much the parser makes of it, and how often it reads or copies the
//! same bytes.
//!
//! All of it is estimated from the lines alone, so that it is too high rather than too low: a line counts as a field or as
//! the border of a part wherever it stands.

use std::cell::Cell;

use mail_parser::decoders::base64::base64_decode;

use super::header::end_of_header;

/// A longer header is no mail's; in bytes.
pub(super) const MAX_HEADER: usize = 1_000_000;
/// Fields, parts, and what is listed within fields: the parser makes a value of some hundred bytes of each.
const MAX_VALUES: usize = 400_000;
/// The parser compares a parameter of a field with all before it; in bytes.
const MAX_CONTENT_FIELD: usize = 16_000;
/// The parser may look for the border of each multipart through all that follows; in bytes.
const MAX_SEARCHED: usize = 2_000_000_000;
/// The parser copies a message that came encoded once for each message within it; in bytes.
const MAX_COPIED: usize = 100_000_000;
/// Messages within a message; each weighs some kilobytes.
const MAX_MESSAGES: usize = 10_000;
/// What is read here of encoded messages, each decoded in every way and with all that follows it; in bytes.
const MAX_READ: usize = 200_000_000;
/// To this depth it parses encoded messages within encoded messages.
const MAX_ENCODED: usize = 3;

/// Fields in which the parser reads lists, by the ends of their names.
const LISTS: &[&[u8]] = &[
    b"from",
    b"to",
    b"cc",
    b"sender",
    b"references",
    b"-id",
    b"-path",
    b"keywords",
    b"-language",
    b"list-archive",
    b"list-help",
    b"list-owner",
    b"list-post",
    b"list-subscribe",
    b"list-unsubscribe",
];
const CONTENT: &[&[u8]] = &[b"content-type", b"content-disposition", b"content-transfer-encoding"];

/// Tells which limit the message exceeds.
pub(super) fn check(raw: &[u8]) -> Result<(), String> {
    let header = end_of_header(raw);
    if header > MAX_HEADER {
        return Err(format!("a header of {header} bytes, at most {MAX_HEADER} are read"));
    }
    census(raw, 0, &Cell::new(MAX_READ)).map(|_| ())
}

/// Counts the messages within a message. `left` is what may still be read of all of them.
fn census(raw: &[u8], depth: usize, left: &Cell<usize>) -> Result<usize, String> {
    let mut census = Census { bytes: raw.len(), ..Census::default() };
    let mut rest = raw;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        if matches!(line, b"\n" | b"\r\n") {
            census.field = Field::Other;
            if census.ends_header_of_encoded_message() && depth < MAX_ENCODED {
                census.open(rest, depth, left)?;
            }
        } else {
            census.read(line, rest.len());
        }
        census.check()?;
    }
    Ok(census.messages + if census.has_digest { census.borders } else { 0 })
}

/// What was counted so far.
#[derive(Default)]
struct Census {
    bytes: usize,
    values: usize,
    /// Lines with what may be the border of a part: the parser does not ask for one at the beginning of a line.
    borders: usize,
    messages: usize,
    searched: usize,
    copied: usize,
    has_digest: bool,
    field: Field,
    paragraph: Paragraph,
}

/// The field that a line belongs to.
#[derive(Default)]
enum Field {
    #[default]
    Other,
    List,
    /// With the length that it has so far.
    Content(usize),
}

/// The lines since the last blank one, which may be the header of a part.
#[derive(Default)]
struct Paragraph {
    names_type: bool,
    is_message: bool,
    is_encoded: bool,
}

impl Census {
    /// `behind` is how many bytes follow the line.
    fn read(&mut self, line: &[u8], behind: usize) {
        let is_border = line.windows(2).any(|pair| pair == b"--");
        self.borders += usize::from(is_border);
        self.values += usize::from(is_border || line.contains(&b':'));
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            self.field = Field::of(line);
        }
        if !matches!(self.field, Field::Other) {
            self.values += line.iter().filter(|byte| matches!(byte, b',' | b';' | b'<')).count();
        }
        if let Field::Content(length) = &mut self.field {
            *length += line.len();
            let squeezed = line.iter().filter(|byte| !byte.is_ascii_whitespace());
            self.read_content(&squeezed.map(u8::to_ascii_lowercase).collect::<Vec<u8>>(), behind);
        }
    }

    fn read_content(&mut self, line: &[u8], behind: usize) {
        let has = |word: &[u8]| line.windows(word.len()).any(|found| found == word);
        let is_message = has(b"message/") || has(b"message(") || line.ends_with(b"message");
        self.searched += if has(b"boundary") { behind } else { 0 };
        self.messages += usize::from(is_message);
        self.has_digest |= has(b"digest");
        self.paragraph.names_type |= has(b"type");
        self.paragraph.is_message |= is_message;
        self.paragraph.is_encoded |= has(b"base64") || has(b"quoted-printable");
    }

    /// A part without a type is a message where it stands in a digest (RFC 2046, section 5.1.5).
    fn ends_header_of_encoded_message(&mut self) -> bool {
        let paragraph = std::mem::take(&mut self.paragraph);
        paragraph.is_encoded && (paragraph.is_message || self.has_digest && !paragraph.names_type)
    }

    /// Counts what an encoded message holds, of which these are the bytes and all behind them.
    fn open(&mut self, rest: &[u8], depth: usize, left: &Cell<usize>) -> Result<(), String> {
        let all = left.get().checked_sub(2 * rest.len()).ok_or("too many encoded messages")?;
        left.set(all);
        for decoded in [from_base64(rest), from_quoted_printable(rest)] {
            self.searched += decoded.len();
            self.copied += decoded.len() * census(&decoded, depth + 1, left)?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if self.values > MAX_VALUES {
            Err(format!("more than {MAX_VALUES} fields, parts and addresses"))
        } else if matches!(self.field, Field::Content(length) if length > MAX_CONTENT_FIELD) {
            Err(format!("a field of more than {MAX_CONTENT_FIELD} bytes that tells what a part is"))
        } else if self.searched > MAX_SEARCHED {
            Err(format!("too many multiparts for {} bytes", self.bytes))
        } else if self.copied > MAX_COPIED {
            Err("too many messages within encoded messages".to_owned())
        } else if self.messages > MAX_MESSAGES {
            Err(format!("more than {MAX_MESSAGES} messages within one"))
        } else {
            Ok(())
        }
    }
}

impl Field {
    /// By the name before a colon. The parser passes over blanks in names, and a border may stand before one.
    fn of(line: &[u8]) -> Field {
        let mut kind = Field::Other;
        let mut before: Vec<u8> = Vec::new();
        for byte in line.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            let is_named = |names: &[&[u8]]| *byte == b':' && names.iter().any(|name| before.ends_with(name));
            if is_named(CONTENT) {
                return Field::Content(0);
            }
            if is_named(LISTS) {
                kind = Field::List;
            }
            before.push(byte.to_ascii_lowercase());
        }
        kind
    }
}

/// What the parser would decode, and more: it gives up at once on what is no base64.
fn from_base64(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.windows(2).position(|pair| pair == b"--").unwrap_or(bytes.len());
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let digits: Vec<u8> = bytes.iter().take(end).copied().filter(is_part).collect();
    base64_decode(&digits).unwrap_or_default()
}

/// What the parser would decode, and all behind it (RFC 2045, section 6.7).
fn from_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        rest = after;
        match after {
            [b'\r', b'\n', behind @ ..] | [b'\n', behind @ ..] if *byte == b'=' => rest = behind,
            [high, low, behind @ ..] if *byte == b'=' => {
                if let (Some(high), Some(low)) = (digit(*high), digit(*low)) {
                    decoded.push(high << 4 | low);
                    rest = behind;
                } else {
                    decoded.push(*byte);
                }
            }
            _ => decoded.push(*byte),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indented_body_is_no_field() {
        let log = "    at Switch.select (switch.c:42), port: 3\n".repeat(20_000);
        let body = format!("From: ann@customer.example\nContent-Transfer-Encoding: 8bit\n\n{log}");
        let attached = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n{log}\n--b\nTo: x\n\n{log}--b--\n"
        );
        assert_eq!((check(body.as_bytes()), check(attached.as_bytes())), (Ok(()), Ok(())));
    }

    /// Each part may be read as a message that holds all that follow.
    #[test]
    fn encoded_messages_are_not_read_again_and_again() {
        let part = "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQQ==\n";
        let raw = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", part.repeat(500));
        assert!(check(raw.as_bytes()).is_err_and(|why| why.contains("encoded messages")));
        let few = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", part.repeat(20));
        assert_eq!(check(few.as_bytes()), Ok(()));
    }

    #[test]
    fn messages_within_messages_are_counted() {
        let nested = "Content-Type: message/rfc822\n\n".repeat(MAX_MESSAGES + 1);
        assert!(check(nested.as_bytes()).is_err_and(|why| why.contains("messages within one")));
    }

    #[test]
    fn what_people_send_is_within_the_limits() {
        let part = "--b\nContent-Type: image/png; name=\"a message.png\"\nContent-Transfer-Encoding: base64\n\n";
        let pictures = format!("{part}{}\n", "iVBORw0KGgoAAAANSUhEUgAA\n".repeat(2_000)).repeat(40);
        let inner =
            "Subject: x\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/rfc822\n\na: b\n\nc\n";
        let encoded = "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n";
        for message in [
            format!("Content-Type: multipart/mixed; boundary=b\n\n{pictures}"),
            format!("{encoded}{}", inner.repeat(50)),
            format!("To: {}\n\nx", "Ann <ann@customer.example>,\n ".repeat(2_000)),
            format!("From: a\n\n{}", "2026-06-15 10:12:00 [info] port: up -- ok\n".repeat(300_000)),
            format!("Content-Type: text/html\n\n<p style=\"content: a; color: b, c\">{}", "x".repeat(2_000_000)),
        ] {
            assert_eq!(check(message.as_bytes()), Ok(()), "{:?}", message.get(..60));
        }
    }

    #[test]
    fn what_a_parser_would_unfold_is_not() {
        let carried = "--c\nContent-Type: message/rfc822\n\na: b\n\nc\n".repeat(5_000);
        let inner = format!("Subject: x\nContent-Type: multipart/mixed; boundary=c\n\n{carried}");
        let quoted = "Content-Transfer-Encoding: quoted-printable";
        for message in [
            format!("a: {}\n\nx", "b".repeat(2_000_000)),
            format!("a: b\n\n{}", "--b\n\n".repeat(500_000)),
            format!("a: b\n\n{}", "junk --b C on tent-Type: a, ".repeat(2_000)),
            format!("To: b\n\nTo: {}\n", "a,".repeat(500_000)),
            format!("content - TYPE: message/rfc822\nX: y\n{quoted}\n\n{inner}"),
            format!("Content-Type: multipart/digest; boundary=b\n\n--b\n{quoted}\n\n{inner}"),
            format!("a: b\n\n{}x", "--b\nContent-Type: multipart/x;\n BOUNDARY=c\n\n".repeat(20_000)),
        ] {
            assert!(check(message.as_bytes()).is_err(), "{:?}", message.get(..60));
        }
    }
}
