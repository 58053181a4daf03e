//! Whole messages: structure, classes, charsets, limits.

use proptest::prelude::*;

use super::*;

mod absence;
mod machines;

fn trust() -> Trust {
    Trust {
        authserv_ids: vec!["mx.vendor.example".into()],
        own_addresses: vec!["support@vendor.example".into()],
        ..Trust::default()
    }
}

fn try_read(raw: impl AsRef<[u8]>) -> Result<Message, Defect> {
    read(raw.as_ref(), Timestamp::UNIX_EPOCH, &trust())
}

fn message(raw: impl AsRef<[u8]>) -> Message {
    try_read(raw).unwrap()
}

/// A person's message with these further header lines and this body.
fn mail(header: &str, body: &str) -> String {
    format!("From: Ann Baker <ann@customer.example>\nTo: support@vendor.example\n{header}\n\n{body}\n")
}

fn multipart(subtype: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b1\n{part}\n")).collect();
    mail(&format!("MIME-Version: 1.0\nContent-Type: multipart/{subtype}; boundary=\"b1\""), &format!("{parts}--b1--"))
}

mod fields {
    use super::*;

    #[test]
    fn a_message_is_a_value() {
        let read = message(
            "Return-Path: <Bounces@customer.example>\nReceived: by mx.vendor.example; Mon, 15 Jun 2026 06:51:08 +0000\n\
             From: =?utf-8?Q?J=C3=B6rg_Brandt?= <J.Brandt@Customer.example>\nReply-To: <orders@customer.example>\n\
             To: \"Support\" <support@vendor.example>, undisclosed: a@x.example;\nCc: B@x.example\n\
             Subject: =?iso-8859-1?Q?Ger=E4t?= =?utf-8?B?IGRlZmVrdA==?=\nMessage-ID: <1@customer.example>\n\
             In-Reply-To: <c1@vendor.example> (your mail)\nReferences: <c0@vendor.example>\n\t<c1@\n vendor.example>\n\nHello\n",
        );
        assert_eq!(
            read.from,
            Mailbox { address: "j.brandt@customer.example".into(), name: Some("Jörg Brandt".into()) }
        );
        assert_eq!(read.reply_to, Some(Mailbox { address: "orders@customer.example".into(), name: None }));
        assert_eq!(read.recipients, ["support@vendor.example", "a@x.example", "b@x.example"]);
        assert_eq!(read.reverse_path.as_deref(), Some("Bounces@customer.example"));
        assert_eq!(read.subject, "Gerät defekt");
        assert_eq!(read.message_id.as_deref(), Some("1@customer.example"));
        assert_eq!(read.in_reply_to, ["c1@vendor.example"]);
        assert_eq!(read.references, ["c0@vendor.example", "c1@vendor.example"]);
        assert_eq!((read.text.as_str(), read.class), ("Hello", Class::Human));
    }

    #[test]
    fn garbled_fields_are_tolerated() {
        let cases = [
            ("References: <a@x> junk <b@x", vec!["a@x"]),
            ("References: a@x b@x, c@x", vec!["a@x", "b@x", "c@x"]),
            ("References: >>><<< ??? <>", vec![]),
            ("References:", vec![]),
            ("References: Your message of June 9 <a@x>", vec!["a@x"]),
            ("References: <a@x><b@x>", vec!["a@x", "b@x"]),
        ];
        for (field, ids) in cases {
            assert_eq!(message(mail(field, "x")).references, ids, "{field}");
        }
        let many: String = (0..500).map(|n| format!(" <{n}@x>")).collect();
        let references = message(mail(&format!("References:{many}"), "x")).references;
        assert_eq!((references.len(), references.last().map(String::as_str)), (100, Some("499@x")));
    }

    #[test]
    fn senders_are_found_in_odd_fields() {
        let cases = [
            ("From: Evans, Victor <v@x.example>", "v@x.example", Some("Evans, Victor")),
            ("From: \"Evans, Victor\" <V@X.example>", "v@x.example", Some("Evans, Victor")),
            ("From: v@x.example (Victor)", "v@x.example", Some("Victor")),
            ("From: Victor\nSender: <v@x.example>", "v@x.example", None),
            ("From: Victor\nReply-To: v@x.example", "v@x.example", None),
            ("From: Victor\nReturn-Path: <V@x.example>", "v@x.example", None),
            ("Subject: no From at all\nReturn-Path: <v@x.example>", "v@x.example", None),
            ("From: Victor M\u{fc}ller <v@x.example>", "v@x.example", Some("Victor Müller")),
            ("From:\n v@x.example", "v@x.example", None),
        ];
        for (header, address, name) in cases {
            let from = message(format!("{header}\n\nx\n")).from;
            assert_eq!((from.address.as_str(), from.name.as_deref()), (address, name), "{header}");
        }
    }

