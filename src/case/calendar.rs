//! The vendor's calendar: on which days and at what hours mail may go out that answers nobody.
//!
//! A day's hours are one stretch of time, from its opening to its closing. Where a change of clocks makes either one
//! ambiguous, the calendar is closed: the opening is the later instant and the closing the earlier, so that while it is
//! open the vendor's clock always shows an hour of that very day between the two.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Business days and civil hours of one vendor.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub zone: TimeZone,
    pub business_days: Vec<Weekday>,
    pub holidays: BTreeSet<Holiday>,
    pub from: Time,
    /// The first instant after the civil hours.
    pub until: Time,
}

/// A day without business whatever weekday it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holiday {
    /// In one year alone.
    Once(Date),
    /// In every year that has this day; months and days count from one.
    Yearly { month: i8, day: i8 },
}

/// How far ahead, in days, a business day is looked for.
const HORIZON: usize = 366;

impl Calendar {
    pub fn is_business_day(&self, day: Date) -> bool {
        let yearly = Holiday::Yearly { month: day.month(), day: day.day() };
        let is_holiday = [Holiday::Once(day), yearly].iter().any(|holiday| self.holidays.contains(holiday));
        self.business_days.contains(&day.weekday()) && !is_holiday
    }

    /// The day that it is for the vendor.
    pub fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// Whether mail may go out at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.hours(self.day(at)).is_some_and(|(opening, closing)| (opening..closing).contains(&at))
    }

    /// This very instant where the calendar is open, otherwise the next opening; `None` where there is none within a
    /// year.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) {
            return Some(at);
        }
        days_from(self.day(at)).filter_map(|day| self.opening(day)).find(|opening| *opening > at)
    }

    /// The first open instant of a day; `None` where it has none: no business day, or the clocks skip all its hours.
    pub fn opening(&self, day: Date) -> Option<Timestamp> {
        self.hours(day).map(|(opening, _)| opening)
    }

    /// The opening of that day, or of the first day after it that has one; `None` where there is none within a year.
    pub fn first_opening(&self, day: Date) -> Option<Timestamp> {
        days_from(day).find_map(|day| self.opening(day))
    }

    /// A day's opening and closing.
    fn hours(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let at = |time: Time| self.zone.to_ambiguous_timestamp(day.to_datetime(time));
        let hours = at(self.from).later().ok()?..at(self.until).earlier().ok()?;
        (self.is_business_day(day) && !hours.is_empty()).then_some((hours.start, hours.end))
    }
}

fn days_from(day: Date) -> impl Iterator<Item = Date> {
    day.series(1.day()).take(HORIZON)
}

#[cfg(test)]
mod tests;
