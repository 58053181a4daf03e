//! Numbers of units that stand beside what they count: "four CB-6", "CB-6 x 2", "Quantity: 2", "three cables".
//!
//! Only the customer's new words count: an order confirmation that is forwarded says how many were bought.

use std::sync::LazyLock;

use regex::Regex;

use super::catalogue::PartMention;
use super::claim::{Count, Counted, Place, Standing};
use super::counts::{count, counting};
use super::numbers::row_cells;
use super::reading::Section;
use super::standing::standing;
use super::text::{last_chars, pattern, plain};
use crate::order::look_alike_key;

/// The counts of the new words, or of the subject where those hold none.
pub(super) fn counts(sections: &[Section]) -> Vec<Count> {
    let own = sections.iter().filter(|section| matches!(section.place, Place::Body | Place::Subject));
    own.map(of_section).find(|counts| !counts.is_empty()).unwrap_or_default()
}

fn of_section(section: &Section) -> Vec<Count> {
    let of_part = |part: &PartMention| {
        let in_row = in_its_row(part, section).map(|units| (units, Standing::ComesBack));
        let (units, standing) = in_row.or_else(|| before(part, section)).or_else(|| after(part, section))?;
        Some(Count { of: Counted::Part(look_alike_key(&part.part_number)), units, standing })
    };
    let mut counts: Vec<Count> = section.parts.iter().filter_map(of_part).collect();
    counts.extend(fields(section));
    let says_no_more = counts.iter().all(|count| matches!(count.standing, Standing::Bought | Standing::Stays));
    if says_no_more {
        let is_first = counts.is_empty();
        counts.extend(of_kinds(section).into_iter().filter(|count| is_first || count.standing != Standing::Named));
    }
    counts.extend(alone(section));
    // "Four CB-6; one CB-6 was opened": the one is among the four
    let singles: Vec<Count> = counts.iter().filter(|count| count.units > 1).cloned().collect();
    counts.retain(|count| {
        count.units > 1 || !singles.iter().any(|other| other.of == count.of && other.standing == count.standing)
    });
    counts
}

/// "Two are dead", "we need only four", "please refund two": a number that stands for units which were named before. Where
/// other things are counted as well, it may stand for those.
fn alone(section: &Section) -> Vec<Count> {
    let counts_others = section.clauses.iter().any(|clause| OTHERS.is_match(&clause.words));
    let numbers =
        section.clauses.iter().flat_map(|clause| ALONE.captures_iter(&clause.words).map(move |found| (clause, found)));
    numbers
        .filter_map(|(clause, found)| {
            let number = found.get(1)?;
            let (before, after) = (clause.words.get(..number.start())?, clause.words.get(number.end()..)?);
            let standing = standing(before, after).filter(|_| GOES_ON.is_match(after))?;
            let is_pronoun = number.as_str() == "one" && THE_ONE.is_match(before) && standing != Standing::ComesBack;
            if is_pronoun || standing == Standing::Named {
                return None;
            }
            let units = count(number.as_str()).filter(|_| !counts_others)?;
            Some(Count { of: Counted::Unnamed, units, standing })
        })
        .collect()
}

/// What the new words, or else the subject, speak of in the plural.
pub(super) fn plurals(sections: &[Section]) -> Vec<Counted> {
    let own = sections.iter().filter(|section| matches!(section.place, Place::Body | Place::Subject));
    own.map(plurals_of).find(|plurals| !plurals.is_empty()).unwrap_or_default()
}

fn plurals_of(section: &Section) -> Vec<Counted> {
    let is_plural = |part: &&PartMention| {
        let before = plain(last_chars(section.text.get(..part.start).unwrap_or_default(), 60));
        let after = words_after(part, section);
        SEVERAL_BEFORE.is_match(&before)
            || SEVERAL_AFTER.is_match(&after)
            || (!JOINED.is_match(&before) && ARE_AFTER.is_match(&after))
    };
    let parts = section.parts.iter().filter(is_plural);
    let mut found: Vec<Counted> = parts.map(|part| Counted::Part(look_alike_key(&part.part_number))).collect();
    let words = || section.clauses.iter().map(|clause| clause.words.as_str());
    found.extend(words().flat_map(|words| KINDS.captures_iter(words)).filter_map(|kind| {
        let kind = kind.get(1)?.as_str();
        Some(Counted::Kind(
            kind.strip_suffix("es").filter(|kind| *kind == "switch").unwrap_or(kind.trim_end_matches('s')).to_owned(),
        ))
    }));
    let of_others = words().any(|words| OTHERS.is_match(words));
    found.extend((!of_others && words().any(|words| THEY.is_match(words))).then_some(Counted::Unnamed));
    found
}

/// "Four unopened CB-6", "2 pcs of CB-6", "both CB-6"; but "both the CB-6 and the KV-4" counts products.
fn before(part: &PartMention, section: &Section) -> Option<(u32, Standing)> {
    let text = last_chars(section.text.get(..part.start)?, 80);
    let near = plain(text.rsplit("\n\n").next()?.rsplit(['\t', '|', ';']).next()?);
    let found = BEFORE.captures(&near)?.get(1)?;
    let rest = words_after(part, section);
    let joins = found.as_str() == "both" && JOINS.is_match(&rest);
    let before = near.get(..found.start())?;
    let standing = standing(before, &rest).filter(|_| !joins)?;
    Some((count(found.as_str())?, standing))
}