    #[test]
    fn raw_bytes_in_a_header_are_read() {
        let mut raw = b"From: Luca M\xfcller <l@x.example>\nSubject: caf\xe9 \x96 ok\n\n".to_vec();
        raw.extend_from_slice("Grüße".as_bytes());
        let read = message(&raw);
        assert_eq!(
            (read.from.name.as_deref(), read.subject.as_str(), read.text.as_str()),
            (Some("Luca Müller"), "café – ok", "Grüße")
        );
    }

    #[test]
    fn what_cannot_be_read_names_its_defect() {
        assert_eq!(try_read(""), Err(Defect::Empty));
        assert_eq!(try_read(" \r\n\n"), Err(Defect::Empty));
        assert_eq!(try_read("no header\nat all"), Err(Defect::NoHeader));
        assert_eq!(try_read("Subject: x\n\nHello\n"), Err(Defect::NoSender));
        assert_eq!(try_read("From: Ann\n\nHello\n"), Err(Defect::NoSender));
        assert!(message("From: <>\nAuto-Submitted: auto-generated\n\nHello\n").from.address.is_empty());
    }

    #[test]
    fn carriage_returns_alone_end_lines_too() {
        let read = message("From: a@x.example\rSubject: x\r\rHello\rthere\r");
        assert_eq!((read.subject.as_str(), read.text.as_str()), ("x", "Hello\nthere"));
    }

    #[test]
    fn the_topmost_received_field_dates_a_message() {
        let raw = "Received: from a by b\n\twith ESMTP; Mon, 15 Jun 2026 06:51:08 -0700 (PDT)\nReceived: by c; Mon, 1 Jun 2026 00:00:00 +0000\nFrom: a@x\n\nx";
        assert_eq!(received_at(raw.as_bytes()), Some("2026-06-15T13:51:08Z".parse().unwrap()));
        assert_eq!(received_at(b"Received: by c; nonsense\nFrom: a@x\n\nx"), None);
        assert_eq!(received_at(b"From: a@x\nDate: Mon, 15 Jun 2026 06:51:08 +0000\n\nx"), None);
        assert_eq!(received_at(b""), None);
    }
}

mod classes {
    use super::*;

    fn class(raw: &str) -> (Class, String) {
        let read = message(raw);
        (read.class, read.class_reason)
    }

    #[test]
    fn fields_tell_machines() {
        let cases = [
            ("Auto-Submitted: auto-replied", Class::AutoReply),
            ("Auto-Submitted: auto-replied (zimbra; vacation)", Class::AutoReply),
            ("Auto-Submitted: (comment) Auto-Generated; owner-email=\"a@x\"", Class::AutoReply),
            ("Auto-Submitted: auto-notified; owner-token=1", Class::AutoReply),
            ("Auto-Submitted: something-new", Class::AutoReply),
            ("Auto-Submitted: auto-replied\nPrecedence: bulk", Class::AutoReply),
            ("Auto-Submitted: auto-generated\nPrecedence: bulk", Class::Bulk),
            ("Return-Path: <>", Class::AutoReply),
            ("Return-Path: <>\nPrecedence: junk", Class::AutoReply),
            ("X-Autoreply: yes", Class::AutoReply),
            ("X-Autorespond: your mail", Class::AutoReply),
            ("Precedence: auto_reply", Class::AutoReply),
            ("Precedence: bulk", Class::Bulk),
            ("Precedence: LIST", Class::Bulk),
            ("List-Id: <av.lists.example>", Class::Bulk),
            ("List-Unsubscribe: <mailto:x@lists.example>", Class::Bulk),
            ("X-Loop: support@vendor.example", Class::AutoReply),
            ("X-Loop: <Support+rmad.0@Vendor.example>", Class::AutoReply),
            ("X-Loop: ann@home.example", Class::Human),
            ("Subject: Automatic reply: Your return", Class::AutoReply),
            ("Subject: =?utf-8?Q?R=C3=A9ponse_automatique?=", Class::AutoReply),
            ("Subject: Abwesenheitsnotiz: Ihr Paket", Class::AutoReply),
        ];
        for (header, expected) in cases {
            assert_eq!(class(&mail(header, "I am away until Monday.")).0, expected, "{header}");
        }
    }

    #[test]
    fn persons_are_not_taken_for_machines() {
        for header in [
            "Auto-Submitted: no",
            "Auto-Submitted: No (sent by a person)",
            "Auto-Submitted:",
            "X-Auto-Response-Suppress: All",
            "Precedence: first-class",
            "X-Autoreply: no",
            "Return-Path: <bounce-77@mailer.example>",
            "Return-Path: <av-bounces@lists.example>",
            "Subject: Re: Out of office Re: Your return",
            "Subject: RE: Automatic reply: x",
            "Subject: Undeliverable: my parcel",
            "Disposition-Notification-To: ann@customer.example",
            "X-Mailer: PHPMailer 6.9.1",
        ] {
            let (class, reason) = class(&mail(header, "My switch is dead.\n\n> I am away until Monday."));
            assert_eq!(class, Class::Human, "{header}: {reason}");
        }
        assert!(message(mail("X-Auto-Response-Suppress: DR, OOF, AutoReply", "x")).asks_no_auto_response);
        assert!(message(mail("X-Auto-Response-Suppress: All", "x")).asks_no_auto_response);
        assert!(!message(mail("X-Auto-Response-Suppress: DR, RN, NRN", "x")).asks_no_auto_response);
        assert!(!message(mail("Subject: x", "x")).asks_no_auto_response);
    }

