//! Notes that bear no mark of a machine, in the languages of the big mail programs, and people who speak of the same.

use super::*;

/// Away, gone for good, closed: three or more of each kind.
const NOTES: &[&str] = &[
    // away
    "I'm on annual leave and will read your message when I am back.",
    "I am currently travelling and may be slow to respond. My colleague Bob can help meanwhile.",
    "Thank you for writing. I'm on parental leave until November; Bob looks after my customers.",
    "Ich befinde mich derzeit im Urlaub und beantworte Ihre Nachricht Anfang Juli.",
    "Ab dem 22.6. bin ich wieder im Hause. Ihre Mail wird nicht automatisch weitergeleitet.",
    "Ich bin auf Dienstreise, bis zum Freitag vertritt mich Frau Krause.",
    "Je serai absente du 3 au 12 juin, ma collègue prend le relais.",
    "Je suis actuellement en déplacement et vous répondrai lundi.",
    "Actualmente estoy de viaje. Atenderé su mensaje el lunes.",
    "Me encuentro de vacaciones hasta el martes.",
    "Sono in ferie dal 3 al 12 giugno e leggerò la posta al rientro.",
    "In questo momento sono in ferie.",
    "Momenteel ben ik niet op kantoor. Mijn collega Piet helpt u graag.",
    "Ik ben met verlof tot en met dinsdag.",
    "Estou de férias e regresso na segunda-feira.",
    "Encontro-me fora do escritório até sexta-feira.",
    "Jag har semester och är åter på måndag.",
    "Jeg er på ferie og læser dine mails på mandag, frem til da hjælper Bo.",
    "Jeg er ute av kontoret og svarer i morgen.",
    "Olen vanhempainvapaalla marraskuuhun saakka.",
    "Jestem na urlopie, zastępuje mnie Anna.",
    "Momentálně nejsem v kanceláři, ozvu se v pondělí.",
    "Jelenleg szabadságon vagyok.",
    "Sunt în concediu până luni.",
    "Şu anda ofis dışındayım.",
    "Я нахожусь в отпуске до понедельника.",
    "Я у відпустці до понеділка.",
    "Βρίσκομαι σε άδεια μέχρι τη Δευτέρα.",
    "אני בחופשה עד יום שני.",
    "أنا في إجازة حتى يوم الاثنين.",
    "出張しております。月曜日以降にご返信いたします。",
    "我正在出差，星期一回来。",
    "출장 중이라 회신이 늦을 수 있습니다.",
    "This is an automated reply: I am on leave. Refunds and the RMA desk: bob@shop.example.",
    // gone for good
    "I am no longer employed by Shop Inc. Please direct your mail to sales@shop.example.",
    "Ann Baker has left the company. Please update your records.",
    "Ich bin nicht mehr bei der Laden GmbH. Bitte wenden Sie sich an Frau Krause.",
    "J'ai quitté la société. Merci de contacter Mme Durand.",
    "Ya no trabajo aquí, contacte con ventas@tienda.example.",
    "Ik werk niet meer bij Winkel BV.",
    "Я больше не работаю в компании. Пишите коллегам.",
    "退職いたしました。今後は佐藤までお願いいたします。",
    // closed
    "Our office is closed for inventory. We will respond when we reopen.",
    "Wir haben Betriebsferien und sind ab dem 24. August wieder für Sie da.",
    "Nos bureaux sont fermés ; nous vous répondrons à la réouverture.",
    "Nuestras oficinas permanecerán cerradas. Para asuntos urgentes escriba a guardia@tienda.example.",
    "I nostri uffici resteranno chiusi, per urgenze rivolgersi a Luca.",
    "Vi har semesterstängt. Vid brådskande ärenden, kontakta Lars.",
    "8月11日から夏季休業とさせていただきます。お急ぎの方はお電話ください。",
    // received
    "Your ticket #471100 has been created. An agent will look at it shortly. Do you have a question? See our pages.",
    "Thanks for contacting Shop Inc. A representative will reply within two days.",
    "Su mensaje ha sido recibido y lo atenderemos a la mayor brevedad.",
    "Wir haben Ihre Nachricht erhalten und melden uns so schnell wie möglich.",
    "Nous avons bien reçu votre demande, un conseiller vous répondra dans les plus brefs délais.",
    "Abbiamo ricevuto il suo messaggio, risponderemo il prima possibile.",
    "Dziękujemy za kontakt. Odpowiemy niezwłocznie.",
    "Ваше обращение принято, мы свяжемся с вами в ближайшее время.",
    "お問い合わせありがとうございます。担当者より改めてご連絡いたします。",
    "您的来信我们已经收到，会尽快答复。",
];

