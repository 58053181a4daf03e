//! What the vendor sold, as the core sees it: products, customers, invoices with their lines and units, and money.
//!
//! The order data is the first authority on what a number in a mail means. Nothing here knows where it comes from.

use std::ops::{Add, Sub};

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// One article of the vendor's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub part_number: String,
    pub title: String,
    /// Names the warranty term in the policy, for instance `kvm_switch`.
    pub product_line: String,
    /// Whether each unit bears a serial number; a product that does not is never asked for one.
    pub serialized: bool,
    /// Other spellings of the part number that customers use.
    pub aliases: Vec<String>,
}

/// One account of the vendor's books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub account_number: String,
    pub name: String,
    pub company: Option<String>,
    /// The addresses the account orders from, lower case.
    pub emails: Vec<String>,
    pub country: String,
}

/// How an order was paid; it decides which fee a refund bears (policy, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    CreditCard,
    Paypal,
    Wire,
    Check,
    NetTerms,
    Other,
}

/// One order, invoiced. Dates are days of the vendor's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub invoice_number: String,
    pub account_number: String,
    pub invoiced_on: Date,
    /// `direct`, or the name of the reseller or distributor.
    pub channel: String,
    /// ISO 3166-1 alpha-2.
    pub ship_to_country: String,
    pub payment_method: PaymentMethod,
    /// ISO 4217.
    pub currency: String,
    pub freight: Decimal,
    pub insurance: Decimal,
    pub free_shipping: bool,
    /// What sending the order cost the vendor; charged back when a free-shipping order returns.
    pub actual_shipping_cost: Decimal,
    pub shipped_on: Option<Date>,
    pub delivered_on: Option<Date>,
    pub lines: Vec<Line>,
}

/// One line of an invoice: a quantity of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub line: u32,
    pub product: Product,
    pub quantity: u32,
    pub unit_price: Decimal,
    /// Added to the standard term of the product line.
    pub extended_warranty_months: u32,
    /// The serial numbers of the line's units, as far as the vendor has recorded them, and of what replaced them.
    pub serials: Vec<String>,
    /// Which of the units the customer has no more, and no claim on.
    #[serde(default)]
    pub gone: Vec<Gone>,
}

/// A unit, or several alike, whose return ended in money or in another unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// `None` for a product that bears no serial number.
    pub serial: Option<String>,
    pub quantity: u32,
    pub how: GoneAs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneAs {
    Refunded,
    Credited,
    Replaced,
}

impl GoneAs {
    pub fn word(self) -> &'static str {
        match self {
            GoneAs::Refunded => "refunded",
            GoneAs::Credited => "credited",
            GoneAs::Replaced => "replaced",
        }
    }
}

impl Line {
    /// The serial numbers of the units that the customer still has.
    pub fn present_serials(&self) -> Vec<&String> {
        let is_gone = |serial: &String| self.gone.iter().any(|gone| gone.serial.as_ref() == Some(serial));
        self.serials.iter().filter(|serial| !is_gone(serial)).collect()
    }

    /// Whether the serial number of each unit that was sold is recorded; a replacement is not counted beside what it
    /// replaced.
    pub fn knows_every_serial(&self) -> bool {
        let replaced = self.gone.iter().filter(|gone| gone.serial.is_some() && gone.how == GoneAs::Replaced).count();
        self.serials.len() == self.quantity as usize + replaced
    }

    /// How the unit with this serial number went; of units that bear none, whether so many are no more left.
    pub fn gone_as(&self, serial: Option<&str>, quantity: u32) -> Option<GoneAs> {
        let mut gone = self.gone.iter().filter(|gone| gone.serial.as_deref() == serial);
        match serial {
            Some(_) => gone.next().map(|gone| gone.how),
            None => gone.find(|gone| gone.how != GoneAs::Replaced && quantity > self.left()).map(|gone| gone.how),
        }
    }

