//! A vendor with some thousand orders, and a mailbag as it comes on a busy day: 4 KB a message, half of them whole
//! requests, the rest questions, strangers and machines.

use std::fmt::Write;
use std::fs;
use std::path::Path;

pub const SUPPORT: &str = "support@northwind.example";
pub const CONFIGURATION: &str = "[vendor]\nname = \"Northwind KVM\"\naddress = \"support@northwind.example\"\n\
    [trust]\nauthserv_ids = [\"mx.northwind.example\"]\nfree_mail_domains = [\"freemail.example\"]\n";

const SIZE: usize = 4_096;

/// One customer, one invoice of two lines and three units for each message.
pub fn write_orders(directory: &Path, customers: u32) -> anyhow::Result<()> {
    let mut files = [
        ("customers.csv", "account_number,name,company,emails,country\n".to_owned()),
        (
            "invoices.csv",
            "invoice_number,account_number,invoiced_on,channel,ship_to_country,payment_method,currency,freight,\
             insurance,free_shipping,actual_shipping_cost,shipped_on,delivered_on\n"
                .to_owned(),
        ),
        (
            "invoice_lines.csv",
            "invoice_number,line,part_number,quantity,unit_price,extended_warranty_months\n".to_owned(),
        ),
        ("units.csv", "serial_number,invoice_number,line\n".to_owned()),
        (
            "products.csv",
            "part_number,title,product_line,serialized,aliases\nNW-400,4-port KVM switch,kvm_switch,yes,NW400\n\
             NW-70X,HDMI extender,extender_splitter,yes,\nCBL-15,KVM cable,premium_cable,no,\n"
                .to_owned(),
        ),
    ];
    let [people, invoices, lines, units, _] = &mut files;
    for n in 0..customers {
        writeln!(people.1, "A{n:05},Customer {n},Firm {n},{},US", address(n))?;
        writeln!(
            invoices.1,
            "NW-{n:06},A{n:05},2025-03-03,direct,US,credit_card,USD,12.00,0.00,no,12.00,2025-03-04,2025-03-07"
        )?;
        writeln!(lines.1, "NW-{n:06},1,NW-400,2,249.00,0\nNW-{n:06},2,NW-70X,1,149.00,0")?;
        writeln!(units.1, "NWS24{n:06}1,NW-{n:06},1\nNWS24{n:06}2,NW-{n:06},1\nNWX24{n:06}1,NW-{n:06},2")?;
    }
    fs::create_dir(directory)?;
    for (name, text) in files {
        fs::write(directory.join(name), text)?;
    }
    Ok(())
}

/// A Maildir with so many messages in `new/`.
pub fn write_mail(maildir: &Path, messages: u32) -> anyhow::Result<()> {
    for directory in ["new", "cur", "tmp"] {
        fs::create_dir_all(maildir.join(directory))?;
    }
    for n in 0..messages {
        fs::write(maildir.join("new").join(format!("{}.M{n:06}.bench", 1_781_542_800 + n)), message(n))?;
    }
    Ok(())
}

/// Every other customer writes from a company.
fn address(n: u32) -> String {
    if n.is_multiple_of(2) { format!("person{n}@firm{n}.example") } else { format!("person{n}@freemail.example") }
}

fn message(n: u32) -> String {
    let (from, field, text) = match n % 10 {
        0 | 1 => (
            address(n),
            "",
            format!("One of our switches is dead. The serial number is NWS24{n:06}1. Please send an RMA."),
        ),
        2 | 3 => (
            address(n),
            "",
            format!("Invoice: NW-{n:06}\nPart number: NW-70X\nReason: no picture any more\nWe would like a repair."),
        ),
        4 => (address(n), "", format!("Both NW-400 of order NW-{n:06} fail since Monday, please exchange them.")),
        5 | 6 => {
            (address(n), "", "The switch in our server room no longer powers on. How do I send it back?".to_owned())
        }
        7 => (address(n), "Auto-Submitted: auto-replied\r\n", "I am out of the office until Monday.".to_owned()),
        8 => (address(n), "", "Does the four port switch also work with two monitors at 144 Hz?".to_owned()),
        _ => (
            format!("stranger{n}@elsewhere.example"),
            "",
            format!("Please issue an RMA for NWS24{n:06}2, it is broken."),
        ),
    };
    let head = format!(
        "Return-Path: <{from}>\r\n\
         Received: from mail.example (mail.example [192.0.2.1])\r\n\tby mx.northwind.example with ESMTPS id {n};\r\n\
         \tMon, 15 Jun 2026 09:{:02}:{:02} -0700\r\n\
         Authentication-Results: mx.northwind.example; dmarc=pass; spf=pass; dkim=pass\r\n\
         From: Person {n} <{from}>\r\nTo: {SUPPORT}\r\nSubject: Trouble with a unit\r\n\
         Message-ID: <{n}.bench@mail.example>\r\nDate: Mon, 15 Jun 2026 12:00:00 -0400\r\n{field}MIME-Version: 1.0\r\n",
        n / 60 % 60,
        n % 60,
    );
    format!("{head}{}", body(n, &text, SIZE.saturating_sub(head.len())))
}

/// Plain text with an old mail quoted below, the same with HTML beside it, or HTML alone.
fn body(n: u32, text: &str, size: usize) -> String {
    let greeting = format!(
        "Hello,\n\n{text}\n\nKind regards,\nPerson {n}\n-- \nPerson {n}, Operations\nPhone +1 555 0100 {n:04}\n"
    );
    match n % 4 {
        0 | 1 => {
            let plain = quoting(&greeting, size.saturating_sub(60));
            format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{}", plain.replace('\n', "\r\n"))
        }
        2 => {
            let part = quoting(&greeting, size.saturating_sub(400) / 2);
            format!(
                "Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
                 {}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{}\r\n--b--\r\n",
                part.replace('\n', "\r\n"),
                html(&part)
            )
        }
        _ => format!(
            "Content-Type: text/html; charset=utf-8\r\n\r\n{}",
            html(&quoting(&greeting, size.saturating_sub(500)))
        ),
    }
}

fn quoting(text: &str, size: usize) -> String {
    const LINE: &str = "> Thank you for your order. It has left our warehouse and should arrive within days.\n";
    let lines = size.saturating_sub(text.len()) / LINE.len();
    format!("{text}\nOn Fri, 12 Jun 2026, {SUPPORT} wrote:\n{}", LINE.repeat(lines))
}

fn html(text: &str) -> String {
    let paragraphs: String = text.lines().fold(String::new(), |html, line| html + "<div>" + line + "</div>\r\n");
    format!("<html><head><style>div {{ margin: 0 }}</style></head><body>\r\n{paragraphs}</body></html>")
}