/// A machine may have written these, or a person: no answer goes out before staff have looked.
const DOUBTFUL: &[&str] = &[
    "Our office is closed between the years.",
    "Bob has left the company.",
    "Thank you for your message. We will contact you soon.",
    "My boss is on a business trip.",
    "Unser Büro bleibt am Freitag geschlossen.",
    "Vielen Dank für Ihre Nachricht. Wir kümmern uns darum.",
    "Merci pour votre message. Nous reviendrons vers vous.",
    "La oficina permanecerá cerrada en agosto.",
    "8月11日から夏季休業とさせていただきます。",
    "Ons kantoor is gesloten.",
    "Kontoret är stängt över jul.",
    "W tym tygodniu jestem niedostępny.",
    "Офис закрыт.",
    "来週は夏休みです。",
];

/// Subjects that mail programs and help desks write; the text says nothing.
const SUBJECTS: &[&str] = &[
    "[shop.example #4711] AutoReply: Your return",
    "[Ticket#4711] Auto-Reply: Your return",
    "[Request received] Your return",
    "Ticket Received - Your return",
    "Your return (Automatic Response)",
    "Your return [Auto-Reply]",
    "Thank you for writing - Auto Reply",
    "返品（自動送信）",
    "Yahoo! Auto Response",
    "OOO Re: Your return",
    "Annual leave until June 22",
    "I'm out of the office",
    "Urlaub Re: Ihre Rücksendung",
    "Ich bin im Urlaub",
    "Außer Haus: Ihre Rücksendung",
    "Absence Re: Votre retour",
    "En congé jusqu'au 22 juin",
    "Répondeur : Votre retour",
    "Autorespuesta: Su devolución",
    "Estoy de vacaciones",
    "Risponditore automatico: reso",
    "Sono in ferie",
    "Automatische reactie: Uw retour",
    "Mensagem automática: Devolução",
    "Frånvaromeddelande: Din retur",
    "Fraværsassistent: Din retur",
    "Poissaoloilmoitus: Palautus",
    "Odpowiedź automatyczna: Zwrot",
    "Jsem na dovolené",
    "Automata válasz: Visszaküldés",
    "Mesaj automat: Retur",
    "İş yeri dışında: İade",
    "Я в отпуске",
    "Автовідповідь: Повернення",
    "Απουσία από το γραφείο",
    "תגובה אוטומטית: החזרה",
    "خارج المكتب: إرجاع",
    "การตอบกลับอัตโนมัติ: คืนสินค้า",
    "外出自动答复: 退货",
    "부재중 자동 회신: 반품",
];

