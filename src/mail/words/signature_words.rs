//! The wording of signatures, of lines that phones add, and of disclaimers, in the languages mail comes in; lower case.

/// How lines that mail programs add begin, and what one of them must hold besides.
pub(super) const DEVICES: &[(&str, &[&str])] = &[
    ("sent from my", &[]),
    ("sent from mail for", &[]),
    ("sent from outlook", &[]),
    ("sent from yahoo", &[]),
    ("sent from proton", &[]),
    ("sent from gmail", &[]),
    ("sent from samsung", &[]),
    ("sent from the all-new", &[]),
    ("sent from a", &["phone", "mobile", "tablet", "handheld", "device"]),
    ("sent from", &["iphone", "ipad", "android", "blackberry", "galaxy", "windows phone", "smartphone"]),
    ("sent via", &["iphone", "android", "blackberry", "mobile", "galaxy", "phone"]),
    ("sent with", &["proton", "airmail", "spark", "mailspring", "secure email"]),
    ("get outlook for", &[]),
    ("download outlook for", &[]),
    ("please excuse", &["brevity", "typo", "mistakes", "errors"]),
    ("excuse", &["brevity", "typos"]),
    ("von meinem", &["gesendet"]),
    ("gesendet von", &["iphone", "ipad", "android", "outlook", "mail", "handy", "smartphone", "galaxy"]),
    ("gesendet mit", &["app", "mail", "outlook"]),
    ("diese nachricht wurde von mein", &["gesendet"]),
    ("holen sie sich outlook", &[]),
    ("outlook für", &["herunterladen", "beziehen"]),
    ("envoyé de mon", &[]),
    ("envoyé depuis", &["iphone", "ipad", "android", "outlook", "mobile", "téléphone", "yahoo", "mail"]),
    ("envoyé à partir de", &[]),
    ("télécharger outlook", &[]),
    ("obtenez outlook", &[]),
    ("obtenir outlook", &[]),
    ("enviado desde", &["iphone", "ipad", "android", "outlook", "móvil", "yahoo", "correo", "samsung", "celular"]),
    ("enviado do meu", &[]),
    ("enviado a partir do", &[]),
    ("obtener outlook", &[]),
    ("obter o outlook", &[]),
    ("inviato da", &["iphone", "ipad", "android", "outlook", "yahoo", "samsung", "posta"]),
    ("inviato dal", &[]),
    ("scarica outlook", &[]),
    ("ottieni outlook", &[]),
    ("verstuurd vanaf mijn", &[]),
    ("verzonden vanaf mijn", &[]),
    ("verzonden met", &["outlook", "mail"]),
    ("outlook voor", &["downloaden"]),
    ("skickat från min", &[]),
    ("sendt fra min", &[]),
    ("lähetetty", &["iphone", "android", "outlook"]),
    ("wysłane z", &["iphone", "android", "telefonu", "outlook"]),
    ("odesláno z", &["iphone", "android", "outlook"]),
    ("отправлено с", &["iphone", "android", "ipad", "мобильн", "устройства"]),
    ("отправлено из", &[]),
    ("iphone'umdan gönderildi", &[]),
    ("发自我的", &[]),
    ("从我的", &["发送"]),
    ("發自我的", &[]),
    ("iphoneから送信", &[]),
    ("나의 iphone에서 보냄", &[]),
];

/// What footers of mailing lists say below a rule.
pub(super) const LIST_FOOTERS: &[&str] = &[
    "mailing list", "mailman/listinfo", "to unsubscribe", "unsubscribe from this", "you received this message because you are subscribed",
    "google groups", "manage your subscription", "mailingliste", "liste de diffusion", "lista de correo",
];

