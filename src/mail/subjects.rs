//! What a subject says of who wrote: an automatic answer, a person's answer, a message passed on.

use super::machine_words::{Automatic, MACHINES};
use super::text::plain;

/// The phrase of an automatic answer that the subject begins with, perhaps after a help desk's mark ("[shop #4711]"), or
/// that it adds in brackets. After a `Re:` it is a person's answer to one.
pub(super) fn automatic_subject(subject: &str) -> Option<&'static str> {
    let subject = plain(subject);
    if is_answer(&subject) {
        return None;
    }
    let after_mark = subject.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let found = opening(&subject).or_else(|| after_mark.and_then(|(_, rest)| opening(rest)));
    found.or_else(|| addition(&subject)).or_else(|| absent_person(&subject))
}

fn opening(subject: &str) -> Option<&'static str> {
    let words: &'static Automatic = &MACHINES.automatic;
    let subject = subject.trim_start_matches(|c: char| !c.is_alphanumeric());
    let rest_after = |phrase: &str| subject.strip_prefix(phrase).unwrap_or_default();
    let is_whole = |phrase: &&str| !phrase.ends_with(char::is_alphabetic) || !continues_word(rest_after(phrase));
    let opens_answer = |phrase: &&str| {
        // "Out of office?" is asked by somebody who found nobody there, "Vacation: hold my parcel" by one who has a wish
        let rest = rest_after(phrase).trim_start_matches(|c: char| !c.is_alphanumeric() && c != '?');
        let next: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
        rest.is_empty() || words.after_absence.has(&next)
    };
    let automatic = words.subjects.opening(subject).find(is_whole);
    automatic.or_else(|| words.absences.opening(subject).filter(is_whole).find(opens_answer))
}

/// Whether the subject begins with an absence, whatever else it says.
pub(super) fn speaks_of_absence(subject: &str) -> bool {
    let subject = plain(subject);
    let is_whole = |phrase: &str| subject.strip_prefix(phrase).is_some_and(|rest| !continues_word(rest));
    MACHINES.automatic.absences.opening(&subject).any(is_whole)
}

/// "Your order (Automatic Response)", "Thank you - Auto Reply": the phrase and nothing else.
fn addition(subject: &str) -> Option<&'static str> {
    let subject = subject.trim_end_matches([')', ']', '）', '】', ' ']);
    let (_, added) = subject.rsplit_once(['(', '[', '（', '【']).or_else(|| subject.rsplit_once(" - "))?;
    MACHINES.automatic.subjects.opening(added).find(|phrase| *phrase == added)
}

/// "Ann Baker/Sales/Shop is out of the office. (returning 06/22)": nothing but a name before, and no answer to it.
fn absent_person(subject: &str) -> Option<&'static str> {
    let statement = subject.split(" (").next().unwrap_or_default().trim_end_matches(['.', ' ']);
    let phrase = MACHINES.automatic.endings.closing(statement)?;
    let name = statement.strip_suffix(phrase).unwrap_or_default();
    let is_name = !name.contains(':') && !name.trim().is_empty() && name.split_whitespace().count() <= 4;
    is_name.then_some(phrase)
}

/// Whether the subject is that of an answer.
pub(super) fn is_answer(subject: &str) -> bool {
    begins_with_mark(subject, ANSWERS)
}

/// Whether the subject is that of a message which somebody passes on.
pub(super) fn is_passed_on(subject: &str) -> bool {
    begins_with_mark(subject, PASSED_ON)
}

fn begins_with_mark(subject: &str, marks: &[&str]) -> bool {
    let (mark, _) = subject.split_once([':', '：']).unwrap_or_default();
    marks.contains(&mark.trim().to_lowercase().as_str())
}

const ANSWERS: &[&str] = &[
    "re",
    "aw",
    "antw",
    "antwort",
    "réf",
    "rép",
    "res",
    "resp",
    "rif",
    "r",
    "sv",
    "vs",
    "odp",
    "re[2]",
    "ynt",
    "cevap",
    "yan",
    "ответ",
    "отв",
    "απ",
    "回复",
    "答复",
    "回覆",
    "返信",
    "답장",
    "회신",
];

const PASSED_ON: &[&str] = &[
    "fw",
    "fwd",
    "wg",
    "tr",
    "rv",
    "enc",
    "i",
    "inoltro",
    "doorst",
    "vb",
    "vs",
    "vl",
    "pd",
    "pf",
    "ilt",
    "i̇lt",
    "пересл",
    "转发",
    "轉寄",
    "転送",
    "전달",
];

/// Whether a letter follows: `frånvarolista` is another word. Scripts without spaces never tell.
fn continues_word(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_alphabetic() && (c as u32) < 0x3000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_automatic_answers_are_known() {
        for subject in [
            "Automatic reply: RMA request",
            "Out of office Re: [C-10023] Your return",
            "Out of Office",
            "OUT OF OFFICE: back Monday",
            "Out of the office until June 22",
            "Abwesenheitsnotiz: Ihre Anfrage",
            "Automatische Antwort: Versandbestätigung",
            "Réponse automatique : absence du bureau",
            "Respuesta automática: Pedido",
            "Risposta automatica: x",
            "自動返信：お問い合わせ",
            "自动回复: 退货",
            "[Auto-Reply] Your mail",
            "Vacation",
            "Автоответ: заказ",
            "Fora do escritório",
            "Ann Baker/Sales/Shop is out of the office.",
            "Ann Baker is out of the office (returning 06/22/2026)",
            "Max Weber/Vertrieb/Laden ist außer Haus.",
            "[AUTO GENERATED] Some subject",
            "Arpus biroja: subject",
            "Autosvar: order",
        ] {
            assert!(automatic_subject(subject).is_some(), "{subject}");
        }
    }

    #[test]
    fn persons_write_such_words_too() {
        for subject in [
            "Re: Out of office Re: [C-10023] Your return",
            "AW: Abwesenheitsnotiz: Ihre Anfrage",
            "Out of office printer sharing KVM broken",
            "RE: Automatic reply: x",
            "Automatic switch UD-14PLUS defective",
            "Vacation rental needs a new switch",
            "FW: Automatic reply: x",
            "Autorepeat of keys",
            "Out of order",
            "Re: Ann Baker is out of the office",
            "Your parcel came while everybody who could sign is out of the office",
            "",
            "Switch replies automatically",
            "Fraværskoder i switch",
        ] {
            assert_eq!(automatic_subject(subject), None, "{subject}");
        }
    }
}
