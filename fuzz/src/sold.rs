//! A small shop: what it sells, and what one customer of it bought.

use jiff::civil::date;
use rmad::order::{Customer, Invoice, Line, PaymentMethod, Product};
use rmad::understanding::{About, Catalogue, Facts, Knowledge, Reading, resolve};

/// What is for sale, and the shapes that the shop's numbers have.
pub fn catalogue() -> Catalogue {
    let products: Vec<Product> = order().lines.into_iter().map(|line| line.product).collect();
    Catalogue::new(&products, &["V-1001".to_owned()], &serials())
}

/// The customer hears of nothing but the order that is theirs, and a stranger of nothing at all.
pub fn hold_against_orders(reading: &Reading, catalogue: &Catalogue) {
    let order = order();
    let owner = Customer {
        account_number: order.account_number.clone(),
        name: "Ann".to_owned(),
        company: None,
        emails: Vec::new(),
        country: "US".to_owned(),
    };
    let knows = |accounts: Vec<Customer>, invoices: Vec<Invoice>| Knowledge {
        catalogue,
        accounts,
        named_accounts: Vec::new(),
        invoices,
        elsewhere: Default::default(),
    };
    for about in [About::Return, About::Cancel] {
        let theirs = knows(vec![owner.clone()], vec![order.clone()]);
        let mut facts = Facts::default();
        facts.learn(reading, &[], &theirs);
        let done = resolve(&facts, about, &theirs);
        for unit in &done.units {
            assert!(unit.invoice == order && order.lines.contains(&unit.line), "{unit:?}");
            assert!(unit.serial.as_ref().is_none_or(|serial| unit.line.serials.contains(serial)), "{unit:?}");
            assert!((1..=unit.line.quantity).contains(&unit.quantity), "{unit:?}");
        }
        let nobodys = knows(Vec::new(), vec![order.clone()]);
        let mut facts = Facts::default();
        facts.learn(reading, &[], &nobodys);
        let done = resolve(&facts, about, &nobodys);
        assert!(done.units.is_empty() && done.orders.is_empty(), "a stranger hears of {done:?}");
    }
}

fn order() -> Invoice {
    Invoice {
        invoice_number: "V-1001".to_owned(),
        account_number: "C10466".to_owned(),
        invoiced_on: date(2026, 5, 4),
        channel: "direct".to_owned(),
        ship_to_country: "US".to_owned(),
        payment_method: PaymentMethod::CreditCard,
        currency: "USD".to_owned(),
        freight: 12.into(),
        insurance: 0.into(),
        free_shipping: false,
        actual_shipping_cost: 12.into(),
        shipped_on: Some(date(2026, 5, 5)),
        delivered_on: Some(date(2026, 5, 8)),
        lines: vec![
            line(1, product("KV-4PLUS", "4-port HDMI KVM switch", "kvm_switch", &["KV4+"]), serials()),
            line(2, product("CB-6", "DisplayPort cable, 6 ft", "premium_cable", &[]), Vec::new()),
        ],
    }
}

fn line(line: u32, product: Product, serials: Vec<String>) -> Line {
    let (quantity, unit_price) = (4, 100.into());
    Line { line, product, quantity, unit_price, extended_warranty_months: 0, serials, gone: Vec::new() }
}

fn product(part_number: &str, title: &str, product_line: &str, aliases: &[&str]) -> Product {
    Product {
        part_number: part_number.to_owned(),
        title: title.to_owned(),
        product_line: product_line.to_owned(),
        serialized: product_line.ends_with("switch"),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    }
}

fn serials() -> Vec<String> {
    (11..15).map(|serial| format!("KV400000{serial}")).collect()
}
