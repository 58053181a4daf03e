//! The console over a real connection, as a browser meets it.

mod browser;
mod hostile;

use std::net::SocketAddr;

use rmad::clock::Clock;
use rmad::console::serve;
use rmad::store::Stop;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::databases::both;
use crate::filled::Filled;

const HOSTILE: &[u8] = b"From: \"<script>alert(1)</script>\" <eve@hostile.example>\r\n\
    To: support@vendor.example\r\n\
    Subject: </title><script>alert(2)</script><img src=x onerror=alert(3)>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\
    \r\n\
    --b\r\n\
    Content-Type: text/plain\r\n\
    \r\n\
    My switch died and I want my money back, invoice <script>alert(4)</script> 12345\r\n\
    </pre><script>alert(5)</script>\r\n\
    --b\r\n\
    Content-Type: text/plain\r\n\
    Content-Disposition: attachment; filename=\"a&<b>.txt\"\r\n\
    \r\n\
    <script>alert(6)</script>\r\n\
    --b--\r\n";

struct Window {
    address: SocketAddr,
    cancelled: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

pub struct Answer {
    pub status: u16,
    header: String,
    body: Vec<u8>,
}

impl Answer {
    /// A header field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.header.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    fn assert_says(&self, words: &[&str]) {
        for word in words {
            assert!(self.text().contains(word), "{word:?} is not in\n{}", self.text());
        }
    }
}

impl Window {
    async fn open(filled: &Filled) -> Window {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cancelled = CancellationToken::new();
        let clock = Clock::fixed(filled.now);
        let served = tokio::spawn(serve(listener, filled.desk.clone(), clock, cancelled.clone()));
        Window { address, cancelled, served }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.address)).await
    }

    async fn ask(&self, lines: &str) -> Answer {
        ask(self.address, lines).await
    }
}

/// Sends a request's first lines and reads the answer to its end.
pub async fn ask(address: SocketAddr, lines: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{lines}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).await.unwrap();
    let end = whole.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let header = String::from_utf8(whole[..end].to_vec()).unwrap();
    let status = header.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, header, body: whole[end + 4..].to_vec() }
}

#[tokio::test]
async fn the_list_shows_what_became_of_each_message() {
    let filled = Filled::with_mail().await;
    let waiting = filled.keep(b"From: late@customer.example\r\nSubject: just in\r\n\r\nHello\r\n").await;
    let window = Window::open(&filled).await;
    let list = window.get("/").await;
    assert_eq!((list.status, list.field("content-type")), (200, Some("text/html; charset=utf-8")));
    list.assert_says(&[
        "Example &#60;Switches&#62;",
        "<dt>Messages kept</dt><dd>5</dd>",
        "<dt>Waiting</dt><dd>1</dd>",
        "<dt>Settled</dt><dd>4</dd>",
        "<td class=\"sender\">AV Support</td>",
        ">Two units for repair</a>",
        "RMA issued",
        "Details asked for",
        "Held for review",
        "sender not authentic",
        "Automatic reply",
        "waiting to be sent",
        "no reply",
        &format!("<a href=\"/messages/{waiting}\">just in</a>"),
        "Waiting for an answer",
    ]);
}

