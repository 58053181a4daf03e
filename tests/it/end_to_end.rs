//! The whole daemon against real servers: `rmad run` as a process, a real Dovecot and a real Postfix, customers who are users
//! of the laboratory. Each test is a vendor with a support mailbox, orders and a store of its own.

mod breaking;
mod checking;
mod conversation;
mod delivering;
mod importing;
mod looping;
mod reloading;
mod reminding;
mod starting;
mod together;
mod unreadable;

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use rmad::config::{Config, Environment};
use rmad::daemon::{Desk, Gate, Inbox};
use rmad::mailbox::Mailbox;
use rmad::order_book;
use rmad::store::{LedgerCounts, Store};
use rmad::transport::Transport;
use serde_json::Value;
use tempfile::TempDir;

use crate::lab::{self, Lab};

/// How long anything may take before a test calls it broken: far more than it takes.
const PATIENCE: Duration = Duration::from_secs(90);
/// The part that every customer has two of.
const PART: &str = "KS-400";

/// A vendor, as the configuration in a directory of its own describes it.
struct Vendor<'a> {
    lab: &'a Lab,
    /// The support mailbox: a user of the laboratory.
    address: String,
    /// Each has an account, and an invoice with two units of [`PART`].
    customers: Vec<String>,
    directory: TempDir,
    store: String,
    imap_port: u16,
    smtp_port: u16,
    /// What is done with mail that lies there at the first start.
    backlog: &'static str,
    further: Further,
}

/// Further keys of the sections of the configuration.
#[derive(Default)]
struct Further {
    vendor: String,
    delivery: String,
    trust: String,
}

