//! What a single value must look like. Each function takes the text of a setting and gives it back checked, or says
//! what is wrong with it, so that the sentence reads on after the name of the key.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use regex::{Regex, RegexBuilder};

use super::fault::nearest;
use crate::case::calendar::Holiday;

/// Hours of a working day on the vendor's clock, the second after the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub from: Time,
    pub until: Time,
}

impl Default for Hours {
    fn default() -> Hours {
        Hours { from: Time::constant(9, 0, 0, 0), until: Time::constant(17, 0, 0, 0) }
    }
}

pub(super) fn hours(text: &str) -> Result<Hours, String> {
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let hours = text.split_once('-').and_then(|(from, until)| time(from).zip(time(until)));
    let (from, until) = hours.ok_or_else(|| format!("cannot be \"{text}\""))?;
    (from < until).then_some(Hours { from, until }).ok_or_else(|| format!("ends before it begins: \"{text}\""))
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// A weekday by its English name, in letters of either case.
pub(super) fn weekday(text: &str) -> Result<Weekday, String> {
    let lower = text.to_lowercase();
    let known = WEEKDAYS.iter().find(|(name, _)| *name == lower);
    known.map(|(_, weekday)| *weekday).ok_or_else(|| {
        let meant = nearest(&lower, WEEKDAYS.iter().map(|(name, _)| *name));
        let meant = meant.map(|name| format!("; did you mean \"{name}\"?"));
        format!("holds \"{text}\", which is no weekday{}", meant.unwrap_or_default())
    })
}

/// A date of one year, `2026-12-25`, or the month and day of every year, `12-25`.
pub(super) fn holiday(text: &str) -> Result<Holiday, String> {
    let date = |text: &str| Date::strptime("%Y-%m-%d", text).ok();
    // A day of a leap year: 29 February is a holiday in the years that have one.
    let of_every_year = || date(&format!("2024-{text}"));
    let yearly = || of_every_year().map(|day| Holiday::Yearly { month: day.month(), day: day.day() });
    let holiday = date(text).map(Holiday::Once).or_else(yearly);
    holiday.ok_or_else(|| format!("holds \"{text}\", which is no day of the calendar"))
}

/// A whole number within bounds; underscores may part its digits.
pub(super) fn whole<T: FromStr + PartialOrd>(text: &str, bounds: &RangeInclusive<T>) -> Result<T, String> {
    let number = text.replace('_', "").parse::<T>().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("cannot be \"{text}\""))
}

pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        match nearest(name, zones.iter().map(String::as_str)) {
            Some(meant) => format!("names no known time zone: \"{name}\"; did you mean \"{meant}\"?"),
            None => format!("names no known time zone: \"{name}\""),
        }
    })
}

/// An address as in RFC 5321, without a name; lower case.
pub(super) fn address(text: &str) -> Result<String, String> {
    let lower = text.to_lowercase();
    let odd = |c: char| c.is_whitespace() || "<>()[]\\,;:\"@".contains(c);
    let fits =
        lower.rsplit_once('@').is_some_and(|(local, at)| !local.is_empty() && !local.contains(odd) && is_domain(at));
    if fits { Ok(lower) } else { Err(format!("is no mail address: \"{text}\"")) }
}

/// Whether mail to two addresses, both lower case, arrives in one mailbox: `support+staff` is `support` (RFC 5233).
pub(super) fn is_same_mailbox(one: &str, other: &str) -> bool {
    let mailbox = |address: &str| {
        let (local, domain) = address.rsplit_once('@')?;
        Some((local.split('+').next()?.to_owned(), domain.to_owned()))
    };
    mailbox(one) == mailbox(other)
}

/// A domain that others can own, with a dot in it; lower case.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let lower = text.to_lowercase();
    let fits = lower.contains('.') && is_domain(&lower);
    if fits { Ok(lower) } else { Err(format!("holds \"{text}\", which is no domain")) }
}

/// The name that a mail server calls itself by in Authentication-Results (RFC 8601, section 2.5); lower case.
pub(super) fn authserv_id(text: &str) -> Result<String, String> {
    let fits = !text.contains(|c: char| c.is_whitespace() || ";=\"()".contains(c));
    if fits { Ok(text.to_lowercase()) } else { Err(format!("holds \"{text}\", which is no authserv-id")) }
}

/// A host name or an IP address.
pub(super) fn host(text: &str) -> Result<String, String> {
    let fits = text.parse::<IpAddr>().is_ok() || is_domain(text);
    if fits { Ok(text.to_owned()) } else { Err(format!("is no host: \"{text}\"")) }
}

/// Whether a host is this machine, so that nothing said to it crosses a network.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn web_address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let fits = !rest.is_empty() && !text.contains(|c: char| c.is_whitespace() || "<>\"".contains(c));
    if fits { Ok(text.to_owned()) } else { Err(format!("is no web address: \"{text}\"")) }
}

