//! What is said of the units that a number counts: "return two", "two are dead", "we keep four", "I ordered six".

use std::sync::LazyLock;

use regex::Regex;

use super::chosen::{Fate, fate};
use super::claim::Standing;
use super::counts::counting;
use super::text::pattern;

/// What the words around a number say of what it counts; `None` where it counts no units at all ("line 2"), or where the
/// number before it counts ("two of the four"). Both in plain words.
pub(super) fn standing(before: &str, after: &str) -> Option<Standing> {
    let after = after.split([';', '\n', '!', '?']).next().unwrap_or_default().split(". ").next().unwrap_or_default();
    if NAMED.is_match(before) || OF_WHICH.is_match(before) {
        None
    } else if KEPT.is_match(before) || ENOUGH.is_match(after) {
        Some(Standing::Stays)
    } else if GIVEN_BACK.is_match(before) || NOT_NEEDED.is_match(before) || TO_RETURN.is_match(after) {
        Some(Standing::ComesBack)
    } else {
        Some(described(after).unwrap_or(if OWNED.is_match(before) { Standing::Bought } else { Standing::Named }))
    }
}

/// "6 CB-6 that do not work", "four of them are fine".
fn described(after: &str) -> Option<Standing> {
    let verb = DESCRIBES.captures(after)?.get(1)?;
    match fate(after.get(verb.start()..)?) {
        Fate::Defective | Fate::Surplus => Some(Standing::ComesBack),
        Fate::Fine => Some(Standing::Stays),
        Fate::Wanted(_) | Fate::Unsaid => None,
    }
}

/// Words that a number belongs to, so that it counts nothing: "line 2", "May 4", "HDMI 2".
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:invoices?|orders?|no|nr|number|serial|s/n|sn|page|step|section|line|position|pos|row|desk|room|suite|floor|rack|bay|building|port|ports|inputs?|outputs?|monitor|computer|pc|screen|display|head|button|key|slot|socket|connector|side|channel|case|ticket|account|po|p\.o|item|version|ver|rev|model|hdmi|dp|usb|cat|displayport|phone|ext|week|day|usd|eur|[a-z]|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|may|june|july|august|september|october|november|december)|[#$\u{20ac}\u{a3}/-])[ .:#]*$",
    )
});
/// "Two of the four": the first number counts.
static OF_WHICH: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"\b(?:{n}|some|each|any|none|which|only)(?: out)? of (?:the |our |my |these |those |your )?(?:(?:original|total) (?:of )?)?$",
    )
});
/// What a customer keeps: "we need only", "keep"; "need" alone may ask for a new one.
static KEPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:need|needs|needed|use|used|using|require|required|want|wanted|have use for|found use for) (?:only|just)|(?:only|just|actually|really) (?:need|needed|use|used|using|require|required|want|wanted)|(?:keep|keeping|kept|will use|hold on to|holding on to)(?: only| just)?|(?:all|every one|each|everything) (?:but|except(?: for)?|apart from|other than))(?: the| these| those)? $",
    )
});
static ENOUGH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: of (?:them|these|those|the [a-z0-9]+))? (?:(?:is|are|was|were|will be|would be|would have been) (?:all (?:i|we) |enough|sufficient|plenty|needed|required|in use|kept|installed)|(?:will|would) (?:do|suffice)|stays?\b)",
    )
});
/// "We need to return two".
static GIVEN_BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:return|returning|returned|send(?:ing)? back|giv(?:e|ing) back|send you|sending you|tak(?:e|ing) back|get rid of|refund|refunded|refunding|exchange|cancel|credit|replace|replacement for|repair|rma)(?: (?:of|for|on|you|the|these|those|our|my|just|only|about|us)){0,3} $",
    )
});
static NOT_NEEDED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:not|no longer|never|hardly)(?: (?:really|actually|even|be|going to|now))? (?:need|needed|needing|want|wanted|use|used|using|require|required|keep|keeping|install(?:ed)?|open(?:ed)?|unpack(?:ed)?)|no (?:use|need|place|room|job) for)(?: (?:the|these|those|any of the|about|our|my))? $",
    )
});
/// What stands before a number says how many there are, and not how many come back.
static OWNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:bought|ordered|order|got|received|delivered|purchased|took|have|had|own|sent|shipped|installed|keep|keeping|need|needed|want|wanted|use|has|are|were|page|step|part|chapter)(?: [a-z]+){0,2} $",
    )
});
static TO_RETURN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[^.\n]{0,40}\b(?:to (?:be )?(?:return|send|sent|give|exchange|refund|rma)|(?:go|goes|going|come|comes|coming) back|(?:too many|more than (?:i|we) (?:need|can use)))",
    )
});
/// What follows says how the units are; a product or an order may stand between.
static DESCRIBES: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"^(?:(?: of)? (?:them|these|those|which))?(?: (?:out )?of (?:(?:the|our|my|these|those) )?{n}\b)?(?: (?:of )?(?:the )?[a-z]+[a-z/+-]*[0-9][a-z0-9/+-]*)?(?: (?:hdmi |usb |dp |displayport )?(?:cables?|switch(?:es)?|extenders?|splitters?|consoles?|units?|pieces?|nos\.?|pcs\.?))?(?: (?:of|from|on|in|under) (?:(?:my|our|your|the|this|these|those) )?(?:(?:invoice|order|inv)\.?(?: no\.?)? ?)?[a-z]*[-/0-9.a-z]*)?,? (?:(?:that|which|they) (?:i |we )?)?((?:are|is|were|was|do|does|did|can|have|has|will|no longer|never|not|unused|unopened|still|surplus|too|left|arrived|came|stopped|failed|died|flicker|need|needs|remain|stay|dead|broken|defective|faulty|extra|spare|(?:i|we) (?:do not|no longer|never|did not|can not))\b.*)",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_a_number_say_what_becomes_of_the_units() {
        use Standing::{Bought, ComesBack, Named, Stays};
        for (before, after, expected) in [
            ("we do not need ", " of the cb-6 cables", Some(ComesBack)),
            ("we received ", " cb-6 that we do not need", Some(ComesBack)),
            ("we received ", " cb-6 on v-1 and do not need one", Some(Bought)),
            ("", " are dead", Some(ComesBack)),
            ("", " of them have never been used", Some(ComesBack)),
            ("", " of them are fine", Some(Stays)),
            ("we have ", " of the twenty cb-6 on v-1 left over", Some(ComesBack)),
            ("please refund the other ", "", Some(Named)),
            ("i ordered ", " cb-6", Some(Bought)),
            ("we need only ", "", Some(Stays)),
            ("we will keep ", " of them", Some(Stays)),
            ("", " would be enough", Some(Stays)),
            ("invoice line ", " is dead", None),
            ("two of the ", " cb-6", None),
            ("please take ", " cb-6", Some(Named)),
        ] {
            assert_eq!(standing(before, after), expected, "{before}N{after}");
        }
    }
}
