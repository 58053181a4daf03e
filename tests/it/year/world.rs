//! What was sold, to whom, and what is going to be asked of the vendor in the year: all of it made by chance.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use rust_decimal::Decimal;

use super::chance::Chance;

pub struct World {
    pub customers: Vec<Customer>,
    pub orders: Vec<Order>,
    pub stories: Vec<Story>,
    units_made: u32,
}

pub struct Customer {
    pub account: String,
    pub name: String,
    pub address: String,
    pub country: &'static str,
}

pub struct Product {
    pub part: &'static str,
    pub title: &'static str,
    pub line: &'static str,
    /// What its serial numbers begin with; `None` where it bears none.
    pub serials: Option<&'static str>,
    /// In cents.
    pub price: i64,
    pub warranty_years: i16,
}

pub const PRODUCTS: [Product; 8] = [
    product("KV-204", "2-port KVM switch", "kvm_switch", Some("KVA"), 18_995, 3),
    product("KV-408", "4-port KVM switch", "kvm_switch", Some("KVB"), 24_999, 3),
    product("KV-816", "8-port KVM switch", "kvm_switch", Some("KVC"), 104_900, 3),
    product("SC-170", "17-inch rack console", "streamline_console", Some("SCR"), 89_900, 1),
    product("VS-410", "4-input video switch", "video_switch", Some("VSW"), 13_900, 1),
    product("XT-600", "60 m HDMI extender", "extender", Some("XTR"), 16_949, 1),
    product("SP-140", "HDMI splitter", "video_splitter", Some("SPL"), 7_900, 1),
    product("CB-006", "6 ft KVM cable", "premium_cable", None, 1_905, 99),
];

const fn product(
    part: &'static str,
    title: &'static str,
    line: &'static str,
    serials: Option<&'static str>,
    price: i64,
    warranty_years: i16,
) -> Product {
    Product { part, title, line, serials, price, warranty_years }
}

pub struct Order {
    pub invoice: String,
    pub customer: usize,
    pub invoiced_on: Date,
    pub shipped_on: Option<Date>,
    pub delivered_on: Option<Date>,
    pub country: &'static str,
    pub payment: &'static str,
    pub currency: &'static str,
    pub freight: Decimal,
    pub free_shipping: bool,
    pub shipping_cost: Decimal,
    pub lines: Vec<Line>,
}

pub struct Line {
    pub product: &'static Product,
    pub unit_price: Decimal,
    pub quantity: u32,
    /// Empty for a product that bears none.
    pub serials: Vec<String>,
}

/// What a customer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wish {
    Refund,
    Credit,
    Exchange,
    /// Sends it back and does not say for what.
    Return,
    /// A refund of what is defective.
    RefundOfDefect,
    DeadOnArrival,
    Repair,
    Advance,
    Cancel,
    /// A repair of what the customer has dropped.
    Dropped,
    Legal,
    /// Somebody else asks about a customer's unit.
    Stranger,
    /// Asks about an RMA that was never issued.
    Status,
    Offer,
}

/// How much of it a customer says at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    All,
    /// The invoice and the product.
    Invoice,
    Nothing,
    /// The invoice of somebody else.
    WrongInvoice,
}

/// One request, and what it is about.
pub struct Story {
    pub at: DateTime,
    pub wish: Wish,
    pub says: Says,
    pub customer: usize,
    pub order: usize,
    pub line: usize,
    pub serials: Vec<String>,
    pub quantity: u32,
}

const WISHES: [(i64, Wish); 14] = [
    (23, Wish::Refund),
    (8, Wish::Credit),
    (8, Wish::Exchange),
    (4, Wish::Return),
    (7, Wish::RefundOfDefect),
    (9, Wish::DeadOnArrival),
    (26, Wish::Repair),
    (8, Wish::Advance),
    (6, Wish::Cancel),
    (2, Wish::Dropped),
    (1, Wish::Legal),
    (3, Wish::Stranger),
    (1, Wish::Status),
    (1, Wish::Offer),
];
const SAYS: [(i64, Says); 4] = [(74, Says::All), (12, Says::Invoice), (8, Says::Nothing), (6, Says::WrongInvoice)];
const PAYMENTS: [(i64, &str); 5] = [(50, "credit_card"), (20, "paypal"), (12, "check"), (10, "wire"), (8, "net_terms")];
const FIRST_NAMES: [&str; 8] = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gail", "Hugh"];
const LAST_NAMES: [&str; 8] = ["Marsh", "Ortiz", "Novak", "Larsen", "Carter", "Okafor", "Reyes", "Tanaka"];
const CUSTOMERS: usize = 500;
pub const YEAR: i16 = 2028;

