//! The vendor's catalogue as a reader's aid: part numbers in free text, products by description, and the shapes that
//! the vendor's numbers have.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::text::{Clause, is_negated, pattern};
use crate::order::{Invoice, Line, Product, look_alike_key};

/// What is for sale, indexed by the spellings of its part numbers.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    by_key: HashMap<String, Product>,
    /// Words that name a kind of product here: "switch", "extender".
    kinds: HashSet<String>,
    invoice_shapes: HashSet<String>,
    serial_shapes: HashSet<String>,
    invoice_pattern: Option<Regex>,
    serial_pattern: Option<Regex>,
    /// The vendor's name, lower case.
    vendor: String,
}

/// A part number found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMention {
    pub part_number: String,
    pub text: String,
    pub start: usize,
    pub end: usize,
}

/// Tokens that may form one part number: "TRX 900", "UD 14 PLUS".
const MOST_JOINED: usize = 4;

impl Catalogue {
    /// `invoices` and `serials` are samples of the vendor's numbers; their shapes tell a mistyped number from a
    /// telephone number, and reveal nothing about any one of them.
    pub fn new(products: &[Product], invoices: &[String], serials: &[String]) -> Catalogue {
        let mut by_key = HashMap::new();
        let mut ambiguous = HashSet::new();
        for product in products {
            for spelling in product.aliases.iter().chain([&product.part_number]) {
                let key = part_key(spelling);
                let taken = by_key
                    .insert(key.clone(), product.clone())
                    .is_some_and(|other: Product| other.part_number != product.part_number);
                if taken {
                    ambiguous.insert(key);
                }
            }
        }
        by_key.retain(|key, _| key.len() >= 3 && !ambiguous.contains(key));
        Catalogue {
            by_key,
            kinds: products.iter().map(kind_of).collect(),
            invoice_shapes: invoices.iter().map(|number| shape(number)).collect(),
            serial_shapes: serials.iter().map(|number| shape(number)).collect(),
            invoice_pattern: None,
            serial_pattern: None,
            vendor: String::new(),
        }
    }

    /// Patterns of the configuration, beside the shapes that the order data shows.
    pub fn recognising(self, invoice: Option<Regex>, serial: Option<Regex>) -> Catalogue {
        Catalogue { invoice_pattern: invoice, serial_pattern: serial, ..self }
    }

    /// The vendor's name: what was bought there was not bought elsewhere.
    pub fn of_vendor(self, name: &str) -> Catalogue {
        Catalogue { vendor: name.to_lowercase(), ..self }
    }

    /// Whether a seller's name is the vendor's.
    pub fn is_vendor(&self, seller: &str) -> bool {
        let seller = seller.to_lowercase();
        self.vendor.split_whitespace().any(|word| seller.starts_with(word) || word.starts_with(&seller))
    }

    /// Every part number that a text names, by itself or by an alias, in the order in which they stand.
    pub fn parts_in(&self, text: &str) -> Vec<PartMention> {
        let tokens: Vec<(usize, usize)> = WORD.find_iter(text).map(|word| (word.start(), word.end())).collect();
        let mut mentions = Vec::new();
        let mut first = 0;
        while first < tokens.len() {
            let found = (first..tokens.len().min(first + MOST_JOINED))
                .rev()
                .find_map(|last| Some((last, self.part_at(text, &tokens, first, last)?)));
            match found {
                Some((last, mention)) => {
                    mentions.push(mention);
                    first = last + 1;
                }
                None => first += 1,
            }
        }
        mentions
    }

    fn part_at(&self, text: &str, tokens: &[(usize, usize)], first: usize, last: usize) -> Option<PartMention> {
        let (start, end) = (tokens.get(first)?.0, tokens.get(last)?.1);
        let written =
            text.get(start..end).filter(|written| written.len() <= 48 && !written.contains(['\n', '\t', ',', ';']))?;
        let product = self.by_key.get(&part_key(written))?;
        Some(PartMention { part_number: product.part_number.clone(), text: written.to_owned(), start, end })
    }

    pub fn product(&self, part_number: &str) -> Option<&Product> {
        self.by_key.get(&part_key(part_number))
    }

    /// Whether the number looks like one of the vendor's invoice numbers.
    pub fn has_invoice_shape(&self, number: &str) -> bool {
        self.invoice_shapes.contains(&shape(number))
            || self.invoice_pattern.as_ref().is_some_and(|pattern| pattern.is_match(number))
    }

    /// Whether the number looks like one of the vendor's serial numbers.
    pub fn has_serial_shape(&self, number: &str) -> bool {
        self.serial_shapes.contains(&shape(number))
            || self.serial_pattern.as_ref().is_some_and(|pattern| pattern.is_match(number))
    }

    /// Whether a clause speaks of a kind of product that is sold here.
    pub fn names_a_kind(&self, clause: &Clause) -> bool {
        features(&clause.words).iter().any(|(feature, _)| self.kinds.contains(feature) || feature == "kvm")
    }