    #[test]
    fn senders_tell_machines() {
        let cases = [
            ("noreply@shop.example", Class::Bulk),
            ("no-reply@shop.example", Class::Bulk),
            ("Do_Not_Reply@shop.example", Class::Bulk),
            ("orders-noreply@shop.example", Class::Bulk),
            ("noreply+4711@shop.example", Class::Bulk),
            ("owner-av@lists.example", Class::Bulk),
            ("av-request@lists.example", Class::Bulk),
            ("MAILER-DAEMON@mx.example", Class::AutoReply),
            ("postmaster@mx.example", Class::AutoReply),
            ("support@vendor.example", Class::AutoReply),
            ("SUPPORT@vendor.example", Class::AutoReply),
            ("support+4711@vendor.example", Class::AutoReply),
            ("notifications@pay.example", Class::Bulk),
            ("seller-notify@market.example", Class::Bulk),
            ("norbert.replinger@shop.example", Class::Human),
            ("purchasing@shop.example", Class::Human),
            ("returns-requests@shop.example", Class::Human),
        ];
        for (sender, expected) in cases {
            assert_eq!(class(&format!("From: <{sender}>\nSubject: Hello\n\nHello\n")).0, expected, "{sender}");
        }
    }

    #[test]
    fn a_form_that_sends_for_a_customer_is_no_notification() {
        let form =
            "From: <notifications@forms.example>\nReply-To: <ann@customer.example>\nSubject: Form\n\nMy KVM is dead.\n";
        assert_eq!(class(form).0, Class::Human);
        let site =
            "From: <noreply@vendor.example>\nReply-To: <ann@customer.example>\nSubject: Form\n\nMy KVM is dead.\n";
        assert_eq!(class(site).0, Class::Human);
        assert_eq!(class(&site.replace("<noreply@vendor", "<noreply@shop")).0, Class::Human);
        for nobody in [
            site.replace("ann@customer", "service@vendor"),
            site.replace("ann@customer", "no-reply@customer"),
            site.replace("Reply-To: <ann@customer.example>\n", ""),
        ] {
            assert_eq!(class(&nobody).0, Class::Bulk, "{nobody}");
        }
        let own = "From: <notifications@pay.example>\nReply-To: <notifications@pay.example>\nSubject: x\n\nPaid.\n";
        assert_eq!(class(own).0, Class::Bulk);
    }

    #[test]
    fn structures_tell_machines() {
        let receipt = "From: ann@customer.example\nSubject: Read: x\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=disposition-notification; boundary=b1\n\n--b1\n\nYour message was read\n\
             --b1\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b1--\n";
        assert_eq!(class(receipt), (Class::AutoReply, "read receipt (RFC 8098)".into()));
        let invitation = |method: &str| {
            let calendar = format!(
                "Content-Type: text/calendar; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:{method}\nEND:VCALENDAR"
            );
            class(&multipart("alternative", &["Content-Type: text/plain\n\nAnn has accepted", &calendar])).0
        };
        assert_eq!(invitation("REPLY"), Class::AutoReply);
        assert_eq!(invitation("REQUEST"), Class::Human);
        let by_parameter = "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nEND:VCALENDAR";
        assert_eq!(
            class(&multipart("mixed", &["Content-Type: text/plain\n\nAccepted", by_parameter])).0,
            Class::AutoReply
        );
    }

    #[test]
    fn a_person_who_passes_on_a_bounce_is_a_person() {
        let bounce = "Content-Type: message/rfc822\n\nReturn-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b2\n\n--b2\n\nfailed\n--b2\n\
             Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x\nAction: failed\n\n--b2--\n";
        assert_eq!(
            class(&multipart("mixed", &["Content-Type: text/plain\n\nYour mail bounced here.", bounce])).0,
            Class::Human
        );
    }

    #[test]
    fn a_help_desk_without_fields_is_known_by_its_words() {
        let body = "## Please type your reply above this line ##\n\nYour request (4711) has been received. A technician will look at it.";
        assert_eq!(class(&mail("Subject: [4711] Request received: Your return", body)).0, Class::AutoReply);
        let below = "Thank you. Your request has been received, ticket number 4711.\n\n## Please type your reply above this line ##\n\nDear customer";
        assert_eq!(class(&mail("Subject: [4711] Request received", below)).0, Class::AutoReply);
        let person =
            "Serial is 4711.\n\n## Please type your reply above this line ##\n\nYour request has been received.";
        assert_eq!(class(&mail("Subject: Re: [4711] Request received", person)).0, Class::Human);
    }
}

mod bodies {
    use super::*;

