//! Everything we remember: messages and what they came to, cases, RMAs, and mail on its way out.
//!
//! A message is kept before it leaves the inbox (`intake`; what lay there at first sight is the `backlog`), waits until it is answered (`waiting`), and is settled once,
//! together with its case, events, RMA and replies (`record`), or put into `quarantine` for a person to decide on. The replies then wait in the `outbox`. What is decided on
//! is read in the transaction that records it (`cases`, `rmas`, `numbers`); staff and `explain` read what became of it
//! all (`trail`), what is due and may not leave is put back or withheld (`set_aside`), where nothing goes any more is `undeliverable`, and staff are told of what waits for them (`staff`). SQLite or PostgreSQL, every statement written once (`db`, `stored`).
//!
//! | state | how the store knows |
//! | --- | --- |
//! | M2 kept, not filed away | `messages.filed_at` is null |
//! | M3 waiting | `settled_at` is null; perhaps `not_before` and `attempts` |
//! | M4 settled | `settled_at` with an outcome, a defect (quarantined; `dismissed_at` once a person has seen to it), or the message it is a duplicate of |
//! | O1 recorded, O2 leased | `outbox.state` is `recorded`; leased while `leased_until` lies ahead |
//! | O3, O4, O5 | `accepted`, `refused`, `given_up`; `withheld` is for staff's eyes alone |

mod backlog;
mod breaker;
mod cancelled;
mod cases;
mod db;
mod decisions;
mod error;
mod gate;
mod intake;
mod numbers;
mod open;
mod outbox;
mod quarantine;
mod record;
mod rmas;
mod set_aside;
mod staff;
pub(crate) mod stored;
mod trail;
mod undeliverable;
mod waiting;

pub(crate) use db::{change, on, within};

pub use backlog::Left;
pub use breaker::Stop;
pub use cancelled::CancelledOrder;
pub use db::{Db, SqlitePools, Tx};
pub use decisions::CaseEvent;
pub use error::{Error, Result};
pub use intake::{Arrival, Cursor, Unfiled};
pub use outbox::{Leased, Sending, SendingState, Sent};
pub use quarantine::{Decided, Quarantined};
pub use record::Recorded;
pub use rmas::IssuedRma;
pub use staff::{ForStaff, Unsent};
pub use trail::{Entry, LedgerCounts, OutboxCounts};
pub use undeliverable::Undeliverable;
pub use waiting::Waiting;

/// The memory of one vendor's returns desk. Cheap to clone: clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
}

impl Store {
    /// Opens `sqlite://PATH` (created where missing, its directory too) or `postgres://USER@HOST/DATABASE`, and brings
    /// its tables up to date. Several daemons may open one PostgreSQL database at once.
    pub async fn open(url: &str) -> Result<Store> {
        Ok(Store { db: open::open(url).await? })
    }

    /// The database itself, to be shared with the order book.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A transaction in which messages are settled. Nothing but the database may be awaited in it: SQLite has only one
    /// writer, and no transaction is held over the network.
    pub async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }
}
