//! Where earlier mail begins: separators, quoted header fields, and lines that say who wrote what follows.

use super::labels::{self, Label};
use crate::mail::body::Line;
use crate::mail::phrases::REPLY_ABOVE;

/// How many lines a line that says who wrote what follows may be wrapped to.
const MAX_ATTRIBUTION_LINES: usize = 4;
const MAX_HEAD_LINES: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// `On ..., X wrote:`, with words enough to be nothing else.
    Attribution,
    /// The same in doubt: it counts where lines behind `>` follow.
    WeakAttribution,
    /// `---------- Forwarded message ---------`
    Forwarded,
    /// `-----Original Message-----`, a rule above header fields, or the mark of a mail program.
    #[default]
    Original,
    /// Header fields that nothing announces.
    HeaderBlock,
    /// `## Please type your reply above this line ##`
    ReplyAbove,
}

/// The beginning of earlier mail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Boundary {
    pub(super) kind: Kind,
    /// How many lines belong to the boundary itself.
    pub(super) head: usize,
    /// The quoted From field, empty where there is none.
    pub(super) from: String,
    pub(super) subject: String,
}

impl Boundary {
    /// Whether all that follows is earlier mail, `>` or not.
    pub(super) fn runs_to_end(&self) -> bool {
        self.kind != Kind::WeakAttribution
    }
}

/// The boundary that begins with the first of these lines, if one does.
pub(super) fn at(lines: &[Line]) -> Option<Boundary> {
    let first = lines.first()?.text.trim();
    if first.is_empty() {
        return None;
    }
    separator(lines, first)
        .or_else(|| header_block(lines, 0).map(|head| Boundary { kind: Kind::HeaderBlock, ..head }))
        .or_else(|| reply_above(first))
        .or_else(|| attribution(lines))
}

fn separator(lines: &[Line], first: &str) -> Option<Boundary> {
    let words = first
        .trim_matches(|c: char| matches!(c, '-' | '_' | '=' | '*' | ' ' | '–' | '—' | ':' | '>' | '~'))
        .to_lowercase();
    let rules = first.chars().filter(|c| matches!(c, '-' | '_' | '=' | '–' | '—' | '*')).count();
    if words.is_empty() {
        let begins = 1 + blank_lines(lines.get(1..)?);
        let head = (rules >= 5).then(|| header_block(lines, begins)).flatten()?;
        return Some(Boundary { kind: Kind::Original, ..head });
    }
    let is_one_of = |phrases: &[&str]| phrases.contains(&words.as_str());
    let is_sentence = is_one_of(labels::BEGIN_FORWARDED) && first.ends_with([':', '：']);
    let is_forwarded = rules >= 2 && (is_one_of(labels::FORWARDED) || words.starts_with("forwarded by "));
    let kind = if is_sentence || is_forwarded {
        Kind::Forwarded
    } else if rules >= 2 && is_one_of(labels::ORIGINAL) {
        Kind::Original
    } else {
        return None;
    };
    let head = head_fields(lines, 1);
    Some(Boundary { kind, head: head.lines.max(1), from: head.from, subject: head.subject })
}

/// Three or more header fields, From among them, that begin at this line.
fn header_block(lines: &[Line], begins: usize) -> Option<Boundary> {
    let first = lines.get(begins)?;
    if !matches!(labels::label(first.text.trim()), Some((Label::From, value)) if !value.is_empty()) {
        return None;
    }
    let head = head_fields(lines, begins);
    let kinds = [Label::Date, Label::To, Label::Subject].iter().filter(|kind| head.kinds.contains(kind)).count();
    (kinds >= 2).then_some(Boundary { kind: Kind::Original, head: head.lines, from: head.from, subject: head.subject })
}

#[derive(Default)]
struct Head {
    kinds: Vec<Label>,
    from: String,
    subject: String,
    /// Number of the first line behind the fields.
    lines: usize,
}

/// Reads quoted header fields from this line on. A blank line ends them, unless it is spacing between fields (HTML
/// paragraphs): then a field of another kind follows.
fn head_fields(lines: &[Line], begins: usize) -> Head {
    let mut head = Head { lines: begins, ..Head::default() };
    let mut at = begins;
    while let Some(line) = lines.get(at).filter(|_| at < begins + MAX_HEAD_LINES) {
        let text = line.text.trim();
        match labels::label(text) {
            _ if text.is_empty() && at > head.lines => break,
            _ if text.is_empty() => {}
            Some((kind, _)) if head.kinds.contains(&kind) && (kind != Label::Other || at > head.lines) => {
                break;
            }
            Some((kind, value)) => {
                match kind {
                    Label::From => head.from = value.to_owned(),
                    Label::Subject => head.subject = value.to_owned(),
                    _ => {}
                }
                head.kinds.push(kind);
                head.lines = at + 1;
            }
            None if at == head.lines && continues_addresses(&head, text) => head.lines = at + 1,
            None => break,
        }
        at += 1;
    }
    head
}

