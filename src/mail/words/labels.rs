//! Words that mail programs put around earlier mail, in the languages they speak. All in lower case.

/// What a label of a quoted header block stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    From,
    Date,
    To,
    Subject,
    /// Cc, attachments, importance: part of the block, and no proof of one.
    Other,
}

const FROM: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "van",
    "från",
    "fra",
    "od",
    "от",
    "от кого",
    "від",
    "kimden",
    "gönderen",
    "mittente",
    "expéditeur",
    "remitente",
    "remetente",
    "afzender",
    "lähettäjä",
    "feladó",
    "absender",
    "nadawca",
    "odesílatel",
    "de la",
    "από",
    "发件人",
    "寄件者",
    "差出人",
    "送信者",
    "보낸 사람",
    "보낸사람",
    "מאת",
    "من",
];
const DATE: &[&str] = &[
    "sent",
    "date",
    "sent on",
    "gesendet",
    "datum",
    "envoyé",
    "date d'envoi",
    "enviado",
    "enviado el",
    "enviado em",
    "enviada em",
    "fecha",
    "data",
    "inviato",
    "data invio",
    "verzonden",
    "skickat",
    "sendt",
    "dato",
    "wysłano",
    "data wysłania",
    "odesláno",
    "отправлено",
    "дата",
    "надіслано",
    "gönderme tarihi",
    "gönderildi",
    "tarih",
    "lähetetty",
    "päivämäärä",
    "päiväys",
    "elküldve",
    "dátum",
    "trimis",
    "στάλθηκε",
    "ημερομηνία",
    "发送时间",
    "日期",
    "寄件日期",
    "送信日時",
    "日時",
    "日付",
    "보낸 날짜",
    "날짜",
    "תאריך",
    "נשלח",
    "تاريخ",
    "gesendet am",
];
const TO: &[&str] = &[
    "to",
    "an",
    "à",
    "pour",
    "para",
    "a",
    "aan",
    "till",
    "til",
    "do",
    "komu",
    "кому",
    "kime",
    "alıcı",
    "destinataire",
    "destinatario",
    "destinatário",
    "vastaanottaja",
    "címzett",
    "către",
    "προς",
    "empfänger",
    "收件人",
    "收件者",
    "宛先",
    "받는 사람",
    "받는사람",
    "אל",
    "إلى",
];
const SUBJECT: &[&str] = &[
    "subject",
    "betreff",
    "objet",
    "asunto",
    "assunto",
    "oggetto",
    "onderwerp",
    "ämne",
    "emne",
    "temat",
    "předmět",
    "predmet",
    "тема",
    "konu",
    "aihe",
    "tárgy",
    "subiect",
    "θέμα",
    "主题",
    "主旨",
    "件名",
    "제목",
    "נושא",
    "الموضوع",
];
const OTHER: &[&str] = &[
    "cc",
    "bcc",
    "kopie",
    "copie",
    "copia",
    "kopia",
    "kopi",
    "dw",
    "копия",
    "抄送",
    "副本",
    "참조",
    "reply-to",
    "antwort an",
    "répondre à",
    "importance",
    "wichtigkeit",
    "priority",
    "priorität",
    "attachments",
    "anlagen",
    "pièces jointes",
    "organization",
    "message-id",
    "resent-from",
    "sender",
    "signed by",
    "mailed-by",
];

/// The label of a line `Label: value`, and the value. Bold labels come as `*From:*` in plain text.
pub(super) fn label(line: &str) -> Option<(Label, &str)> {
    let (name, value) = line.split_once([':', '：'])?;
    if name.len() > 40 {
        return None;
    }
    let name = name.trim_matches([' ', '*', '\t', '_']).to_lowercase();
    let tables =
        [(FROM, Label::From), (DATE, Label::Date), (TO, Label::To), (SUBJECT, Label::Subject), (OTHER, Label::Other)];
    let (_, label) = tables.into_iter().find(|(names, _)| names.contains(&name.as_str()))?;
    Some((label, value.trim_matches([' ', '*', '\t', '_'])))
}

/// Lines of their own, between dashes, above a message that is passed on.
pub(super) const FORWARDED: &[&str] = &[
    "forwarded message",
    "forwarded email",
    "fwd message",
    "weitergeleitete nachricht",
    "weitergeleitete e-mail",
    "message transféré",
    "mensaje reenviado",
    "mensagem encaminhada",
    "mensagem reencaminhada",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "vidarebefordrat meddelande",
    "vidarebefordrat brev",
    "videresendt meddelelse",
    "videresendt melding",
    "välitetty viesti",
    "wiadomość przekazana",
    "przekazana wiadomość",
    "přeposlaná zpráva",
    "пересланное сообщение",
    "пересылаемое сообщение",
    "переслане повідомлення",
    "iletilen mesaj",
    "iletilmiş mesaj",
    "továbbított üzenet",
    "mesaj redirecționat",
    "转发的邮件",
    "轉寄郵件",
    "转发邮件信息",
    "転送メッセージ",
    "전달된 메시지",
    "הודעה שהועברה",
    "رسالة محولة",
];

/// Apple's programs write a sentence instead.
pub(super) const BEGIN_FORWARDED: &[&str] = &[
    "begin forwarded message",
    "anfang der weitergeleiteten nachricht",
    "début du message transféré",
    "début du message réexpédié",
    "inicio del mensaje reenviado",
    "início da mensagem reencaminhada",
    "início da mensagem encaminhada",
    "inizio messaggio inoltrato",
    "begin doorgestuurd bericht",
    "vidarebefordrat brev",
    "start på videresendt besked",
    "videresendt melding",
    "początek przekazywanej wiadomości",
    "начало переадресованного сообщения",
    "下面是被转发的邮件",
    "転送されたメッセージ",
];

