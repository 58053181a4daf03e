//! rmad reads a vendor's support mailbox and does the work of its returns desk.
//!
//! # The house
//!
//! A pure core in a thin shell. The core is values and functions and knows no clock, disk, network or database:
//! [`mail`] reads a message, [`order`] is what was sold, [`understanding`] makes a claim of a customer's words,
//! [`policy`] judges it, [`reply`] puts the judgement into words, [`case`] is the life of one return, [`outbox`] a
//! message under way. The shell has one module for each thing outside: [`mailbox`] (IMAP, Maildir), [`transport`] (SMTP,
//! Maildir; both over [`tls`]), [`store`] (SQLite, PostgreSQL) with [`order_book`] beside it in the same database,
//! [`verify`] (DNS), [`clock`]. They meet in [`daemon`], which tells the story, [`scheduler`], which says when,
//! [`console`] and [`metrics`] (both over [`http`]), [`config`] and [`cli`]. `tests/it/architecture.rs` holds who may know whom.
//!
//! # A request, step by step
//!
//! 1. `daemon::collect` lists what is new in the inbox, fetches it and keeps it in the ledger, byte for byte.
//! 2. `daemon::answer` takes what waits. [`mail::read`] tells new words from quotes and says who must not be answered;
//!    [`understanding::Reading`] finds what it is about, the reason, the wish, and every token that may be a number;
//!    [`verify`] asks the DNS about a sender whom the receiving server did not check, where the vendor wants that;
//!    `look_up` asks the order book for the sender's own orders that those numbers name. Many messages at once.
//! 3. In `daemon::desk`, one message after the other: `thread` finds the case that the sender belongs to, and where that
//!    knows numbers too, `look_up` asks again; [`understanding::Facts::learn`] takes in what was said, newest over
//!    oldest, and [`understanding::resolve`] holds it against the orders: units, what is missing, what does not fit.
//! 4. [`policy::judge`] tries the rules of the policy in order: the case as a whole, then each unit by itself, by the
//!    version of the policy that was in force when it was sold.
//! 5. `daemon::settle` makes the outcome: the case in its new shape, the minutes of the decision, the RMA number, and
//!    the letter from `daemon::letters`. `daemon::gate`, the one way into the outbox, withholds what may not go out, and
//!    the store records all of it or nothing.
//! 6. `daemon::file_away` moves the settled message out of the inbox; `daemon::send` delivers what was recorded, unless
//!    `daemon::breaker` finds that more leaves than is ordinary, and stops all of it.
//!
//! # A bounce
//!
//! The mail server returns one of our replies. [`mail::read`] sees a delivery report and the Message-ID of the original;
//! `thread` finds the case by it; the first rule of the policy holds the case with `reply_bounced`, and `daemon::bounce`
//! marks the address that the reply went to: nothing goes there until staff release that case. What is merely
//! late is noted in its case. A bounce of somebody else's mail ends at the second rule: ignored.
//!
//! # A step of staff
//!
//! A parcel has come, and somebody types `rmad rma receive`. `daemon::returns` finds the case of the RMA number;
//! [`case::steps`] checks the step against where each unit stands and applies it, [`policy::Fees`] says what an inspection
//! comes to, `returns::letter` what the customer is told. The case, the event with who and why, the ledgers of the units
//! and the letter are recorded together, or nothing is.
//!
//! # What time brings
//!
//! Nobody writes, and a case falls silent. [`case::reminders`] says of each case what comes next and when, from the case
//! and from what was written in it; `daemon::remind` records it at a civil hour: a reminder, the end of a request or of an
//! RMA (`lapse`), a word to staff of what they hold too long. `daemon::digest` tells staff each business morning what
//! waits for them.
//!
//! # Reading order
//!
//! `daemon.rs`, then `daemon/desk.rs`, `policy/case_rules.rs` and `policy/rules.rs`, `understanding/reading.rs` with
//! `lexicon.toml`, `understanding/resolution.rs`, then `case/rma.rs` and `case/steps.rs`. Wording is in `templates/`,
//! figures and clauses in `config/policy.toml`, what reaches each clause in `docs/policy-coverage.md`, what strangers could
//! do and what stops it in `docs/threats.md`, operating in the README.

pub mod case;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod daemon;
pub mod http;
pub mod mail;
pub mod mailbox;
pub mod metrics;
pub mod order;
pub mod order_book;
pub mod outbox;
pub mod policy;
pub mod reply;
pub mod scheduler;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod transport;
pub mod understanding;
pub mod verify;
