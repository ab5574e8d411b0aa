//! Who may ask: host, origin and token of every request, and the headers of every answer.
//!
//! A page of another site runs in the same browser as ours. It must neither read nor steer the laboratory:
//! - its requests carry its own `Origin` (or `Sec-Fetch-Site: cross-site`), which is refused;
//! - if it makes its own name point here (DNS rebinding), the `Host` is that name, which is refused;
//! - a body must be `application/json`, which a form of another site cannot send.
//!
//! Where the server listens beyond this machine, a token is needed besides.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use crate::limits;
use crate::refusal::ApiError;

/// What a request must bring.
#[derive(Debug, Clone)]
pub struct Guard {
    host: String,
    token: Option<String>,
}

/// The cookie that carries the token once the link has been followed.
const COOKIE: &str = "gradus_token";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl Guard {
    /// For a server that listens at `host`: beyond this machine it makes a token.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn new(host: &str) -> Result<Self, String> {
        let token = if is_loopback(host) { None } else { Some(new_token()?) };
        Ok(Guard { host: host.to_string(), token })
    }

    /// What a link to the page must carry.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether a request may pass; the error says why not.
    fn check(&self, request: &Request) -> Result<(), ApiError> {
        let headers = request.headers();
        let host = text(headers, &header::HOST).ok_or_else(|| ApiError::bad_request("the request has no Host"))?;
        if !self.knows(host) {
            return Err(ApiError::forbidden(format!(
                "the host {host:?} is not this server: open the page under the address that gradus serve printed"
            )));
        }
        if headers.contains_key(header::ORIGIN) {
            let origin = text(headers, &header::ORIGIN).unwrap_or_default();
            let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            if own != Some(host) {
                return Err(ApiError::forbidden(format!("requests from pages of {origin:?} are not answered")));
            }
        }
        let is_api = request.uri().path().starts_with("/api");
        let site = text(headers, &HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
        // A link from elsewhere may open the page, and nothing else.
        if matches!(site, "cross-site" | "same-site") && (is_api || request.method() != Method::GET) {
            return Err(ApiError::forbidden("requests from pages of other sites are not answered"));
        }
        match &self.token {
            Some(token) if !brings(headers, token) => Err(ApiError::forbidden(
                "the token is missing or wrong: open the link that gradus serve printed, or send it as \
                 Authorization: Bearer TOKEN",
            )),
            _ => Ok(()),
        }
    }

    /// Whether a `Host` means this server.
    fn knows(&self, host: &str) -> bool {
        let Some(name) = without_port(host) else { return false };
        if self.token.is_none() {
            return is_loopback(name);
        }
        // Rebinding needs a name; a number is what it is.
        let number = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        number || name.eq_ignore_ascii_case("localhost") || name.eq_ignore_ascii_case(&self.host)
    }

    /// A link's token becomes a cookie, and disappears from the address.
    fn welcome(&self, request: &Request) -> Option<Response> {
        let (token, query) = (self.token.as_deref()?, request.uri().query()?);
        if request.method() != Method::GET || request.uri().path().starts_with("/api") {
            return None;
        }
        let brought = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
        if !same(brought, token) {
            return None;
        }
        let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/");
        let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, "/".to_string())];
        Some((StatusCode::SEE_OTHER, headers).into_response())
    }
}

/// Lets a request through, or refuses it; sets the headers of the answer.
pub(crate) async fn watch(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api");
    let known = text(request.headers(), &header::HOST).is_some_and(|host| guard.knows(host));
    let welcome = if known { guard.welcome(&request) } else { None };
    let response = match (welcome, guard.check(&request)) {
        (Some(response), _) => response,
        (None, Err(refusal)) => refusal.into_response(),
        (None, Ok(())) => match tokio::time::timeout(limits::REQUEST, pass(request, next)).await {
            Ok(response) => response,
            Err(_) => {
                let seconds = limits::REQUEST.as_secs();
                ApiError::timeout(format!("the request took longer than {seconds} s: ask for less")).into_response()
            }
        },
    };
    let mut response = in_words(response);
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ] {
        // An answer may have a policy of its own.
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Hands a request on with its whole body at hand: a refusal that comes before the body is read would cost the client
/// its connection.
async fn pass(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let most = if parts.uri.path() == "/api/data" { limits::UPLOAD_BYTES } else { limits::BODY_BYTES };
    match to_bytes(body, most).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(_) => ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE).into_response(),
    }
}

/// A refusal of the router itself gets the same form as ours.
fn in_words(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !(status.is_client_error() || status.is_server_error()) || kind.starts_with(b"application/json") {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut worded = ApiError::of_status(status).into_response();
    if let Some(allow) = allow {
        worded.headers_mut().insert(header::ALLOW, allow);
    }
    worded
}

fn brings(headers: &HeaderMap, token: &str) -> bool {
    let bearer = text(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_string));
    bearer.is_some_and(|brought| same(brought, token)) || cookie.is_some_and(|brought| same(&brought, token))
}

/// Compared in a time that tells nothing about where they differ.
fn same(brought: &str, token: &str) -> bool {
    brought.as_bytes().ct_eq(token.as_bytes()).into()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `localhost:7878` → `localhost`, `[::1]:7878` → `[::1]`; `None` where it is no host.
fn without_port(host: &str) -> Option<&str> {
    let (name, port) = match host.rfind(':') {
        Some(at) if !host.ends_with(']') => (&host[..at], &host[at + 1..]),
        _ => (host, "0"),
    };
    (!name.is_empty() && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())).then_some(name)
}

/// Whether only this machine reaches a host.
pub(crate) fn is_loopback(host: &str) -> bool {
    let number = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || number.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// 128 bits in hexadecimal.
fn new_token() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| format!("the system gives no random numbers for a token: {e}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        let own = Guard::new("127.0.0.1").unwrap();
        for good in ["127.0.0.1:7878", "localhost:7878", "LOCALHOST", "[::1]:7878", "127.0.0.1"] {
            assert!(own.knows(good), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example:7878",
            "127.0.0.1.evil.example",
            "",
            ":7878",
            "10.0.0.7:7878",
            "localhost:",
            "localhost:78x",
        ] {
            assert!(!own.knows(bad), "{bad}");
        }
        let open = Guard::new("lab.example").unwrap();
        assert!(open.knows("lab.example:7878") && open.knows("10.0.0.7:7878") && open.knows("[fe80::1]:80"));
        assert!(!open.knows("evil.example:7878"));
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let [a, b] = [(), ()].map(|()| new_token().unwrap());
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
        assert!(same(&a, &a) && !same(&a, &b) && !same("", &a));
    }
}
