//! A store with orders and mail in it, answered: what staff look at.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rmad::config::{Config, Environment};
use rmad::daemon::{Desk, Gate};
use rmad::order_book;
use rmad::outbox::Delivery;
use rmad::store::{Arrival, Entry, Store};
use tempfile::TempDir;

pub struct Filled {
    /// Holds `rmad.toml`, `desk.db` and `orders/`.
    pub directory: TempDir,
    pub desk: Arc<Desk>,
    pub now: Timestamp,
}

impl Filled {
    /// A desk with orders and no mail yet, on SQLite.
    pub async fn with_orders() -> Filled {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", directory.path().join("desk.db").display())).await.unwrap();
        Filled::on(store, directory).await
    }

    /// The same with an hour of mail, answered.
    pub async fn with_mail() -> Filled {
        let filled = Filled::with_orders().await;
        filled.answer_mail().await;
        filled
    }

    pub async fn on(store: Store, directory: TempDir) -> Filled {
        let orders = directory.path().join("orders");
        fs::create_dir(&orders).unwrap();
        for (name, text) in ORDERS {
            fs::write(orders.join(name), text).unwrap();
        }
        order_book::import(&orders, store.db(), &mut |_| ()).await.unwrap();
        let desk = desk(store, directory.path());
        Filled { directory, desk: Arc::new(desk), now: "2026-06-15T19:00:00Z".parse().unwrap() }
    }

    pub async fn answer_mail(&self) {
        for message in MAIL {
            self.keep(message.as_bytes()).await;
        }
        self.answer_all().await;
    }

    /// Keeps a message and answers it; what became of it.
    pub async fn answer(&self, raw: &[u8]) -> Entry {
        let id = self.keep(raw).await;
        self.answer_all().await;
        self.desk.store.message(id).await.unwrap().unwrap()
    }

    /// Keeps a message and lets it wait; its id.
    pub async fn keep(&self, raw: &[u8]) -> i64 {
        let store = &self.desk.store;
        let last = store.cursor("inbox").await.unwrap().map_or(0, |cursor| cursor.last_uid);
        let arrival = Arrival {
            mailbox: "inbox".to_owned(),
            uid_validity: 1,
            uid: last + 1,
            received_at: self.now,
            raw: raw.to_owned(),
        };
        store.keep(&[arrival], self.now).await.unwrap()[0]
    }

    /// The mail server takes what was written.
    pub async fn deliver(&self) {
        let (store, now) = (&self.desk.store, self.now);
        loop {
            let leased = crate::databases::lease(store, now, now, 100).await;
            if leased.is_empty() {
                return;
            }
            for leased in leased {
                let accepted = Delivery::Accepted("250 ok".to_owned());
                let _sent = crate::databases::delivered(store, &leased, &accepted, now, None).await;
            }
        }
    }

    async fn answer_all(&self) {
        while self.desk.answer_waiting(self.now, 100).await.unwrap() > 0 {}
    }

    /// The message with this subject as it stands in the ledger.
    pub async fn entry(&self, subject: &str) -> Entry {
        for entry in self.desk.store.recent_messages(100).await.unwrap() {
            let raw = self.desk.store.raw(entry.id).await.unwrap().unwrap();
            if rmad::mail::heading(&raw).subject == subject {
                return entry;
            }
        }
        panic!("no message is about {subject}");
    }
}

fn desk(store: Store, directory: &Path) -> Desk {
    let file = directory.join("rmad.toml");
    fs::write(&file, CONFIGURATION).unwrap();
    let (settings, _) = Config::for_store(&file, &Environment::default()).unwrap();
    let gate = Gate {
        shadow: false,
        max_age: SignedDuration::MAX,
        per_case_per_day: 100,
        per_address_per_day: 100,
        per_address_unanswered: 100,
        per_day: 1_000,
        per_hour: 1_000,
        own_addresses: ["support@vendor.example".to_owned()].into(),
    };
    Desk::new(store, &settings, gate, "support@vendor.example").unwrap()
}

const CONFIGURATION: &str = "[vendor]
name = \"Example <Switches>\"
address = \"support@vendor.example\"

[trust]
authserv_ids = [\"mx.vendor.example\"]

[store]
url = \"sqlite://desk.db\"
";

pub const ORDERS: [(&str, &str); 5] = [
    (
        "products.csv",
        "part_number,title,product_line,serialized,aliases
SW-204,2-port HDMI KVM switch,kvm_switch,yes,
XT-60,60 m HDMI extender,extender,yes,
",
    ),
    (
        "customers.csv",
        "account_number,name,company,emails,country
A5001,Jonah Adeyemi,Harbor Schools,av@harbor.example,US
A5002,Wes Tanaka,Pine Controls,wes@pine.example,US
",
    ),
    (
        "invoices.csv",
        "invoice_number,account_number,invoiced_on,channel,ship_to_country,payment_method,currency,freight,insurance,free_shipping,actual_shipping_cost,shipped_on,delivered_on
W-313460,A5001,2026-02-02,direct,US,check,USD,20.00,0.00,no,20.00,2026-02-03,2026-02-06
W-316802,A5002,2026-03-02,direct,US,check,USD,20.00,0.00,no,20.00,2026-03-03,2026-03-06
",
    ),
    (
        "invoice_lines.csv",
        "invoice_number,line,part_number,quantity,unit_price,extended_warranty_months
W-313460,1,SW-204,1,189.95,0
W-313460,2,XT-60,1,249.95,0
W-316802,1,SW-204,2,189.95,0
",
    ),
    (
        "units.csv",
        "serial_number,invoice_number,line
SW20D03319,W-313460,1
XT60C01947,W-313460,2
SW20D04001,W-316802,1
SW20D04002,W-316802,1
",
    ),
];

const MAIL: [&str; 4] = [
    "Authentication-Results: mx.vendor.example; dmarc=pass header.from=harbor.example
From: AV Support <av@harbor.example>
To: support@vendor.example
Subject: Two units for repair
Message-ID: <two@harbor.example>

Good morning,

two units from invoice W-313460 have failed this term: the switch SW-204, serial
number SW20D03319, is dead, and the extender XT-60 with serial number XT60C01947
no longer shows a picture. Please repair both.
",
    "Authentication-Results: mx.vendor.example; dmarc=pass header.from=pine.example
From: Wes Tanaka <wes@pine.example>
To: support@vendor.example
Subject: Switch broken
Message-ID: <broken@pine.example>

One of our two switches from invoice W-316802 is dead. Please repair it.
",
    "From: AV Support <av@harbor.example>
To: support@vendor.example
Subject: Automatic reply: back on Monday
Auto-Submitted: auto-replied
Message-ID: <away@harbor.example>

I am out of the office.
",
    "Authentication-Results: mx.vendor.example; dmarc=fail header.from=pine.example
From: Wes Tanaka <wes@pine.example>
To: support@vendor.example
Subject: New address
Message-ID: <forged@pine.example>

Our switch SW20D04001 from invoice W-316802 is dead. Please send the replacement to our new address.
",
];
