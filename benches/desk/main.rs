//! How much mail the desk gets through: `cargo bench`. Each step by itself on the corpora's messages, then the whole line
//! on Maildirs and SQLite, as the daemon runs it, in messages per second.

mod line;
mod mailbag;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use jiff::tz::TimeZone;
use rmad::mail::{self, Class, Message, Trust};
use rmad::order_book::{self, OrderBook};
use rmad::policy::{self, History, Inquiry, Policies, Policy, Sender};
use rmad::store::Store;
use rmad::understanding::{Catalogue, Facts, Knowledge, Reading, Resolution, resolve};
use tokio::runtime::Runtime;

use line::{Goal, Line};

const MESSAGES: u32 = 2_000;

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Runtime::new()?;
    for corpus in ["connectpro", "digits"] {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(corpus);
        steps(&mut criterion, &runtime, &corpus)?;
    }
    let mut group = criterion.benchmark_group("line");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(MESSAGES.into()));
    timed(&mut group, &runtime, "collect", async |line| line.collect().await);
    timed(&mut group, &runtime, "answer", async |line| {
        line.collect().await?;
        line.answer().await
    });
    timed(&mut group, &runtime, "send", async |line| {
        line.collect().await?;
        line.answer().await?;
        line.send().await
    });
    timed(&mut group, &runtime, "recorded", async |line| line.run(Goal::Recorded).await);
    timed(&mut group, &runtime, "whole", async |line| line.run(Goal::SentAndFiled).await);
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// Measures what `steps` says of its last step, each time on a fresh line with a full inbox.
fn timed(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    name: &str,
    steps: impl AsyncFn(&mut Line) -> anyhow::Result<Duration>,
) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    let measured = runtime.block_on(async { steps(&mut Line::with_mail(MESSAGES).await?).await });
                    measured.unwrap_or_else(|error| panic!("the line stands still: {error:#}"))
                })
                .sum()
        });
    });
}

/// A corpus, taken as far as each step needs it.
struct Prepared {
    raw: Vec<Vec<u8>>,
    messages: Vec<Message>,
    catalogue: Catalogue,
    orders: OrderBook,
    _directory: tempfile::TempDir,
}

fn steps(criterion: &mut Criterion, runtime: &Runtime, corpus: &Path) -> anyhow::Result<()> {
    let prepared = runtime.block_on(Prepared::of(corpus))?;
    let name = corpus.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut group = criterion.benchmark_group(format!("steps/{name}"));
    group.throughput(Throughput::Elements(u64::try_from(prepared.messages.len())?));
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            for raw in &prepared.raw {
                black_box(read(black_box(raw)));
            }
        });
    });
    let catalogue = &prepared.catalogue;
    group.bench_function("understand: the words", |bencher| {
        bencher.iter(|| {
            for message in &prepared.messages {
                black_box(Reading::of(black_box(message), catalogue));
            }
        });
    });
    let looked_up = runtime.block_on(prepared.look_up())?;
    group.bench_function("understand: the orders", |bencher| {
        bencher.iter(|| {
            for (reading, knowledge) in &looked_up {
                black_box(understood(black_box(reading), knowledge));
            }
        });
    });
    let policy = Policy::parse(Policy::default_text()).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let policies = Policies::from(policy);
    let understood: Vec<_> =
        looked_up.iter().map(|(reading, knowledge)| (reading, understood(reading, knowledge))).collect();
    let inquiries: Vec<Inquiry<'_>> = understood
        .iter()
        .zip(&prepared.messages)
        .map(|((reading, claim), message)| inquiry(message, reading, claim))
        .collect();
    group.bench_function("judge", |bencher| {
        bencher.iter(|| {
            for inquiry in &inquiries {
                let _judgement = black_box(policy::judge(black_box(inquiry), &policies));
            }
        });
    });
    group.finish();
    Ok(())
}

impl Prepared {
    async fn of(corpus: &Path) -> anyhow::Result<Prepared> {
        let directory = tempfile::tempdir()?;
        let store = Store::open(&format!("sqlite://{}/rmad.db", directory.path().display())).await?;
        order_book::import(&corpus.join("orders"), store.db(), &mut |_| ()).await?;
        let orders = OrderBook::new(store.db());
        let (invoices, serials) = orders.sample_numbers(500).await?;
        let catalogue = Catalogue::new(&orders.catalogue().await?, &invoices, &serials);
        let files = std::fs::read_dir(corpus.join("mail"))?;
        let mut files = files.map(|file| Ok(file?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
        files.sort();
        let raw = files.iter().map(std::fs::read).collect::<std::io::Result<Vec<_>>>()?;
        let messages = raw.iter().filter_map(|raw| read(raw)).collect();
        Ok(Prepared { raw, messages, catalogue, orders, _directory: directory })
    }

    /// What the order data says to each message, as a sender by address alone may hear it.
    async fn look_up(&self) -> anyhow::Result<Vec<(Reading, Knowledge<'_>)>> {
        let mut looked_up = Vec::new();
        for message in &self.messages {
            let reading = Reading::of(message, &self.catalogue);
            let accounts = self.orders.customers_of_sender(&message.from.address, "").await?;
            let numbers: Vec<String> = accounts.iter().map(|account| account.account_number.clone()).collect();
            let invoices = self.orders.invoices_of(&numbers, &reading.keys()).await?;
            let (named_accounts, elsewhere) = (vec![], std::collections::HashSet::new());
            let catalogue = &self.catalogue;
            looked_up.push((reading, Knowledge { catalogue, accounts, named_accounts, invoices, elsewhere }));
        }
        Ok(looked_up)
    }
}

fn read(raw: &[u8]) -> Option<Message> {
    mail::read(raw, mail::received_at(raw)?, &Trust::default()).ok()
}

fn understood(reading: &Reading, knowledge: &Knowledge<'_>) -> (Facts, Resolution) {
    let mut facts = Facts::default();
    facts.learn(reading, &[], knowledge);
    let resolution = resolve(&facts, reading.about, knowledge);
    (facts, resolution)
}

/// As of a customer's first message.
fn inquiry<'a>(message: &Message, reading: &Reading, (facts, resolution): &'a (Facts, Resolution)) -> Inquiry<'a> {
    Inquiry {
        class: Class::Human,
        authenticity: message.authenticity,
        bounce_of_ours: false,
        about: reading.about,
        wish: reading.wanted.as_ref().map(|told| told.value),
        facts,
        resolution,
        sender: Sender { is_customer: true, states_account: false, names_numbers: true },
        history: History::default(),
        open_rmas: vec![],
        own_rmas: vec![],
        cancelled_orders: vec![],
        charged: BTreeMap::new(),
        as_of: policy::request_day(message.received_at, &TimeZone::UTC),
    }
}

/// How long something takes.
async fn clocked<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<Duration> {
    let start = Instant::now();
    work.await?;
    Ok(start.elapsed())
}
