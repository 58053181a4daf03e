//! What all pages share: the frame around them, times, and badges.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::problem::Problem;
use crate::case::State;
use crate::daemon::Trouble;
use crate::policy::OutcomeKind;
use crate::store::{SendingState, Stop};

/// The frame of every page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub vendor: String,
    pub zone_name: String,
    /// Since when and why nothing is sent.
    pub stopped: Option<String>,
    /// What fails, since when and how.
    pub troubles: Vec<String>,
    zone: TimeZone,
}

impl Frame {
    pub fn new(vendor: &str, zone: &TimeZone) -> Frame {
        let zone_name = zone.iana_name().unwrap_or("the vendor's time zone").to_owned();
        Frame { vendor: vendor.to_owned(), zone_name, stopped: None, troubles: vec![], zone: zone.clone() }
    }

    /// The same on a page that is shown while sending is stopped, or something fails.
    pub fn with(mut self, stop: Option<Stop>, troubles: Vec<Trouble>) -> Frame {
        let told = |trouble: Trouble| {
            format!("{} has failed since {}: {}", trouble.what, self.time(trouble.since), trouble.error)
        };
        self.troubles = troubles.into_iter().map(told).collect();
        self.stopped = stop.map(|stop| format!("since {} by {}: {}", self.time(stop.at), stop.by, stop.why));
        self
    }

    /// An instant in the vendor's zone: `15 Jun 2026, 10:12`.
    pub fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%-d %b %Y, %H:%M").to_string()
    }

    /// The same with the day of the week: `Mon 15 Jun 2026, 10:12`.
    pub fn weekday_and_time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%a %-d %b %Y, %H:%M").to_string()
    }
}

/// A few words that stand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Badge {
    pub words: String,
    pub tone: Tone,
}

/// How a badge looks; the name is a class of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A person has to do something.
    Alert,
    /// Somebody else has to.
    Waiting,
    Good,
    Quiet,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Tone::Alert => "alert",
            Tone::Waiting => "waiting",
            Tone::Good => "good",
            Tone::Quiet => "quiet",
        }
    }
}

impl Badge {
    pub fn new(words: impl Into<String>, tone: Tone) -> Badge {
        Badge { words: words.into(), tone }
    }

    pub fn of_outcome(kind: OutcomeKind) -> Badge {
        let tone = match kind {
            OutcomeKind::HeldForReview => Tone::Alert,
            OutcomeKind::DetailsRequested => Tone::Waiting,
            OutcomeKind::RmaIssued | OutcomeKind::CancellationAccepted | OutcomeKind::StatusGiven => Tone::Good,
            OutcomeKind::Declined | OutcomeKind::Ignored => Tone::Quiet,
        };
        Badge::new(super::words::outcome(kind), tone)
    }

    pub fn of_state(state: State) -> Badge {
        let tone = match state {
            State::HeldForReview => Tone::Alert,
            State::New | State::AwaitingDetails | State::Received | State::Inspected => Tone::Waiting,
            State::Approved | State::Resolved => Tone::Good,
            State::Declined | State::Expired | State::Cancelled | State::Closed => Tone::Quiet,
        };
        Badge::new(super::words::state(state), tone)
    }

    pub fn of_sending(state: SendingState) -> Badge {
        let tone = match state {
            SendingState::Refused | SendingState::GivenUp => Tone::Alert,
            SendingState::Recorded => Tone::Waiting,
            SendingState::Accepted => Tone::Good,
            SendingState::Withheld => Tone::Quiet,
        };
        Badge::new(super::words::sending(state), tone)
    }
}

/// A page, or the problem with writing it.
pub(super) fn written(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(template.render()?).into_response())
}