impl World {
    /// So many stories, spread over the year.
    pub fn new(chance: &mut Chance, stories: usize) -> World {
        let customers = (0..CUSTOMERS).map(|at| customer(chance, at)).collect();
        let mut world = World { customers, orders: vec![], stories: vec![], units_made: 0 };
        while world.stories.len() < stories {
            world.add_story(chance);
        }
        world
    }

    fn add_story(&mut self, chance: &mut Chance) {
        let wish = chance.weighted(&WISHES);
        let minute = chance.between(0, 24 * 60 - 1);
        let day = date(YEAR, 1, 1) + chance.between(0, 365).days();
        let at = day.at(0, 0, 0, 0) + minute.minutes();
        let order = self.add_order(chance, wish, day);
        let line = usize::from(self.orders[order].lines.len() > 1 && chance.percent(15));
        let story = self.story(chance, at, wish, (order, line), 0);
        let first = story.serials.len();
        self.stories.push(story);
        // other units of the order go back some days later
        let is_money = matches!(wish, Wish::Refund | Wish::Credit);
        if is_money && self.orders[order].lines[line].serials.len() > first && chance.percent(60) {
            let later = at + chance.between(1, 9).days();
            if later.year() == YEAR {
                let sibling = self.story(chance, later, wish, (order, line), first);
                self.stories.push(sibling);
            }
        }
    }

    /// About units of this line, from that one on.
    fn story(
        &self,
        chance: &mut Chance,
        at: DateTime,
        wish: Wish,
        (order, line): (usize, usize),
        from: usize,
    ) -> Story {
        let goods = &self.orders[order].lines[line];
        let left = i64::from(goods.quantity) - i64::try_from(from).unwrap();
        let most = if wish == Wish::Advance { 1 } else { left };
        let quantity = if chance.percent(70) { 1 } else { chance.between(1, most) };
        let serials = goods.serials.iter().skip(from).take(usize::try_from(quantity).unwrap()).cloned().collect();
        let says = if matches!(wish, Wish::Cancel | Wish::Stranger) { Says::All } else { chance.weighted(&SAYS) };
        let customer = self.orders[order].customer;
        Story { at, wish, says, customer, order, line, serials, quantity: u32::try_from(quantity).unwrap() }
    }

    /// An order whose dates give the wish a chance, and now and then none.
    fn add_order(&mut self, chance: &mut Chance, wish: Wish, asked_on: Date) -> usize {
        let customer = usize::try_from(chance.between(0, CUSTOMERS as i64 - 1)).unwrap();
        let home = self.customers[customer].country;
        let lines = self.lines(chance, wish);
        let years = i64::from(lines[0].product.warranty_years.min(4));
        let ago = match wish {
            Wish::Refund | Wish::Credit | Wish::Exchange | Wish::Return => chance.between(0, 17),
            Wish::RefundOfDefect => chance.between(0, 22),
            Wish::DeadOnArrival => chance.between(0, 8),
            Wish::Cancel => chance.weighted(&[(70, -6), (15, -2), (15, 3)]),
            _ => chance.between(20, years * 365 + 60),
        };
        let delivered = asked_on - ago.days();
        let way = chance.between(2, 5);
        let shipped = delivered - way.days();
        let free_shipping = chance.percent(40);
        let cost = Decimal::new(chance.between(900, 4_500), 2);
        self.orders.push(Order {
            invoice: format!("NW-{}", 700_001 + self.orders.len()),
            customer,
            invoiced_on: shipped - chance.between(1, 3).days(),
            shipped_on: (shipped <= date(YEAR, 12, 31)).then_some(shipped),
            delivered_on: (!chance.percent(3)).then_some(delivered),
            country: home,
            payment: chance.weighted(&PAYMENTS),
            currency: if chance.percent(4) { "CAD" } else { "USD" },
            freight: if free_shipping { Decimal::ZERO } else { cost },
            free_shipping,
            shipping_cost: cost,
            lines,
        });
        self.orders.len() - 1
    }