    /// Of units that bear no serial number, how many the customer still has; what was replaced is there again.
    pub fn left(&self) -> u32 {
        let paid = self.gone.iter().filter(|gone| gone.serial.is_none() && gone.how != GoneAs::Replaced);
        self.quantity.saturating_sub(paid.map(|gone| gone.quantity).sum())
    }
}

impl Invoice {
    /// Bought from the vendor itself, not through a reseller.
    pub fn is_direct(&self) -> bool {
        self.channel == "direct"
    }

    /// Delivered inside the United States.
    pub fn is_domestic(&self) -> bool {
        self.ship_to_country == "US"
    }

    /// What was delivered has shipped, even where the day of shipping was not recorded.
    pub fn has_shipped(&self) -> bool {
        self.shipped_on.is_some() || self.delivered_on.is_some()
    }

    /// The order as it was known on `day`: a date that lies after it is not yet known (policy, section 3).
    pub fn as_known_on(&self, day: Date) -> Invoice {
        let known = |date: Option<Date>| date.filter(|date| *date <= day);
        Invoice { shipped_on: known(self.shipped_on), delivered_on: known(self.delivered_on), ..self.clone() }
    }

    /// The line that holds this serial number, compared exactly.
    pub fn line_of_serial(&self, serial: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.serials.iter().any(|known| known == serial))
    }

    /// What the customer paid: all lines, freight and insurance.
    pub fn total(&self) -> Decimal {
        let goods: Decimal = self.lines.iter().map(|line| line.unit_price * Decimal::from(line.quantity)).sum();
        goods + self.freight + self.insurance
    }
}

/// An amount of money in the order's currency, always of whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Money(Decimal);

impl Money {
    pub const ZERO: Money = Money(Decimal::ZERO);

    /// Rounds half away from zero to the cent (policy, section 4): once, at the line that is shown.
    pub fn rounded(amount: Decimal) -> Money {
        let mut cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        cents.rescale(2);
        Money(cents)
    }

    pub fn amount(self) -> Decimal {
        self.0
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money::rounded(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money::rounded(self.0 - other.0)
    }
}

impl std::fmt::Display for Money {
    /// Two decimals and no currency: `1284.37`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// What two spellings of one number have in common: case, spacing, dashes and look-alike characters
/// (0 O, 1 I L, 5 S, 8 B, 2 Z) do not tell numbers apart (policy, rule 6).
///
/// `INV-20172`, `lnv-2O172` and `INV 20172` all give the same key. Empty where the text has no letter or digit.
pub fn look_alike_key(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            'S' => '5',
            'B' => '8',
            'Z' => '2',
            other => other,
        })
        .collect()
}

/// The look-alike key of a number without its leading letters: what is left when a customer drops the prefix.
/// `None` where the number has no such prefix, or fewer than four characters would remain.
pub fn bare_key(number: &str) -> Option<String> {
    let body = number.trim_start_matches(|c: char| c.is_alphabetic() || !c.is_alphanumeric());
    let key = look_alike_key(body);
    (body.len() < number.len() && key.len() >= 4).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_share_a_key() {
        for spelling in ["INV-20172", "lnv-2O172", "inv 20172", "INV\u{2011}20172", "Inv.2o172"] {
            assert_eq!(look_alike_key(spelling), look_alike_key("INV-20172"), "{spelling}");
        }
        assert_ne!(look_alike_key("INV-20173"), look_alike_key("INV-20172"));
    }

    #[test]
    fn a_dropped_prefix_leaves_the_bare_key() {
        assert_eq!(bare_key("INV-20172").as_deref(), Some("20172"));
        assert_eq!(bare_key("20172"), None);
        assert_eq!(bare_key("A-12"), None);
    }

    #[test]
    fn money_rounds_half_away_from_zero() {
        assert_eq!(Money::rounded("37.4985".parse().unwrap()).to_string(), "37.50");
        assert_eq!(Money::rounded("0.005".parse().unwrap()).to_string(), "0.01");
        assert_eq!(Money::rounded("-0.005".parse().unwrap()).to_string(), "-0.01");
    }
}
