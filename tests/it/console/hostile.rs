//! Hostile HTML in real Chromium: what asks for something when it is merely opened, and what becomes of it in the console.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::Window;
use super::browser::{Page, Site, document, printed};
use crate::filled::Filled;

/// What asks for `AT` without anybody's hand. Each is a document of its own, since one may hide the next.
const TRAPS: &[(&str, &str)] = &[
    ("script", "<script>fetch('AT')</script>"),
    ("script-src", "<script src='AT'></script>"),
    ("title", "<title>x</title><script>document.title='owned';fetch('AT?'+document.title)</script>"),
    ("error", "<img src=x onerror=\"fetch('AT')\">"),
    ("svg-load", "<svg onload=\"fetch('AT')\"></svg>"),
    ("svg-image", "<svg><image href='AT'/></svg>"),
    ("svg-style", "<svg><style><img src='AT'></style></svg>"),
    ("math", "<math><mtext><img src='AT'></mtext></math>"),
    ("image", "<img src='AT'>"),
    ("image-slash", "<img/src='AT'/alt=x>"),
    ("srcset", "<img srcset='AT 1x'>"),
    ("picture", "<picture><source srcset='AT'><img></picture>"),
    ("css", "<div style=\"width:9px;height:9px;background:url('AT')\">x</div>"),
    ("css-list", "<ul><li style=\"list-style:url('AT')\">x</ul>"),
    ("css-escaped", "<div style=\"width:9px;height:9px;background:u\\72 l('AT')\">x</div>"),
    ("css-set", "<div style=\"width:9px;height:9px;background-image:image-set('AT' 1x)\">x</div>"),
    ("style", "<style>body { background: url('AT') }</style>x"),
    ("import", "<style>@import 'AT';</style>x"),
    ("font", "<style>@font-face { font-family: f; src: url('AT') } p { font-family: f }</style><p>x</p>"),
    ("refresh", "<meta http-equiv=refresh content=\"0;url='AT'\">x"),
    ("frame", "<iframe src='AT'></iframe>"),
    ("frames", "<frameset><frame src='AT'></frameset>"),
    ("srcdoc", "<iframe srcdoc=\"<img src='AT'>\"></iframe>"),
    ("object", "<object data='AT'></object>"),
    ("embed", "<embed src='AT'>"),
    ("background", "<table background='AT'><tr><td>x</table>"),
    ("body", "<body background='AT'>x</body>"),
    ("sheet", "<link rel=stylesheet href='AT'>x"),
    ("prefetch", "<link rel=prefetch href='AT'>x"),
    ("preload", "<link rel=preload as=image href='AT'>x"),
    ("poster", "<video poster='AT'></video>"),
    ("video", "<video src='AT' autoplay muted></video>"),
    ("audio", "<audio src='AT' preload=auto></audio>"),
    ("input", "<input type=image src='AT'>"),
    ("toggle", "<details open ontoggle=\"fetch('AT')\">x</details>"),
    ("animation", "<style>@keyframes k{}</style><p style='animation:k 1s' onanimationstart=\"fetch('AT')\">x</p>"),
    ("form", "<form id=f action='AT'></form><script>document.getElementById('f').submit()</script>"),
    ("textarea", "<textarea><p title=\"</textarea><img src='AT'>\">"),
    ("noscript", "<noscript><p title=\"</noscript><img src='AT'>\">"),
    ("raw-title", "<title><p title=\"</title><img src='AT'>\">"),
    ("raw-style", "<style><p title=\"</style><img src='AT'>\">"),
    ("noembed", "<noembed><p title=\"</noembed><img src='AT'>\">"),
    ("comment", "<!--><img src='AT'>-->"),
    ("comment-end", "<!-- --!><img src='AT'>-->"),
    ("cdata", "<svg><![CDATA[><img src='AT'>]]></svg><![CDATA[><img src='AT'>]]>"),
    ("base", "<base href='BASE'><img src='base'>"),
];

/// What needs a hand, or another program that writes the document anew, to do harm.
const TRICKS: &[&str] = &[
    "<a href=\"javascript:fetch('AT')\">click</a> <a href='AT' target=_top ping='AT'>here</a>",
    "<a href='AT'><button formaction='AT'>press</button></a>",
    "<form action='AT' method=post><input name=password autofocus onfocus=\"fetch('AT')\"><input type=submit></form>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src='AT'&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src='AT'>",
    "<svg></p><style><a id=\"</style><img src='AT'>\">",
    "<table><td><svg><desc><noscript></noscript><p></table><a title='</noscript>&lt;img src=AT&gt;'>",
    "<div style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9;opacity:0'><a href='AT'>Nothing to see</a></div>",
    "<img src='cid:logo@customer.example' alt='Our logo'><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
];