    fn lines(&mut self, chance: &mut Chance, wish: Wish) -> Vec<Line> {
        let mut lines = vec![];
        let mut parts: Vec<&'static Product> = PRODUCTS.iter().collect();
        for at in 0..chance.between(1, 3) {
            let products: Vec<(i64, usize)> = parts
                .iter()
                .enumerate()
                .filter(|(_, product)| at > 0 || wish != Wish::Advance || product.serials.is_some())
                .map(|(place, product)| (if product.line == "kvm_switch" { 3 } else { 1 }, place))
                .collect();
            let product = parts.remove(chance.weighted(&products));
            let quantity = u32::try_from(chance.between(1, 3)).unwrap();
            let serials = product.serials.map(|letters| self.serials(letters, quantity)).unwrap_or_default();
            let unit_price = Decimal::new(product.price, 2);
            lines.push(Line { product, unit_price, quantity, serials });
        }
        lines
    }

    fn serials(&mut self, letters: &str, quantity: u32) -> Vec<String> {
        (0..quantity).map(|_| self.serial(letters)).collect()
    }

    /// A serial number that no other unit bears.
    pub fn serial(&mut self, letters: &str) -> String {
        self.units_made += 1;
        format!("{letters}-{:08}", 24_000_000 + self.units_made)
    }

    pub fn order(&self, invoice: &str) -> &Order {
        self.orders.iter().find(|order| order.invoice == invoice).unwrap()
    }

    /// The invoice of somebody else that a customer names by mistake.
    pub fn wrong_invoice(&self, story: &Story) -> Option<&str> {
        let other = &self.orders[(story.order + 1) % self.orders.len()];
        (story.says == Says::WrongInvoice).then_some(&other.invoice)
    }

    /// Writes the order data, as `rmad import` takes it.
    pub fn write(&self, directory: &Path) {
        std::fs::create_dir(directory).unwrap();
        for (name, columns, rows) in self.files() {
            std::fs::write(directory.join(name), format!("{columns}\n{}", rows.concat())).unwrap();
        }
    }

    fn files(&self) -> [(&'static str, &'static str, Vec<String>); 5] {
        let lines = || self.orders.iter().flat_map(|order| (1..).zip(&order.lines).map(move |line| (order, line)));
        let products = PRODUCTS.iter().map(|product| {
            let serialized = if product.serials.is_some() { "yes" } else { "no" };
            format!("{},{},{},{serialized},\n", product.part, product.title, product.line)
        });
        let customers =
            self.customers.iter().map(|who| format!("{},{},,{},{}\n", who.account, who.name, who.address, who.country));
        let invoice_lines = lines().map(|(order, (number, line))| {
            format!("{},{number},{},{},{},0\n", order.invoice, line.product.part, line.quantity, line.unit_price)
        });
        let units = lines().flat_map(|(order, (number, line))| {
            line.serials.iter().map(move |serial| format!("{serial},{},{number}\n", order.invoice))
        });
        [
            ("products.csv", "part_number,title,product_line,serialized,aliases", products.collect()),
            ("customers.csv", "account_number,name,company,emails,country", customers.collect()),
            (
                "invoices.csv",
                "invoice_number,account_number,invoiced_on,channel,ship_to_country,payment_method,currency,freight,\
                 insurance,free_shipping,actual_shipping_cost,shipped_on,delivered_on",
                self.orders.iter().map(|order| self.invoice_row(order)).collect(),
            ),
            (
                "invoice_lines.csv",
                "invoice_number,line,part_number,quantity,unit_price,extended_warranty_months",
                invoice_lines.collect(),
            ),
            ("units.csv", "serial_number,invoice_number,line", units.collect()),
        ]
    }

    fn invoice_row(&self, order: &Order) -> String {
        let known = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        format!(
            "{},{},{},direct,{},{},{},{},0.00,{},{},{},{}\n",
            order.invoice,
            self.customers[order.customer].account,
            order.invoiced_on,
            order.country,
            order.payment,
            order.currency,
            order.freight,
            if order.free_shipping { "yes" } else { "no" },
            order.shipping_cost,
            known(order.shipped_on),
            known(order.delivered_on),
        )
    }
}

fn customer(chance: &mut Chance, at: usize) -> Customer {
    let (first, last) = (chance.one_of(&FIRST_NAMES), chance.one_of(&LAST_NAMES));
    let place = if chance.percent(30) { "freemail.example".to_owned() } else { format!("company{at}.example") };
    Customer {
        account: format!("A-{}", 10_001 + at),
        name: format!("{first} {last}"),
        address: format!("{}{at}@{place}", first.to_lowercase()),
        country: if chance.percent(14) { "DE" } else { "US" },
    }
}