/// What follows a part in its paragraph, in small letters and single spaces.
fn words_after(part: &PartMention, section: &Section) -> String {
    let after: String = section.text.get(part.end..).unwrap_or_default().chars().take(200).collect();
    let paragraph = after.split("\n\n").next().unwrap_or_default().to_lowercase();
    let gap = if paragraph.starts_with(char::is_whitespace) { " " } else { "" };
    format!("{gap}{}", paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// "CB-6 x 2", "CB-6 cables, 2 pieces", "CB-6 (2)"; but "CB-6, 2 pcs of KV-4" counts the other part.
fn after(part: &PartMention, section: &Section) -> Option<(u32, Standing)> {
    let next = section.parts.iter().map(|other| other.start).find(|start| *start >= part.end);
    let text = section.text.get(part.end..next.unwrap_or(section.text.len()))?.to_lowercase();
    let found = AFTER.captures(&text)?;
    let rest = text.get(found.get(0)?.end()..)?;
    let is_of_next = next.is_some() && OF_NEXT.is_match(rest) && !found.get(0)?.as_str().ends_with([',', ')']);
    if is_of_next { None } else { Some((count(found.iter().skip(1).flatten().next()?.as_str())?, Standing::Named)) }
}

/// The cell below "Qty" in the part's row of a table.
fn in_its_row(part: &PartMention, section: &Section) -> Option<u32> {
    let start = section.text.get(..part.start)?.rfind('\n')? + 1;
    let cells = |line: &str| -> Vec<String> {
        row_cells(line).into_iter().map(|(from, to)| plain(line.get(from..to).unwrap_or_default())).collect()
    };
    let row = cells(section.text.get(start..)?.lines().next()?);
    let above = section.text.get(..start)?.lines().rev().map(cells);
    let header = above.take_while(|above| !above.is_empty() && above.len() == row.len()).last()?;
    let column = header.iter().position(|name| COLUMN.is_match(name))?;
    count(row.get(column)?)
}

/// "Quantity: 2", of the part that is named before it; or after it, where the first quantity stands above every part.
fn fields(section: &Section) -> Vec<Count> {
    let found: Vec<(usize, u32)> = FIELD
        .captures_iter(&section.text)
        .filter_map(|field| {
            let start = field.get(0)?.start();
            let line = plain(section.text.get(..start)?.rsplit(['\n', ',', ';']).next()?);
            let number = field.iter().skip(1).flatten().next()?;
            let is_bought = BOUGHT.is_match(&line) || ORDERED.is_match(section.text.get(number.end()..)?);
            (!is_bought).then_some((start, count(&number.as_str().to_lowercase())?))
        })
        .collect();
    let leads = found.first().is_some_and(|(first, _)| section.parts.iter().all(|part| *first < part.start));
    let part_of = |at: usize| {
        let mut parts = section.parts.iter();
        if leads { parts.find(|part| part.start > at) } else { parts.rfind(|part| part.end <= at) }
    };
    let of = |at: usize| part_of(at).map_or(Counted::Unnamed, |part| Counted::Part(look_alike_key(&part.part_number)));
    let count = |(at, units)| Count { of: of(at), units, standing: Standing::ComesBack };
    found.into_iter().map(count).collect()
}

/// "Three cables", "two units".
fn of_kinds(section: &Section) -> Vec<Count> {
    let kinds =
        section.clauses.iter().flat_map(|clause| KIND.captures_iter(&clause.words).map(move |kind| (clause, kind)));
    kinds
        .filter_map(|(clause, kind)| {
            let (all, number) = (kind.get(0)?, kind.get(1)?);
            let standing = standing(clause.words.get(..number.start())?, clause.words.get(all.end()..)?)?;
            let of = match kind.get(2)?.as_str() {
                "unit" | "piece" | "pc" | "item" | "nos" => Counted::Unnamed,
                kind => Counted::Kind(kind.to_owned()),
            };
            Some(Count { of, units: count(number.as_str())?, standing })
        })
        .collect()
}

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"(?:^|[ (:,])({n}|both) ?(?:x|\u{d7}|pcs?\.?|nos\.?|pieces?|units?|ea\.?)?(?:(?: of)?(?: the| our| your| my| these| those| type| model| part| number| new| unused| unopened| sealed| surplus| spare| extra| defective| broken| faulty| dead| remaining| hdmi| usb| kvm| dp| displayport| dvi| vga| premium| cables?| switch(?:es)?| extenders?| splitters?| consoles?| units?| pieces?))*[ (:#]*$",
    )
});
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"^(?:\s(?:cables?|switch(?:es)?|extenders?|splitters?|consoles?|units?))?(?:[\s,:(=-]*[x\u{d7}*]\s?(\d{1,3})(?:$|[\s),.;:!?])|[\s,:(=-]*\b({n})\s?(?:pcs?|nos|pieces?|units?|ea|each|off)\b|\s?\((\d{1,3})\))",
    )
});
static OF_NEXT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[ .]*(?:of )?(?:the )?$"));
static COLUMN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:(?:return )?(?:qty|quantity|count|units|pcs|pieces)\.?|how many)(?: to return| returned)?$")
});
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"(?i)\b(?:(?:qty|quantity)\b(?: to (?:be )?return(?:ed)?| returned| returning| affected)?[ .:#=]*(?:is )?|(?:number of (?:units|pieces|items|cables)|units|pieces|pcs|count|how many)[^\S\n]*[:=][^\S\n]*)(?:({n}|\d{4})(?:$|[\s),;!?x]|\.(?:\s|$)|pcs|pieces))",
    )
});
/// "Qty 6 CB-6 ordered".
static ORDERED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^[^,;.\n]{0,24}\b(?:ordered|bought|purchased|delivered|received|shipped|invoiced)\b")
});
static BOUGHT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:ordered|bought|purchased|delivered|shipped|original|invoiced|minimum|order)$"));
static KIND: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"(?:^|[ (:,])({n}|both)(?: x)?(?: of)?(?: the| our| my| these| those| your)?(?: new| unused| unopened| sealed| surplus| spare| extra| defective| broken| faulty| dead| hdmi| usb| kvm| dp| displayport| dvi| vga| premium)* (cable|extender|splitter|console|switch|unit|piece|pc|item|nos)(?:s|es)?\b\.?",
    )
});
/// A number that may stand for units: it starts its clause, or follows a word that leads to it.
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"(?:^|[,;(] ?|\b(?:and|but|only|just|now|that|of which|because|the|but|except|need|needed|keep|keeping|kept|use|used|want|wanted|require|return|returning|refund|back|send|exchange|replace|credit|for|have|has|had|got|ordered|bought|received|purchased|needs|other|remaining) )({n})\b",
    )
});
/// The number stands for units: nothing else is named after it.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"^(?:(?: out)? of (?:them|these|those|which|it|the {n}|the lot|the [a-z]*[0-9][a-z0-9+-]*|{n}\b))?(?:$|[,;:!?)]| (?:is|are|was|were|do|does|did|has|have|had|can|will|would|should|must|need|needs|that|which|no longer|never|to (?:be|return|send|you)|go|goes|come|came|back|arrived|died|failed|stopped|quit|and|or|so|but|for|as|because|since|please|too many|extra|spare|surplus|left over|unused|unopened|dead|broken|defective|faulty|in total|altogether|only|now|instead|flicker|stays?|remain|from|on|in)\b)",
    )
});
/// "The one", "another one", "more than one": no number.
static THE_ONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:the|that|this|which|other|remaining|for|has|had|have|got|use|want|bought|ordered|received|keep|need) $",
    )
});
/// Other things that numbers may count.
static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:monitors|screens|displays|ports|computers|pcs|laptops|machines|inputs|outputs|channels|connectors|plugs|ends|keys|buttons|leds|lights|users|servers|desks|rooms|people|colleagues|switches|extenders|splitters|consoles|kvms)\b",
    )
});
static SEVERAL_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:cables|switches|extenders|splitters|consoles|units|pieces|these|those|several|some|a few|many|multiple|various|a number of|the rest of the|the remaining|the other|our remaining|the extra|the surplus)(?: (?:of|the|our|my|your|type|model|part|part number|new|unused|unopened|surplus|spare|extra|hdmi|usb))*[ :(#]*$",
    )
});
static SEVERAL_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^['\u{2019}]?s?(?: (?:hdmi|usb|dp|displayport|kvm|premium))* (?:cables|switches|extenders|splitters|consoles|units|pieces)\b",
    )
});
static ARE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: (?:of|from|on|in|under) (?:(?:my|our|your|the|this) )?(?:(?:invoice|order|inv)\.?(?: no\.?)? ?)?[a-z]*[-/0-9.a-z]*)? (?:are|were|have|do not|don't)\b",
    )
});
/// Another product stands before the part, so that "are" speaks of both.
static JOINED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:\b(?:and|nor|or|plus|with)|[,&+/])(?: (?:the|a|an|one|our|my|its|this|cable))*$"));
static JOINS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: (?:cables?|switch(?:es)?|extenders?|splitters?|consoles?|units?|pieces?))?,? (?:and|&|as well as|plus) (?:the |a |an |our |my |one )?(?:[a-z]*-?[0-9]|cables?|switch(?:es)?|extenders?|splitters?|consoles?|units?|pieces?)",
    )
});
static KINDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:the|these|those|our|my|your|all|some|several|remaining|spare|unused|surplus|unopened)(?: [a-z0-9]+)?(?: premium| hdmi| usb)? (cables|switches|extenders|splitters|consoles)\b",
    )
});
static THEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:they|these|those) (?:are|were|have|do|did)\b|\b(?:return|refund|send|take|exchange|replace|credit|need|want|use|used|opened|unpacked) (?:them|these|those)\b|\b(?:some|several|a few|most|many) of (?:them|these|those|the)\b",
    )
});