#[tokio::test]
async fn every_page_stands_on_either_database() {
    for database in both("console").await {
        let filled = Filled::on(database.store.clone(), tempfile::tempdir().unwrap()).await;
        filled.answer_mail().await;
        let entry = filled.entry("Two units for repair").await;
        let window = Window::open(&filled).await;
        window.get("/?outcome=rma_issued").await.assert_says(&["Two units for repair", "waiting to be sent"]);
        window.get(&format!("/cases/{}", entry.case_number.unwrap())).await.assert_says(&["Two units for repair"]);
        window.get(&format!("/messages/{}", entry.id)).await.assert_says(&["Two units for repair"]);
        assert_eq!(window.get("/readyz").await.status, 200);
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_outcome() {
    let filled = Filled::with_mail().await;
    let window = Window::open(&filled).await;
    let issued = window.get("/?outcome=rma_issued").await;
    issued.assert_says(&["Two units for repair", "aria-current=\"page\">RMA issued"]);
    assert!(!issued.text().contains("badge alert"), "{}", issued.text());
    let given = window.get("/?outcome=status_given").await;
    given.assert_says(&["No messages here yet"]);
    let unknown = window.get("/?outcome=%3Cb%3Elost").await;
    assert_eq!(unknown.status, 400);
    unknown.assert_says(&["&#60;b&#62;lost", "held_for_review"]);
}

#[tokio::test]
async fn older_messages_are_a_page_further() {
    let filled = Filled::with_orders().await;
    for number in 0..101 {
        filled.keep(format!("From: a@customer.example\r\nSubject: number {number}.\r\n\r\nHi\r\n").as_bytes()).await;
    }
    let window = Window::open(&filled).await;
    let newest = window.get("/").await;
    newest.assert_says(&["number 100.", "number 1.", "<a href=\"/?before=2\">"]);
    assert!(!newest.text().contains("number 0."));
    let older = window.get("/?before=2").await;
    older.assert_says(&["number 0."]);
    assert!(!older.text().contains("number 1.") && !older.text().contains("Older messages"));
}

#[tokio::test]
async fn a_case_tells_where_it_stands_and_why() {
    let filled = Filled::with_mail().await;
    filled.deliver().await;
    let entry = filled.entry("Two units for repair").await;
    let number = entry.case_number.unwrap();
    let case = filled.desk.store.case(&number).await.unwrap().unwrap();
    let rma = case.rma.unwrap();
    let window = Window::open(&filled).await;
    let page = window.get(&format!("/cases/{number}")).await;
    assert_eq!(page.status, 200);
    page.assert_says(&[
        &number,
        "RMA issued, waiting for the goods",
        "av@harbor.example",
        &rma.number,
        "1 × SW-204, serial SW20D03319, invoice W-313460",
        "unit 1: serial number",
        "<b>SW20D03319</b> <span class=\"place\">in the message</span>",
        "An RMA was issued.",
        "The sender is vouched for (mx.vendor.example: dmarc=pass)",
        "Rule 12: in warranty",
        "RMA number on the box",
        "rules that were tried",
        &format!("<a href=\"/messages/{}\">Two units for repair</a>", entry.id),
        "<dt>Next</dt><dd>reminder on Mon 22 Jun 2026, 09:00</dd>",
        "sent",
        "What we wrote",
    ]);
}

#[tokio::test]
async fn every_page_says_that_sending_is_stopped() {
    let filled = Filled::with_mail().await;
    let case = filled.entry("Two units for repair").await.case_number.unwrap();
    let window = Window::open(&filled).await;
    assert!(!window.get("/").await.text().contains("Nothing is sent"));
    let stop = Stop { at: filled.now, by: "dana".to_owned(), why: "a <b>wrong</b> price".to_owned() };
    assert!(filled.desk.store.stop_sending(&stop).await.unwrap());
    for path in ["/", "/messages/1", &format!("/cases/{case}")] {
        window.get(path).await.assert_says(&[
            "Nothing is sent",
            "by dana",
            "a &#60;b&#62;wrong",
            "rmad sending resume",
        ]);
    }
}

#[tokio::test]
async fn a_message_tells_how_it_was_read() {
    let filled = Filled::with_mail().await;
    let forged = filled.desk.store.recent_messages(1).await.unwrap().remove(0);
    let window = Window::open(&filled).await;
    let page = window.get(&format!("/messages/{}", forged.id)).await;
    assert_eq!(page.status, 200);
    page.assert_says(&[
        "Written by a person",
        "<dd class=\"alarming\">The message is not from this sender (mx.vendor.example: dmarc=fail)</dd>",
        "Rule 2: authentication failed",
        "What the sender wrote",
        &format!("<a href=\"/cases/{0}\">{0}</a>", forged.case_number.unwrap()),
    ]);
}

#[tokio::test]
async fn what_strangers_write_is_shown_and_never_run() {
    let filled = Filled::with_orders().await;
    let entry = filled.answer(HOSTILE).await;
    let case = entry.case_number.unwrap();
    let window = Window::open(&filled).await;
    for (path, words) in [
        ("/".to_owned(), &["&#60;script&#62;alert(1)", "&#60;/title&#62;"][..]),
        (format!("/cases/{case}"), &["&#60;script&#62;alert(2)"]),
        (
            format!("/messages/{}", entry.id),
            &[
                "&#60;script&#62;alert(4)",
                "&#60;/pre&#62;&#60;script&#62;alert(5)",
                "a&#38;_b_.txt",
                "&#60;script&#62;alert(6)",
            ],
        ),
    ] {
        let page = window.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        page.assert_says(words);
        for trap in ["<script", "<img", "alert(2)</title"] {
            assert!(!page.text().contains(trap), "{path} holds {trap}:\n{}", page.text());
        }
    }
}

#[tokio::test]
async fn the_original_is_downloaded_byte_for_byte() {
    let filled = Filled::with_orders().await;
    let entry = filled.answer(HOSTILE).await;
    let window = Window::open(&filled).await;
    let raw = window.get(&format!("/messages/{}/raw", entry.id)).await;
    assert_eq!((raw.status, raw.body.as_slice()), (200, HOSTILE));
    assert_eq!(raw.field("content-type"), Some("message/rfc822"));
    let expected = format!("attachment; filename=\"message-{}.eml\"", entry.id);
    assert_eq!(raw.field("content-disposition"), Some(expected.as_str()));
    assert_eq!(raw.field("x-content-type-options"), Some("nosniff"));
}

const FILED: &[u8] = b"From: av@harbor.example\r\n\
    To: support@vendor.example\r\n\
    Subject: Photos\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\
    \r\n\
    --b\r\n\
    Content-Type: text/html\r\n\
    \r\n\
    <p>See <b>below</b> <img src=\"cid:1\" alt=\"the label\"><script>alert(1)</script>\r\n\
    --b\r\n\
    Content-Type: text/html; name=\"=?utf-8?Q?..=2FL=C3=A4bel=E2=80=AElmth.exe?=\"\r\n\
    Content-Disposition: attachment\r\n\
    Content-Transfer-Encoding: base64\r\n\
    \r\n\
    PHNjcmlwdD4A/w==\r\n\
    --b\r\n\
    Content-Type: image/svg+xml; name=nul.svg\r\n\
    \r\n\
    <svg onload='alert(2)'/>\r\n\
    --b--\r\n";

#[tokio::test]
async fn attachments_are_downloads_of_no_type() {
    let filled = Filled::with_orders().await;
    let id = filled.answer(FILED).await.id;
    let window = Window::open(&filled).await;
    window.get(&format!("/messages/{id}")).await.assert_says(&[
        &format!("<a href=\"/messages/{id}/attachments/1\">Läbellmth.exe</a> <span class=\"place\">text/html"),
        &format!("<a href=\"/messages/{id}/attachments/2\">_nul.svg</a> <span class=\"place\">image/svg+xml"),
    ]);
    for (number, disposition, content) in [
        (1, "attachment; filename=\"L_bellmth.exe\"; filename*=UTF-8''L%C3%A4bellmth.exe", &b"<script>\0\xff"[..]),
        (2, "attachment; filename=\"_nul.svg\"", b"<svg onload='alert(2)'/>"),
    ] {
        let file = window.get(&format!("/messages/{id}/attachments/{number}")).await;
        assert_eq!((file.status, file.body.as_slice()), (200, content));
        assert_eq!(file.field("content-type"), Some("application/octet-stream"));
        assert_eq!(file.field("content-disposition"), Some(disposition));
        assert_eq!(file.field("x-content-type-options"), Some("nosniff"));
    }
    for number in ["0", "3", "-1", "first", "99999999999999999999"] {
        let page = window.get(&format!("/messages/{id}/attachments/{number}")).await;
        assert_eq!(page.status, 404, "{number}");
        page.assert_says(&[&format!("Message {id} has no attachment {number}"), "<a href=\"/\">All messages</a>"]);
    }
    let unread = filled.answer(b"").await.id;
    let page = window.get(&format!("/messages/{unread}/attachments/1")).await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_message_is_shown_as_its_sender_laid_it_out() {
    let filled = Filled::with_orders().await;
    let id = filled.answer(FILED).await.id;
    let plain = filled.answer(HOSTILE).await.id;
    let window = Window::open(&filled).await;
    let page = window.get(&format!("/messages/{id}")).await;
    page.assert_says(&[
        "As the sender laid it out",
        &format!("<iframe class=\"laid-out\" src=\"/messages/{id}/html\" sandbox"),
    ]);
    assert!(page.field("content-security-policy").unwrap().contains("frame-src 'self'"));
    let shown = window.get(&format!("/messages/{id}/html")).await;
    assert_eq!((shown.status, shown.field("content-type")), (200, Some("text/html; charset=utf-8")));
    shown.assert_says(&["<p>See <b>below</b> <span class=\"left-out\">[attached picture: the label]</span>"]);
    assert!(!shown.text().contains("alert"), "{}", shown.text());
    assert_eq!(shown.field("x-frame-options"), Some("SAMEORIGIN"));
    let policy = shown.field("content-security-policy").unwrap();
    for part in ["sandbox;", "default-src 'none'", "form-action 'none'", "frame-ancestors 'self'"] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert!(!policy.contains("allow-") && !policy.contains("script"), "{policy}");
    let page = window.get(&format!("/messages/{plain}")).await;
    assert!(!page.text().contains("<iframe"), "{}", page.text());
    let page = window.get(&format!("/messages/{plain}/html")).await;
    assert_eq!(page.status, 404);
    page.assert_says(&["has no layout that can be shown"]);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_shows_its_defect() {
    let filled = Filled::with_orders().await;
    let entry = filled.answer(b"").await;
    let copied = filled.answer(HOSTILE).await;
    let copy = filled.answer(HOSTILE).await;
    let window = Window::open(&filled).await;
    let page = window.get(&format!("/messages/{}", entry.id)).await;
    page.assert_says(&["Cannot be read", "It waits for a person: the message is empty.", "Download"]);
    let list = window.get("/").await;
    list.assert_says(&["<div class=\"alarming\"><dt>Cannot be read</dt><dd>1</dd></div>", "<dt>Copies</dt><dd>1</dd>"]);
    let page = window.get(&format!("/messages/{}", copy.id)).await;
    page.assert_says(&[&format!("Copy of message {}", copied.id)]);
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_to_do() {
    let filled = Filled::with_orders().await;
    let window = Window::open(&filled).await;
    for (path, what) in [
        ("/cases/C-99999", "There is no case C-99999"),
        ("/cases/%3Cscript%3E", "There is no case &#60;script&#62;"),
        ("/cases/%ff", "There is no such page"),
        ("/messages/7", "There is no message 7"),
        ("/messages/seven", "There is no message seven"),
        ("/messages/7/raw", "There is no message 7"),
        ("/messages/7/html", "There is no message 7"),
        ("/messages/7/attachments/1", "There is no message 7"),
        ("/messages/%ff/attachments/1", "There is no such page"),
        ("/messages/99999999999999999999", "There is no message 99999999999999999999"),
        ("/?before=yesterday", "There is no such page"),
        ("/admin", "There is no such page"),
    ] {
        let page = window.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        page.assert_says(&[what, "<a href=\"/\">All messages</a>"]);
    }
    let page = window.ask(&format!("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n", window.address)).await;
    assert_eq!((page.status, page.field("allow")), (405, Some("GET,HEAD")));
    page.assert_says(&["The console only reads"]);
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_run_and_keep_nothing() {
    let filled = Filled::with_orders().await;
    let id = filled.answer(HOSTILE).await.id;
    let window = Window::open(&filled).await;
    let (message, raw) = (format!("/messages/{id}"), format!("/messages/{id}/raw"));
    let (file, none) = (format!("/messages/{id}/attachments/1"), format!("/messages/{id}/attachments/2"));
    let mut answers = Vec::new();
    for path in
        ["/", "/console.css", "/cases/none", "/?outcome=none", "/healthz", "/readyz", &message, &raw, &file, &none]
    {
        answers.push(window.get(path).await);
    }
    answers.push(window.ask("GET / HTTP/1.1\r\nHost: rebound.example\r\n").await);
    answers.push(window.ask("DELETE / HTTP/1.1\r\nHost: localhost\r\n").await);
    for answer in answers {
        let policy = answer.field("content-security-policy").unwrap();
        for part in ["default-src 'none'", "style-src 'self'", "form-action 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{part} is not in {policy}");
        }
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(answer.field(name), Some(value), "{}", answer.header);
        }
    }
}

#[tokio::test]
async fn foreign_names_are_turned_away_and_told_nothing() {
    let filled = Filled::with_mail().await;
    let window = Window::open(&filled).await;
    let port = window.address.port();
    for host in [format!("localhost:{port}"), "127.0.0.1".to_owned(), format!("[::1]:{port}")] {
        assert_eq!(window.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n")).await.status, 200, "{host}");
    }
    for hosts in [
        format!("Host: rebound.example:{port}\r\n"),
        "Host: localhost.rebound.example\r\n".to_owned(),
        "Host: localhost\r\nHost: rebound.example\r\n".to_owned(),
        "Host: \r\n".to_owned(),
        String::new(),
    ] {
        let answer = window.ask(&format!("GET / HTTP/1.1\r\n{hosts}")).await;
        assert_eq!(answer.status, 421, "{hosts}");
        answer.assert_says(&["does not answer under this name"]);
        assert!(!answer.text().contains("Example") && !answer.text().contains("Two units"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_supervisor_is_answered() {
    let filled = Filled::with_orders().await;
    let window = Window::open(&filled).await;
    for (path, words) in [("/healthz", "alive\n"), ("/readyz", "ready\n")] {
        let answer = window.get(path).await;
        assert_eq!((answer.status, answer.text()), (200, words));
    }
    let style = window.get("/console.css").await;
    assert_eq!((style.status, style.field("content-type")), (200, Some("text/css; charset=utf-8")));
}

#[tokio::test]
async fn it_stops_when_it_is_cancelled() {
    let filled = Filled::with_orders().await;
    let window = Window::open(&filled).await;
    assert_eq!(window.get("/healthz").await.status, 200);
    window.cancelled.cancel();
    window.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(window.address).await.is_err());
}

#[tokio::test]
async fn it_does_not_listen_to_the_network() {
    let filled = Filled::with_orders().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused =
        serve(listener, filled.desk.clone(), Clock::fixed(filled.now), CancellationToken::new()).await.unwrap_err();
    assert!(refused.to_string().contains("no sign-in"), "{refused}");
}