    fn new_text(raw: &str) -> String {
        message(raw).words.new_text
    }

    #[test]
    fn plain_text_stands_for_its_html_unless_it_says_less() {
        let plain = |text: &str| format!("Content-Type: text/plain; charset=utf-8\n\n{text}");
        let html = |text: &str| format!("Content-Type: text/html; charset=utf-8\n\n{text}");
        let table = "<p>Two units are dead.</p><table><tr><td>A</td><td>4711</td></tr></table>";
        let cases = [
            ("Two units are dead.", "<p>Two units are <b>dead</b>.</p>", "Two units are dead."),
            ("", "<p>Two units</p>", "Two units"),
            ("  \n", "<p>Two units</p>", "Two units"),
            ("Two units are dead.", table, "Two units are dead.\n\nA\t4711"),
            (
                "Your mail program cannot show HTML.",
                "<p>Dear desk, please refund both units</p>",
                "Dear desk, please refund both units",
            ),
            ("Serial UD-\n4711 is dead", "<p>Serial UD-4711 is dead</p>", "Serial UD-\n4711 is dead"),
            ("Two units", "", "Two units"),
        ];
        for (text, markup, expected) in cases {
            assert_eq!(new_text(&multipart("alternative", &[&plain(text), &html(markup)])), expected, "{text}");
        }
    }

    #[test]
    fn nested_structures_are_walked() {
        let inner = "Content-Type: multipart/alternative; boundary=\"b2\"\n\n--b2\nContent-Type: text/plain\n\nIt is dead.\n--b2\n\
             Content-Type: multipart/related; boundary=\"b3\"\n\n--b3\nContent-Type: text/html\n\n<p>It is <i>dead</i>.</p>\n--b3\n\
             Content-Type: image/png; name=logo.png\nContent-ID: <1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b3--\n--b2--\n";
        let csv = "Content-Type: text/csv; name=\"list.csv\"\nContent-Disposition: attachment\n\nserial;4711";
        let footer = "Content-Type: text/plain\nContent-Disposition: inline\n\nSecond part.";
        let read = message(multipart("mixed", &[inner, csv, footer]));
        assert_eq!(read.text, "It is dead.\n\nSecond part.");
        let found: Vec<_> = read
            .attachments
            .iter()
            .map(|file| (file.name.as_str(), file.media_type.as_str(), file.text.as_deref()))
            .collect();
        assert_eq!(found, [("logo.png", "image/png", None), ("list.csv", "text/csv", Some("serial;4711"))]);
    }

    #[test]
    fn flowed_text_is_joined() {
        let flowed = |parameters: &str, body: &str| {
            new_text(&mail(&format!("Content-Type: text/plain; format=flowed{parameters}"), body))
        };
        assert_eq!(flowed("", "our 8-port \nswitch \nis dead.\n\n-- \nAnn"), "our 8-port switch is dead.");
        assert_eq!(flowed("; delsp=yes", "Serial 47 \n11"), "Serial 4711");
        assert_eq!(flowed("", " From here\n  two spaces\n> quoted \n> on\nnew"), "From here\n two spaces\n\nnew");
        assert_eq!(
            message(mail("Content-Type: text/plain; format=flowed", "> a \n> b\n>> c")).words.quoted,
            "> a b\n> > c"
        );
    }

    #[test]
    fn charsets_are_read_as_they_are() {
        let cases: [(&str, &[u8], &str); 6] = [
            ("text/plain; charset=us-ascii", b"don\x92t", "don’t"),
            ("text/plain", b"caf\xe9", "café"),
            ("text/plain; charset=utf-8", b"caf\xe9", "café"),
            ("text/plain; charset=iso-8859-1", b"caf\xe9 \x96 \x80", "café – €"),
            ("text/plain; charset=gb2312", b"\xd0\xbb\xd0\xbb", "谢谢"),
            ("text/plain; charset=no-such-charset", "Grüße".as_bytes(), "Grüße"),
        ];
        for (content_type, body, expected) in cases {
            let mut raw = mail(&format!("Content-Type: {content_type}"), "").into_bytes();
            raw.extend_from_slice(body);
            assert_eq!(message(&raw).text, expected, "{content_type}");
        }
        assert_eq!(message("From: a@x.example\n\nSerial 47\0\u{200b}11\u{a0}ok\n").text, "Serial 4711 ok");
    }

    #[test]
    fn broken_structures_lose_no_words() {
        let header = "Content-Type: multipart/mixed; boundary=\"b1\"";
        let cases = [
            // cut off in the middle of a part
            (header, "--b1\nContent-Type: text/plain\n\nIt is dead.\n"),
            (header, "--b1\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nIt is =\ndead.\n"),
            (header, "--b1\nContent-Type: text/html\n\n<p>It is dead.\n"),
            (header, "--b1\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nSXQgaXMgZGVhZC4K\n"),
            (
                header,
                "--b1\nContent-Type: text/plain\n\nIt is dead.\n--b1\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K",
            ),
            // another boundary than the declared one
            (header, "--other\nContent-Type: text/plain\n\nIt is dead.\n--other--\n"),
            // no boundary, no parts, no type
            ("Content-Type: multipart/mixed", "It is dead.\n"),
            (header, "It is dead.\n"),
            ("Content-Type: ;;;", "It is dead.\n"),
            ("Content-Type: text/plain\nContent-Disposition: attachment", "It is dead.\n"),
        ];
        for (header, body) in cases {
            assert_eq!(message(mail(header, body)).text, "It is dead.", "{header}\n{body}");
        }
    }