/// Lines of their own, between dashes, above earlier mail.
pub(super) const ORIGINAL: &[&str] = &[
    "original message",
    "original mail",
    "original e-mail",
    "original email",
    "original appointment",
    "reply message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "original nachricht",
    "ursprünglicher termin",
    "message d'origine",
    "message original",
    "message initial",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "origineel bericht",
    "ursprungligt meddelande",
    "originalmeddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "alkuperäinen viesti",
    "oryginalna wiadomość",
    "wiadomość oryginalna",
    "původní zpráva",
    "исходное сообщение",
    "оригинальное сообщение",
    "orijinal mesaj",
    "özgün ileti",
    "eredeti üzenet",
    "mesaj original",
    "αρχικό μήνυμα",
    "原始邮件",
    "原始郵件",
    "元のメッセージ",
    "オリジナルメッセージ",
    "원본 메시지",
    "הודעה מקורית",
    "الرسالة الأصلية",
];

/// Words of a line that says who wrote what follows, and when.
pub(super) const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "schreibt",
    "geschrieben",
    "écrit",
    "ecrit",
    "escribió",
    "escribio",
    "escribe",
    "escreveu",
    "ha scritto",
    "scrive",
    "schreef",
    "skrev",
    "skriver",
    "pisze",
    "napisał",
    "napisała",
    "napsal",
    "napsala",
    "napísal",
    "kirjoitti",
    "írta",
    "a scris",
    "пишет",
    "написал",
    "написала",
    "писал",
    "написав",
    "yazdı",
    "yazmış",
    "έγραψε",
    "写道",
    "寫道",
    "のメール",
    "님이 작성",
    "כתב",
    "كتب",
    "said",
    "viết",
];

/// How such lines begin where they may run over several lines.
pub(super) const OPENERS: &[&str] = &[
    "on ",
    "am ",
    "le ",
    "el ",
    "em ",
    "il ",
    "op ",
    "den ",
    "på ",
    "w dniu ",
    "dnia ",
    "dne ",
    "dňa ",
    "в ",
    "on: ",
    "at ",
    "a ",
    "pe ",
    "na ",
    "quoting ",
    "zitat von ",
    "om ",
    "tarihinde ",
    "στις ",
    "ב-",
    "在",
    "vào ",
];

/// How subjects of forwarded mail begin.
const FORWARD_PREFIXES: &[&str] = &[
    "fw", "fwd", "wg", "tr", "rv", "enc", "i", "inoltro", "doorst", "vb", "vs", "vl", "pd", "pf", "ilt", "i̇lt", "yml",
    "redir", "tov", "trs", "转发", "轉寄", "転送", "전달",
];
const REPLY_PREFIXES: &[&str] = &[
    "re",
    "aw",
    "antw",
    "antwort",
    "sv",
    "rif",
    "r",
    "res",
    "ref",
    "odp",
    "ynt",
    "yan",
    "vs",
    "vá",
    "antwoord",
    "回复",
    "回覆",
    "答复",
    "返信",
    "답장",
    "на",
    "отв",
    "ответ",
    "απ",
    "bls",
];

/// Whether the subject says that the mail passes on another.
pub(super) fn is_forward(subject: &str) -> bool {
    prefixes(subject).into_iter().next().is_some_and(|prefix| FORWARD_PREFIXES.contains(&prefix.as_str()))
}

/// Whether the subject says that the mail answers another.
pub(super) fn is_reply(subject: &str) -> bool {
    prefixes(subject).into_iter().any(|prefix| REPLY_PREFIXES.contains(&prefix.as_str()))
}

/// The words before colons at the beginning: `RE: Fwd: x` has two. A tag in brackets before them is skipped, and so is
/// a count (`Re[2]:`).
fn prefixes(subject: &str) -> Vec<String> {
    let mut rest = subject.trim_start();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|tagged| tagged.split_once(']')) {
        rest = after.trim_start();
    }
    let mut found = Vec::new();
    while let Some((word, after)) = rest.split_once([':', '：']) {
        let word = word.split(['[', '(']).next().unwrap_or_default().trim().to_lowercase();
        if word.is_empty() || word.contains(char::is_whitespace) || word.chars().count() > 8 {
            break;
        }
        found.push(word);
        rest = after.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_subjects_tell_forwards_and_replies() {
        for subject in ["FW: x", "Fwd: x", "WG: x", "TR : x", "RV: Re: x", "[ext] Fwd: x", "转发：x", "I: x"] {
            assert!(is_forward(subject), "{subject}");
        }
        for subject in ["Re: Fwd: x", "x", "RMA: x", "Forward motion", "INV-1: x", "", "Two fw: x"] {
            assert!(!is_forward(subject), "{subject}");
        }
        for subject in ["Re: x", "AW: x", "Re[2]: x", "SV: x", "Antw.: x", "RES: x", "[C-1] Re: x"] {
            assert_eq!(is_reply(subject), subject != "Antw.: x", "{subject}");
        }
        assert!(!is_reply("Return: x"));
    }

    #[test]
    fn labels_are_known_in_many_languages() {
        assert_eq!(label("*From:* Ann <a@x.example>"), Some((Label::From, "Ann <a@x.example>")));
        assert_eq!(label("Gesendet: Montag, 8. Juni"), Some((Label::Date, "Montag, 8. Juni")));
        assert_eq!(label("Objet : x"), Some((Label::Subject, "x")));
        assert_eq!(label("发件人：李"), Some((Label::From, "李")));
        assert_eq!(label("Serial: 12"), None);
        assert_eq!(label("no colon"), None);
    }
}
