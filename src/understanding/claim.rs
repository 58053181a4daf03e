//! What a customer told us, each value with the words it was read from.

use serde::{Deserialize, Serialize};

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Return,
    Cancel,
    Status,
    Thanks,
    Other,
}

/// Why a unit comes back (policy, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Defective,
    DefectiveOnArrival,
    NotNeeded,
    Incompatible,
    WrongItem,
    ShippingDamage,
    MissingParts,
    Other,
}

impl Reason {
    /// The policy is silent on the vendor's own outbound faults (rule 7).
    pub fn is_for_a_person(self) -> bool {
        matches!(self, Reason::WrongItem | Reason::ShippingDamage | Reason::MissingParts)
    }

    /// Defective, on arrival or later.
    pub fn is_defect(self) -> bool {
        matches!(self, Reason::Defective | Reason::DefectiveOnArrival)
    }
}

/// What the customer wants (policy, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    Refund,
    Credit,
    Exchange,
    RepairOrReplacement,
    AdvanceReplacement,
    Cancel,
    RefuseDelivery,
    RmaStatus,
}

/// The words a value was read from, and where they stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub text: String,
    #[serde(rename = "where")]
    pub place: Place,
}

/// Where words stood, most trusted first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Place {
    Body,
    Subject,
    Forwarded,
    /// With the attachment's name.
    Attachment(String),
    Quoted,
    /// Not in the mail: the order data answered it without doubt.
    OrderData,
}

impl From<Place> for String {
    fn from(place: Place) -> String {
        match place {
            Place::Body => "body".into(),
            Place::Subject => "subject".into(),
            Place::Forwarded => "forwarded".into(),
            Place::Attachment(name) => format!("attachment:{name}"),
            Place::Quoted => "quoted".into(),
            Place::OrderData => "order_data".into(),
        }
    }
}

impl From<String> for Place {
    fn from(text: String) -> Place {
        match text.as_str() {
            "subject" => Place::Subject,
            "forwarded" => Place::Forwarded,
            "quoted" => Place::Quoted,
            "order_data" => Place::OrderData,
            other => match other.strip_prefix("attachment:") {
                Some(name) => Place::Attachment(name.to_owned()),
                None => Place::Body,
            },
        }
    }
}

/// A value and the words it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told<T> {
    pub value: T,
    pub evidence: Evidence,
}

/// One unit, or several alike, that a customer speaks of. What is unknown is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Item {
    pub invoice: Option<Told<String>>,
    pub part: Option<Told<String>>,
    pub serial: Option<Told<String>>,
    /// How many units, where the customer gave a number.
    pub quantity: Option<u32>,
}

/// A number as it was told, before it is known what it stands for in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub told: Told<String>,
    /// [`crate::order::look_alike_key`] of what was told.
    pub key: String,
    /// The clause it stood in, to tell which invoice belongs to which part; counts over all places of a message.
    pub clause: usize,
}

/// Something a person has to know before a unit can be judged (policy, rules 2 and 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    LegalThreat,
    VoidWarranty,
    PurchasedElsewhere,
    /// Not in English.
    OtherLanguage,
}

/// Which units, in the customer's own words: not yet held against the order data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Said {
    pub invoices: Vec<Number>,
    pub serials: Vec<Number>,
    /// Part numbers of the catalogue, or what the customer called a part number.
    pub parts: Vec<Number>,
    pub account: Option<Number>,
    /// "Two of the four".
    pub quantity: Option<u32>,
    /// "Four CB-6", "Quantity: 2": a number of units beside what it counts.
    pub counts: Vec<Count>,
    /// "The CB-6 cables", "they": several units, and no number.
    #[serde(default)]
    pub plurals: Vec<Counted>,
    /// "Both extenders"; the number is what was counted, where one was said.
    pub every_unit: Option<Option<u32>>,
    /// "The whole order".
    pub whole_order: bool,
    /// Why what is said does not tell which units are meant: "A through C", "all but A", "we swapped A with B"; or
    /// whether any are: "mine works".
    pub unclear: Option<String>,
    /// A cable is what is broken.
    pub cable: bool,
    /// The words that may describe a product, newest message first.
    pub descriptions: Vec<String>,
}

/// A number of units, and what the customer counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub of: Counted,
    pub units: u32,
    pub standing: Standing,
}

/// What is said of the units that a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// "Return two", "two are dead".
    ComesBack,
    /// "Two CB-6", and no more.
    Named,
    /// "We keep four".
    Stays,
    /// "I ordered six".
    Bought,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// A part, by the look-alike key of its number.
    Part(String),
    /// A kind of product, in the singular: "cable".
    Kind(String),
    /// "Quantity: 2", "two units", where no part is named.
    Unnamed,
}

/// What a case knows: every detail told so far, newest over oldest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The units as they are known after inference and correction.
    pub items: Vec<Item>,
    pub said: Said,
    pub reason: Option<Told<Reason>>,
    pub wanted: Option<Told<Wish>>,
    pub signals: Vec<Told<Signal>>,
}

impl Facts {
    /// The account that the customer named.
    pub fn account(&self) -> Option<&Told<String>> {
        self.said.account.as_ref().map(|number| &number.told)
    }

    /// The look-alike keys of every number told so far.
    pub fn keys(&self) -> Vec<String> {
        let said = &self.said;
        said.invoices.iter().chain(&said.serials).chain(&said.account).map(|number| number.key.clone()).collect()
    }
}