    #[test]
    fn attached_messages_are_passed_on() {
        let attached = |from: &str| {
            let inner = format!(
                "Content-Type: message/rfc822; name=\"KVM.eml\"\n\nFrom: {from}\nSubject: KVM in room 4\nContent-Type: multipart/mixed; boundary=b2\n\n\
                 --b2\nContent-Type: text/plain\n\nSerial 4711 is dead.\n\n-- \nBob\n--b2\nContent-Type: text/plain; name=log.txt\n\nlog\n--b2--\n"
            );
            message(multipart("mixed", &["Content-Type: text/plain\n\nPlease see the attached.", &inner]))
        };
        let read = attached("Bob <bob@customer.example>");
        assert_eq!(read.words.new_text, "Please see the attached.");
        assert_eq!(
            read.words.forwarded,
            "From: Bob <bob@customer.example>\nSubject: KVM in room 4\n\nSerial 4711 is dead."
        );
        let names: Vec<_> = read.attachments.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["KVM.eml", "log.txt"]);
        let ours = attached("Desk <support@vendor.example>");
        assert_eq!(ours.words.forwarded, "");
        assert!(ours.words.quoted.contains("Serial 4711 is dead."));
    }

    #[test]
    fn html_mail_of_many_programs_is_sorted() {
        let cases = [
            // Gmail
            "<div dir=ltr>It is dead.</div><br><div class=gmail_quote><div class=gmail_attr>On Tue, Jun 9, 2026 at 4:57 PM Desk &lt;support@vendor.example&gt; wrote:<br></div><blockquote class=gmail_quote>Old</blockquote></div>",
            // Gmail, in a language that is not in any table
            "<div dir=ltr>It is dead.</div><br><div class=gmail_quote><div class=gmail_attr>Jumanne 9 Juni 2026 Desk aliandika:<br></div><blockquote class=gmail_quote>Old<div class=gmail_signature>Desk</div></blockquote></div>",
            // Outlook for Windows, in a language that is not in any table
            "<div class=WordSection1><p class=MsoNormal>It is dead.</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>Kutoka:</b> Desk<br><b>Mada:</b> x</p></div></div><p class=MsoNormal>Old</p></div>",
            // Outlook on the web
            "<div>It is dead.</div><div id=appendonsend></div><hr><div id=divRplyFwdMsg><b>From:</b> Desk<br><b>Sent:</b> x<br><b>To:</b> y<br><b>Subject:</b> z</div><div>Old</div>",
            // Thunderbird
            "<p>It is dead.</p><div class=moz-cite-prefix>Am 09.06.26 um 11:18 schrieb Desk:<br></div><blockquote type=cite>Old</blockquote><div class=moz-signature>-- <br>Ann</div>",
            // Apple Mail
            "<div>It is dead.<br><div><br><blockquote type=cite><div>On Jun 9, 2026, at 4:06 PM, Desk &lt;support@vendor.example&gt; wrote:</div><br><div>Old</div></blockquote></div></div>",
            // Yahoo
            "<div class=yahoo-style-wrap>It is dead.</div><div id=yahoo_quoted_12 class=yahoo_quoted><div>On Tuesday, June 9, 2026 at 11:18:00 AM PDT, Desk wrote:</div><div>Old</div></div>",
            // GMX
            "<div>It is dead.</div><div name=quote style='margin:10px'><div><b>Gesendet:</b> x</div><div>Old</div></div>",
        ];
        for html in cases {
            let words = message(mail("Subject: Re: x\nContent-Type: text/html; charset=utf-8", html)).words;
            assert_eq!(words.new_text, "It is dead.", "{html}");
            assert!(words.quoted.contains("Old") && !words.signature.contains("Desk"), "{html}\n{words:?}");
        }
    }
}

mod layout {
    use super::*;

    #[test]
    fn html_is_shown_and_text_beside_it() {
        for (parts, subtype, shown) in [
            (
                &["Content-Type: text/plain\n\nx", "Content-Type: text/html\n\n<b>x</b>"][..],
                "alternative",
                "<div><b>x</b></div>",
            ),
            (
                &[
                    "Content-Type: text/html\n\n<i>x</i>",
                    "Content-Type: image/png; name=a.png\n\nx",
                    "Content-Type: text/plain\n\n2 < 3",
                ],
                "mixed",
                "<div><i>x</i></div><div class=\"plain\">2 &lt; 3</div>",
            ),
            (
                &[
                    "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGer=E4t",
                ],
                "related",
                "<div>Gerät</div>",
            ),
        ] {
            assert_eq!(laid_out(multipart(subtype, parts).as_bytes()).as_deref(), Some(shown));
        }
    }

