//! What letters are made of: the vendor, clauses, units, and what is said of them. Finished values, ready to be read;
//! `Option` stands only where something may truly be absent.

use jiff::civil::Date;

use crate::policy::{ClauseId, WindowLine};

/// The vendor as a customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    pub name: String,
    /// The support mailbox, for instance `support@vendor.example`.
    pub address: String,
    /// The page that holds the policy; `None` where the vendor has published none.
    pub policy_url: Option<String>,
    /// Where returns are shipped to, one line each. Empty where the vendor gives the address out in person: the letter
    /// then says how to ask for it.
    pub returns_address: Vec<String>,
}

/// One clause of the policy as it is cited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseLine {
    pub id: ClauseId,
    pub title: String,
    /// One or two sentences for the customer, figures included.
    pub sentence: String,
    /// The clause on the policy page; `None` where there is no such page.
    pub url: Option<String>,
}

impl ClauseLine {
    /// The clause `id`, linked as `policy_url#id`.
    pub fn new(vendor: &Vendor, id: &str, title: &str, sentence: &str) -> ClauseLine {
        let url = vendor.policy_url.as_ref().map(|page| format!("{page}#{id}"));
        ClauseLine { id: ClauseId::new(id), title: title.to_owned(), sentence: sentence.to_owned(), url }
    }
}

/// The five details of a request (policy, section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    Account,
    InvoiceNumber,
    PartNumber,
    SerialNumber,
    Reason,
}

/// A value that was recorded otherwise than the customer typed it (policy, rule 6: look-alike characters).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub detail: Detail,
    pub recorded: String,
    pub typed: String,
}

/// What a customer may want to object to: corrections, and details that were never told but read from the order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub corrections: Vec<Correction>,
    pub from_order: Vec<Detail>,
}

impl Record {
    pub fn is_empty(&self) -> bool {
        self.corrections.is_empty() && self.from_order.is_empty()
    }
}

/// One unit, or several alike, completely known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub title: String,
    pub part_number: String,
    /// `None` for a product that bears no serial number.
    pub serial_number: Option<String>,
    pub invoice_number: String,
    pub quantity: u32,
    pub record: Record,
}

impl Unit {
    pub fn name(&self) -> Option<&str> {
        Some(&self.title)
    }

    /// The numbers that name it, in the order in which they are written.
    pub fn numbers(&self) -> Vec<(Detail, &str)> {
        let serial = self.serial_number.as_deref().map(|serial| (Detail::SerialNumber, serial));
        let part = (Detail::PartNumber, self.part_number.as_str());
        let invoice = (Detail::InvoiceNumber, self.invoice_number.as_str());
        [Some(part), serial, Some(invoice)].into_iter().flatten().collect()
    }
}

/// A unit as far as it has been named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedUnit {
    pub title: Option<String>,
    pub part_number: Option<String>,
    pub serial_number: Option<String>,
    pub invoice_number: Option<String>,
    pub quantity: u32,
    pub record: Record,
}

impl NamedUnit {
    pub fn name(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The numbers that are known of it, in the order in which they are written.
    pub fn numbers(&self) -> Vec<(Detail, &str)> {
        let known = [
            (Detail::PartNumber, &self.part_number),
            (Detail::SerialNumber, &self.serial_number),
            (Detail::InvoiceNumber, &self.invoice_number),
        ];
        known.into_iter().filter_map(|(detail, number)| Some((detail, number.as_deref()?))).collect()
    }

    /// Whether there is anything to say of it.
    pub fn is_named(&self) -> bool {
        self.title.is_some() || !self.numbers().is_empty()
    }
}

/// What a decision is about: a unit, or a whole order where its cancellation was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goods {
    Unit(Unit),
    Order { invoice_number: String, record: Record },
}

impl Goods {
    pub fn record(&self) -> &Record {
        match self {
            Goods::Unit(unit) => &unit.record,
            Goods::Order { record, .. } => record,
        }
    }
}

/// Something that is asked of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailRequest {
    pub detail: Detail,
    /// How many of it: three units need three serial numbers. At least 1.
    pub count: u32,
    /// Which unit it is about, in a word or two (its part number, or as the customer calls it); `None` where there is
    /// only one, or where it is not known.
    pub unit: Option<String>,
}

/// Why a unit or an order is declined. The dates are days of the vendor's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// The warranty ran from the invoice date to `ended_on`, inclusive.
    OutOfWarranty { started_on: Date, ended_on: Date },
    /// A refund, credit or exchange was possible until `ended_on`, inclusive.
    ReturnPeriodOver { delivered_on: Date, ended_on: Date },
    /// A domestic order has shipped, so it cannot be canceled.
    AlreadyShipped { shipped_on: Date },
    /// An international order has left the warehouse: no cancellation, no return, no refund.
    LeftWarehouse { shipped_on: Date },
}

/// What is offered in place of what was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Not delivered yet; the return guarantee begins with delivery.
    ReturnAfterDelivery,
    /// Delivered; the return guarantee runs until this day, inclusive.
    ReturnUntil(Date),
}

/// A unit or an order that is declined, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclinedGoods {
    pub goods: Goods,
    pub objections: Vec<Objection>,
    /// The windows of which no objection speaks.
    pub windows: Vec<WindowLine>,
    pub clauses: Vec<ClauseLine>,
    pub offer: Option<Offer>,
}

/// What a letter says of the units of the same case that it is not mainly about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    Declined(DeclinedGoods),
    DetailsMissing { unit: NamedUnit, requests: Vec<DetailRequest> },
    OpenRma { unit: Unit, rma_number: String, last_day: Date },
    UnderReview(Goods),
}

/// The clauses of `first` and of the declined goods among `asides`, each once, in order of appearance.
pub(super) fn cited<'a>(first: impl IntoIterator<Item = &'a ClauseLine>, asides: &'a [Aside]) -> Vec<&'a ClauseLine> {
    let declined = asides.iter().flat_map(|aside| match aside {
        Aside::Declined(declined) => declined.clauses.as_slice(),
        _ => &[],
    });
    let mut cited: Vec<&ClauseLine> = Vec::new();
    for clause in first.into_iter().chain(declined) {
        if !cited.contains(&clause) {
            cited.push(clause);
        }
    }
    cited
}
