//! Windows and warranty terms, in days of the vendor's calendar (policy, section 1).
//!
//! A window includes its last day; day 0 is the day it is counted from. A warranty runs to the same calendar date
//! so many years later, inclusive, and from 29 February to 28 February.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// The windows of one version of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// A refund, a credit or an exchange may be requested.
    pub refund: Window,
    /// A unit may be reported as defective on arrival.
    pub doa: Window,
    /// The product has to arrive; the RMA is expired from the next day on.
    pub rma: Window,
    /// The defective unit has to come back, where a replacement shipped first.
    pub advance_replacement: Window,
}

/// A number of calendar days, and the day they are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub days: u32,
    pub from: Anchor,
}

/// Which day is day 0 of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The day the order was delivered.
    Receipt,
    /// The day the RMA number was issued.
    Issue,
    /// The day the order shipped; of an advance replacement, the day the replacement did.
    Shipping,
}

impl Anchor {
    /// The word of the policy file.
    pub fn word(self) -> &'static str {
        match self {
            Anchor::Receipt => "receipt",
            Anchor::Issue => "issue",
            Anchor::Shipping => "shipping",
        }
    }
}

impl Window {
    /// The last day inside the window.
    pub fn last_day(self, day_0: Date) -> Date {
        last_day(day_0, self.days)
    }
}

/// The last day of a window of so many days whose day 0 is `start`.
pub fn last_day(start: Date, days: u32) -> Date {
    later(start, 0, days)
}

/// The day of the vendor's calendar on which the server received a message.
pub fn request_day(received_at: Timestamp, zone: &TimeZone) -> Date {
    received_at.to_zoned(zone.clone()).date()
}

/// How long a product line is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    Lifetime,
    /// Years are kept as twelve months each.
    Lasting {
        months: u32,
        days: u32,
    },
}

impl Term {
    /// Reads `3 years`, `18 months`, `90 days` or `lifetime`. `None` for anything else, a term of nothing, and more
    /// than a century.
    pub fn parse(text: &str) -> Option<Term> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("lifetime") {
            return Some(Term::Lifetime);
        }
        let (count, unit) = text.split_once(' ')?;
        let count: u32 = count.parse().ok()?;
        let (months, days) = match unit.trim_start().trim_end_matches('s') {
            "year" => (count.checked_mul(12)?, 0),
            "month" => (count, 0),
            "day" => (0, count),
            _ => return None,
        };
        let within_a_century = (1..=1_200).contains(&months) || (1..=36_525).contains(&days);
        within_a_century.then_some(Term::Lasting { months, days })
    }

    /// The last day covered, counted from the invoice date, with extended months added to the term.
    pub fn end(self, invoiced_on: Date, extended_months: u32) -> WarrantyEnd {
        match self {
            Term::Lifetime => WarrantyEnd::Lifetime,
            Term::Lasting { months, days } => {
                WarrantyEnd::Until(later(invoiced_on, months.saturating_add(extended_months), days))
            }
        }
    }
}

/// Until when a unit is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarrantyEnd {
    /// The last day covered.
    Until(Date),
    Lifetime,
    /// The policy has no term for the product line, or no product is spoken of.
    None,
}

impl WarrantyEnd {
    pub fn covers(self, day: Date) -> bool {
        match self {
            WarrantyEnd::Until(last) => day <= last,
            WarrantyEnd::Lifetime => true,
            WarrantyEnd::None => false,
        }
    }
}

/// The calendar's last day stands for what lies beyond it.
fn later(start: Date, months: u32, days: u32) -> Date {
    Span::new()
        .try_months(i64::from(months))
        .and_then(|span| span.try_days(i64::from(days)))
        .map_or(Date::MAX, |span| start.saturating_add(span))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_window_includes_its_last_day() {
        let window = |days| Window { days, from: Anchor::Receipt };
        let receipt = date(2026, 6, 1);
        assert_eq!(window(15).last_day(receipt), date(2026, 6, 16));
        assert_eq!(window(7).last_day(receipt), date(2026, 6, 8));
        assert_eq!(window(14).last_day(receipt), date(2026, 6, 15));
        assert_eq!(window(15).last_day(date(2027, 12, 20)), date(2028, 1, 4));
    }

    #[test]
    fn terms_are_read() {
        let lasting = |months, days| Some(Term::Lasting { months, days });
        for (text, term) in [
            ("3 years", lasting(36, 0)),
            ("1 year", lasting(12, 0)),
            ("18 months", lasting(18, 0)),
            ("90 days", lasting(0, 90)),
            (" Lifetime ", Some(Term::Lifetime)),
            ("0 years", None),
            ("3", None),
            ("three years", None),
            ("-3 years", None),
            ("3 weeks", None),
            ("400000000 years", None),
            ("101 years", None),
            ("", None),
        ] {
            assert_eq!(Term::parse(text), term, "{text}");
        }
    }

    #[test]
    fn a_warranty_runs_to_the_same_calendar_date() {
        for (term, invoiced_on, extended_months, last) in [
            ("3 years", date(2023, 6, 10), 0, date(2026, 6, 10)),
            ("1 year", date(2025, 6, 10), 0, date(2026, 6, 10)),
            ("1 year", date(2024, 2, 29), 0, date(2025, 2, 28)),
            ("3 years", date(2024, 2, 29), 0, date(2027, 2, 28)),
            ("4 years", date(2024, 2, 29), 0, date(2028, 2, 29)),
            ("1 year", date(2023, 8, 25), 24, date(2026, 8, 25)),
            ("1 year", date(2024, 2, 29), 36, date(2028, 2, 29)),
            ("1 year", date(2024, 8, 31), 6, date(2026, 2, 28)),
            ("90 days", date(2026, 1, 1), 0, date(2026, 4, 1)),
        ] {
            let term = Term::parse(term).unwrap();
            assert_eq!(term.end(invoiced_on, extended_months), WarrantyEnd::Until(last), "{invoiced_on}");
        }
        assert_eq!(Term::Lifetime.end(date(1999, 1, 1), 12), WarrantyEnd::Lifetime);
    }

    #[test]
    fn a_warranty_covers_its_last_day_and_not_the_next() {
        let end = WarrantyEnd::Until(date(2026, 6, 10));
        assert!(end.covers(date(2026, 6, 10)));
        assert!(!end.covers(date(2026, 6, 11)));
        assert!(WarrantyEnd::Lifetime.covers(Date::MAX));
        assert!(!WarrantyEnd::None.covers(date(2026, 6, 10)));
    }

    #[test]
    fn the_request_day_is_the_vendors() {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        let day = |instant: &str| request_day(instant.parse().unwrap(), &zone);
        assert_eq!(day("2026-06-17T06:59:59Z"), date(2026, 6, 16));
        assert_eq!(day("2026-06-17T07:00:00Z"), date(2026, 6, 17));
        assert_eq!(day("2026-01-17T07:59:59Z"), date(2026, 1, 16));
    }

    proptest! {
        #[test]
        fn no_figure_leaves_the_calendar(months in any::<u32>(), days in any::<u32>(), offset in 0i64..3_000_000) {
            let start = date(1900, 1, 1).saturating_add(Span::new().days(offset));
            prop_assert!(later(start, months, days) >= start);
        }
    }
}
