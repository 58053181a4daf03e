//! What stands before every page: requests under a foreign name are turned away, and every answer tells the browser to
//! run nothing, to keep nothing and to tell nobody.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// What a page may do that is not said otherwise: use our style sheet.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The same for a page that shows another of ours in a frame.
const POLICY_WITH_FRAME: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What a stranger's page may do in that frame, or alone: have styles. It belongs to no site, not even to ours.
const POLICY_IN_FRAME: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self'";

/// Sent with every answer that does not bring its own.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets a request pass that came under one of our names.
pub(super) async fn guard(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    let mut response = if names_us(request.headers(), address.ip()) {
        next.run(request).await
    } else {
        Problem::ForeignName.into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The page, which may show another of ours in a frame.
pub(super) fn with_frame(page: Response) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY_WITH_FRAME)], page).into_response()
}

/// The page, which one of ours may show in a frame.
pub(super) fn in_frame(page: Response) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY_IN_FRAME), (header::X_FRAME_OPTIONS, "SAMEORIGIN")], page)
        .into_response()
}

/// Whether the one Host field names this machine. A page elsewhere can make its own name point at us (DNS rebinding), but
/// the browser then still sends that name. The port does not matter: it may be that of a tunnel.
fn names_us(headers: &HeaderMap, listening: IpAddr) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address == listening,
        Err(_) => name.eq_ignore_ascii_case("localhost") && !authority.as_str().contains('@'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        names_us(&headers, "127.0.0.1".parse().unwrap())
    }

    #[test]
    fn loopback_names_are_ours_under_any_port() {
        for host in ["localhost", "LocalHost:8080", "127.0.0.1:8080", "127.0.0.1:9", "127.1.2.3", "[::1]:8080", "[::1]"]
        {
            assert!(is_let_in(&[host]), "{host}");
        }
    }

    #[test]
    fn any_other_name_is_foreign() {
        for host in [
            "",
            "rebound.example",
            "rebound.example:8080",
            "localhost.rebound.example",
            "127.0.0.1.rebound.example",
            "192.0.2.7:8080",
            "0.0.0.0:8080",
            "[2001:db8::7]:8080",
            "localhost@rebound.example",
            "rebound.example@localhost",
            "localhost:8080, rebound.example",
        ] {
            assert!(!is_let_in(&[host]), "{host}");
        }
        assert!(!is_let_in(&[]), "no name");
        assert!(!is_let_in(&["localhost", "rebound.example"]), "two names");
    }
}
