//! Mail that says of itself that no person wrote it: "This is an automated message", "Please do not reply to this
//! e-mail". Only a whole sentence of the message's own counts, near its beginning or its end, and only where no person
//! speaks: who quotes such a line, or complains of it, is a person.

use super::notes::{AUTOMATIC, GOES_ON, LEAD_IN, MESSAGE, PERSONS, PERSONS_PHRASES};

/// A text declares itself in its first sentences or in its last ones.
const AT_THE_START: usize = 3;
const AT_THE_END: usize = 6;

/// Whether the text says of itself that a machine wrote it, or that nobody reads an answer.
pub(super) fn declares_itself(text: &str) -> bool {
    if a_person_speaks(text) {
        return false;
    }
    let sentences = sentences(text);
    let is_near_an_edge = |at: usize| at < AT_THE_START || at + AT_THE_END >= sentences.len();
    sentences.iter().enumerate().any(|(at, sentence)| is_near_an_edge(at) && is_declaration(sentence))
}

/// The first person singular, somebody who tells what a mail said, or somebody who asks for something.
pub(super) fn a_person_speaks(text: &str) -> bool {
    let plain = text.replace('\u{2019}', "'");
    let says_i = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .any(|word| PERSONS.contains(&word) || word.starts_with("I'"));
    let words = format!(" {} ", words_of(&plain).join(" "));
    says_i || PERSONS_PHRASES.iter().any(|phrase| words.contains(&format!(" {phrase} ")))
}

/// Sentences as they are written. A line that begins with a small letter goes on from the line before.
fn sentences(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.lines().map(str::trim) {
        if !line.starts_with(char::is_lowercase) {
            found.push(String::new());
        }
        for word in line.split_whitespace() {
            if let Some(sentence) = found.last_mut() {
                sentence.push_str(word);
                sentence.push(' ');
            }
            if word.ends_with(['.', '!', '?', ':', ';']) {
                found.push(String::new());
            }
        }
    }
    found.retain(|sentence| sentence.contains(char::is_alphabetic));
    found
}

fn is_declaration(sentence: &str) -> bool {
    let is_quoted = sentence.contains(['"', '\u{201c}', '\u{201d}', '\u{ab}', '\u{bb}', '>']);
    let begins = sentence.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
    let words = words_of(&sentence.replace('\u{2019}', "'"));
    let words: Vec<&str> = words.iter().map(String::as_str).skip_while(|word| LEAD_IN.contains(word)).collect();
    let goes_on = sentence.trim_end().ends_with([';', ':']);
    !is_quoted
        && !goes_on
        && begins
        && (is_automatic(&words) || wants_no_reply(&words) || leaves_replies_unread(&words))
}

/// "This is an automated message", "This e-mail was generated automatically".
fn is_automatic(words: &[&str]) -> bool {
    let near = |rest: &[&str], list: &[&str]| rest.iter().take(4).any(|word| list.contains(word));
    match words {
        ["this", "is" | "was", "a" | "an", kind, rest @ ..] => AUTOMATIC.contains(kind) && near(rest, MESSAGE),
        ["this", message, "is" | "was" | "has", rest @ ..] => MESSAGE.contains(message) && near(rest, AUTOMATIC),
        _ => false,
    }
}

/// "Do not reply to this message": to this one by no means, not "call me instead".
fn wants_no_reply(words: &[&str]) -> bool {
    let rest = match words {
        ["do", "not", "reply" | "respond" | "answer", rest @ ..]
        | ["don't" | "dont", "reply" | "respond" | "answer", rest @ ..] => rest,
        _ => return false,
    };
    let mut rest = rest.iter().skip_while(|word| matches!(**word, "directly" | "to")).copied().peekable();
    if rest.peek().is_none() {
        return true;
    }
    let is_this = matches!(rest.next(), Some("this" | "these"));
    let names_the_message = rest.by_ref().take(3).any(|word| MESSAGE.contains(&word));
    is_this && names_the_message && rest.find(|word| !MESSAGE.contains(word)).is_none_or(|word| GOES_ON.contains(&word))
}

/// "Replies to this e-mail are not read."
fn leaves_replies_unread(words: &[&str]) -> bool {
    match words {
        ["replies" | "responses" | "answers", "to" | "sent", rest @ ..] => {
            rest.iter().take(5).any(|word| MESSAGE.contains(word)) && rest.contains(&"not")
        }
        _ => false,
    }
}

fn words_of(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '-');
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_matches(['-', '\'']).to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_say_what_they_are() {
        for text in [
            "Your package was delivered. Signed by: T.BAPTISTE. Returns? Visit our site. Do not reply to this automated message.",
            "You've issued a refund of $199.00 USD to a buyer. Transaction ID 4XK20197RM. Please don't reply to this email.",
            "A refund was processed for charge ch_3Qx. This is an automatic notification.",
            "This is an automated email.\n\nThe return of your parcel 7749 has begun.",
            "Your scheduled pickup is confirmed.\n\n*** DO NOT REPLY ***",
            "Your claim 4711 was opened.\n\nPlease note: This message was generated automatically by our system.\nPlease do not reply to this\nautomated message.\n\nParcels Inc., 1 Dock Road, Tacoma",
            "Label created. Replies to this e-mail address are not read. Unsubscribe",
            "The dispute has been closed in your favour. Do not respond to this e-mail, as it is sent from an unattended mailbox.",
        ] {
            assert!(declares_itself(text), "{text}");
        }
    }

    #[test]
    fn persons_speak_of_machines() {
        for text in [
            "Your mail says: This is an automated message. Do not reply to this e-mail. But who answers us then?",
            "We got this from you today:\nThis is an automated message. Please do not reply.\nOur switch is dead all the same.",
            "\"Do not reply to this automated message.\" Very funny. The switch is still dead.",
            "Please do not reply to this e-mail address, write to purchasing@customer.example. The switch is dead.",
            "Do not reply to this e-mail. The extender 4711 does not work, use the new address for the RMA.",
            "Do not reply to this e-mail; use ann@customer.example. There is no picture on 4711.",
            "Return request. Serial: 4711. Reason: dead.\n\nThis message was generated automatically by our maintenance system.",
            "Switch 4711 is dead. Please do not reply to this email, call me at 555 0142.",
            "This is an automatic switch and it is dead. Please advise.",
            "This is an automated message from our ERP system. Please issue an RMA for unit 4711, no picture.",
            "I know you do not reply to this message. My KVM is dead.",
            "The unit does not reply to this command any more.",
            "Your letter told us that\nthis is an automated message. Who reads ours?",
        ] {
            assert!(!declares_itself(text), "{text}");
        }
    }
}
