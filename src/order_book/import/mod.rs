//! Importing order data from CSV: upserted, all or nothing, what is wrong named by file and line.
//!
//! The rows go into temporary tables first (`staging`), so that the references between files are checked by the
//! database and memory does not grow with the files. Only then are the lasting tables written, in one transaction:
//! checked (`checks`), merged (`merge`), and left alone where nothing has changed.
//!
//! A unit is named by part number and serial number. It stands on one line: importing it on another one moves it there.

mod checks;
mod csv_file;
mod merge;
mod rows;
mod stage;

use std::fmt;
use std::path::Path;

use csv_file::CsvFile;
use rows::{CustomerRow, InvoiceRow, LineRow, ProductRow, UnitRow};
use stage::Staged;

use crate::store::{self, Db, Tx};

/// How many faults are collected before an import gives up.
const MOST_FAULTS: usize = 20;
/// How many rows are written at once: SQLite takes 32 766 parameters in a statement.
const BATCH: usize = 500;

/// How many rows each file had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub products: u64,
    pub customers: u64,
    pub invoices: u64,
    pub lines: u64,
    pub units: u64,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Reading { file: &'static str, rows: u64 },
    Checking,
    Writing,
}

/// What is wrong with one row, or with a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// Counted from 1, the header's line; `None` where it is about the whole file.
    pub line: Option<u64>,
    pub what: String,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("nothing was imported:{}", listed(.0))]
    Faults(Vec<Fault>),
    #[error("nothing was imported: {0}")]
    Store(#[from] store::Error),
}

/// Imports `products.csv`, `customers.csv`, `invoices.csv`, `invoice_lines.csv` and `units.csv` of a directory. What is
/// already known is updated, what the files do not mention stays.
///
/// # Errors
/// [`ImportError::Faults`] with up to 20 faults; the order data is then what it was.
pub async fn import(directory: &Path, db: &Db, progress: &mut (dyn FnMut(Step) + Send)) -> Result<Counts, ImportError> {
    let mut tx = db.begin_with_temporary_tables().await?;
    stage::make_tables(&mut tx).await?;
    let mut import = Import { directory, tx, faults: Vec::new(), progress };
    let counts = Counts {
        products: import.stage::<ProductRow>().await?,
        customers: import.stage::<CustomerRow>().await?,
        invoices: import.stage::<InvoiceRow>().await?,
        lines: import.stage::<LineRow>().await?,
        units: import.stage::<UnitRow>().await?,
    };
    import.write().await?;
    Ok(counts)
}

struct Import<'a> {
    directory: &'a Path,
    tx: Tx,
    faults: Vec<Fault>,
    progress: &'a mut (dyn FnMut(Step) + Send),
}

impl Import<'_> {
    /// Reads one file into its temporary table; how many rows it had.
    async fn stage<T: Staged>(&mut self) -> Result<u64, ImportError> {
        let mut file = match CsvFile::open(self.directory, T::FILE, T::COLUMNS) {
            Ok(file) => file,
            Err(fault) => return self.fault(fault).map(|()| 0),
        };
        let mut count: u64 = 0;
        let mut batch: Vec<T> = Vec::with_capacity(BATCH);
        while let Some(read) = file.next(T::read) {
            count = count.saturating_add(1);
            match read {
                Ok(row) => batch.push(row),
                Err(fault) => self.fault(fault)?,
            }
            if batch.len() == BATCH {
                T::stage(&mut self.tx, &batch).await?;
                batch.clear();
                (self.progress)(Step::Reading { file: T::FILE, rows: count });
            }
        }
        if !batch.is_empty() {
            T::stage(&mut self.tx, &batch).await?;
        }
        (self.progress)(Step::Reading { file: T::FILE, rows: count });
        Ok(count)
    }

    /// From the temporary tables into the lasting ones.
    async fn write(mut self) -> Result<(), ImportError> {
        // A row that could not be read would make every row that refers to it look wrong as well.
        self.give_up_if_faulty()?;
        stage::index_tables(&mut self.tx).await?;
        (self.progress)(Step::Checking);
        merge::raise_revision(&mut self.tx).await?;
        self.check(checks::BEFORE).await?;
        (self.progress)(Step::Writing);
        merge::merge(&mut self.tx).await?;
        self.check(checks::AFTER).await?;
        stage::drop_tables(&mut self.tx).await?;
        Ok(self.tx.commit().await?)
    }

    async fn check(&mut self, checks: &[checks::Check]) -> Result<(), ImportError> {
        for check in checks {
            let wanted = MOST_FAULTS.saturating_sub(self.faults.len());
            for fault in check.run(&mut self.tx, wanted).await? {
                self.fault(fault)?;
            }
        }
        self.give_up_if_faulty()
    }

    /// Collects a fault; the last one that is collected ends the import.
    fn fault(&mut self, fault: Fault) -> Result<(), ImportError> {
        self.faults.push(fault);
        if self.faults.len() < MOST_FAULTS { Ok(()) } else { self.give_up_if_faulty() }
    }

    fn give_up_if_faulty(&mut self) -> Result<(), ImportError> {
        if self.faults.is_empty() { Ok(()) } else { Err(ImportError::Faults(std::mem::take(&mut self.faults))) }
    }
}

impl fmt::Display for Fault {
    /// `invoices.csv:17: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

fn listed(faults: &[Fault]) -> String {
    let mut text: String = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    if faults.len() >= MOST_FAULTS {
        text.push_str("\n  and perhaps more");
    }
    text
}