/// What people write of absence, of receipts and of machines that answer.
const PEOPLE: &[&str] = &[
    "I was out of the office last week. Yes, please go ahead.",
    "I'm on vacation right now, but here is what you asked for: no picture on port 2.",
    "I will be out of the office next week, so please ship it to my colleague Jane.",
    "Bob is on leave, I'm answering for him: please send the label to me.",
    "Are you closed until Monday?",
    "We are on vacation until the 22nd. Please hold the parcel until then.",
    "Thank you for your message. The replacement works, we will contact you soon about the other one.",
    "We have received your request for photos. They are attached, the rest follows as soon as possible.",
    "Ich war im Urlaub, daher die späte Antwort.",
    "Wir haben Betriebsferien bis zum 21. August, bitte danach liefern.",
    "Nos bureaux sont fermés le vendredi, livrez jeudi.",
    "Ich bin nächste Woche nicht im Büro, bitte schicken Sie das Etikett an meinen Kollegen.",
    "Vielen Dank für Ihre Nachricht. Das Paket geht so schnell wie möglich raus.",
    "J'étais en congé. Voici le numéro.",
    "Je suis absent la semaine prochaine, pouvez-vous livrer après le 22 ?",
    "Estaba de vacaciones. Adjunto las fotos.",
    "Ero in ferie, ecco il numero di serie.",
    "Ik was met vakantie. Hierbij de foto's.",
    "Jag hade semester. Här kommer bilderna.",
    "Olin lomalla, tässä kuvat.",
    "Byłem na urlopie. Przesyłam zdjęcia.",
    "Я был в отпуске. Вот фотографии.",
    "休暇を取っておりました。写真を添付します。",
    "我前几天休假。照片见附件。",
];

/// Subjects of people that begin or end like a machine's.
const PEOPLES_SUBJECTS: &[&str] = &[
    "Re: Your return (Automatic Response)",
    "Re: [shop.example #4711] AutoReply: Your return",
    "[C-10023] Automatic switch is dead",
    "Return of the switch (automatic)",
    "Away team's KVM is dead",
    "Holiday season order came broken",
    "Urlaubsanlage mit defektem Switch",
    "Ferienwohnung: Switch defekt",
    "Absences of picture on port 2",
];

fn answer(subject: &str, text: &str) -> Message {
    let header = format!(
        "Subject: {subject}\nIn-Reply-To: <c1@vendor.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8"
    );
    message(mail(&header, text))
}

#[test]
fn notes_without_any_mark_are_found() {
    let missed: Vec<_> =
        NOTES.iter().filter(|text| answer("Re: Your return", text).class != Class::AutoReply).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_may_be_a_note_waits_for_staff() {
    for text in DOUBTFUL {
        let read = answer("Re: Your return", text);
        assert!(read.class == Class::Human && read.may_be_automatic, "{text}\n{}", read.class_reason);
    }
    assert!(answer("Vacation: hold my parcel", "Thank you.").may_be_automatic);
    for text in ["Thanks, that works for me.", "The switch is dead. What now?", PEOPLE[0], PEOPLE[2], PEOPLE[8]] {
        assert!(!answer("Re: Your return", text).may_be_automatic, "{text}");
    }
}

#[test]
fn subjects_of_programs_are_found() {
    let read = |subject: &str| message(mail(&format!("Subject: {subject}"), "Thank you."));
    let missed: Vec<_> = SUBJECTS.iter().filter(|subject| read(subject).class != Class::AutoReply).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn people_speak_of_absence_too() {
    let texts = PEOPLE.iter().map(|text| answer("Re: Your return", text));
    let subjects =
        PEOPLES_SUBJECTS.iter().map(|subject| message(mail(&format!("Subject: {subject}"), "Please see to it.")));
    let taken: Vec<_> = texts.chain(subjects).filter(|read| read.class != Class::Human).collect();
    let shown: Vec<_> = taken.iter().map(|read| (&read.subject, &read.text, &read.class_reason)).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn a_person_behind_a_form_is_a_person() {
    let form = |from: &str, reply_to: &str| {
        message(format!("From: {from}\nReply-To: {reply_to}\nSubject: Contact form\n\nThe switch is dead.\n"))
    };
    for (from, reply_to, class) in [
        ("noreply@forms.example", "ann@customer.example", Class::Human),
        ("Web shop <no-reply@shop.example>", "Ann <ann@customer.example>", Class::Human),
        ("do-not-reply@desk.example", "ann@customer.example", Class::Human),
        ("noreply@shop.example", "sales@shop.example", Class::Bulk),
        ("noreply@shop.example", "no-reply@mailer.example", Class::Bulk),
    ] {
        assert_eq!(form(from, reply_to).class, class, "{from}, {reply_to}");
    }
}
