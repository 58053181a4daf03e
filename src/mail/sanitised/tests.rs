use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::*;

#[test]
fn what_a_mail_shows_is_kept() {
    for (html, written) in [
        ("plain, 3 &lt; 4 &amp; &nbsp;so", "plain, 3 &lt; 4 &amp; &nbsp;so"),
        ("<p>It is <b>dead</b><br>since May", "<p>It is <b>dead</b><br>since May</p>"),
        ("<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>"),
        (
            "<table border=1 width=\"100%\"><tr><td colspan=2 bgcolor=#EEE>S/N</td></tr></table>",
            "<table border=\"1\" width=\"100%\"><tbody><tr><td bgcolor=\"#eee\" colspan=\"2\">S/N</td></tr></tbody></table>",
        ),
        ("<blockquote type=cite>earlier</blockquote>", "<blockquote type=\"cite\">earlier</blockquote>"),
        ("<font color=red face=Arial size=7>see here</font>", "<font color=\"red\">see here</font>"),
        ("<p class=MsoNormal id=x title=t>a<o:p></o:p></p>", "<p>a</p>"),
        ("<pre>  two\n  lines</pre>", "<pre>  two\n  lines</pre>"),
        ("<div dir=rtl>שלום</div>", "<div dir=\"rtl\">שלום</div>"),
        ("<body bgcolor=black text=white><p>a", "<div bgcolor=\"black\"><p>a</p></div>"),
        (
            "<noscript>no script</noscript><form>a form</form><textarea>a <b>text</b></textarea>",
            "no scripta forma &lt;b&gt;text&lt;/b&gt;",
        ),
    ] {
        let written = if html.starts_with("<body") { written.to_owned() } else { format!("<div>{written}</div>") };
        assert_eq!(sanitised(html), written, "{html}");
    }
}

#[test]
fn what_runs_loads_asks_or_is_hidden_is_left_out() {
    for html in [
        "<script>alert(1)</script>",
        "<style>p { color: red }</style><link rel=prefetch href=//a.example><meta http-equiv=refresh content='0;url=//a.example'>",
        "<base href=//a.example><title>x</title>",
        "<iframe src=//a.example>old</iframe><iframe srcdoc='<script>1</script>'></iframe>",
        "<object data=//a.example>fallback</object><embed src=//a.example>",
        "<svg onload=alert(1)><text>x</text><foreignObject><p>y</p></foreignObject></svg>",
        "<math><mtext><mglyph><malignmark><img src=x onerror=alert(1)>x</mtext></math>",
        "<video src=//a.example>v</video><audio src=//a.example>a</audio><canvas>c</canvas>",
        "<template><p>x</p></template><select><option>x</select>",
        "<input type=image src=//a.example value=x>",
        "<img src=//a.example/pixel.gif alt=''>",
        "<p hidden>x</p><div style='mso-hide:all; DISPLAY : none'>x</div>",
        "<!-- <p>x</p> --><![if !mso]><!---->",
    ] {
        let written = sanitised(html);
        assert_eq!(TAG.replace_all(&written, "").trim(), "", "{html}");
    }
}

#[test]
fn a_link_is_inert_and_tells_where_it_led() {
    let told = |to: &str| format!(" <span class=\"left-out\" title=\"{to}\">[{to}]</span>");
    for (html, words, destination) in [
        ("<a href='https://a.example/x?y=1&amp;z'>here</a>", "here", told("https://a.example/x?y=1&amp;z")),
        (
            "<a href='https://evil.example/'>https://bank.example/</a>",
            "https://bank.example/",
            told("https://evil.example/"),
        ),
        ("<a href='java&#10;script:alert(1)' target=_top onclick=x>here</a>", "here", told("java script:alert(1)")),
        ("<a href='\"><script>'>here</a>", "here", told("&quot;&gt;&lt;script&gt;")),
        ("<a href='https://moc.example/'>&#x202e;here</a>", "here", told("https://moc.example/")),
        ("<a href='https://a.example/'>a.example</a>", "a.example", String::new()),
        ("<a href='mailto:ann@a.example'>Ann@a.example</a>", "Ann@a.example", String::new()),
        ("<a href='#below'>below</a>", "below", String::new()),
    ] {
        assert_eq!(sanitised(html), format!("<div><span class=\"link\">{words}</span>{destination}</div>"), "{html}");
    }
    let long = sanitised(&format!("<a href='https://a.example/{}'>here</a>", "x".repeat(3_000)));
    assert!(long.contains(&format!("[https://a.example/{}…]", "x".repeat(82))) && long.len() < 2_300, "{long}");
    assert_eq!(sanitised("<a name=top>here</a>"), "<div>here</div>");
}

#[test]
fn a_picture_is_told_of() {
    for (html, told) in [
        ("<img src=https://a.example/x.png alt='The  <label>'>", "[picture: The &lt;label&gt;]"),
        ("<img src=https://a.example/x.png>", "[picture]"),
        ("<img src='CID:a@b'>", "[attached picture]"),
        ("<img src=cid:a@b alt=label.jpg>", "[attached picture: label.jpg]"),
    ] {
        assert_eq!(sanitised(html), format!("<div><span class=\"left-out\">{told}</span></div>"), "{html}");
    }
}

