//! What is typed behind an option, read.

use rust_decimal::Decimal;

use crate::case::steps::UnitName;
use crate::order::Money;
use crate::policy::Percent;

/// In characters, of what staff type.
const LONGEST: usize = 200;

/// Words that stand in letters and in the record.
pub(in crate::cli) fn words(text: &str) -> Result<String, String> {
    let words = text.trim();
    match words.chars().count() {
        0 => Err("give it, or leave the option out".to_owned()),
        1..=LONGEST => Ok(words.to_owned()),
        _ => Err(format!("say it in at most {LONGEST} characters")),
    }
}

pub(super) fn part(text: &str) -> Result<UnitName, String> {
    let (part_number, count) = text.rsplit_once('=').unwrap_or((text, "1"));
    let quantity = count.parse().ok().filter(|count| *count > 0);
    let quantity = quantity.ok_or_else(|| format!("`{count}` is no number of units; write for instance CABLE-6=3"))?;
    Ok(UnitName::Part { part_number: part_number.to_owned(), quantity })
}

pub(super) fn percent(text: &str) -> Result<Percent, String> {
    let rate = text.trim_end_matches('%').parse::<Decimal>().ok().filter(|rate| rate.normalize().scale() <= 2);
    rate.and_then(Percent::new)
        .ok_or_else(|| "give a rate from 0 to 100 with at most two decimals, such as 15 or 12.5".to_owned())
}

pub(super) fn money(text: &str) -> Result<Money, String> {
    let amount = text.parse::<Decimal>().ok().filter(|amount| !amount.is_sign_negative());
    let whole = amount.filter(|amount| Money::rounded(*amount).amount() == *amount).map(Money::rounded);
    whole.ok_or_else(|| "give an amount in whole cents, such as 249.99".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_at_most_two_decimals() {
        for (text, rate) in [("15", "15%"), ("12.5%", "12.5%"), ("0.25", "0.25%"), ("15.00000", "15%"), ("100", "100%")]
        {
            assert_eq!(percent(text).unwrap().to_string(), rate);
        }
        for text in ["14.99999999999999999999", "0.001", "100.01", "-1", "", "ten"] {
            assert!(percent(text).unwrap_err().contains("at most two decimals"), "{text}");
        }
    }
}
