//! Real Chromium without a window, and a site of the test's own that notes what is asked of it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// In seconds of real time, on a machine with much else to do.
const PATIENCE: &str = "120";
/// In milliseconds of the page's own time: whatever runs by itself has run by then.
const PAGE_TIME: &str = "--virtual-time-budget=3000";

/// The document as the browser has it in the end.
pub async fn document(address: String) -> String {
    let scratch = tempfile::tempdir().unwrap();
    run(&scratch, vec!["--dump-dom".to_owned()], address).await
}

/// The text that the page shows, and what its frames show, as it is printed.
pub async fn printed(address: String) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let paper = scratch.path().join("page.pdf");
    run(&scratch, vec![format!("--print-to-pdf={}", paper.display())], address).await;
    text(&paper)
}

fn text(paper: &Path) -> String {
    let told = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(paper).arg("-").output();
    let told = told.expect("pdftotext; apt-get install poppler-utils");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap()
}

async fn run(scratch: &TempDir, options: Vec<String>, address: String) -> String {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE, "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu"]);
    command.args(["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]);
    command.args(["--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage"]);
    // nothing beyond this machine is looked for, let alone found
    command.args(["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--no-pdf-header-footer", PAGE_TIME]);
    command.arg(format!("--user-data-dir={}", scratch.path().join("profile").display())).env("HOME", scratch.path());
    command.args(options).arg(&address);
    let shown = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let shown = shown.expect("timeout, of coreutils");
    assert!(
        shown.status.success(),
        "Chromium did not show {address} ({}); apt-get install chromium\n{}",
        shown.status,
        String::from_utf8_lossy(&shown.stderr)
    );
    String::from_utf8(shown.stdout).unwrap()
}

/// A page of the site: where it lies, further header fields, and its HTML.
pub struct Page {
    pub path: String,
    pub header: String,
    pub html: String,
}

/// A web site on loopback. It has pages, and notes the path of every request.
pub struct Site {
    pub address: SocketAddr,
    asked: Arc<Mutex<BTreeSet<String>>>,
    connections: TaskTracker,
    closed: CancellationToken,
    accepting: JoinHandle<()>,
}

impl Site {
    /// The pages may name the site's own address.
    pub async fn open(pages: impl FnOnce(SocketAddr) -> Vec<Page>) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, connections, closed) = (Arc::default(), TaskTracker::new(), CancellationToken::new());
        let pages = Arc::new(pages(address));
        let accepting = tokio::spawn(accept(listener, pages, Arc::clone(&asked), connections.clone(), closed.clone()));
        Site { address, asked, connections, closed, accepting }
    }

    /// What was asked for until now, whole: every connection that was begun is read to its end.
    pub async fn asked(self) -> BTreeSet<String> {
        get(self.address, "/last").await;
        self.closed.cancel();
        self.accepting.await.unwrap();
        self.connections.close();
        self.connections.wait().await;
        let asked = self.asked.lock().unwrap();
        assert!(asked.contains("/last"), "{asked:?}");
        asked.clone()
    }
}

async fn get(address: SocketAddr, path: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
}

async fn accept(
    listener: TcpListener,
    pages: Arc<Vec<Page>>,
    asked: Arc<Mutex<BTreeSet<String>>>,
    connections: TaskTracker,
    closed: CancellationToken,
) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted.unwrap().0,
            () = closed.cancelled() => return,
        };
        let (pages, asked) = (Arc::clone(&pages), Arc::clone(&asked));
        connections.spawn(async move {
            if let Some(path) = answer(stream, &pages).await {
                asked.lock().unwrap().insert(path);
            }
        });
    }
}

/// Answers one request, if one comes; its path. Browsers open connections that they then do not use.
async fn answer(stream: TcpStream, pages: &[Page]) -> Option<String> {
    let mut stream = stream;
    let mut request = Vec::new();
    while !request.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let mut portion = [0; 4096];
        match stream.read(&mut portion).await {
            Ok(count) if count > 0 => request.extend_from_slice(&portion[..count]),
            _ => break,
        }
    }
    let path = String::from_utf8_lossy(&request).split(' ').nth(1)?.to_owned();
    let page = pages.iter().find(|page| page.path == path);
    let (header, html) = page.map_or(("", ""), |page| (&page.header, &page.html));
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n{header}\r\n{html}",
        html.len()
    );
    // whoever has gone by now has asked all the same
    let _gone = stream.write_all(answer.as_bytes()).await;
    Some(path)
}