    /// The lines of an invoice that a description fits and no other fits as well: "the 17 inch console".
    ///
    /// Empty where the words fit several lines or none. Two kinds of product named side by side tell nothing apart.
    pub fn described_line<'a>(&self, clauses: &[Clause], invoice: &'a Invoice) -> Option<&'a Line> {
        let told: HashSet<String> = clauses
            .iter()
            .flat_map(|clause| {
                features(&clause.words)
                    .into_iter()
                    .filter(|(_, at)| !is_negated(&clause.words, *at))
                    .map(|(feature, _)| feature)
                    .collect::<Vec<_>>()
            })
            .collect();
        let told_kinds: BTreeSet<&String> = told.iter().filter(|feature| self.kinds.contains(*feature)).collect();
        let mut fits: Vec<(usize, &Line)> = invoice
            .lines
            .iter()
            .filter(|line| told_kinds.is_empty() || told_kinds.contains(&kind_of(&line.product)))
            .filter(|line| !contradicts(&told, &line.product))
            .map(|line| (product_features(&line.product).intersection(&told).count(), line))
            .filter(|(score, _)| *score > 0)
            .collect();
        fits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let kinds_that_fit: BTreeSet<String> = fits.iter().map(|(_, line)| kind_of(&line.product)).collect();
        match fits.as_slice() {
            [(_, only)] => Some(only),
            [(best, line), (second, _), ..] if best > second && kinds_that_fit.len() == 1 => Some(line),
            _ => None,
        }
    }
}

/// The last word of the product line: `kvm_switch` is a switch.
pub(super) fn kind_of(product: &Product) -> String {
    product.product_line.rsplit('_').next().unwrap_or_default().to_lowercase()
}

/// Spellings of one part number share this key: the look-alike key, with a plus sign written out.
fn part_key(text: &str) -> String {
    look_alike_key(&text.replace('+', "PLUS"))
}

/// Letters and digits by their runs, without marks: `INV-20172` is `A3 9 5`.
fn shape(number: &str) -> String {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for c in number.chars().filter(|c| c.is_alphanumeric()) {
        let class = if c.is_ascii_digit() { '9' } else { 'A' };
        match runs.last_mut() {
            Some((last, length)) if *last == class => *length += 1,
            _ => runs.push((class, 1)),
        }
    }
    runs.iter().map(|(class, length)| format!("{class}{length}")).collect()
}

fn product_features(product: &Product) -> HashSet<String> {
    let words = format!("{} {}", product.title.to_lowercase(), product.product_line.replace('_', " "));
    features(&words).into_iter().map(|(feature, _)| feature).collect()
}

/// A measure of the same sort with another figure: "2-port" is not "4-port".
fn contradicts(told: &HashSet<String>, product: &Product) -> bool {
    let own = product_features(product);
    let measures = |set: &HashSet<String>| set.iter().filter_map(|feature| measure(feature)).collect::<Vec<_>>();
    let own_measures = measures(&own);
    measures(told).iter().any(|(figure, unit)| {
        let same_unit: Vec<_> = own_measures.iter().filter(|(_, other)| other == unit).collect();
        !same_unit.is_empty() && same_unit.iter().all(|(other, _)| other != figure)
    })
}

fn measure(feature: &str) -> Option<(String, String)> {
    let found = MEASURE.captures(feature)?;
    Some((found.get(1)?.as_str().to_owned(), found.get(2)?.as_str().to_owned()))
}

/// The words that describe a product, each with where it stands: nouns in the singular, figures joined to their unit
/// ("17 inch" is `17inch`, "four-port" is `4port`). Words that describe nothing are left out.
fn features(words: &str) -> Vec<(String, usize)> {
    let tokens: Vec<(String, usize)> =
        DESCRIPTIVE.find_iter(words).map(|token| (singular(token.as_str()), token.start())).collect();
    let mut found: Vec<(String, usize)> = tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [(figure, at), (unit, _)] => Some((format!("{}{}", figure_of(figure)?, unit_of(unit)?), *at)),
            _ => None,
        })
        .collect();
    found.extend(tokens.iter().filter_map(|(token, at)| {
        match MEASURED.captures(token) {
            Some(measured) => {
                Some((format!("{}{}", measured.get(1)?.as_str(), unit_of(measured.get(2)?.as_str())?), *at))
            }
            None => (token.len() > 1 && !SMALL_WORDS.contains(&token.as_str()) && figure_of(token).is_none())
                .then(|| (token.clone(), *at)),
        }
    }));
    found
}

fn singular(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix("es") {
        Some(stem) if stem.ends_with("ch") || stem.ends_with('x') => stem.to_owned(),
        _ => word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')).unwrap_or(&word).to_owned(),
    }
}

fn figure_of(word: &str) -> Option<String> {
    let figure = match word {
        "one" | "single" => "1",
        "two" | "dual" => "2",
        "three" => "3",
        "four" | "quad" => "4",
        "six" => "6",
        "eight" => "8",
        "sixteen" => "16",
        digits if !digits.is_empty() && digits.len() <= 4 && digits.chars().all(|c| c.is_ascii_digit()) => digits,
        _ => return None,
    };
    Some(figure.to_owned())
}