impl<'a> Vendor<'a> {
    /// A vendor with so many customers, and an SQLite store.
    fn new(lab: &'a Lab, customers: usize) -> Vendor<'a> {
        Vendor::with(lab, (0..customers).map(|_| lab.new_user()).collect(), None)
    }

    /// A vendor with these customers and this store.
    fn with(lab: &'a Lab, customers: Vec<String>, store: Option<String>) -> Vendor<'a> {
        let directory = tempfile::tempdir().unwrap();
        let store = store.unwrap_or_else(|| format!("sqlite://{}/rmad.db", directory.path().display()));
        let (imap_port, smtp_port) = (lab.port("IMAPS"), lab.port("SUBMISSIONS"));
        let (address, backlog) = (lab.new_user(), "answer");
        let further = Further::default();
        let vendor = Vendor { lab, address, customers, directory, store, imap_port, smtp_port, backlog, further };
        vendor.configure();
        let orders = orders_of(&vendor.customers, Zoned::now().date());
        for (name, text) in &orders {
            std::fs::write(vendor.path(name), text).unwrap();
        }
        vendor.remembers(async |store| {
            order_book::import(vendor.directory.path(), store.db(), &mut |_| ()).await.unwrap()
        });
        vendor
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the configuration; the daemon reaches the servers through these ports from its next start on.
    fn configure(&self) {
        let Vendor { address, store, imap_port, smtp_port, backlog, further, .. } = self;
        let Further { vendor, delivery, trust } = further;
        let authority = self.lab.path("tls/ca.pem");
        let line = format!("host = \"localhost\"\nca_file = \"{}\"\nusername = \"{address}\"", authority.display());
        let text = format!(
            "[vendor]\nname = \"Northwind KVM\"\naddress = \"{address}\"\nreturns_address = [\"1 Example Street\"]\n{vendor}\n\
             [intake]\nkind = \"imap\"\nbacklog = \"{backlog}\"\nmax_bytes = 1_000_000\nport = {imap_port}\n{line}\n\
             [delivery]\nkind = \"smtp\"\nport = {smtp_port}\nmode = \"live\"\n{line}\n{delivery}\n\
             [store]\nurl = \"{store}\"\n\
             [trust]\nauthserv_ids = [\"mx.vendor.test\"]\nfree_mail_domains = [\"cust.test\", \"free.test\"]\n{trust}\n"
        );
        std::fs::write(self.path("rmad.toml"), text).unwrap();
    }

    /// Environment variables: the passwords.
    fn secrets(&self) -> Vec<(String, String)> {
        let password = self.lab.env("PASSWORD");
        ["RMAD_INTAKE__PASSWORD", "RMAD_DELIVERY__PASSWORD"].map(|name| (name.to_owned(), password.to_owned())).into()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        // ends with the thread that runs the test
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_rmad"), "--config"]).arg(self.path("rmad.toml"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
            command.env_remove(name);
        }
        command.args(arguments).envs(self.secrets());
        command
    }

    /// Starts `rmad run`.
    fn run(&self) -> Daemon {
        let log = self.path(&format!("{}.log", uuid::Uuid::new_v4().simple()));
        let file = File::create(&log).unwrap();
        let child = self.command(&["run"]).stdin(Stdio::null()).stderr(file).spawn().unwrap();
        Daemon { child, log }
    }

    /// The daemon's parts in this process.
    async fn parts(&self) -> (Arc<Desk>, Inbox, Transport) {
        let config = Config::load(&self.path("rmad.toml"), &Environment::from_iter(self.secrets())).unwrap();
        let store = Store::open(&self.store).await.unwrap();
        let gate = Gate::open(config.desk.own_addresses());
        let desk = Desk::new(store, &config.desk, gate, &self.address).unwrap();
        let mailbox = Mailbox::open(config.intake.mailbox);
        (Arc::new(desk), Inbox::new(mailbox, config.intake.backlog), Transport::open(config.delivery.transport))
    }

    /// Asks the store.
    fn remembers<T>(&self, ask: impl AsyncFnOnce(Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { ask(Store::open(&self.store).await.unwrap()).await })
    }

    fn ledger(&self) -> LedgerCounts {
        self.remembers(async |store| store.ledger_counts(Timestamp::now()).await.unwrap())
    }

    /// Why each letter did not leave that did not.
    fn withheld(&self) -> Vec<String> {
        let unsent = self.remembers(async |store| store.unsent(Timestamp::UNIX_EPOCH, 99).await.unwrap().oldest);
        unsent.into_iter().map(|unsent| unsent.why.unwrap()).collect()
    }

    /// So many letters are withheld for this reason, and none for another; as many messages lie before staff.
    fn has_withheld(&self, letters: usize, why: &str) {
        assert_eq!(self.withheld(), vec![why; letters]);
        assert_eq!(self.lab.count(&self.address, "Review"), letters);
    }

    /// Puts a customer's message into the support mailbox.
    fn receives(&self, raw: &str) {
        self.lab.deliver_lmtp(&self.address, raw.as_bytes());
    }

    /// Waits until so many messages lie in the customer's inbox, and gives them.
    fn replies(&self, customer: &str, number: usize) -> Vec<Letter> {
        lab::within(PATIENCE, &format!("{customer} has {number} replies"), || {
            self.lab.count(customer, "INBOX") >= number
        });
        let replies: Vec<Letter> = self.lab.messages(customer, "INBOX").into_iter().map(Letter).collect();
        assert_eq!(replies.len(), number, "{customer} has too many replies");
        replies
    }

    /// Waits until so many messages lie in `Processed` and `Review`, and none in the inbox.
    fn filed(&self, processed: usize, review: usize) {
        let filed = lab::within_some(PATIENCE, &format!("{processed} processed, {review} for review"), || {
            let counts = self.lab.counts(&self.address);
            let count = |folder| counts.get(folder).copied().unwrap_or(0);
            let filed = (count("Processed"), count("Review"));
            (count("INBOX") == 0 && filed.0 >= processed && filed.1 >= review).then_some(filed)
        });
        assert_eq!(filed, (processed, review), "processed and for review");
    }

    /// Waits until the ledger stands so.
    fn stands(&self, what: &str, so: impl Fn(&LedgerCounts) -> bool) -> LedgerCounts {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = runtime.block_on(Store::open(&self.store)).unwrap();
        let counts = || runtime.block_on(store.ledger_counts(Timestamp::now())).unwrap();
        lab::within_some(PATIENCE, what, || Some(counts()).filter(&so))
    }

    /// Waits until every message is settled and filed and every reply accepted; their numbers are these.
    fn in_order(&self, messages: i64, replies: i64) -> LedgerCounts {
        let done = |counts: &LedgerCounts| {
            counts.settled == messages && counts.unfiled == 0 && counts.outbox.accepted == replies
        };
        let counts = self.stands(&format!("{messages} messages and {replies} replies in order"), done);
        assert_eq!((counts.kept, counts.waiting), (messages, 0), "{counts:?}");
        assert_eq!((counts.outbox.recorded, counts.outbox.leased), (0, 0), "{counts:?}");
        counts
    }
}

/// `rmad run`; killed when it is dropped.
struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// SIGTERM, which it is to obey once it is at work.
    fn stop(mut self) {
        self.says("rmad is at work");
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success(), "it runs no more");
        let status = lab::within_some(PATIENCE, "rmad stops", || self.child.try_wait().unwrap());
        assert_eq!(status.code(), Some(0), "{}", self.said());
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log holds these words.
    fn says(&self, words: &str) {
        lab::within(PATIENCE, &format!("the log says {words:?}"), || self.said().contains(words));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.said());
        }
    }
}

