//! How many machines are known for what they are, and how many people are taken for one: every text in every wrapping.

use super::*;

/// What mail systems say: who writes, the subject, the text, and whether they have given up.
const BOUNCES: &[(&str, &str, &str, bool)] = &[
    (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<joe@shop.example>: host mail.shop.example said: 550 5.1.1\n    User unknown",
        true,
    ),
    (
        "From: MAILER-DAEMON@mx.example",
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<joe@shop.example>:\nSorry, no mailbox here by that name. (#5.1.1)",
        true,
    ),
    (
        "From: Mail Delivery System <Mailer-Daemon@mx.example>\nAuto-Submitted: auto-replied",
        "Mail failure - malformed recipient address",
        "A message that you sent contained a recipient address that was\nincorrectly constructed:\n\n  joe@shop.example: missing or malformed local part",
        true,
    ),
    (
        "From: Mail Delivery System <Mailer-Daemon@mx.example>",
        "Warning: message 1a2B3c-000 delayed 24 hours",
        "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  joe@shop.example\n\nNo action is required on your part. Delivery attempts will continue for some time.",
        false,
    ),
    (
        "From: Mail Delivery Subsystem <mailer-daemon@mail.example>",
        "Delivery Status Notification (Delay)",
        "There was a temporary problem delivering your message to joe@shop.example. We will retry for 46 more hours.",
        false,
    ),
    (
        "From: Mail Delivery Subsystem <mailer-daemon@mail.example>",
        "Delivery Status Notification (Failure)",
        "Address not found\n\nYour message wasn't delivered to joe@shop.example because the address couldn't be found.",
        true,
    ),
    (
        "From: System Administrator <exchange@corp.example>",
        "Undeliverable: Your return",
        "Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n  joe@shop.example on 6/9/2026 4:57 PM",
        true,
    ),
    (
        "Return-Path: <>\nFrom: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@corp.example>",
        "Unzustellbar: Ihre Rücksendung",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Non remis : Votre retour",
        "Échec de la remise à ces destinataires ou groupes :\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "No se puede entregar: Su devolución",
        "No se pudo entregar el mensaje a estos destinatarios o grupos:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Não é possível entregar: Sua devolução",
        "Falha na entrega a estes destinatários ou grupos:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Non recapitabile: Il suo reso",
        "Impossibile recapitare il messaggio ai seguenti destinatari o gruppi:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Onbestelbaar: Uw retour",
        "Bezorging aan deze geadresseerden is mislukt:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Olevererbart: Din retur",
        "Leveransen till följande mottagare misslyckades:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Kan ikke leveres: Din retur",
        "Levering til disse modtagere mislykkedes:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Ei toimitettavissa: Palautus",
        "Viestin toimittaminen epäonnistui:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Niedostarczalny: Zwrot",
        "Dostarczenie do następujących adresatów nie powiodło się:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Nedoručitelné: Vrácení",
        "Doručení těmto příjemcům se nezdařilo:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Teslim edilemedi: İade",
        "Bu alıcılara teslim edilemedi:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Не удается доставить: Ваш возврат",
        "Не удалось доставить сообщение следующим получателям:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "配信不能: 返品",
        "次の受信者にメッセージを配信できませんでした:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "无法送达: 退货",
        "无法将邮件发送到以下收件人:\n\njoe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "배달되지 않음: 반품",
        "다음 받는 사람에게 배달하지 못했습니다:\n\njoe@shop.example",
        true,
    ),
    (
        "From: Postmaster@notes.example",
        "DELIVERY FAILURE: User joe (joe@shop.example) not listed in Domino Directory",
        "Your message\n\n  Subject: Your return\n\nwas not delivered to:\n\n  joe@shop.example\n\nbecause:\n\n  User joe not listed in Domino Directory",
        true,
    ),
    (
        "From: mailer-daemon@web.example",
        "Mail Delivery Status Notification (Delay)",
        "THIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n[Status: Error, Address: <joe@shop.example>, ResponseCode 421, Host not reachable.]\n\nMessage will be retried for 4 more day(s)",
        false,
    ),
    (
        "From: MDaemon@mx.example\nPrecedence: bulk",
        "Permanent Delivery Failure",
        "The attached message had PERMANENT fatal delivery errors!\n\nFailed address: joe@shop.example",
        true,
    ),
    (
        "From: Mail_Gateway@corp.example",
        "Delivery failure notification",
        "Your message with Subject: Your return\ncould not be delivered to the following recipients:\n\njoe@shop.example",
        true,
    ),
    (
        "From: gateway@corp.example",
        "Mail could not be delivered",
        "****** Message from the gateway ******\n\nUnable to deliver message to <joe@shop.example>.\n\n------ Original header ------\nMessage-ID: <c1@vendor.example>",
        true,
    ),
    ("From: <>", "Delivery Status", "<joe@shop.example>   (No such user)", true),
    (
        "From: no-reply@isp.example",
        "メールエラー通知",
        "送信先のメールボックスが一杯のため、送信できませんでした。\n送信できません: joe@shop.example\n\nMessage-ID: <c1@vendor.example>",
        true,
    ),
    (
        "From: MAILER-DAEMON@isp.example",
        "系统退信",
        "抱歉,您的邮件被退回来了……\n收件人: joe@shop.example\n无法送达",
        true,
    ),
    (
        "From: Mail.Delivery.System@mx.example",
        "Delivery status notification",
        "Delivery to the following recipients failed permanently:\n\n * joe@shop.example",
        true,
    ),
    (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example",
        "Verzögert: Ihre Rücksendung",
        "Die Nachricht an joe@shop.example wurde noch nicht zugestellt. Weitere Zustellversuche folgen.",
        false,
    ),
    (
        "Return-Path: <>\nFrom: postmaster@corp.example",
        "Retardé : Votre retour",
        "La remise à ces destinataires est retardée :\njoe@shop.example\nUne nouvelle tentative aura lieu.",
        false,
    ),
];

/// Notes of people who are away, as their mail programs send them: no subject and no field tells.
const NOTES: &[&str] = &[
    "I am currently out of the office and will be back on June 22. For urgent matters please contact my colleague Bob (bob@shop.example, +1 555 0142 777).",
    "Thank you for your email. I'm on annual leave with limited access to email until 22/06/2026 and will get back to you on my return.",
    "This is an automated response. Ann Baker no longer works for Shop Inc. Please contact sales@shop.example.",
    "Our office is closed for the holidays. We will respond to your message when we return on January 4.",
    "Ich bin bis zum 22.06.2026 nicht im Büro. In dringenden Fällen wenden Sie sich bitte an Herrn Weber, Tel. 0351 4455667.",
    "Vielen Dank für Ihre Nachricht. Ich bin im Urlaub und ab dem 22. Juni wieder erreichbar. Ihre Mail wird nicht weitergeleitet.",
    "Bonjour, je suis absent du bureau jusqu'au 22 juin. En cas d’urgence, veuillez contacter le 01 44 55 66 77.",
    "Je suis actuellement en congés et traiterai votre message dès mon retour le 22/06/2026. En cas d'urgence : paul@shop.example",
    "Estoy fuera de la oficina hasta el 22 de junio. Para asuntos urgentes, póngase en contacto con ventas@shop.example.",
    "Gracias por su mensaje. Estoy de vacaciones y responderé a mi regreso.",
    "Estou ausente do escritório até 22 de junho. Em caso de urgência, contacte vendas@shop.example.",
    "Estou de férias e responderei à sua mensagem no meu retorno.",
    "Sono fuori ufficio fino al 22 giugno. Per urgenze potete contattare vendite@shop.example.",
    "Sono in ferie e risponderò al mio rientro.",
    "Ik ben tot 22 juni niet aanwezig. Voor dringende zaken kunt u contact opnemen met verkoop@shop.example.",
    "Ik ben met vakantie en lees uw bericht na mijn terugkomst.",
    "Jag är på semester och åter den 22 juni. Vid brådskande ärenden, kontakta order@shop.example.",
    "Jeg holder ferie og er tilbage den 22. juni. Ved hastende henvendelser, kontakt venligst salg@shop.example.",
    "Jeg er ikke på kontoret før 22. juni. Haster det, kontakt salg@shop.example.",
    "Olen lomalla 22.6. asti. Kiireellisissä asioissa ota yhteyttä myynti@shop.example.",
    "Jestem na urlopie do 22 czerwca. W pilnych sprawach proszę o kontakt: biuro@shop.example.",
    "Jsem na dovolené do 22. června. V naléhavých případech kontaktujte obchod@shop.example.",
    "22 Haziran'a kadar izindeyim. Acil durumlarda satis@shop.example ile iletişime geçiniz.",
    "Я в отпуске до 22 июня. По срочным вопросам обращайтесь: sales@shop.example.",
    "ただいま休暇をいただいております。2026年6月22日に戻り次第、ご連絡いたします。",
    "出張のため不在にしております。お急ぎの方は03-1234-5678までお電話ください。緊急の場合は同僚へ。",
    "我正在休假，2026年6月22日返回。如有紧急事宜，请联系 sales@shop.example。",
    "您好，我目前出差在外，回來後會盡快回覆您的郵件。",
    "현재 휴가 중이며 6월 22일에 복귀합니다. 급한 용무는 sales@shop.example로 연락 바랍니다.",
    "Thank you for your message. I’m currently out of the office until August 12.",
    "Ich bin derzeit nicht im Büro.",
    "Je suis actuellement absente du bureau.",
    "Ihre Anfrage ist bei uns eingegangen. Ein Mitarbeiter wird sich schnellstmöglich um Ihr Anliegen kümmern.",
    "Nous avons bien reçu votre demande et vous répondrons dans les meilleurs délais.",
    "This mailbox is protected by a spam filter. Please click on the following link to deliver your message: https://gate.example/x",
    "To control spam, I now allow incoming messages only from senders I have approved. Please fill out the short request form (see link below).",
];

/// Subjects that the programs of the world put on such notes, with a text that tells nothing.
const SUBJECTS: &[&str] = &[
    "Automatic reply: Your return",
    "Out of Office AutoReply: Your return",
    "Auto: Your return",
    "AUTO: Ann Baker is out of the office (returning 06/22/2026)",
    "Out of office",
    "Abwesenheitsnotiz: Ihre Rücksendung",
    "Automatische Antwort: Ihre Rücksendung",
    "Réponse automatique : Votre retour",
    "Absence du bureau : Votre retour",
    "Respuesta automática: Su devolución",
    "Fuera de la oficina: Su devolución",
    "Resposta automática: Devolução",
    "Resposta de ausência: Devolução",
    "Risposta automatica: Il suo reso",
    "Fuori ufficio: reso",
    "Automatisch antwoord: Uw retour",
    "Afwezigheidsbericht: Uw retour",
    "Autosvar: Din retur",
    "Automatisk svar: Din retur",
    "Frånvaro: retur",
    "Automaattinen vastaus: Palautus",
    "Ann Baker/Sales/Shop is out of the office.",
    "Max Weber ist außer Haus.",
    "Autoodpowiedź: Zwrot",
    "Automatyczna odpowiedź: Zwrot",
    "Automatická odpověď: Vrácení",
    "Otomatik yanıt: İade",
    "Автоответ: Ваш возврат",
    "Автоматический ответ: Ваш возврат",
    "自動返信: 返品",
    "不在通知: 返品",
    "自动回复: 退货",
    "自動回覆: 退貨",
    "자동 회신: 반품",
    "부재중: 반품",
];

/// What people write, of machines and of absence too.
const PEOPLE: &[&str] = &[
    "The serial is UD-4711. When can I send it back?",
    "Your mail bounced here, so again: the switch is dead and I want a refund.",
    "I got an undeliverable message from your server. Please confirm that you have my request for UD-4711.",
    "We were out of the office last week. The serial number is UD-4711, please issue the RMA.",
    "My colleague is on vacation until Monday, but the unit UD-4711 is on his desk and I can send it.",
    "The parcel could not be delivered, DHL returned it. What now?",
    "Ich bin wieder da. Die Seriennummer ist UD-4711.",
    "Das Paket war unzustellbar und kam zu mir zurück.",
    "Je suis de retour. Le numéro est UD-4711.",
    "El paquete no se pudo entregar. ¿Qué hago?",
    "出張から戻りました。シリアル番号はUD-4711です。",
    "Thanks, that works for me.",
    "Is this an automatic reply? I asked a person.",
    "The KVM does not switch automatically any more.",
    "Please do not reply to this address any more, I have changed to ann@customer.example. Serial 4711.",
    "OK",
    "Are you out of the office until Monday? I will be out of the office myself.",
    "I will be out of the office when the parcel comes. Can it come on Tuesday?",
    "We have received your letter and shipped the unit back on June 3.",
];

fn wrapped(header: &str, subject: &str, text: &str, wrapping: usize) -> String {
    let start = format!("{header}\nTo: support@vendor.example\nSubject: {subject}\nMIME-Version: 1.0");
    let plain = "Content-Type: text/plain; charset=utf-8";
    match wrapping {
        0 => format!("{start}\n{plain}\n\n{text}\n"),
        1 => format!("{start}\n{plain}\n\n{text}\n\n-- \nAnn Baker\nShop Inc.\n"),
        2 => format!("{start}\n{plain}\n\n{}\n", text.replace('\n', "\r\n")),
        3 => format!(
            "{start}\nContent-Type: text/html; charset=utf-8\n\n<div>{}</div>\n",
            text.replace('<', "&lt;").replace('\n', "<br>\n")
        ),
        4 => format!(
            "{start}\n{plain}\n\n{text}\n\nOn Tue, Jun 9, 2026 at 4:57 PM Desk <support@vendor.example> wrote:\n> Your unit is due.\n> Message text\n"
        ),
        _ => format!(
            "{start}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{plain}\n\n{text}\n--b\nContent-Type: message/rfc822\n\nFrom: support@vendor.example\nTo: joe@shop.example\nMessage-ID: <c1@vendor.example>\nSubject: Your return\n\nHello\n--b--\n"
        ),
    }
}

/// The share of messages that are of the class, and those that are not.
fn share(messages: &[String], class: Class) -> (f64, Vec<String>) {
    let missed: Vec<String> = messages
        .iter()
        .map(|raw| (message(raw), raw))
        .filter(|(read, _)| read.class != class)
        .map(|(read, raw)| format!("{:?}, {}:\n{raw}", read.class, read.class_reason))
        .collect();
    let all = u32::try_from(messages.len()).unwrap();
    (1.0 - f64::from(u32::try_from(missed.len()).unwrap()) / f64::from(all), missed)
}

#[test]
fn bounces_are_found() {
    let messages: Vec<String> = BOUNCES
        .iter()
        .flat_map(|(header, subject, text, _)| [0, 2, 3, 5].map(|wrapping| wrapped(header, subject, text, wrapping)))
        .collect();
    let (found, missed) = share(&messages, Class::Bounce);
    assert!(found >= 0.995, "{found}\n{}", missed.join("\n\n"));
}

#[test]
fn bounces_tell_whom_they_concern_and_whether_it_is_over() {
    for (header, subject, text, permanent) in BOUNCES {
        let report = message(wrapped(header, subject, text, 5)).delivery_report.unwrap();
        let told = (report.original_message_id.as_deref(), report.final_recipient.as_deref(), report.permanent);
        assert_eq!(
            told,
            (Some("c1@vendor.example"), Some("joe@shop.example"), *permanent),
            "{header}\n{subject}\n{text}"
        );
    }
}

#[test]
fn automatic_answers_are_found() {
    let answers = "From: Ann Baker <ann@shop.example>\nIn-Reply-To: <c1@vendor.example>";
    let notes = NOTES
        .iter()
        .flat_map(|text| [0, 1, 2, 3, 4].map(|wrapping| wrapped(answers, "Re: Your return", text, wrapping)));
    let subjects = SUBJECTS.iter().flat_map(|subject| {
        [0, 1, 3].map(|wrapping| wrapped("From: ann@shop.example", subject, "Thank you for your message.", wrapping))
    });
    let messages: Vec<String> = notes.chain(subjects).collect();
    let (found, missed) = share(&messages, Class::AutoReply);
    assert!(found >= 0.97, "{found}\n{}", missed.join("\n\n"));
}

#[test]
fn people_are_not_taken_for_machines() {
    let answers = "From: Ann Baker <ann@shop.example>\nIn-Reply-To: <c1@vendor.example>";
    let notes = NOTES.iter().map(|note| ("Automatic reply: Your return", *note));
    let bounces = BOUNCES.iter().map(|(_, subject, text, _)| (*subject, *text));
    let mut messages = Vec::new();
    for words in PEOPLE {
        messages.extend([0, 1, 2, 3, 4].map(|wrapping| wrapped(answers, "Re: Your return", words, wrapping)));
        for (subject, quoted) in notes.clone().chain(bounces.clone()) {
            let quoted = quoted.replace('\n', "\n> ");
            let gmail =
                format!("{words}\n\nOn Tue, Jun 9, 2026 at 4:57 PM Desk <support@vendor.example> wrote:\n> {quoted}");
            let outlook = format!(
                "{words}\n\n-----Original Message-----\nFrom: Desk\nSent: Tuesday, June 9, 2026 4:57 PM\nTo: Ann\nSubject: {subject}\n\n{quoted}"
            );
            messages.push(wrapped(answers, &format!("Re: {subject}"), &gmail, 0));
            messages.push(wrapped(answers, &format!("RE: {subject}"), &outlook, 0));
        }
    }
    let (people, missed) = share(&messages, Class::Human);
    assert!(people > 0.999, "{people} of {}\n{}", messages.len(), missed.join("\n\n"));
}

#[test]
fn a_person_by_a_mail_systems_name_is_a_person() {
    for header in
        ["From: System Administrator <jim@customer.example>", "From: Mail System Team <team@customer.example>"]
    {
        for text in [
            "The parcel could not be delivered, please advise.",
            "The firmware was rejected by unit UD-4711. Address not found, it says.",
        ] {
            let read = message(wrapped(header, "Return of UD-4711", text, 0));
            assert_eq!(read.class, Class::Human, "{}", read.class_reason);
        }
    }
    assert_eq!(try_read("From: Ann\nSubject: x\n\nThe parcel could not be delivered.\n"), Err(Defect::NoSender));
}

#[test]
fn complaints_are_reports_of_machines() {
    let complaint = "From: abuse@isp.example\nSubject: Fw: Your return\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nThis is an email abuse report for a message that could not be delivered.\n--b\nContent-Type: message/feedback-report\n\n\
        Feedback-Type: abuse\nVersion: 1\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <c1@vendor.example>\nSubject: x\n\nHello\n--b--\n";
    let without_report = wrapped("From: staff@isp.example", "complaint about message from 192.0.2.7", "", 5);
    for raw in [complaint, &without_report] {
        let read = message(raw);
        assert_eq!(
            (read.class, read.class_reason.as_str()),
            (Class::AutoReply, "complaint feedback report (RFC 5965)"),
            "{raw}"
        );
    }
}

#[test]
fn a_refusal_in_the_shape_of_a_receipt_is_a_bounce() {
    let refusal = |text: &str| {
        format!(
            "Return-Path: <>\nFrom: Mail Delivery Subsystem <mail@corp.example>\nSubject: Automatically rejected mail\nAuto-Submitted: auto-replied (rejected)\n\
        MIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: text/plain\n\n{text}\n\
        --b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; joe@shop.example\nDisposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n"
        )
    };
    assert_eq!(
        message(refusal("Your message to <joe@shop.example> was automatically rejected:\nQuota exceeded")).class,
        Class::Bounce
    );
    assert_eq!(message(refusal("Your message was displayed.")).class, Class::AutoReply);
}

#[test]
fn a_vacation_note_in_the_shape_of_a_bounce_is_a_note() {
    let note = "Return-Path: <>\nFrom: Ann Baker <ann@shop.example>\nSubject: Out of office: Your return\n\nI am away until Monday.\n\n> It could not be delivered to your old address.\n";
    assert_eq!(message(note).class, Class::AutoReply);
}
