//! How values are written in a letter; the templates use these by name.

use std::fmt::{self, Display, Write};

use askama::filters::Escaper;
use askama::{Values, filter_fn};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::characters::shown;

/// See [`written_out`].
#[filter_fn]
pub(super) fn day(date: &Date, _: &dyn Values) -> askama::Result<String> {
    Ok(written_out(*date))
}

/// A day written out, as it cannot be misread on either side of the ocean: `Monday, 29 June 2026`.
pub(super) fn written_out(date: Date) -> String {
    date.strftime("%A, %-d %B %Y").to_string()
}

/// A rate without trailing zeros: `2.9%`.
#[filter_fn]
pub(super) fn percent(rate: &Decimal, _: &dyn Values) -> askama::Result<String> {
    Ok(format!("{}%", rate.normalize()))
}

/// A small number as a word.
#[filter_fn]
pub(super) fn in_words(count: &u32, _: &dyn Values) -> askama::Result<String> {
    Ok(match count {
        1 => "one".to_owned(),
        2 => "two".to_owned(),
        3 => "three".to_owned(),
        4 => "four".to_owned(),
        5 => "five".to_owned(),
        6 => "six".to_owned(),
        7 => "seven".to_owned(),
        8 => "eight".to_owned(),
        9 => "nine".to_owned(),
        many => many.to_string(),
    })
}

/// The first column of a table in plain text.
#[filter_fn]
pub(super) fn first_column(text: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(format!("{:<32}", text.to_string().trim()))
}

/// A column of figures in plain text.
#[filter_fn]
pub(super) fn figure(text: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(format!("{:>11}", text.to_string()))
}

/// A phrase at the beginning of a sentence or an item: its first letter is a capital, the rest stays as it is.
#[filter_fn]
pub(super) fn capitalized(phrase: impl Display, _: &dyn Values) -> askama::Result<String> {
    let phrase = phrase.to_string();
    let mut characters = phrase.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    Ok(first.chain(characters.clone()).collect())
}

/// Lines as paragraphs of plain text.
#[filter_fn]
pub(super) fn spaced(text: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(text.to_string().replace('\n', "\n\n"))
}

/// Lines as paragraphs of HTML; what comes in is HTML already.
#[filter_fn]
pub(super) fn paragraphs(html: impl Display, _: &dyn Values) -> askama::Result<String> {
    let html = html.to_string();
    let lines = html.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.fold(String::new(), |page, line| page + "<p>" + line + "</p>\n"))
}

/// Writes a value into plain text: see [`shown`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plain;

impl Escaper for Plain {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        string.chars().filter_map(shown).try_for_each(|c| dest.write_char(c))
    }
}

/// Writes a value into HTML: see [`shown`], and with every character that is markup as a reference.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        string.chars().filter_map(shown).try_for_each(|c| askama::filters::Html.write_escaped_char(&mut dest, c))
    }
}