/// A message in a mailbox, as a mail program shows it.
struct Letter(Value);

impl Letter {
    fn header(&self, name: &str) -> &str {
        let headers = self.0["headers"].as_array().unwrap();
        let found = headers.iter().find(|header| header[0].as_str().unwrap().eq_ignore_ascii_case(name));
        found.map_or("", |header| header[1].as_str().unwrap())
    }

    fn text(&self) -> &str {
        self.0["text"].as_str().unwrap()
    }

    /// A customer's answer, written with a mail program: it quotes, and keeps the thread.
    fn answer(&self, customer: &str, words: &str) -> String {
        let quoted: String = self.text().lines().map(|line| format!("> {line}\r\n")).collect();
        let ours = self.header("Message-ID");
        let fields = format!("In-Reply-To: {ours}\r\nReferences: {} {ours}\r\n", self.header("References"));
        let subject = format!("Re: {}", self.header("Subject"));
        mail(customer, &subject, &fields, &format!("{words}\r\n\r\nNorthwind KVM wrote:\r\n{quoted}"))
    }
}

/// A customer's message; `fields` are further header fields.
fn mail(customer: &str, subject: &str, fields: &str, words: &str) -> String {
    let unique = uuid::Uuid::new_v4().simple();
    format!(
        "From: Sam Customer <{customer}>\r\nSubject: {subject}\r\nMessage-ID: <{unique}@cust.test>\r\n{fields}\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    )
}

/// A request from which nothing is missing: an RMA is issued.
fn whole_request(vendor: &Vendor<'_>, customer: usize) -> String {
    let words = format!(
        "Hello,\r\n\r\nour switch {PART} (invoice {}, serial number {}) no longer powers on.\r\nPlease repair it.\r\n",
        invoice(customer),
        serial(customer, 1)
    );
    mail(&vendor.customers[customer], "Dead switch", "", &words)
}

/// A request that does not say which of the two units is meant: its serial number is asked for.
fn bare_request(vendor: &Vendor<'_>, customer: usize) -> String {
    let words = format!(
        "Hello,\r\n\r\none of our switches, {PART} from invoice {}, no longer powers on.\r\nPlease repair it.\r\n",
        invoice(customer)
    );
    mail(&vendor.customers[customer], "Dead switch", "", &words)
}

fn invoice(customer: usize) -> String {
    format!("NW-{}", 70_000 + customer)
}

fn serial(customer: usize, unit: usize) -> String {
    format!("NWS-{}{unit:02}", 240_010 + customer)
}

/// Order data: a month ago every customer bought two units.
fn orders_of(customers: &[String], today: Date) -> [(&'static str, String); 5] {
    let day = |days: i32| today - days.days();
    let numbered = || customers.iter().enumerate();
    let accounts = numbered().map(|(at, address)| format!("A-{},Sam,,{address},US\n", 100 + at));
    let invoices = numbered().map(|(at, _)| {
        let (account, sold, shipped, delivered) = (100 + at, day(30), day(28), day(25));
        let money = "direct,US,credit_card,USD,12.00,0.00,no,12.00";
        format!("{},A-{account},{sold},{money},{shipped},{delivered}\n", invoice(at))
    });
    let lines = numbered().map(|(at, _)| format!("{},1,{PART},2,249.00,0\n", invoice(at)));
    let units = numbered().flat_map(|(at, _)| [1, 2].map(|unit| format!("{},{},1\n", serial(at, unit), invoice(at))));
    let file = |columns: &str, rows: String| format!("{columns}\n{rows}");
    [
        (
            "products.csv",
            file("part_number,title,product_line,serialized,aliases", format!("{PART},KVM switch,kvm_switch,yes,\n")),
        ),
        ("customers.csv", file("account_number,name,company,emails,country", accounts.collect())),
        (
            "invoices.csv",
            file(
                "invoice_number,account_number,invoiced_on,channel,ship_to_country,payment_method,currency,freight,\
                 insurance,free_shipping,actual_shipping_cost,shipped_on,delivered_on",
                invoices.collect(),
            ),
        ),
        (
            "invoice_lines.csv",
            file("invoice_number,line,part_number,quantity,unit_price,extended_warranty_months", lines.collect()),
        ),
        ("units.csv", file("serial_number,invoice_number,line", units.collect())),
    ]
}

/// The RMA number that a letter tells.
fn rma_number(letter: &Letter) -> String {
    let words = letter.text().split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.into_iter().find(|word| word.starts_with("RMA-")).expect("an RMA number").to_owned()
}
