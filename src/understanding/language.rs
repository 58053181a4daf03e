//! In which language a message is written, as far as it matters: English or not.

use whatlang::{Lang, Script};

use super::text::plain;

/// The name of the language, where it is not English beyond doubt.
///
/// A customer who writes English with words of home in it writes English: the small words decide, and only a longer
/// text without them is left to the statistics of its letters.
pub(super) fn other_language(text: &str) -> Option<String> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let foreign_letters = text.chars().filter(|c| c.is_alphabetic() && !is_latin(*c)).count();
    let is_foreign_script = foreign_letters * 3 > letters;
    let plain = plain(text);
    let words: Vec<&str> =
        plain.split(|c: char| !(c.is_alphabetic() || c == '\'')).filter(|word| !word.is_empty()).collect();
    let among = |list: &[&str]| words.iter().filter(|word| list.contains(word)).count();
    let (english, foreign) = (among(ENGLISH), among(FOREIGN));
    let is_told_by_words = foreign >= 2 && foreign > english;
    let is_hardly_english = words.len() >= 8 && english * 8 < words.len();
    if !(is_foreign_script || is_told_by_words || is_hardly_english) {
        return None;
    }
    let info = whatlang::detect(text)?;
    let name = || info.lang().eng_name().to_owned();
    if info.script() != Script::Latin && is_foreign_script {
        return Some(name());
    }
    let is_told_by_letters = info.lang() != Lang::Eng && info.is_reliable() && is_hardly_english;
    (is_told_by_words || is_told_by_letters)
        .then(|| if info.lang() == Lang::Eng { "not English".to_owned() } else { name() })
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// Small words that are English and hardly anything else.
const ENGLISH: &[&str] = &[
    "the", "and", "is", "it", "of", "to", "for", "with", "that", "this", "have", "has", "was", "we", "you", "your",
    "our", "my", "not", "are", "from", "please", "can", "would", "but", "been", "which", "will", "they", "there",
    "any", "thanks", "thank", "hello", "like", "does", "back", "out", "how", "what", "when", "still", "need", "dead",
    "want", "number", "than", "less", "old", "its", "i", "an", "at", "by", "be", "do", "if", "or", "as", "all", "get",
    "send", "one", "no", "here", "just", "don't", "works", "work", "broken", "return", "bought", "got", "died",
    "working", "today",
];

/// Small words of German, French, Spanish, Italian, Portuguese and Dutch that are not English words.
const FOREIGN: &[&str] = &[
    "der",
    "das",
    "und",
    "ist",
    "nicht",
    "ich",
    "wir",
    "sie",
    "bitte",
    "mit",
    "für",
    "ein",
    "eine",
    "einen",
    "haben",
    "mein",
    "unser",
    "unsere",
    "sehr",
    "geehrte",
    "guten",
    "danke",
    "kein",
    "keine",
    "mehr",
    "wird",
    "bei",
    "le",
    "les",
    "est",
    "pas",
    "je",
    "nous",
    "vous",
    "avec",
    "pour",
    "une",
    "mon",
    "notre",
    "votre",
    "bonjour",
    "merci",
    "cordialement",
    "plus",
    "que",
    "el",
    "los",
    "las",
    "es",
    "por",
    "con",
    "para",
    "una",
    "mi",
    "su",
    "nuestro",
    "hola",
    "gracias",
    "buenos",
    "días",
    "está",
    "puedo",
    "il",
    "che",
    "di",
    "non",
    "per",
    "sono",
    "mio",
    "nostro",
    "buongiorno",
    "grazie",
    "della",
    "ho",
    "abbiamo",
    "um",
    "uma",
    "não",
    "meu",
    "nosso",
    "obrigado",
    "obrigada",
    "olá",
    "você",
    "com",
    "foi",
    "het",
    "een",
    "niet",
    "wij",
    "ik",
    "onze",
    "graag",
    "voor",
    "bedankt",
    "geachte",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_with_words_of_home_is_english() {
        for text in [
            "your SDU-14G died. less than 3 yrs old. I want an RMA number. today.",
            "Hello, excuse my English please. From the invoice are two devices not functioning any more. Muchas gracias",
            "dead. SN PR142601-02240. pls RMA",
            "Namaste, one item is having problem, it is hanging every few hours. Kindly do the needful.",
        ] {
            assert_eq!(other_language(text), None, "{text}");
        }
    }

    #[test]
    fn other_languages_are_told() {
        for text in [
            "Mein Switch ist kaputt, bitte um Reparatur.",
            "Bonjour, mon commutateur ne marche plus, merci.",
            "El divisor dejó de funcionar, gracias por su ayuda.",
            "您好，切换器最近无法切换到第三个端口",
            "Il mio switch non funziona più, grazie",
        ] {
            assert!(other_language(text).is_some(), "{text}");
        }
    }
}
