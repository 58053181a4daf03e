//! Numbers of units that stand beside what they count: "four CB-6", "CB-6 x 2", "Quantity: 2", "three cables".
//!
//! Only the customer's new words count: an order confirmation that is forwarded says how many were bought.

use std::sync::LazyLock;

use regex::Regex;

use super::catalogue::{PartMention, kind_of};
use super::claim::{Count, Counted, Place, Said};
use super::counts::{count, is_owned};
use super::numbers::row_cells;
use super::reading::Section;
use super::text::{last_chars, pattern, plain};
use crate::order::{Product, look_alike_key};

impl Said {
    /// The numbers of units that are said of a product; several where they do not agree.
    pub(super) fn units_of(&self, product: &Product) -> Vec<u32> {
        let of = |wanted: &Counted| -> Vec<u32> {
            let mut units: Vec<u32> =
                self.counts.iter().filter(|count| count.of == *wanted).map(|count| count.units).collect();
            units.sort_unstable();
            units.dedup();
            units
        };
        let alone = self.parts.len() <= 1;
        let picked: Vec<u32> = self.quantity.filter(|_| alone || self.counts.is_empty()).into_iter().collect();
        let own = of(&Counted::Part(look_alike_key(&product.part_number)));
        let general =
            || [Counted::Kind(kind_of(product)), Counted::Unnamed].iter().map(of).find(|units| !units.is_empty());
        if !picked.is_empty() {
            picked
        } else if own.is_empty() && alone {
            general().unwrap_or_default()
        } else {
            own
        }
    }

    pub(super) fn renew_counts(&mut self, news: Vec<Count>, is_addition: bool) {
        if !news.is_empty() && !is_addition {
            self.counts.clear();
        }
        self.counts.extend(news);
    }
}

/// The counts of the new words, or of the subject where those hold none.
pub(super) fn counts(sections: &[Section]) -> Vec<Count> {
    let own = sections.iter().filter(|section| matches!(section.place, Place::Body | Place::Subject));
    own.map(of_section).find(|counts| !counts.is_empty()).unwrap_or_default()
}

fn of_section(section: &Section) -> Vec<Count> {
    let mut counts: Vec<Count> = section
        .parts
        .iter()
        .filter_map(|part| {
            let units = in_its_row(part, section).or_else(|| before(part, section)).or_else(|| after(part, section))?;
            Some(Count { of: Counted::Part(look_alike_key(&part.part_number)), units })
        })
        .collect();
    counts.extend(fields(section));
    if counts.is_empty() {
        counts = of_kinds(section);
    }
    // "Four CB-6; one CB-6 was opened": the one is among the four
    let singles: Vec<Count> = counts.iter().filter(|count| count.units > 1).cloned().collect();
    counts.retain(|count| count.units > 1 || !singles.iter().any(|other| other.of == count.of));
    counts
}

/// "Four unopened CB-6", "2 pcs of CB-6".
fn before(part: &PartMention, section: &Section) -> Option<u32> {
    let text = last_chars(section.text.get(..part.start)?, 80);
    let near = plain(text.rsplit("\n\n").next()?.rsplit(['\t', '|', ';']).next()?);
    let found = BEFORE.captures(&near)?.get(1)?;
    let rest = section.text.get(part.end..)?;
    is_count(near.get(..found.start())?, rest).then(|| count(found.as_str())).flatten()
}

/// "CB-6 x 2", "CB-6 cables, 2 pieces", "CB-6 (2)"; but "CB-6, 2 pcs of KV-4" counts the other part.
fn after(part: &PartMention, section: &Section) -> Option<u32> {
    let next = section.parts.iter().map(|other| other.start).find(|start| *start >= part.end);
    let text = section.text.get(part.end..next.unwrap_or(section.text.len()))?.to_lowercase();
    let found = AFTER.captures(&text)?;
    let rest = text.get(found.get(0)?.end()..)?;
    let is_of_next = next.is_some() && OF_NEXT.is_match(rest) && !found.get(0)?.as_str().ends_with([',', ')']);
    if is_of_next { None } else { count(found.iter().skip(1).flatten().next()?.as_str()) }
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
            let line = plain(section.text.get(..start)?.rsplit('\n').next()?);
            let number = field.iter().skip(1).flatten().next()?;
            (!BOUGHT.is_match(&line)).then_some((start, count(&number.as_str().to_lowercase())?))
        })
        .collect();
    let leads = found.first().is_some_and(|(first, _)| section.parts.iter().all(|part| *first < part.start));
    let part_of = |at: usize| {
        let mut parts = section.parts.iter();
        if leads { parts.find(|part| part.start > at) } else { parts.rfind(|part| part.end <= at) }
    };
    let of = |at: usize| part_of(at).map_or(Counted::Unnamed, |part| Counted::Part(look_alike_key(&part.part_number)));
    found.into_iter().map(|(at, units)| Count { of: of(at), units }).collect()
}