#[test]
fn styles_are_known_and_plain() {
    for (style, written) in [
        ("color: #C00; background-color:rgb(255, 0,0)", "color:#c00;background-color:rgb(255, 0,0)"),
        (
            "border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in",
            "border-top:solid #e1e1e1 1.0pt;padding:3.0pt 0in 0in 0in",
        ),
        ("margin:0 !important; white-space:pre-wrap", "margin:0;white-space:pre-wrap"),
        ("background:#fff", "background:#fff"),
    ] {
        assert_eq!(declarations(style), written);
    }
    for style in [
        "background:url(//a.example)",
        "background:u\\72l(//a.example)",
        "background-image:image-set('//a.example' 1x)",
        "color:expression(alert(1))",
        "color:red/**/url(x)",
        "list-style:url(//a.example)",
        "border-image:url(//a.example)",
        "width:calc(1px + 1px)",
        "color:var(--x)",
        "position:fixed;top:0;z-index:9",
        "margin:-100px",
        "margin:0 -100px",
        "margin-left:-9em",
        "float:left;transform:scale(9);animation:x;behavior:url(x);-moz-binding:url(x)",
        "font-size:0;opacity:0;font:0/0 a;line-height:0",
        "--x:url(//a.example)",
        "@import 'x'",
        "color:\"red\"",
        "color",
        "",
    ] {
        assert_eq!(declarations(style), "", "{style}");
    }
}

#[test]
fn what_is_too_intricate_is_shown_as_text() {
    for html in [
        format!("{}It is <dead> & gone", "<div>".repeat(600)),
        format!("<p {}>It is &lt;dead&gt; &amp; gone", "a=1 ".repeat(300)),
    ] {
        let written = sanitised(&html);
        assert!(written.starts_with("<p><span class=\"left-out\">[laid out too intricately"), "{written}");
        assert!(written.contains("It is") && written.contains("gone"), "{written}");
        assert_inert(&written);
    }
    let copied: String = (0..90).map(|n| format!("<i id={n} style='border:1px solid black;padding:1px'>")).collect();
    let repeated = format!("<p>{copied}</p>{}", "<p>word</p>".repeat(500));
    let written = sanitised(&repeated);
    assert!(written.len() < 2_010_000 && written.ends_with("[cut here]</span>"), "{}", written.len());
    assert_inert(&written);
}

/// A tag of ours, with attributes of ours.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    let attribute = r##" (?:class="(?:link|left-out|plain)"|title="[^"<>]*"|style="(?:[a-z-]+:(?:[a-z0-9#.%, -]|rgba?\(|\))+;?)+"|(?:align|dir|type|valign)="[a-z]+"|(?:bgcolor|color)="#?[a-z0-9]+"|(?:border|cellpadding|cellspacing|colspan|rowspan|span|start|value|width)="[0-9]+(?:%|px)?")"##;
    Regex::new(&format!(r"<(/?)([a-z0-9]+)((?:{attribute})*)>")).unwrap()
});

/// Every tag is one of ours with attributes of ours, and every end tag has its beginning.
#[track_caller]
fn assert_inert(written: &str) {
    let mut open = Vec::new();
    let names: BTreeSet<&str> = KEPT.split(' ').chain(KEPT_VOID.split(' ')).filter(|name| !name.is_empty()).collect();
    for found in TAG.captures_iter(written) {
        let (_, [end, name, attributes]) = found.extract();
        assert!(names.contains(name) && (end.is_empty() || attributes.is_empty()), "{name}{attributes}\n{written}");
        match (end.is_empty(), is_in(KEPT_VOID, name)) {
            (true, None) => open.push(name),
            (false, None) => assert_eq!(open.pop(), Some(name), "{written}"),
            _ => {}
        }
    }
    let text = TAG.replace_all(written, "");
    assert!(open.is_empty() && !text.contains(['<', '>']), "{open:?} {text}\n{written}");
    assert!(!written.contains(['\u{202e}', '\u{2066}', '\0', '\u{1b}']), "{written:?}");
}

/// Pieces that hostile documents are made of.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<div style=\"",
    "\">",
    "'>",
    ">",
    "<",
    "</",
    "<a href=\"",
    "<a href=javascript:alert(1)>",
    "</a>",
    "<img src=x onerror=alert(1)>",
    "<img alt='",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<annotation-xml encoding=text/html>",
    "<foreignObject>",
    "<desc>",
    "<style>",
    "</style>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<noscript>",
    "</noscript>",
    "<xmp>",
    "</xmp>",
    "<plaintext>",
    "<template>",
    "</template>",
    "<script>",
    "</script>",
    "<iframe srcdoc='",
    "</iframe>",
    "<table>",
    "<tr>",
    "<td colspan=9999 width=1 onclick=x>",
    "</table>",
    "<form>",
    "<input autofocus onfocus=x>",
    "<select>",
    "<option>",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<?xml",
    "<!DOCTYPE html>",
    "<html><head>",
    "<body onload=x style='color:red'>",
    "<frameset>",
    "<base href=//a.example>",
    "<meta http-equiv=refresh content=0>",
    "url(//a.example)",
    "color:red;",
    "position:fixed;",
    "background:rgb(1,2,3",
    ")",
    "\\75rl(",
    "/*",
    "*/",
    "&lt;",
    "&#60;",
    "&#x202e;",
    "&quot;",
    "&NewLine;",
    "&#0;",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\"",
    "'",
    "`",
    "=",
    "/",
    " ",
    "\n",
    "\u{c}",
    "x",
    "é",
    "<font color='",
    "<li value=7>",
    "<ol start=-1>",
    "<br/>",
    "<p/x",
    "<B ONCLICK=x>",
    "<o:p>",
    "<a\u{a0}b>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_in_any_order_are_inert(picks in prop::collection::vec(0..PIECES.len(), 1..40)) {
        let html: String = picks.iter().map(|pick| PIECES[*pick]).collect();
        assert_inert(&sanitised(&html));
    }

    #[test]
    fn arbitrary_text_is_inert(html in "\\PC{0,200}|[<>a-z/=\"' &;!-]{0,200}") {
        assert_inert(&sanitised(&html));
        assert_inert(&as_written(&html));
    }
}