    #[test]
    fn plain_text_and_what_cannot_be_read_have_none() {
        let file = "Content-Type: text/html; name=a.html\nContent-Disposition: attachment\n\n<b>x</b>";
        for raw in [
            mail("Subject: x", "<b>x</b>"),
            multipart("mixed", &["Content-Type: text/plain\n\nx", file]),
            String::new(),
        ] {
            assert_eq!(laid_out(raw.as_bytes()), None, "{raw}");
        }
    }
}

mod attachments {
    use super::*;

    fn attached(header: &str, body: &str) -> Attachment {
        let part = format!("{header}\n\n{body}");
        message(multipart("mixed", &["Content-Type: text/plain\n\nx", &part])).attachments.into_iter().next().unwrap()
    }

    #[test]
    fn names_are_safe() {
        let cases = [
            ("../../etc/passwd", "passwd"),
            ("C:\\\\Users\\\\ann\\\\list.csv", "list.csv"),
            ("=?utf-8?Q?Ger=C3=A4t.pdf?=", "Gerät.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            (".htaccess", "htaccess"),
            ("a<b>:c.txt", "a_b__c.txt"),
            ("..", "attachment-2"),
            ("", "attachment-2"),
            ("a/b\\\\c/..", "attachment-2"),
            (". .. a.txt. . ", "a.txt"),
            ("label.pdf                        .exe", "label.pdf .exe"),
            ("a\tb\u{1b}[31m\u{7f}\u{9b}.txt", "a b[31m.txt"),
            ("=?utf-8?Q?a=0D=0AX:_y=00=E2=80=A8b.txt?=", "a X_ y b.txt"),
            ("a\u{2066}b\u{200b}\u{200d}\u{61c}\u{e0041}c.txt", "abc.txt"),
            ("CON", "_CON"),
            ("aux.h", "_aux.h"),
            ("Lpt1 .tar.gz", "_Lpt1 .tar.gz"),
            ("com\u{b9}.txt", "_com\u{b9}.txt"),
            ("conin$", "_conin$"),
            ("console.txt", "console.txt"),
            ("com10.txt", "com10.txt"),
        ];
        for (name, safe) in cases {
            let header =
                format!("Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{name}\"");
            assert_eq!(attached(&header, "x").name, safe, "{name}");
        }
        let long = attached(&format!("Content-Type: image/png; name=\"{}.jpeg\"", "x".repeat(300)), "x").name;
        assert_eq!((long.len(), long.ends_with("x.jpeg")), (120, true));
        let wide = attached(&format!("Content-Type: image/png; name=\"{}.jpeg\"", "谢".repeat(110)), "x").name;
        assert_eq!((wide.len(), wide.ends_with("谢.jpeg")), (239, true), "{wide}");
        let dots = attached(&format!("Content-Type: image/png; name=\"{}.jpeg\"", "x. ".repeat(110)), "x").name;
        assert!(dots.ends_with("x.jpeg") && dots.len() <= 120, "{dots}");
    }

    #[test]
    fn their_bytes_are_those_that_were_sent() {
        let inner = "From: b@x.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=c\n\n\
            --c\nContent-Type: text/plain\n\nx\n\
            --c\nContent-Type: text/csv; name=d.csv\nContent-Transfer-Encoding: quoted-printable\n\na=3D=\nb\n--c--";
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, inner);
        let crossed = "Content-Type: multipart/mixed; boundary=lost\n\n\
            --found\nContent-Type: text/plain\n\nx\n\
            --found\nContent-Type: image/png; name=e.png\nContent-Transfer-Encoding: base64\n\niVBO\n--found--";
        let raw = multipart(
            "mixed",
            &[
                "Content-Type: text/plain\n\nx",
                "Content-Type: text/plain; charset=iso-8859-1; name=a.txt\nContent-Transfer-Encoding: quoted-printable\n\nGer=E4t=\n\n",
                "Content-Type: application/pdf; name=b.pdf\nContent-Transfer-Encoding: base64\n\nJVBE\n Ri0=",
                "Content-Type: application/pdf; name=c.pdf\nContent-Transfer-Encoding: base64\n\nJVBE!!RiA",
                &format!("Content-Type: message/rfc822\n\n{inner}"),
                &format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}"),
                crossed,
                "Content-Type: application/octet-stream; name=f.bin\nContent-Transfer-Encoding: 8bit\n\n\r\n a\r\n",
            ],
        );
        let read = message(&raw);
        let found: Vec<(&str, Vec<u8>)> =
            read.attachments.iter().map(|file| (file.name.as_str(), content(raw.as_bytes(), file).unwrap())).collect();
        let expected: [(&str, &[u8]); 9] = [
            ("a.txt", b"Ger\xe4t\n"),
            ("b.pdf", b"%PDF-"),
            ("c.pdf", b"%PDF "),
            ("x.eml", inner.as_bytes()),
            ("d.csv", b"a=b"),
            ("x.eml", inner.as_bytes()),
            ("d.csv", b"a=b"),
            ("e.png", b"\x89PN"),
            ("f.bin", b"\r\n a\r\n"),
        ];
        for ((name, bytes), (expected_name, expected_bytes)) in found.iter().zip(expected) {
            assert_eq!(
                (*name, bytes.as_slice()),
                (expected_name, expected_bytes),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
        assert_eq!(found.len(), 9);
        let elsewhere = message(multipart("mixed", &["Content-Type: text/plain\n\nx"; 12])).attachments;
        assert!(elsewhere.is_empty());
        assert_eq!(content(b"From: a@x.example\n\nx", read.attachments.last().unwrap()), None);
    }

    #[test]
    fn text_is_read_where_there_is_some() {
        let cases = [
            ("Content-Type: text/plain; name=a.txt", "Serial 4711", Some("Serial 4711")),
            (
                "Content-Type: text/html; name=a.html",
                "<table><tr><td>S</td><td>4711</td></tr></table>",
                Some("S\t4711"),
            ),
            ("Content-Type: application/vnd.ms-excel; name=a.csv", "S;4711", Some("S;4711")),
            ("Content-Type: application/octet-stream; name=A.TXT", "Serial 4711", Some("Serial 4711")),
            ("Content-Type: application/octet-stream; name=a.bin", "Serial 4711", None),
            ("Content-Type: application/pdf; name=a.pdf", "no pdf at all", None),
            ("Content-Type: application/ms-tnef; name=winmail.dat", "x", None),
            ("Content-Type: image/png; name=a.png", "x", None),
        ];
        for (header, body, text) in cases {
            assert_eq!(attached(header, body).text.as_deref(), text, "{header}");
        }
        let large = attached("Content-Type: text/plain; name=a.txt", &"4711 ".repeat(100_000));
        assert_eq!((large.text.map(|text| text.len()), large.bytes), (Some(200_000), 500_000));
    }

    #[test]
    fn a_pdf_is_read_as_it_is_seen() {
        // fields placed by Td and Tm, a row of cells, a word in two pieces, bold by printing twice
        let content = "BT /F1 12 Tf 50 700 Td (INVOICE ) Tj 0.3 0 Td (INVOICE ) Tj ET BT /F1 10 Tf 1 0 0 1 50 650 Tm [(IN) 20 (V-20) -15 (172)] TJ \
             0 -20 Td (Part) Tj 100 0 Td (Serial) Tj -100 -14 Td (UR-14) Tj 100 0 Td (4711) Tj ET";
        let pdf = pdf(content);
        let part = format!("Content-Type: application/pdf; name=a.pdf\n\n{pdf}");
        let read = message(multipart("mixed", &["Content-Type: text/plain\n\nx", &part]));
        assert_eq!(
            read.attachments.first().unwrap().text.as_deref(),
            Some("INVOICE\nINV-20172\nPart\tSerial\nUR-14\t4711")
        );
    }

    /// A file of one page; lopdf finds the objects without a cross-reference table.
    pub(super) fn pdf(content: &str) -> String {
        format!(
            "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
             3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>\nendobj\n\
             4 0 obj\n<< /Length {} >>\nstream\n{content}\nendstream\nendobj\n\
             5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>\nendobj\n\
             trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n0\n%%EOF",
            content.len()
        )
    }
}

mod limits {
    use super::*;