/// "Three cables", "two units".
fn of_kinds(section: &Section) -> Vec<Count> {
    let kinds =
        section.clauses.iter().flat_map(|clause| KIND.captures_iter(&clause.words).map(move |kind| (clause, kind)));
    kinds
        .filter_map(|(clause, kind)| {
            let (all, number) = (kind.get(0)?, kind.get(1)?);
            let counts = is_count(clause.words.get(..number.start())?, clause.words.get(all.end()..)?);
            let of = match kind.get(2)?.as_str() {
                "unit" | "piece" | "pc" | "item" => Counted::Unnamed,
                kind => Counted::Kind(kind.to_owned()),
            };
            Some(Count { of, units: count(number.as_str()).filter(|_| counts)? })
        })
        .collect()
}

/// Whether a number between these words says how many come back: not how many there are, nor what something is called.
fn is_count(before: &str, after: &str) -> bool {
    let comes_back = TO_RETURN.is_match(after);
    !NAMED.is_match(before) && !OF_WHICH.is_match(before) && (comes_back || !is_owned(before))
}

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[ (:,])(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3}) ?(?:x|\u{d7}|pcs?\.?|pieces?|units?|ea\.?)?(?:(?: of)?(?: the| our| your| my| these| those| type| model| part| number| new| unused| unopened| sealed| surplus| spare| extra| defective| broken| faulty| dead| remaining| hdmi| usb| kvm| dp| displayport| dvi| vga| premium| cables?| switch(?:es)?| extenders?| splitters?| consoles?| units?| pieces?))*[ (:#]*$",
    )
});
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\s(?:cables?|switch(?:es)?|extenders?|splitters?|consoles?|units?))?(?:[\s,:(=-]*[x\u{d7}*]\s?(\d{1,3})(?:$|[\s),.;:!?])|[\s,:(=-]*\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3})\s?(?:pcs?|pieces?|units?|ea|each|off)\b|\s?\((\d{1,3})\))",
    )
});
static OF_NEXT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[ .]*(?:of )?(?:the )?$"));
static COLUMN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:(?:return )?(?:qty|quantity|count|units|pcs|pieces)\.?|how many)(?: to return| returned)?$")
});
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(?:qty|quantity)\b(?: to (?:be )?return(?:ed)?| returned| returning| affected)?[ .:#=]*(?:is )?|(?:number of (?:units|pieces|items|cables)|units|pieces|pcs|count|how many)[^\S\n]*[:=][^\S\n]*)(?:(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,4})(?:$|[\s),;!?x]|\.(?:\s|$)|pcs|pieces))",
    )
});
static BOUGHT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:ordered|bought|purchased|delivered|shipped|original|invoiced|minimum|order)$"));
static KIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[ (:,])(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3})(?: x)?(?: new| unused| unopened| sealed| surplus| spare| extra| defective| broken| faulty| dead| hdmi| usb| kvm| dp| displayport| dvi| vga| premium)* (cable|extender|splitter|console|switch|unit|piece|pc|item)(?:s|es)?\b",
    )
});
/// "Two of the four": the first number counts.
static OF_WHICH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3}|some|each|any|none|which)(?: out)? of (?:the |our |my |these |those |your )?$",
    )
});
/// Words that a number belongs to, so that it counts nothing: "line 2", "May 4", "HDMI 2".
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:invoices?|orders?|no|nr|number|serial|s/n|sn|page|step|section|line|position|pos|row|desk|room|suite|floor|rack|bay|building|port|ports|channel|case|ticket|account|po|p\.o|item|version|ver|rev|model|hdmi|dp|usb|cat|displayport|phone|ext|week|day|usd|eur|[a-z]|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|may|june|july|august|september|october|november|december)|[#$\u{20ac}\u{a3}/-])[ .:#]*$",
    )
});
static TO_RETURN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[^.\n]{0,40}\b(?:to (?:be )?(?:return|send|sent|give|exchange|refund|rma)|(?:go|goes|going|come|comes|coming) back)",
    )
});
