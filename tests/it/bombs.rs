//! Messages made to take the reader's memory and time: each ends as it should with its bytes kept, the daemon stays within
//! bounds and answers the next customer, and staff can look at every one of them.

mod made;
mod pdf;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rmad::order_book;
use rmad::store::{Entry, Store};

use crate::filled::ORDERS;
use crate::lab::within;
use made::{Bomb, End};

/// How long all of it may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(1_500);
/// For a debug build, six messages at once; in seconds of processor time and in bytes. Without the reader's limits one
/// message alone goes far beyond either.
const MOST_SECONDS: u64 = 600;
const MOST_MEMORY: u64 = 1_200_000_000;

const REQUEST: &str = "Authentication-Results: mx.vendor.example; dmarc=pass header.from=pine.example
From: Wes Tanaka <wes@pine.example>
To: support@vendor.example
Subject: Switch
Message-ID: <after@pine.example>

Our switch SW20D04001 from invoice W-316802 is dead. Please repair it.
";

#[tokio::test]
async fn the_daemon_stands_what_is_made_to_bring_it_down() {
    let bombs = made::all();
    let place = tempfile::tempdir().unwrap();
    let port = free_port();
    lay_out(place.path(), port);
    let store = Store::open(&format!("sqlite://{}", place.path().join("desk.db").display())).await.unwrap();
    order_book::import(&place.path().join("orders"), store.db(), &mut |_| ()).await.unwrap();
    for (bomb, number) in bombs.iter().zip(1..) {
        fs::write(place.path().join(format!("inbox/new/{number}.bomb")), &bomb.raw).unwrap();
    }
    let huge = place.path().join("inbox/new/8000.huge");
    fs::write(&huge, "From: <eve@elsewhere.example>\nContent-Transfer-Encoding: base64\n\n").unwrap();
    File::options().append(true).open(&huge).unwrap().set_len(100_000_000).unwrap();
    fs::write(place.path().join("inbox/new/9000.request"), REQUEST).unwrap();

    let mut daemon = Daemon::start(place.path());
    within(PATIENCE, "the request behind them is answered", || daemon.has_written_to("wes@pine.example"));
    let entries = store.recent_messages(1_000).await.unwrap();
    assert_eq!(entries.len(), bombs.len() + 2);
    for (bomb, entry) in bombs.iter().zip(entries.iter().rev()) {
        assert_end(bomb, entry);
        assert!(store.raw(entry.id).await.unwrap().unwrap() == bomb.raw, "{}: its bytes are kept", bomb.name);
        let page = get(port, &format!("/messages/{}", entry.id));
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{}: {}", bomb.name, page.lines().next().unwrap_or_default());
    }
    let huge = &entries[1];
    assert!(huge.defect.as_deref().is_some_and(|defect| defect.contains("only its header was fetched")), "{huge:?}");
    within(PATIENCE, "what is too large lies whole before staff", || {
        fs::metadata(place.path().join("inbox/.Review/new/8000.huge")).is_ok_and(|file| file.len() == 100_000_000)
    });
    let (memory, seconds) = (daemon.peak_memory(), daemon.processor_seconds());
    println!("{} messages: {memory} bytes at most, {seconds} s of processor time", entries.len());
    assert!(memory < MOST_MEMORY && seconds < MOST_SECONDS, "{memory} bytes, {seconds} s");
}

fn assert_end(bomb: &Bomb, entry: &Entry) {
    let name = bomb.name;
    match (bomb.end, entry.defect.as_deref()) {
        (End::Quarantined(why), Some(defect)) => assert!(defect.contains(why), "{name}: {defect}"),
        (End::Read, None) => assert!(entry.settled_at.is_some() && entry.outcome.is_some(), "{name}: {entry:?}"),
        (end, defect) => panic!("{name}: {end:?} was to be, and there is {defect:?}"),
    }
}

/// Directories, orders and a configuration.
fn lay_out(place: &Path, port: u16) {
    for part in ["inbox/tmp", "inbox/new", "inbox/cur", "sent/tmp", "sent/new", "sent/cur", "orders"] {
        fs::create_dir_all(place.join(part)).unwrap();
    }
    for (name, text) in ORDERS {
        fs::write(place.join("orders").join(name), text).unwrap();
    }
    let configuration = format!(
        "[vendor]\nname = \"Example Switches\"\naddress = \"support@vendor.example\"\n\
         returns_address = [\"1 Example Street\"]\n\
         [intake]\nkind = \"maildir\"\npath = \"inbox\"\nbacklog = \"answer\"\n\
         [delivery]\nkind = \"maildir\"\npath = \"sent\"\nmode = \"live\"\nmax_age_days = 3650\n\
         [store]\nurl = \"sqlite://desk.db\"\n[trust]\nauthserv_ids = [\"mx.vendor.example\"]\n\
         [console]\nlisten = \"127.0.0.1:{port}\"\n"
    );
    fs::write(place.join("rmad.toml"), configuration).unwrap();
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The whole answer of the console.
fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// `rmad run`; killed when it is dropped.
struct Daemon {
    child: Child,
    sent: PathBuf,
    log: PathBuf,
}

impl Daemon {
    fn start(place: &Path) -> Daemon {
        // ends with the thread that runs the test
        let mut command = Command::new("setpriv");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
            command.env_remove(name);
        }
        command.args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_rmad"), "run"]).current_dir(place);
        let log = place.join("log");
        let child = command.stdin(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        Daemon { child, sent: place.join("sent/new"), log }
    }

    fn has_written_to(&mut self, address: &str) -> bool {
        assert!(self.child.try_wait().unwrap().is_none(), "it has ended: {}", fs::read_to_string(&self.log).unwrap());
        let letters = fs::read_dir(&self.sent).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        letters.into_iter().any(|letter| String::from_utf8_lossy(&letter).contains(&format!("<{address}>")))
    }

    /// In bytes (proc(5), VmHWM).
    fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
    }

    /// Of user and system (proc(5), fields 14 and 15 of stat, in hundredths).
    fn processor_seconds(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>() / 100
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
