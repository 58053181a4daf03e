//! The names that we give our own messages, so that nobody else can make one up: a keyed digest stands in each.
//!
//! A message is `rmad.UNIQUE.DIGEST`; that is the left side of its Message-ID (RFC 5322, section 3.6.4), and behind a `+`
//! in the address that bounces and replies to it may come back to (RFC 5233), so that either leads to it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How our names begin.
const MARK: &str = "rmad.";
/// Of what is unique and of the digest so much is kept: 80 bits, more than anybody guesses against a mailbox, and little
/// enough for both to stand in an address (64 characters before the `@`, RFC 5321, section 4.5.3.1.1).
const KEPT: usize = 10;
/// How long a name with a digest is, in characters.
pub const NAME_LENGTH: usize = MARK.len() + 16 + 1 + 16;

/// The keys of the digests: the first signs, and each of them proves, so that a key can be followed by another while
/// threads go on under the old one. Without a key names bear no digest.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys(Vec<Vec<u8>>);

impl Keys {
    /// Of these texts, one a key; the newest first.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k str>) -> Keys {
        Keys(keys.into_iter().map(|key| key.as_bytes().to_vec()).collect())
    }

    /// A message's name, of bytes that no other message has.
    pub fn mint(&self, unique: &[u8]) -> String {
        let unique = letters(unique);
        match self.0.first() {
            Some(key) => format!("{MARK}{unique}.{}", digest(key, &unique)),
            None => format!("{MARK}{unique}"),
        }
    }

    /// The name in a Message-ID or an address, if one of our keys proves it to be ours: `rmad.UNIQUE.DIGEST`.
    pub fn proven<'t>(&self, text: &'t str) -> Option<&'t str> {
        let local = text.rsplit_once('@').map_or(text, |(local, _)| local);
        let name = local.rsplit_once('+').map_or(local, |(_, detail)| detail);
        let (unique, claimed) = name.strip_prefix(MARK)?.split_once('.')?;
        self.0.iter().any(|key| is_same(&digest(key, unique), claimed)).then_some(name)
    }

    /// Whether a Message-ID is in our form and yet not ours.
    pub fn is_forged(&self, message_id: &str) -> bool {
        !self.0.is_empty() && message_id.starts_with(MARK) && self.proven(message_id).is_none()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} keys", self.0.len())
    }
}

fn digest(key: &[u8], unique: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(unique.as_bytes());
    letters(&mac.finalize().into_bytes())
}

/// The first bytes, five bits a character (RFC 4648, section 6), in lower case as addresses are compared.
fn letters(bytes: &[u8]) -> String {
    let bits = bytes.iter().take(KEPT).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let character = |place: usize| match u8::try_from(bits >> (5 * place) & 31).unwrap_or_default() {
        letter @ 0..26 => char::from(b'a' + letter),
        digit => char::from(b'2' + digit - 26),
    };
    (0..KEPT * 8 / 5).rev().map(character).collect()
}

/// Compares all of it, so that the time it takes tells nothing of where a guess goes wrong.
fn is_same(one: &str, other: &str) -> bool {
    let differs = one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
    one.len() == other.len() && differs == 0 && !one.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_proven_by_any_of_the_keys_and_by_no_other() {
        let old = Keys::new(["an old key, long enough"]);
        let rotated = Keys::new(["a new key, long enough too", "an old key, long enough"]);
        let name = old.mint(b"0123456789");
        assert_eq!(name.len(), NAME_LENGTH);
        for text in [name.clone(), format!("{name}@vendor.example"), format!("support+{name}@vendor.example")] {
            assert_eq!(rotated.proven(&text), Some(name.as_str()), "{text}");
            assert_eq!(Keys::new(["another"]).proven(&text), None, "{text}");
        }
        assert_ne!(rotated.mint(b"0123456789"), name, "the newest signs");
        for forged in [
            "rmad.abc123",
            "rmad.abc123.",
            "rmad.abc124.00",
            "rmad..",
            "abc",
            "",
            "+@",
            "rmad.abc123.00000000000000000000",
        ] {
            assert_eq!(rotated.proven(forged), None, "{forged}");
        }
        assert!(rotated.is_forged("rmad.abc123.00@vendor.example") && !rotated.is_forged("x@customer.example"));
    }

    #[test]
    fn without_a_key_nothing_is_signed_or_proven() {
        let none = Keys::default();
        assert_eq!(none.mint(b"0123456789"), "rmad.gaytemzugu3doobz");
        assert!(none.proven("rmad.abc@vendor.example").is_none() && !none.is_forged("rmad.abc@vendor.example"));
        assert_eq!(none.proven("rmad.abc."), None);
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", Keys::new(["a secret"])), "1 keys");
    }
}