/// A long list of recipients runs over several lines.
fn continues_addresses(head: &Head, text: &str) -> bool {
    matches!(head.kinds.last(), Some(Label::To | Label::Other)) && (text.contains('@') || text.ends_with(';'))
}

fn blank_lines(lines: &[Line]) -> usize {
    lines.iter().take(2).take_while(|line| line.text.trim().is_empty()).count()
}

fn reply_above(first: &str) -> Option<Boundary> {
    let text = first.to_lowercase();
    let is_mark = text.chars().count() <= 120 && REPLY_ABOVE.iter().any(|phrase| text.contains(phrase));
    is_mark.then(|| Boundary { kind: Kind::ReplyAbove, head: 1, ..Boundary::default() })
}

/// `On June 9, 2026, X <a@b> wrote:` in any language: it ends with a colon, holds a date, and says that somebody wrote.
/// Zoho puts it between dashes instead.
fn attribution(lines: &[Line]) -> Option<Boundary> {
    let first = lines.first()?.text.trim().to_lowercase();
    if first.starts_with("---") && first.ends_with("---") {
        let kind = kind_of_attribution(&first).filter(|kind| *kind == Kind::Attribution)?;
        return Some(Boundary { kind, head: 1, ..Boundary::default() });
    }
    let may_wrap = labels::OPENERS.iter().any(|opener| first.starts_with(opener));
    let mut whole = String::new();
    for (position, line) in lines.iter().take(if may_wrap { MAX_ATTRIBUTION_LINES } else { 1 }).enumerate() {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with('>') {
            break;
        }
        whole.push(' ');
        whole.push_str(&text.to_lowercase());
        if text.ends_with([':', '：']) {
            let kind = kind_of_attribution(&whole)?;
            return Some(Boundary { kind, head: position + 1, ..Boundary::default() });
        }
    }
    None
}

fn kind_of_attribution(text: &str) -> Option<Kind> {
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    if !has_digit || text.chars().count() > 400 {
        return None;
    }
    let has_verb = labels::WROTE.iter().any(|verb| contains_word(text, verb));
    let names_address = text.contains('@');
    match (has_verb, names_address || has_time(text)) {
        (true, true) => Some(Kind::Attribution),
        (true, false) => Some(Kind::WeakAttribution),
        (false, true) if names_address => Some(Kind::WeakAttribution),
        (false, _) => Some(Kind::WeakAttribution).filter(|_| text.starts_with(" am ") && text.contains("schrieb")),
    }
}

/// A time of day or a year.
fn has_time(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_digit() || c == ':')).any(|word| {
        let is_year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && !word.contains(':');
        let is_time = word.split_once(':').is_some_and(|(hours, minutes)| !hours.is_empty() && minutes.len() >= 2);
        is_year || is_time
    })
}