pub(super) fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("cannot be \"{text}\""))
}

/// A pattern for numbers in mail. It is run over strangers' text, so its size has a limit, and it may not match nothing.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
    let regex = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "is too big once compiled".to_owned(),
        // The crate's own words point into the pattern on lines of their own; the last line says what is wrong.
        other => format!(
            "is no pattern: {}",
            other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")
        ),
    })?;
    if regex.is_match("") { Err("matches the empty text, hence everywhere".to_owned()) } else { Ok(regex) }
}

const PATTERN_BYTES: usize = 1 << 20;

/// The form of RMA numbers. What stands for `{number}` ends in the check digit, so nothing may follow it.
pub(super) fn rma_number(text: &str) -> Result<String, String> {
    let prefix = text.strip_suffix("{number}").ok_or_else(|| format!("does not end in {{number}}: \"{text}\""))?;
    let fits = prefix.len() <= 20 && prefix.chars().all(|c| c.is_ascii_alphanumeric() || "-_/.".contains(c));
    if fits { Ok(text.to_owned()) } else { Err(format!("has an odd prefix: \"{prefix}\"")) }
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let ends_well = !label.starts_with('-') && !label.ends_with('-');
        !label.is_empty() && ends_well && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_run_forward() {
        assert_eq!(hours("09:00-17:00"), Ok(Hours::default()));
        assert_eq!(hours(" 8:30 - 12:15 ").map(|hours| hours.until.minute()), Ok(15));
        for wrong in ["9", "9-17", "09:00", "25:00-26:00", "17:00-09:00", "09:00-09:00"] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn weekdays_are_named() {
        assert_eq!(weekday("Monday"), Ok(Weekday::Monday));
        assert_eq!(weekday("sunday"), Ok(Weekday::Sunday));
        assert!(weekday("thirsday").unwrap_err().ends_with("did you mean \"thursday\"?"));
        assert!(weekday("1").unwrap_err().ends_with("is no weekday"));
    }

    #[test]
    fn holidays_are_days_of_one_year_or_of_all() {
        assert_eq!(holiday("2026-12-25"), Ok(Holiday::Once(Date::constant(2026, 12, 25))));
        assert_eq!(holiday("12-25"), Ok(Holiday::Yearly { month: 12, day: 25 }));
        assert_eq!(holiday("02-29"), Ok(Holiday::Yearly { month: 2, day: 29 }));
        assert_eq!(holiday("2028-02-29"), Ok(Holiday::Once(Date::constant(2028, 2, 29))));
        for wrong in ["02-30", "2026-02-29", "13-01", "12/25", "25.12.", "2026-12", "Christmas", "2026-12-25T00:00"] {
            assert!(holiday(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_lowered_and_bare() {
        assert_eq!(address("Support@Vendor.Example").as_deref(), Ok("support@vendor.example"));
        assert_eq!(address("support+returns@localhost").as_deref(), Ok("support+returns@localhost"));
        for wrong in [
            "support",
            "@vendor.example",
            "a@b@c.example",
            "Vendor <a@b.example>",
            "a b@c.example",
            "a@-b.example",
            "a@b..example",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_subaddress_is_the_same_mailbox() {
        assert!(is_same_mailbox("support@v.example", "support@v.example"));
        assert!(is_same_mailbox("support+staff@v.example", "support@v.example"));
        assert!(!is_same_mailbox("staff@v.example", "support@v.example"));
        assert!(!is_same_mailbox("support@w.example", "support@v.example"));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.vendor.example", "10.0.0.1", "0.0.0.0", "::", "mail.vendor.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn patterns_are_bounded_and_match_something() {
        assert!(pattern(r"\bINV-\d{5}\b").is_ok());
        assert!(pattern(r"\d{5").unwrap_err().starts_with("is no pattern"));
        assert_eq!(pattern(r"(\w{900}){900}").unwrap_err(), "is too big once compiled");
        assert_eq!(pattern(r"\d*").unwrap_err(), "matches the empty text, hence everywhere");
    }

    #[test]
    fn rma_numbers_end_in_the_number() {
        assert!(rma_number("RMA-{number}").is_ok());
        assert!(rma_number("{number}").is_ok());
        for wrong in ["RMA", "{number}-R", "R {number}", "{number}{number}", "R{n}{number}"] {
            assert!(rma_number(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_misspelt_time_zone_is_recognised() {
        assert!(time_zone("America/Los_Angeles").is_ok());
        assert!(time_zone("America/Los_Angelos").unwrap_err().contains("did you mean \"America/Los_Angeles\"?"));
        assert!(time_zone("the moon").unwrap_err().ends_with("\"the moon\""));
    }
}
