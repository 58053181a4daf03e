//! What is downloaded: a message byte for byte, and what came attached to it. The browser is to save it, never to show it.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Console;
use super::kept;
use super::problem::Problem;
use crate::mail;

pub(super) async fn original(
    State(console): State<Console>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = kept::entry(&console, id).await?.id;
    let raw = console.desk.store.raw(id).await?.ok_or_else(|| Problem::NoSuchMessage(id.to_string()))?;
    Ok(to_save("message/rfc822", &format!("message-{id}.eml"), raw))
}

/// An attachment by its place in the list of the message's page, from 1. Whatever type its sender gave it, it goes out
/// as bytes.
pub(super) async fn attachment(
    State(console): State<Console>,
    place: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((id, number)) = place.map_err(|_| Problem::NoSuchPage)?;
    let entry = kept::numbered(&console, &id).await?;
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let found = kept::read(&console, &entry, move |message, raw| {
        let attachment = message.attachments.get(at?)?;
        Some((attachment.name.clone(), mail::content(raw, attachment)?))
    });
    let (name, content) = found
        .await?
        .ok()
        .flatten()
        .ok_or_else(|| Problem::NoSuchAttachment(entry.id, number.chars().take(40).collect()))?;
    Ok(to_save("application/octet-stream", &name, content))
}

fn to_save(media_type: &'static str, name: &str, content: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition(name))];
    (headers, content).into_response()
}

/// The name in ASCII, and as it is where that is not all of it (RFC 6266, section 4.3; RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let whole: String = name.bytes().map(encode).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

/// What stands in a quoted string as it is, and is read by all browsers alike: they differ about `%41`.
fn is_plain(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_ascii_and_as_it_is() {
        for (name, expected) in [
            ("list 2.csv", "attachment; filename=\"list 2.csv\""),
            ("Gerät.pdf", "attachment; filename=\"Ger_t.pdf\"; filename*=UTF-8''Ger%C3%A4t.pdf"),
            ("100%41.txt", "attachment; filename=\"100_41.txt\"; filename*=UTF-8''100%2541.txt"),
            (
                "a\"; filename=b.exe",
                "attachment; filename=\"a_; filename=b.exe\"; filename*=UTF-8''a%22%3B%20filename%3Db.exe",
            ),
            ("a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y"),
            ("写真.jpg", "attachment; filename=\"__.jpg\"; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg"),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }
}