    #[test]
    fn sizes_are_bounded() {
        let long = message(mail("Subject: x", &"word ".repeat(400_000)));
        assert!(long.text.len() <= 1_000_000 && long.words.new_text.len() <= 1_000_000);
        let part = "Content-Type: text/plain; name=a.txt\n\nx";
        assert_eq!(message(multipart("mixed", &[part; 80])).attachments.len(), 50);
        let many = vec!["Content-Type: text/plain\n\nx"; 12_000];
        assert!(matches!(try_read(multipart("mixed", &many)), Err(Defect::TooLarge(_))));
        let huge = vec![b'x'; MAX_MESSAGE + 1];
        assert!(matches!(try_read(huge), Err(Defect::TooLarge(_))));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            format!("From: a@x.example\n{}Subject: x\n\nHello", "Content-Type: message/rfc822\n\n".repeat(depth))
        };
        assert_eq!(message(nested(9_000)).from.address, "a@x.example");
        let too_deep = try_read(nested(200_000));
        assert!(matches!(too_deep, Err(Defect::TooLarge(_))), "{too_deep:?}");
        let mut multiparts = String::from("From: a@x.example\n");
        for n in 0..2_000 {
            multiparts.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"));
        }
        assert_eq!(message(multiparts + "\nHello").from.address, "a@x.example");
    }

