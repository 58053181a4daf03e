//! Names of IMAP folders on the wire: modified UTF-7 (RFC 3501, section 5.1.3).

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// The folder's name as the server spells it.
pub(super) fn encoded(name: &str) -> String {
    let mut wire = String::new();
    let mut foreign = String::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut wire, &mut foreign);
            wire.push(c);
            if c == '&' {
                wire.push('-');
            }
        } else {
            foreign.push(c);
        }
    }
    flush(&mut wire, &mut foreign);
    wire
}

/// Writes the characters outside of printable ASCII that were gathered.
fn flush(wire: &mut String, foreign: &mut String) {
    if foreign.is_empty() {
        return;
    }
    let utf16: Vec<u8> = foreign.encode_utf16().flat_map(u16::to_be_bytes).collect();
    wire.push('&');
    BASE64.encode_string(utf16, wire);
    wire.push('-');
    foreign.clear();
}

/// A string as IMAP quotes it. The text must be printable ASCII.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_in_the_rfc() {
        for (name, wire) in [
            ("Processed", "Processed"),
            ("R&D", "R&-D"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Geprüft", "Gepr&APw-ft"),
            ("📦", "&2D3c5g-"),
        ] {
            assert_eq!(encoded(name), wire);
        }
        assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
    }
}