/// How disclaimers begin.
pub(super) const DISCLAIMER_OPENINGS: &[&str] = &[
    "confidential", "disclaimer", "notice", "legal notice", "important notice", "important:", "privileged", "privacy notice", "warning:", "caution",
    "this e-mail", "this email", "this message", "this communication", "this electronic", "this transmission", "this mail",
    "the information", "the contents", "the content of this", "information contained", "information in this", "if you are not the",
    "if you have received", "if you received", "any unauthorized", "any views", "please consider the environment", "please note that this",
    "any review", "e-mail confidentiality", "email confidentiality", "electronic privacy", "intended for the", "diese e-mail", "diese mail",
    "diese nachricht", "der inhalt dieser", "die information", "vertraulich", "hinweis", "rechtlicher hinweis", "ce message", "ce courriel", "cet e-mail",
    "cet email", "le contenu de ce", "les informations", "avertissement", "este mensaje", "este correo", "la información", "aviso", "advertencia",
    "esta mensagem", "este e-mail", "este email", "as informações", "questo messaggio", "questa e-mail", "questa email", "le informazioni", "avviso",
    "dit bericht", "deze e-mail", "de informatie", "detta meddelande", "denna e-post", "denne e-mail", "denne e-post", "ta wiadomość",
    "niniejsza wiadomość", "tento e-mail", "данное сообщение", "это сообщение", "настоящее сообщение", "bu e-posta", "本邮件", "このメール", "本メール",
];

/// What disclaimers say. One alone may be said by anybody.
pub(super) const DISCLAIMER_MARKERS: &[&str] = &[
    "confidential", "privileged", "intended recipient", "intended only", "intended solely", "named addressee", "addressee", "solely for the use",
    "individual or entity", "received it in error", "received this", "in error", "unauthorized", "unauthorised", "prohibited", "disseminat",
    "disclosure", "distribut", "copying", "unlawful", "delete it", "delete this", "destroy all copies", "destroy any copies", "notify the sender",
    "notify us", "contact the sender", "virus", "liability", "views expressed", "opinions expressed", "do not necessarily", "attachment",
    "proprietary", "before printing", "criminal penalties", "public records", "open records", "monitored", "vertraulich", "rechtlich geschützt",
    "irrtümlich", "nicht der richtige adressat", "nicht gestattet", "unbefugte", "vernichten sie", "löschen sie", "confidentiel", "destinataire",
    "par erreur", "interdit", "diffusion", "divulgation", "strictement", "confidencial", "destinatari", "por error", "prohibid", "divulgación",
    "eliminarlo", "por engano", "por erro", "proibid", "divulgação", "riservat", "per errore", "vietat", "divulgazione", "vertrouwelijk",
    "geadresseerde", "per vergissing", "ten onrechte", "niet toegestaan", "konfidentiell", "avsedd", "fortrolig", "poufn", "adresat", "omylem",
    "důvěrn", "конфиденциальн", "адресат", "ошибочно", "gizli", "yanlışlıkla", "保密", "机密", "收件人", "誤って", "機密",
];

/// Words of a line that may tell a detail of an order.
pub(super) const DETAILS: &[&str] = &[
    "invoice", "inv", "serial", "serials", "s/n", "sn", "rma", "order", "po", "part", "p/n", "pn", "model", "account", "acct", "customer", "sku",
    "item", "unit", "units", "qty", "quantity", "ticket", "reason", "refund", "return", "returned", "exchange", "replace", "replacement", "repair",
    "cancel", "warranty", "broken", "defective", "dead", "rechnung", "seriennummer", "auftrag", "kundennummer", "facture", "commande", "factura",
    "pedido", "serie", "fattura", "ordine", "factuur", "bestelling",
];

/// Labels of phone numbers, without punctuation.
pub(super) const PHONE_LABELS: &[&str] = &[
    "t", "p", "m", "f", "o", "c", "d", "tel", "tél", "phone", "ph", "mobile", "mob", "cell", "fax", "office", "direct", "desk", "main", "hotline",
    "telefon", "telefax", "mobil", "téléphone", "portable", "teléfono", "móvil", "telefono", "cellulare", "telefoon", "ext", "x",
];