    #[test]
    fn repetition_takes_no_more_than_its_length() {
        for line in [
            "--\n",
            "-- \n",
            ">\n",
            "From: a\n",
            "On June 9, 2026, X wrote:\n",
            "_____________\n",
            "Ann\n",
            "This message is confidential\n",
            "\n\n",
            "-----Original Message-----\n",
            "> -----Original Message-----\n",
            "From: a\nSent: b\nTo: c\nSubject: FW: d\n\n",
            "> From: a\n> Sent: b\n> To: c\n> Subject: FW: d\n",
        ] {
            for subject in ["Subject: FW: x", "Subject: x"] {
                let read = message(mail(subject, &line.repeat(30_000 / line.len())));
                assert!(read.text.len() <= 1_000_000, "{line}");
            }
        }
    }
}

/// Pieces that mail is made of, some of them broken.
const PIECES: &[&str] = &[
    "From: Ann <ann@customer.example>\n",
    "From: \n",
    "To: Desk <support@vendor.example>\n",
    "Subject: FW: x\n",
    "Subject: Re: y\n",
    "\n",
    "\n\n",
    "\r\n",
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b1\n",
    "Content-Type: multipart/alternative; boundary=\"b2\"\n",
    "--b1\n",
    "--b2\n",
    "--b1--\n",
    "--b2--\n",
    "Content-Type: text/html\n\n",
    "Content-Type: text/plain; format=flowed; delsp=yes\n\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b1\n\n",
    "Content-Type: message/delivery-status\n\n",
    "Final-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.1.1\n",
    "Content-Type: application/pdf; name=a.pdf\n\n%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "SGVsbG8=\n",
    "=E9=\n=zz",
    "Authentication-Results: mx.vendor.example; dmarc=fail (x) ; spf=\"\n",
    "References: <a@x> <b\n",
    "Auto-Submitted: auto-replied (x\n",
    "> quoted\n",
    ">> > deeper\n",
    "On June 9, 2026, X <a@x> wrote:\n",
    "-----Original Message-----\n",
    "From: B\nSent: x\nTo: y\nSubject: FW: z\n",
    "---------- Forwarded message ---------\n",
    "-- \n",
    "Ann\n",
    "Sent from my iPhone\n",
    "This e-mail is confidential and privileged.\n",
    "<table><tr><td>a</td><td>b</td></tr></table>",
    "<blockquote>x",
    "</blockquote>",
    "<div class=gmail_signature>",
    "<div id=divRplyFwdMsg>",
    "<p class=MsoNormal>",
    "&nbsp;",
    "\u{e000}\u{e003}",
    "é",
    "谢谢",
    "\0",
    "word ",
    "4711 ",
    "=?utf-8?Q?=C3?=",
    ": ",
    "<",
    ">",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = try_read(&raw);
        let _ = received_at(&raw);
        let _ = laid_out(&raw);
    }

    #[test]
    fn pieces_of_mail_in_any_order_are_read_or_refused(picks in prop::collection::vec(0..PIECES.len(), 1..60), cut in 0..4_000_usize) {
        let raw: String = picks.iter().filter_map(|pick| PIECES.get(*pick)).copied().collect();
        let raw = raw.as_bytes();
        let _ = try_read(&raw[..raw.len().min(cut)]);
        if let Ok(read) = try_read(raw) {
            prop_assert!(!read.text.contains('\0'));
            prop_assert!(read.attachments.iter().all(|file| content(raw, file).is_some()));
        }
        let _ = laid_out(raw);
    }

    #[test]
    fn damaged_mail_is_read_or_refused(at in 0..2_000_usize, byte in any::<u8>(), cut in 0..2_500_usize) {
        let mut raw = multipart("mixed", &[
            "Content-Type: text/html; charset=utf-8\n\n<p>It is <b>dead</b></p><blockquote type=cite>Old</blockquote><table><tr><td>a</td><td>4711</td></tr></table>",
            "Content-Type: message/rfc822\n\nFrom: b@x.example\nSubject: x\n\nHello\n-- \nB",
            &format!("Content-Type: application/pdf; name=a.pdf\n\n{}", attachments::pdf("BT /F1 9 Tf 9 700 Td (INV-1) Tj ET")),
        ]).into_bytes();
        let at = at % raw.len();
        raw[at] = byte;
        let _ = try_read(&raw);
        let _ = try_read(&raw[..raw.len().min(cut)]);
    }

    #[test]
    fn every_word_of_a_body_lands_in_one_place(picks in prop::collection::vec(0..PIECES.len(), 1..40), subject in "(FW: |Re: |)x") {
        let body: String = picks.iter().filter_map(|pick| PIECES.get(*pick)).filter(|piece| !piece.contains("Content-")).copied().collect();
        let read = message(mail(&format!("Subject: {subject}"), &body));
        let words = &read.words;
        let all = [&words.new_text, &words.signature, &words.quoted, &words.forwarded].map(String::as_str).join("\n");
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        prop_assert_eq!(letters(&all), letters(&read.text), "{}\n---\n{}", read.text, all);
    }
}