fn unit_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "port" | "way" | "channel" => "port",
        "inch" | "in" | "\"" => "inch",
        "ft" | "foot" | "feet" => "ft",
        "m" | "meter" | "metre" | "mtr" => "m",
        "monitor" | "head" | "display" | "screen" => "monitor",
        "link" => "link",
        _ => return None,
    })
}

/// Words that stand in titles and in every letter alike.
const SMALL_WORDS: [&str; 14] =
    ["the", "and", "for", "with", "kit", "from", "our", "your", "premium", "set", "to", "of", "in", "on"];

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}\p{N}]+\+?"));
static DESCRIPTIVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}\p{N}]+"));
static MEASURED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\d{1,4})(port|way|inch|in|ft|foot|feet|m|meter|metre)$"));
static MEASURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{1,4}|\d+x)(port|inch|ft|m|monitor|link|\d+)$"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::PaymentMethod;
    use crate::understanding::text::clauses;
    use jiff::civil::date;

    fn product(part_number: &str, title: &str, product_line: &str, aliases: &[&str]) -> Product {
        Product {
            part_number: part_number.into(),
            title: title.into(),
            product_line: product_line.into(),
            serialized: !product_line.ends_with("cable"),
            aliases: aliases.iter().map(|alias| (*alias).into()).collect(),
        }
    }

    fn shelf() -> Vec<Product> {
        vec![
            product("UD-14PLUS", "4-port dual-link KVM switch kit", "kvm_switch", &["UD14+"]),
            product("UDP2-12AP", "2-port DisplayPort KVM switch", "kvm_switch", &["UDP2-12"]),
            product("TRX 900", "USB KVM extender, 100 m", "extender", &[]),
            product("VSW-41", "4x1 HDMI video switch", "video_switch", &[]),
            product("CBL-6", "Premium DisplayPort KVM cable, 6 ft", "premium_cable", &[]),
        ]
    }

    fn invoice(products: &[Product]) -> Invoice {
        Invoice {
            invoice_number: "1".into(),
            account_number: "A".into(),
            invoiced_on: date(2026, 1, 1),
            channel: "direct".into(),
            ship_to_country: "US".into(),
            payment_method: PaymentMethod::Check,
            currency: "USD".into(),
            freight: 0.into(),
            insurance: 0.into(),
            free_shipping: false,
            actual_shipping_cost: 0.into(),
            shipped_on: None,
            delivered_on: None,
            lines: products
                .iter()
                .zip(1..)
                .map(|(product, line)| Line {
                    line,
                    product: product.clone(),
                    quantity: 1,
                    unit_price: 1.into(),
                    extended_warranty_months: 0,
                    serials: vec![],
                    gone: vec![],
                })
                .collect(),
        }
    }

    #[test]
    fn part_numbers_are_found_in_every_spelling() {
        let catalogue = Catalogue::new(&shelf(), &[], &[]);
        let found =
            |text: &str| catalogue.parts_in(text).into_iter().map(|mention| mention.part_number).collect::<Vec<_>>();
        assert_eq!(found("our ud14+ died"), ["UD-14PLUS"]);
        assert_eq!(found("UD\u{2011}14PLUS and udp2-12ap, trx900"), ["UD-14PLUS", "UDP2-12AP", "TRX 900"]);
        assert_eq!(found("the UDP2-12 drops"), ["UDP2-12AP"]);
        assert_eq!(found("nothing of ours: KM-77"), Vec::<String>::new());
    }

    #[test]
    fn a_description_fits_one_line_or_none() {
        let catalogue = Catalogue::new(&shelf(), &[], &[]);
        let order = invoice(&shelf());
        let described =
            |text: &str| catalogue.described_line(&clauses(text), &order).map(|line| line.product.part_number.as_str());
        assert_eq!(described("The DisplayPort cable has a broken latch."), Some("CBL-6"));
        assert_eq!(described("The 2 port switch does not start."), Some("UDP2-12AP"));
        assert_eq!(described("the two-port one, a switch"), Some("UDP2-12AP"));
        assert_eq!(described("Our video switch flickers."), Some("VSW-41"));
        assert_eq!(described("It's the switch itself, not the cable."), None);
        assert_eq!(described("The switch is dead."), None);
        assert_eq!(described("I tried the cable with the extender."), None);
        assert_eq!(described("It is dead."), None);
    }

    #[test]
    fn shapes_tell_our_numbers_from_others() {
        let catalogue = Catalogue::new(&[], &["INV-20172".into()], &["230415000871".into()]);
        assert!(catalogue.has_invoice_shape("INV-99999") && !catalogue.has_invoice_shape("PO-99999"));
        assert!(catalogue.has_serial_shape("230415000999") && !catalogue.has_serial_shape("5550142"));
    }
}
