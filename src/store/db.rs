//! One database, embedded or served, behind one set of statements.
//!
//! Every statement is written once, with `$1` and the types of [`super::stored`]; the macros [`on`] and [`within`] run it
//! on whichever database is open. Reading may happen anywhere; writing happens in a [`Tx`] alone. SQLite has one writer:
//! a pool of one connection for transactions, and readers that are refused every write.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::error::Result;

/// An open database. Cheap to clone: clones share the connections.
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite(SqlitePools),
    Postgres(PgPool),
}

/// SQLite's connections: the one that writes, and those that only read.
#[derive(Debug, Clone)]
pub struct SqlitePools {
    pub(super) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

/// A transaction. Dropped without [`commit`](Tx::commit), nothing of it has happened.
///
/// After an error the rest of the work is lost unless [`rollback_to_savepoint`](Tx::rollback_to_savepoint) succeeds;
/// where that fails as well, drop the transaction.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one reading expression on whichever database is open.
macro_rules! on {
    ($db:expr, $c:ident => $run:expr) => {
        match $db {
            $crate::store::Db::Sqlite(pools) => {
                let $c = &pools.readers;
                $run
            }
            $crate::store::Db::Postgres(pool) => {
                let $c = pool;
                $run
            }
        }
    };
}

/// Runs one expression, with one statement in it, inside a transaction.
macro_rules! within {
    ($tx:expr, $c:ident => $run:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $run
            }
            $crate::store::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $run
            }
        }
    };
}

/// Runs one writing statement inside a transaction, and tells how many rows it changed.
macro_rules! change {
    ($tx:expr, $query:expr) => {
        $crate::store::within!($tx, c => $query.execute(c).await?.rows_affected())
    };
}

pub(crate) use {change, on, within};

impl Db {
    /// A writing transaction. SQLite takes its one write lock here, where it can still wait for it.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite(pools) => Tx::Sqlite(pools.writer.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// A transaction that fills temporary tables first and leaves SQLite's write lock to others meanwhile. Its first
    /// statement on a lasting table has to be a write: SQLite does not let a reader become the writer later on.
    pub async fn begin_with_temporary_tables(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite(pools) => Tx::Sqlite(pools.writer.begin().await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }
}

impl Tx {
    /// Makes everything since `begin` last, or fails: PostgreSQL answers the COMMIT of a failed transaction with a
    /// cheerful ROLLBACK, so it is asked first whether the transaction still stands.
    pub async fn commit(mut self) -> Result<()> {
        if let Tx::Postgres(tx) = &mut self {
            sqlx::query("SELECT 1").execute(&mut **tx).await?;
        }
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Marks a point to return to. Savepoints may be nested.
    pub async fn savepoint(&mut self) -> Result<()> {
        change!(self, sqlx::query("SAVEPOINT here"));
        Ok(())
    }

    /// Undoes everything since the newest savepoint, errors included, and forgets the savepoint.
    pub async fn rollback_to_savepoint(&mut self) -> Result<()> {
        change!(self, sqlx::query("ROLLBACK TO SAVEPOINT here"));
        self.release_savepoint().await
    }

    /// Keeps what was done since the newest savepoint, as part of the transaction, and forgets the savepoint.
    pub async fn release_savepoint(&mut self) -> Result<()> {
        change!(self, sqlx::query("RELEASE SAVEPOINT here"));
        Ok(())
    }
}