const LETTER: &str = "<p>The switch is dead; see <a href='https://customer.example/photos'>our photos</a></p>";

fn documents(site: SocketAddr) -> Vec<String> {
    let fill = |html: &str, name: &str| {
        html.replace("AT", &format!("http://{site}/trap/{name}")).replace("BASE", &format!("http://{site}/trap/"))
    };
    let traps = TRAPS.iter().map(|(name, html)| fill(html, name));
    traps.chain(TRICKS.iter().map(|html| fill(html, "trick"))).collect()
}

/// The documents, each under a header of its own, and a page that opens them all.
fn in_frames(site: SocketAddr, header: &str) -> Vec<Page> {
    let pages = documents(site).into_iter().enumerate();
    let mut pages: Vec<Page> =
        pages.map(|(at, html)| Page { path: format!("/{at}"), header: header.to_owned(), html }).collect();
    let frames: String = pages.iter().map(|page| format!("<iframe src='{}'></iframe>", page.path)).collect();
    pages.push(Page { path: "/all".to_owned(), header: String::new(), html: format!("<title>All</title>{frames}") });
    pages
}

fn trapped(asked: &BTreeSet<String>) -> BTreeSet<&str> {
    let names = asked.iter().filter_map(|path| path.strip_prefix("/trap/"));
    names.filter_map(|name| name.split('?').next()).collect()
}

#[tokio::test]
async fn hostile_html_asks_for_all_of_it_where_nothing_stops_it() {
    let site = Site::open(|site| in_frames(site, "")).await;
    document(format!("http://{}/all", site.address)).await;
    let asked = site.asked().await;
    let silent: Vec<&str> =
        TRAPS.iter().map(|(name, _)| *name).filter(|name| !trapped(&asked).contains(name)).collect();
    assert!(silent.is_empty(), "these traps show nothing: {silent:?}");
}

/// The second line of defence, without the first.
#[tokio::test]
async fn the_policy_of_the_frame_alone_keeps_hostile_html_still() {
    let filled = Filled::with_orders().await;
    let id = filled.keep(b"From: a@customer.example\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n").await;
    let window = Window::open(&filled).await;
    let answer = window.get(&format!("/messages/{id}/html")).await;
    let policy = format!("Content-Security-Policy: {}\r\n", answer.field("content-security-policy").unwrap());
    let site = Site::open(|site| in_frames(site, &policy)).await;
    document(format!("http://{}/all", site.address)).await;
    let asked = site.asked().await;
    assert!(asked.contains("/0") && asked.contains(&format!("/{}", TRAPS.len())), "{asked:?}");
    assert_eq!(trapped(&asked), BTreeSet::new());
}

#[tokio::test]
async fn staff_open_hostile_mail_and_nothing_happens() {
    let filled = Filled::with_orders().await;
    let site = Site::open(|_| vec![]).await;
    let id = filled.answer(&mail(&documents(site.address))).await.id;
    let window = Window::open(&filled).await;
    let page = printed(format!("http://{}/messages/{id}", window.address)).await;
    for words in ["As the sender laid it out", "The switch is dead; see our photos [https://customer.example/photos]"] {
        assert!(page.contains(words), "{words:?} is not in\n{page}");
    }
    let alone = format!("/messages/{id}/html");
    let document = document(format!("http://{}{alone}", window.address)).await;
    let sent = window.get(&alone).await;
    assert_eq!(body(&document), body(sent.text()));
    assert!(document.contains(&format!("<title>Message {id} as the sender laid it out</title>")), "{document}");
    assert_eq!(trapped(&site.asked().await), BTreeSet::new());
}

/// A letter, and each document as a further part of the mail.
fn mail(documents: &[String]) -> Vec<u8> {
    let parts = [LETTER].into_iter().chain(documents.iter().map(String::as_str));
    let parts: String = parts.map(|html| format!("--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n")).collect();
    let header = "From: eve@hostile.example\r\nTo: support@vendor.example\r\nSubject: Look\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    format!("{header}{parts}--b--\r\n").into_bytes()
}

/// The body, with quotes in its texts as a browser writes them.
fn body(document: &str) -> String {
    let body = document.split_once("<body>").unwrap().1.split_once("</body>").unwrap().0;
    body.trim().replace("&#39;", "'").replace("&quot;", "\"")
}
