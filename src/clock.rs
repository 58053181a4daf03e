//! Now and today: the only place that asks what time it is.
//!
//! Everything else is told. Tests and replay set the hands themselves.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A clock; copies of one show the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// `None`: the machine's time.
    hands: Option<Arc<Mutex<Timestamp>>>,
}

impl Clock {
    pub fn system() -> Clock {
        Clock { hands: None }
    }

    /// A clock that stands still until it is set or advanced.
    pub fn fixed(at: Timestamp) -> Clock {
        Clock { hands: Some(Arc::new(Mutex::new(at))) }
    }

    /// In whole microseconds, which is as much as both databases keep, so that what is read back equals what was written.
    pub fn now(&self) -> Timestamp {
        let now = match &self.hands {
            Some(hands) => *hands.lock().unwrap_or_else(PoisonError::into_inner),
            None => Timestamp::now(),
        };
        let beyond = now.subsec_nanosecond().rem_euclid(1_000);
        now - SignedDuration::from_nanos(beyond.into())
    }

    /// The day it is in a time zone.
    pub fn today(&self, zone: &TimeZone) -> Date {
        zone.to_datetime(self.now()).date()
    }

    /// Sets a fixed clock; the machine's time cannot be set.
    pub fn set(&self, to: Timestamp) {
        if let Some(hands) = &self.hands {
            *hands.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }

    /// Moves a fixed clock on, or back with a negative duration.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_a_fixed_clock_show_the_same_time() {
        let clock = Clock::fixed("2026-06-15T17:12:00Z".parse().unwrap());
        let copy = clock.clone();
        copy.advance(SignedDuration::from_hours(36));
        assert_eq!(clock.now().to_string(), "2026-06-17T05:12:00Z");
        clock.set("2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(copy.now().to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn time_comes_in_whole_microseconds() {
        let clock = Clock::fixed("2026-06-15T17:12:00.123456789Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "2026-06-15T17:12:00.123456Z");
        clock.set("1969-12-31T23:59:59.999999999Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(Clock::system().now().subsec_nanosecond() % 1_000, 0);
    }

    #[test]
    fn the_machine_s_time_cannot_be_set() {
        let clock = Clock::system();
        clock.set(Timestamp::UNIX_EPOCH);
        assert!(clock.now() > "2026-01-01T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn today_depends_on_the_zone() {
        let clock = Clock::fixed("2026-06-15T03:00:00Z".parse().unwrap());
        assert_eq!(clock.today(&TimeZone::UTC).to_string(), "2026-06-15");
        assert_eq!(clock.today(&TimeZone::get("America/Los_Angeles").unwrap()).to_string(), "2026-06-14");
    }
}
