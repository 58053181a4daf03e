use super::*;

fn text(html: &str) -> String {
    lines(html).iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn marks(html: &str) -> Vec<(String, Mark)> {
    lines(html)
        .into_iter()
        .filter(|line| !line.text.is_empty() || line.mark == Mark::Foreign)
        .map(|line| (line.text, line.mark))
        .collect()
}

#[test]
fn tables_are_rows_of_cells() {
    let html = "<p>The data:</p><table><tr><th>Invoice</th><th>Serial</th></tr>\
                <tr><td><p>INV-1</p></td><td colspan=1000000><p>4711<br>4712</p></td></tr><tr><td>INV-2</td><td></td></tr></table><p>Ann</p>";
    assert_eq!(text(html), "The data:\n\nInvoice\tSerial\nINV-1\t4711 4712\nINV-2\n\nAnn");
}

#[test]
fn tables_that_only_lay_out_keep_their_lines() {
    let html =
        "<table><tr><td>Hello,<br>it is dead.<table><tr><td>Serial</td><td>4711</td></tr></table></td></tr></table>";
    assert_eq!(text(html), "Hello,\nit is dead.\n\nSerial\t4711");
    let long = format!("<table><tr><td>Menu</td><td>{}</td></tr></table>", "line<br>".repeat(9));
    assert_eq!(text(&long).lines().count(), 10);
}

#[test]
fn paragraphs_of_word_are_lines_and_written_blanks_stay() {
    let html = "<div class=WordSection1><p class=MsoNormal>Model: X<o:p></o:p></p><p class=MsoNormal>Serial: 4711</p>\
                <p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Ann</p></div>";
    assert_eq!(text(html), "Model: X\nSerial: 4711\n\nAnn");
    assert_eq!(text("<p>one</p><p>two</p><div>a</div><div><br></div><div>b</div>"), "one\n\ntwo\n\na\n\nb");
}

#[test]
fn quotes_bear_their_prefix() {
    let html = "<div>New</div><blockquote type=\"cite\"><div>Old</div><blockquote>Older<table><tr><td>a</td><td>b</td></tr></table></blockquote></blockquote><div>Below</div>";
    assert_eq!(text(html), "New\n\n> Old\n>\n> > Older\n> >\n> > a\tb\n>\nBelow");
    let attributed = "<div>New</div><div class=\"moz-cite-prefix\">Le 9 juin, X a dit&nbsp;:<br></div><blockquote type=\"cite\">Old</blockquote>";
    assert_eq!(text(attributed), "New\n> Le 9 juin, X a dit :\n\n> Old");
    let indented =
        "<blockquote style=\"margin: 0 0 0 40px; border: none; padding: 0px;\"><div>Serial 4711</div></blockquote>";
    assert_eq!(text(indented), "Serial 4711");
}

#[test]
fn signatures_and_earlier_mail_keep_their_mark() {
    for signature in [
        "<div class=\"gmail_signature\">Ann</div>",
        "<div dir=ltr class=\"x gmail_signature\" data-smartmail=\"gmail_signature\"><div>Ann</div></div>",
        "<div id=\"Signature\"><p>Ann</p></div>",
        "<pre class=\"moz-signature\" cols=\"72\">Ann</pre>",
        "<div id=\"ms-outlook-mobile-signature\"><div>Ann</div></div>",
    ] {
        let found = marks(&format!("<div>Dead.</div>{signature}<div>After</div>"));
        let expected = [("Dead.", Mark::Written), ("Ann", Mark::Signature), ("After", Mark::Written)];
        assert_eq!(found, expected.map(|(text, mark)| (text.to_owned(), mark)), "{signature}");
    }
    for earlier in [
        "<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>X:</b> Y</div><div>Old</div>",
        "<hr><div id=\"divRplyFwdMsg\" dir=\"ltr\"><b>X:</b> Y</div><div>Old</div>",
        "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p>X: Y</p></div></div><p>Old</p>",
        "<div id=\"mail-editor-reference-message-container\">X: Y<div>Old</div></div>",
        "<div class=\"yahoo_quoted\" id=\"yahoo_quoted_1\"><div>X: Y</div><div>Old</div></div>",
        "<div name=\"quote\" style=\"margin:10px\">X: Y<div>Old</div></div>",
    ] {
        let found = marks(&format!("<div>Dead.</div>{earlier}"));
        let foreign = found.iter().position(|(_, mark)| *mark == Mark::Foreign);
        assert_eq!(foreign, Some(1), "{earlier}: {found:?}");
        assert_eq!(found.last().map(|(text, _)| text.as_str()), Some("Old"), "{earlier}");
    }
}

#[test]
fn what_is_not_seen_is_not_read() {
    let html = "<html><head><title>t</title><style>.h{display:none}</style></head><body><!-- c --><div style=\"display:none\">hidden</div>\
                <span class=h>hidden too</span><script>x()</script><img alt=\"logo\" src=\"cid:1\"><p>Seen &amp; read</p></body></html>";
    assert_eq!(text(html), "Seen & read");
}

#[test]
fn signs_in_the_document_change_nothing() {
    let html = "<div>a\u{e000}b</div><div>c&#xE003;d</div><div>e&#xE002;&#xE001;f</div><div>g</div>";
    let read = text(html);
    for letter in ["ab", "c", "d", "e", "f", "g"] {
        assert!(read.contains(letter), "{read}");
    }
    assert!(!read.contains(SIGNS));
}

#[test]
fn what_cannot_be_parsed_is_stripped() {
    let deep = format!("{}Serial 4711{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(text(&deep), "Serial 4711");
    let large = format!("<p>Serial 4711</p>{}", "<p>filler text</p>".repeat(60_000));
    assert!(text(&large).contains("Serial 4711"));
}

#[test]
fn documents_at_the_limits_are_parsed() {
    let deep = format!("{}Serial 4711{}", "<div>".repeat(500), "</div>".repeat(500));
    assert_eq!(text(&deep), "Serial 4711");
    let tables = format!("{}4711", "<table><tr><td>".repeat(150));
    assert!(text(&tables).contains("4711"));
    let wide = format!("<table><tr>{}</tr></table>", "<td>x</td>".repeat(5_000));
    assert_eq!(text(&wide).matches('x').count(), 5_000);
    assert_eq!(text(&"<blockquote>".repeat(400)), "");
}

#[test]
fn broken_documents_are_read() {
    for html in [
        "",
        "<",
        "<p",
        "</p>",
        "<table><tr><td>x",
        "<td>x</td>",
        "x<blockquote>",
        "&#x110000;x",
        "<p>x</q></p>",
        "<div class=gmail_signature>x",
    ] {
        assert!(["", "x", "\u{fffd}x", "> x", "<"].contains(&text(html).as_str()), "{html}: {}", text(html));
    }
}
