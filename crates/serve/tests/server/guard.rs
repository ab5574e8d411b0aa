//! Another site in the same browser can neither read nor steer the laboratory.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use gradus_serve::{Guard, router};
use tower::ServiceExt;

use crate::common::Server;

/// Status of a request with these headers.
fn status(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (status, answer) = server.read(server.send(request.body(Body::empty()).unwrap()));
    (status, answer["error"]["code"].as_str().unwrap_or_default().to_string())
}

#[test]
fn only_our_own_page_is_answered() {
    let server = Server::new();
    let own = ("host", "127.0.0.1:7878");
    for (headers, expected) in [
        (&[own][..], 200),
        (&[own, ("origin", "http://127.0.0.1:7878")], 200),
        (&[own, ("sec-fetch-site", "same-origin")], 200),
        (&[("host", "[::1]:7878")], 200),
        // DNS rebinding: the browser asks us under the other site's name.
        (&[("host", "evil.example:7878")], 403),
        (&[("host", "127.0.0.1.evil.example")], 403),
        (&[], 400),
        // Requests from pages of other sites, of other ports, of files.
        (&[own, ("origin", "http://evil.example")], 403),
        (&[own, ("origin", "http://127.0.0.1:9999")], 403),
        (&[own, ("origin", "http://localhost:7878")], 403),
        (&[own, ("origin", "null")], 403),
        (&[own, ("sec-fetch-site", "cross-site")], 403),
        (&[own, ("sec-fetch-site", "same-site")], 403),
    ] {
        assert_eq!(status(&server, "GET", "/api", headers).0, expected, "{headers:?}");
    }
    // A link from elsewhere may open the page.
    let link = [own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    assert_eq!(status(&server, "GET", "/", &link).0, 200);
    assert_eq!(status(&server, "POST", "/", &link).0, 403);
}

#[test]
fn a_form_of_another_site_cannot_send_a_body() {
    let server = Server::new();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let request = Request::post("/api/sessions").header("host", "localhost").header("content-type", kind);
        let (status, answer) = server.read(server.send(request.body(Body::from(r#"{"recipe":"mlp"}"#)).unwrap()));
        assert_eq!((status, &answer["error"]["code"]), (415, &"bad_request".into()), "{kind}");
    }
    assert!(server.get("/api/sessions").as_array().unwrap().is_empty());
}

#[test]
fn beyond_this_machine_a_token_is_needed() {
    let server = Server::new();
    let guard = Guard::new("0.0.0.0").unwrap();
    let token = guard.token().unwrap().to_string();
    let router = router(server.lab.clone(), guard);
    let ask = |path: &str, name: &str, value: &str| {
        let request =
            Request::get(path).header("host", "10.0.0.7:7878").header(name, value).body(Body::empty()).unwrap();
        server.runtime.block_on(router.clone().oneshot(request)).unwrap()
    };
    let wrong = format!("{}x", &token[..token.len() - 1]);
    assert_eq!(ask("/api", "x-nothing", "").status(), StatusCode::FORBIDDEN);
    assert_eq!(ask("/", "x-nothing", "").status(), StatusCode::FORBIDDEN);
    assert_eq!(ask("/api", "authorization", &format!("Bearer {wrong}")).status(), StatusCode::FORBIDDEN);
    assert_eq!(ask("/api", "authorization", &format!("Bearer {token}")).status(), StatusCode::OK);
    assert_eq!(ask("/api", "cookie", &format!("a=b; gradus_token={token}")).status(), StatusCode::OK);
    assert_eq!(ask("/api", "cookie", &format!("gradus_token={wrong}")).status(), StatusCode::FORBIDDEN);
    assert_eq!(ask(&format!("/?token={wrong}"), "x-nothing", "").status(), StatusCode::FORBIDDEN);
    // The link's token becomes a cookie that no script and no other site can read.
    let welcome = ask(&format!("/?token={token}"), "x-nothing", "");
    assert_eq!(welcome.status(), StatusCode::SEE_OTHER);
    let cookie = welcome.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(ask("/api", "cookie", cookie.split(';').next().unwrap()).status(), StatusCode::OK);
    // On this machine there is none.
    assert_eq!(Guard::new("localhost").unwrap().token(), None);
}

#[test]
fn every_answer_carries_the_headers() {
    let server = Server::new();
    for path in ["/", "/api", "/api/nothing", "/nothing"] {
        let response = server.send(Request::get(path).header("host", "localhost").body(Body::empty()).unwrap());
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
    }
}
