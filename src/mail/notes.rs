//! How vacation notes and help desks speak that bear no mark of a machine.

/// A help desk says that it has opened a ticket.
pub(super) const TICKET_OPENED: &[&str] = &[
    "your ticket",
    "ticket was created",
    "ticket has been created",
    "ticket has been opened",
    "we have received your request",
    "we have received your message",
    "we've received your request",
    "your request has been received",
    "your case has been created",
    "a support ticket",
];

/// ... and that somebody will read it some day.
pub(super) const WILL_RESPOND: &[&str] = &[
    "an agent will",
    "a technician will",
    "a representative will",
    "our team will",
    "will respond within",
    "will reply within",
    "will be in touch",
    "will get back to you",
    "business days",
    "business hours",
];

/// Somebody is away.
pub(super) const AWAY: &[&str] = &[
    "out of the office",
    "out of office",
    "away from the office",
    "away from my desk",
    "on vacation",
    "on annual leave",
    "on parental leave",
    "on maternity leave",
    "on leave",
    "on holiday",
    "on pto",
    "traveling",
    "travelling",
    "not in the office",
];

/// A note names itself.
pub(super) const SELF_NAMED: &[&str] = &[
    "automated response",
    "automated reply",
    "automatic response",
    "automatic reply",
    "auto-reply",
    "autoreply",
    "autoresponder",
    "auto-response",
];

/// What happens meanwhile.
pub(super) const UNTIL_THEN: &[&str] = &[
    "get back to you",
    "when i return",
    "upon my return",
    "on my return",
    "until i return",
    "limited access",
    "no access to",
    "in my absence",
    "while i am away",
    "while i'm away",
    "will be back",
    "back in the office",
    "i return on",
    "for urgent matters",
    "for anything urgent",
    "if it is urgent",
    "if your request is urgent",
    "will respond when",
    "will reply when",
];