/// Whether the text has the phrase between characters that are no letters; scripts without spaces need none.
fn contains_word(text: &str, phrase: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic() && (c as u32) < 0x3000;
    text.match_indices(phrase).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Boundary> {
        let lines: Vec<Line> = text.lines().map(Line::written).collect();
        at(&lines)
    }

    fn kind(text: &str) -> Option<Kind> {
        found(text).map(|boundary| boundary.kind)
    }

    #[test]
    fn attributions_are_known_in_many_languages() {
        for text in [
            "On 6/11/26 11:18 AM, Vendor Support wrote:",
            "On June 9, 2026, Vendor Support <support@vendor.example> wrote:",
            "On Jun 9, 2026, at 11:03 PM, Vendor Support\n<support@vendor.example> wrote:",
            "On Mon, Jun 8, 2026 at 3:11 PM Vendor Support <\nsupport@vendor.example>\nwrote:",
            "On 9 June 2026, Vendor Support wrote:",
            "Am 09.06.26 um 11:18 schrieb Vendor Support:",
            "Am Di., 9. Juni 2026 um 11:18 Uhr schrieb Vendor <support@vendor.example>:",
            "Le mar. 9 juin 2026 à 11:18, Vendor <support@vendor.example> a écrit :",
            "Le 09/06/2026 à 11:18, Vendor a écrit :",
            "El mar, 9 jun 2026 a las 11:18, Vendor (<support@vendor.example>) escribió:",
            "Em ter., 9 de jun. de 2026 às 11:18, Vendor escreveu:",
            "Il giorno mar 9 giu 2026 alle ore 11:18 Vendor ha scritto:",
            "Op di 9 jun. 2026 om 11:18 schreef Vendor <support@vendor.example>:",
            "Den tis 9 juni 2026 kl 11:18 skrev Vendor:",
            "W dniu 09.06.2026 o 11:18, Vendor pisze:",
            "Dne 9. 6. 2026 v 11:18 Vendor napsal(a):",
            "9 июня 2026 г., 11:18, Vendor <support@vendor.example> написал:",
            "Vendor <support@vendor.example>于2026年6月9日 周二11:18写道：",
            "Vendor Support <support@vendor.example> wrote on 06/09/2026 11:18:",
        ] {
            assert_eq!(kind(text), Some(Kind::Attribution), "{text}");
            assert_eq!(found(text).map(|boundary| boundary.head), Some(text.lines().count()), "{text}");
        }
        assert_eq!(kind("2026-06-09 11:18 GMT+02:00 Vendor <support@vendor.example>:"), Some(Kind::WeakAttribution));
        assert_eq!(kind("On June 9 your technician wrote:"), Some(Kind::WeakAttribution));
    }

    #[test]
    fn sentences_are_no_attributions() {
        for text in [
            "On Monday you wrote:",
            "The error is as follows:",
            "Serial numbers (2 units):",
            "On the label it says:",
            "I wrote to you on June 9, 2026.",
            "On June 9, 2026 we received two units\n\nInvoice:",
            "2 x UR-18PLUS:",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }

    #[test]
    fn header_blocks_are_known_with_and_without_rules() {
        let cases = [
            ("From: A <a@x.example>\nSent: Monday\nTo: B\nSubject: Hello\n\nText", Kind::HeaderBlock, 4),
            ("________________________________\nFrom: A\nSent: Monday\nTo: B\nSubject: Hello", Kind::Original, 5),
            ("-----Original Message-----\nFrom: A\nSent: Monday\nTo: B\nSubject: Hello", Kind::Original, 5),
            ("----- Original Message -----\nFrom: A\n> text", Kind::Original, 2),
            ("-----Ursprüngliche Nachricht-----\nVon: A\nGesendet: Montag\nAn: B\nBetreff: Hello", Kind::Original, 5),
            ("*From:* A\n*Date:* Monday\n*To:* B;\n c@x.example\n*Subject:* Hello", Kind::HeaderBlock, 5),
            ("De : A\nEnvoyé : lundi\nÀ : B\nObjet : Hello", Kind::HeaderBlock, 4),
            ("From: A\n\nSent: Monday\n\nTo: B\n\nSubject: Hello\n\nText", Kind::HeaderBlock, 7),
            ("---------- Forwarded message ---------\nFrom: A\nDate: Mon\nSubject: Hello\nTo: B", Kind::Forwarded, 5),
            ("-------- Forwarded Message --------\nSubject: Hello\nDate: Mon\nFrom: A\nTo: B", Kind::Forwarded, 5),
            ("Begin forwarded message:\n\nFrom: A\nSubject: Hello\nDate: Mon\n\nText", Kind::Forwarded, 5),
            ("----- Forwarded by A/Acme on 06/10/2026 -----\n\nFrom: A\nSubject: Hello", Kind::Forwarded, 4),
        ];
        for (text, kind, head) in cases {
            let boundary = found(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((boundary.kind, boundary.head), (kind, head), "{text}");
            assert!(boundary.from.starts_with('A'), "{text}");
        }
    }

    #[test]
    fn forms_and_rules_are_no_header_blocks() {
        for text in [
            "From: our warehouse\nSerial: 12345\nInvoice: 123",
            "----------------------------\nCompany .... Acme",
            "Subject: INV-1\nHello",
            "original message",
            "From: Tulsa to Boise it rattled",
            "=====",
            "* * *",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }

    #[test]
    fn help_desks_marks_are_known() {
        for text in [
            "## Please type your reply above this line ##",
            "-- reply above this line --",
            "##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##",
        ] {
            assert_eq!(kind(text), Some(Kind::ReplyAbove), "{text}");
        }
    }
}
