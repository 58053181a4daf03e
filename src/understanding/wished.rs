//! The product that is wished for in exchange: it is named, and it is not what comes back.

use std::sync::LazyLock;

use regex::Regex;

use super::catalogue::PartMention;
use super::claim::{Evidence, Told, Wish};
use super::reading::{Reading, Section};
use super::text::{last_chars, pattern, plain};

/// How far around the product the exchange is looked for, in characters.
const REACH: usize = 70;

/// "Exchange it for the X", "swap A for an X", "an X would be ideal instead". A product called "my X" or "our X" is
/// there already.
pub(super) fn is_wished_for(mention: &PartMention, section: &Section) -> bool {
    let before = section.text.get(..mention.start).unwrap_or_default();
    let before = plain(last_chars(before, REACH).rsplit(['!', '?', ';']).next().unwrap_or_default());
    let before = before.rsplit(". ").next().unwrap_or_default();
    let after: String = section.text.get(mention.end..).unwrap_or_default().chars().take(REACH).collect();
    let after = plain(&after);
    FOR_THE.is_match(before) || (WOULD_LIKE.is_match(before) && INSTEAD.is_match(&after))
}

/// Who names the product that is to come instead wishes for an exchange, in whatever words.
pub(super) fn exchange(reading: &Reading) -> Option<Told<Wish>> {
    let own = reading.sections.iter().filter(|section| section.place.is_own());
    own.flat_map(|section| section.parts.iter().map(move |part| (section, part)))
        .find(|(section, part)| {
            let comes_back = section.parts.iter().any(|other| other.part_number != part.part_number)
                || section.candidates.iter().any(|token| !part.text.contains(&token.text));
            comes_back && is_wished_for(part, section)
        })
        .map(|(section, part)| {
            let clause = section.clauses.iter().find(|clause| clause.span.contains(&part.start));
            let text = clause.map_or(part.text.as_str(), |clause| &clause.written).chars().take(200).collect();
            Told { value: Wish::Exchange, evidence: Evidence { text, place: section.place.clone() } }
        })
}

static FOR_THE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:exchang(?:e|ed|ing)|swap(?:ped|ping)?|trad(?:e|ed|ing)|replac(?:e|ed|ing)|chang(?:e|ed|ing)|switch(?:ed|ing)?|upgrad(?:e|ed|ing))\b(?:[^.:]| ?\.\w){0,45}? ?\b(?:for|against|to|into|with|by)(?: (?:a|an|the|one|two|of|your|new|bigger|larger|smaller|model|type|unit|same in))*$",
    )
});
static WOULD_LIKE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:like|want|take|have|get|order|prefer|need|send(?: us| me)?)(?: (?:to|have|get|buy|a|an|the|one|your|us|me|rather))*$",
    )
});
static INSTEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\W*(?:[a-z]+ )?(?:instead|in exchange|in its place|in return)\b"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_wished_for_does_not_come_back() {
        for (text, wished) in [
            ("Exchange for the QX-14 would be ideal.", true),
            ("I would like to swap SN 4711 for a QX-14.", true),
            ("Please replace it with two of your QX-14.", true),
            ("Can we upgrade to the bigger QX-14?", true),
            ("We would like a QX-14 instead.", true),
            ("I need an exchange for my QX-14.", false),
            ("Please exchange the QX-14 for another model.", false),
            ("We switched it on. The QX-14 is dead.", false),
            ("Please send an RMA for the QX-14.", false),
        ] {
            let start = text.find("QX-14").unwrap();
            let mention =
                PartMention { part_number: "QX-14".into(), text: "QX-14".into(), start, end: start + "QX-14".len() };
            let section = Section::of_body(text);
            assert_eq!(is_wished_for(&mention, &section), wished, "{text}");
        }
    }
}
