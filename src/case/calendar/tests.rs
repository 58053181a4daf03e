use jiff::SignedDuration;
use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;

const WEEK: [Weekday; 5] = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Hours such as `09:00-17:00`.
fn calendar(zone: &str, business_days: &[Weekday], hours: &str) -> Calendar {
    let (from, until) = hours.split_once('-').unwrap();
    Calendar {
        zone: TimeZone::get(zone).unwrap(),
        business_days: business_days.to_vec(),
        holidays: BTreeSet::new(),
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// As the vendor's clock shows it, with the offset that tells the two passes of a repeated hour apart.
fn shown(calendar: &Calendar, at: Timestamp) -> String {
    at.to_zoned(calendar.zone.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string()
}

#[test]
fn weekends_and_holidays_are_no_business_days() {
    let mut calendar = calendar("America/Los_Angeles", &WEEK, "09:00-17:00");
    calendar.holidays = [
        Holiday::Once(date(2026, 11, 26)),
        Holiday::Yearly { month: 12, day: 25 },
        Holiday::Yearly { month: 2, day: 29 },
    ]
    .into();
    for (day, expected) in [
        (date(2026, 6, 15), true),
        (date(2026, 6, 19), true),
        (date(2026, 6, 20), false),
        (date(2026, 6, 21), false),
        (date(2026, 11, 26), false),
        (date(2027, 11, 26), true),
        (date(2025, 12, 25), false),
        (date(2026, 12, 25), false),
        (date(2028, 2, 28), true),
        (date(2028, 2, 29), false),
        (date(2027, 3, 1), true),
    ] {
        assert_eq!(calendar.is_business_day(day), expected, "{day}");
    }
    for (day, expected) in [
        (date(2026, 11, 25), "2026-11-25 09:00 -08:00"),
        (date(2026, 11, 26), "2026-11-27 09:00 -08:00"),
        (date(2026, 12, 24), "2026-12-24 09:00 -08:00"),
        (date(2026, 12, 25), "2026-12-28 09:00 -08:00"),
        (date(2027, 3, 13), "2027-03-15 09:00 -07:00"),
    ] {
        let opening = calendar.first_opening(day).unwrap();
        assert_eq!(shown(&calendar, opening), expected, "{day}");
    }
}

#[test]
fn the_hours_hold_their_first_instant_and_not_their_last() {
    let calendar = calendar("America/Los_Angeles", &WEEK, "09:00-17:00");
    for (instant, expected) in [
        ("2026-06-15T08:59:59.999999-07:00", false),
        ("2026-06-15T09:00:00-07:00", true),
        ("2026-06-15T16:59:59.999999-07:00", true),
        ("2026-06-15T17:00:00-07:00", false),
        ("2026-06-14T12:00:00-07:00", false),
        // the vendor's Friday is Saturday in UTC, and its Sunday Monday
        ("2026-06-19T23:30:00Z", true),
        ("2026-06-22T00:30:00Z", false),
    ] {
        assert_eq!(calendar.is_open(at(instant)), expected, "{instant}");
    }
}

#[test]
fn the_next_opening_is_found_over_nights_weekends_and_changes_of_clocks() {
    for (zone, hours, instant, expected) in [
        ("America/Los_Angeles", "09:00-17:00", "2026-06-15T12:34:56Z", "2026-06-15 09:00 -07:00"),
        ("America/Los_Angeles", "09:00-17:00", "2026-06-15T18:34:00Z", "2026-06-15 11:34 -07:00"),
        ("America/Los_Angeles", "09:00-17:00", "2026-06-20T00:00:00Z", "2026-06-22 09:00 -07:00"),
        // from Friday to Monday it is an hour less in spring, and one more in autumn
        ("America/Los_Angeles", "09:00-17:00", "2026-03-07T01:00:00Z", "2026-03-09 09:00 -07:00"),
        ("America/Los_Angeles", "09:00-17:00", "2026-10-31T00:00:00Z", "2026-11-02 09:00 -08:00"),
        ("America/Los_Angeles", "00:00-23:59", "2026-06-16T06:59:30Z", "2026-06-16 00:00 -07:00"),
        // midnight is skipped in the night to Sunday 10 March 2024, and comes twice on Sunday 3 November: governments
        // change their minds about years to come
        ("America/Havana", "00:00-23:59", "2024-03-10T04:59:30Z", "2024-03-10 01:00 -04:00"),
        ("America/Havana", "00:00-23:59", "2024-11-03T04:30:00Z", "2024-11-03 00:00 -05:00"),
        ("Asia/Beirut", "00:00-23:59", "2024-03-30T21:59:30Z", "2024-03-31 01:00 +03:00"),
        // on the other side of the date line it is tomorrow already
        ("Pacific/Kiritimati", "09:00-17:00", "2026-06-14T18:00:00Z", "2026-06-15 09:00 +14:00"),
        ("Pacific/Pago_Pago", "09:00-17:00", "2026-06-15T18:00:00Z", "2026-06-15 09:00 -11:00"),
    ] {
        let days: &[Weekday] = if hours.starts_with("00") { &EVERY_DAY } else { &WEEK };
        let calendar = calendar(zone, days, hours);
        let next = calendar.next_open(at(instant)).unwrap();
        assert_eq!(shown(&calendar, next), expected, "{zone} {hours} after {instant}");
    }
}

#[test]
fn a_change_of_clocks_never_opens_outside_the_hours() {
    let spring = date(2026, 3, 8); // 02:00 to 03:00 is skipped
    let autumn = date(2026, 11, 1); // 01:00 to 02:00 comes twice
    for (hours, day, opening, closing) in [
        ("02:30-17:00", spring, "2026-03-08 03:30 -07:00", "2026-03-08 17:00 -07:00"),
        ("00:30-02:30", spring, "2026-03-08 00:30 -08:00", "2026-03-08 01:30 -08:00"),
        ("01:30-17:00", autumn, "2026-11-01 01:30 -08:00", "2026-11-01 17:00 -08:00"),
        ("00:00-01:30", autumn, "2026-11-01 00:00 -07:00", "2026-11-01 01:30 -07:00"),
    ] {
        let calendar = calendar("America/Los_Angeles", &EVERY_DAY, hours);
        let (opens, closes) = calendar.hours(day).unwrap();
        assert_eq!((shown(&calendar, opens), shown(&calendar, closes)), (opening.to_owned(), closing.to_owned()));
    }
    for (hours, day) in [("02:10-02:50", spring), ("01:10-01:50", autumn)] {
        assert_eq!(calendar("America/Los_Angeles", &EVERY_DAY, hours).opening(day), None, "{hours}");
    }
    // Samoa went over the date line: this day never was.
    assert_eq!(calendar("Pacific/Apia", &EVERY_DAY, "09:00-17:00").opening(date(2011, 12, 30)), None);
    // Greenland's clocks go on at 23:00 on Saturday, so that this closing would fall on Sunday.
    let nuuk = calendar("America/Nuuk", &[Weekday::Saturday], "09:00-23:30");
    let (_, closes) = nuuk.hours(date(2026, 3, 28)).unwrap();
    assert_eq!(shown(&nuuk, closes), "2026-03-28 22:30 -02:00");
}

#[test]
fn a_calendar_without_a_business_day_never_opens() {
    let mut calendar = calendar("America/Los_Angeles", &[], "09:00-17:00");
    let noon = at("2026-06-15T19:00:00Z");
    assert_eq!((calendar.next_open(noon), calendar.first_opening(date(2026, 6, 15))), (None, None));
    calendar.business_days = EVERY_DAY.to_vec();
    assert_eq!(calendar.next_open(Timestamp::MAX), None);
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let zones = prop::sample::select(vec![
        "America/Los_Angeles",
        "America/Havana",
        "Asia/Beirut",
        "America/Nuuk",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
        "Pacific/Apia",
        "UTC",
    ]);
    let days = prop::sample::subsequence(EVERY_DAY.to_vec(), 1..=7);
    let holidays = prop::collection::btree_set((1..=12_i8, 1..=28_i8), 0..20);
    (zones, days, holidays, 0..1439_i32, 1..1439_i32).prop_map(|(zone, business_days, holidays, from, length)| {
        let minute = |minutes: i32| time((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
        Calendar {
            zone: TimeZone::get(zone).unwrap(),
            business_days,
            holidays: holidays.into_iter().map(|(month, day)| Holiday::Yearly { month, day }).collect(),
            from: minute(from),
            until: minute((from + length).min(1439)),
        }
    })
}

/// Any instant of these years, and every other time one within a day of a change of clocks.
fn instants() -> impl Strategy<Value = (i64, bool)> {
    (1_262_304_000..1_893_456_000_i64, any::<bool>())
}

fn near_a_change(zone: &TimeZone, second: i64) -> Timestamp {
    let drawn = Timestamp::from_second(second).unwrap();
    let change = zone.following(drawn).next().map_or(drawn, |change| change.timestamp());
    change + SignedDuration::from_secs(second % 172_800 - 86_400)
}

proptest! {
    #[test]
    fn next_open_is_the_first_open_instant((second, close) in instants(), calendar in calendars()) {
        let drawn = Timestamp::from_second(second).unwrap();
        let start = if close { near_a_change(&calendar.zone, second) } else { drawn };
        if let Some(open) = calendar.next_open(start) {
            prop_assert!(open >= start);
            prop_assert!(calendar.is_open(open));
            prop_assert!(open == start || !calendar.is_open(open - SignedDuration::from_nanos(1)));
            let step = SignedDuration::from_mins(7);
            let mut between = start;
            while between < open.min(start + SignedDuration::from_hours(24 * 4)) {
                prop_assert!(!calendar.is_open(between), "{between} is open before {open}");
                between += step;
            }
        }
    }

    #[test]
    fn while_it_is_open_the_clock_shows_a_civil_hour_of_a_business_day(
        (second, close) in instants(),
        calendar in calendars(),
    ) {
        let drawn = Timestamp::from_second(second).unwrap();
        let start = if close { near_a_change(&calendar.zone, second) } else { drawn };
        for quarter in 0..96 {
            let at = start + SignedDuration::from_mins(15 * quarter);
            let local = calendar.zone.to_datetime(at);
            if calendar.is_open(at) {
                prop_assert!(calendar.is_business_day(local.date()));
                prop_assert!((calendar.from..calendar.until).contains(&local.time()));
            }
        }
    }

    #[test]
    fn every_instant_between_opening_and_closing_is_open((second, close) in instants(), calendar in calendars()) {
        let drawn = Timestamp::from_second(second).unwrap();
        let start = if close { near_a_change(&calendar.zone, second) } else { drawn };
        if let Some((opening, closing)) = calendar.hours(calendar.day(start)) {
            let length = opening.duration_until(closing).as_secs();
            for part in 0..16 {
                prop_assert!(calendar.is_open(opening + SignedDuration::from_secs(length * part / 16)));
            }
            prop_assert!(!calendar.is_open(closing));
        }
    }
}
