//! What clouds fetch, and from where.

use super::NEPHOS;
use nephos::engine::{Blob, FETCH_AGENT};
use nephos::http::{FetchRules, run};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// A web server on this machine that gives the same answer to every request, and the heads of these requests.
fn web_server(answer: String) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, heads) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            seen.send(head.join("\n")).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, heads)
}

fn page(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn fetch(rules: &FetchRules, address: &str) -> Result<Vec<u8>, String> {
    let blob: Blob = run(rules.fetch(address))?;
    Ok(blob.read(0, blob.len() as usize).unwrap().to_vec())
}

fn on_loopback() -> FetchRules {
    FetchRules { loopback: true, own_ports: vec![] }
}

#[test]
fn nothing_is_fetched_unless_it_is_allowed() {
    let (port, heads) = web_server(page("content"));
    let address = format!("http://localhost:{port}/image");
    let error = fetch(&FetchRules::default(), &address).unwrap_err();
    assert!(error.contains("--allow-fetch loopback"), "{error}");
    assert!(heads.try_recv().is_err());
    assert_eq!(fetch(&on_loopback(), &address), Ok(b"content".to_vec()));
    let head = heads.recv().unwrap().to_lowercase();
    assert!(head.contains(&format!("user-agent: {FETCH_AGENT}")), "{head}");
}

#[test]
fn other_machines_are_never_fetched_from() {
    for address in [
        "http://192.0.2.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[::ffff:192.0.2.1]/",
        "http://0.0.0.0/",
        "http://localhost@192.0.2.1/",
        "http://127.0.0.1:80@192.0.2.1/",
        "http://3221225985/",
    ] {
        let error = fetch(&on_loopback(), address).unwrap_err();
        assert!(error.contains("not a loopback address"), "{address}: {error}");
    }
    for address in ["https://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "127.0.0.1"]
    {
        assert!(fetch(&on_loopback(), address).is_err(), "{address}");
    }
}

#[test]
fn the_ports_of_nephos_are_never_fetched_from_under_any_name() {
    let (port, heads) = web_server(page("secret"));
    let rules = FetchRules { loopback: true, own_ports: vec![port] };
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let error = fetch(&rules, &format!("http://{host}:{port}/state")).unwrap_err();
        assert!(error.contains("belongs to nephos"), "{host}: {error}");
    }
    assert!(heads.try_recv().is_err());
}

#[test]
fn a_redirect_is_checked_as_the_first_address_is() {
    let (own, secrets) = web_server(page("secret"));
    let rules = FetchRules { loopback: true, own_ports: vec![own] };
    for (to, expected) in [
        (format!("http://127.0.0.1:{own}/state"), "belongs to nephos"),
        ("http://192.0.2.1/".to_owned(), "not a loopback address"),
        ("file:///etc/passwd".to_owned(), "not a http address"),
    ] {
        let (port, _heads) = web_server(redirect(&to));
        let error = fetch(&rules, &format!("http://127.0.0.1:{port}/")).unwrap_err();
        assert!(error.contains(expected), "{to}: {error}");
    }
    assert!(secrets.try_recv().is_err());
    let (there, _heads) = web_server(page("content"));
    let (port, _heads) = web_server(redirect(&format!("http://127.0.0.1:{there}/image")));
    assert_eq!(fetch(&rules, &format!("http://127.0.0.1:{port}/")), Ok(b"content".to_vec()));
    let (circle, heads) = web_server(redirect("/again"));
    assert!(fetch(&rules, &format!("http://127.0.0.1:{circle}/")).unwrap_err().contains("redirects"));
    assert_eq!(heads.try_iter().count(), 6);
}

#[test]
fn a_content_that_is_too_large_is_not_fetched() {
    let (port, _heads) = web_server("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx".into());
    assert!(fetch(&on_loopback(), &format!("http://127.0.0.1:{port}/")).unwrap_err().contains("larger than"));
}

/// The data of an image of `demo` on the xloud that `demo` imported from this address.
fn imported(uri: &str) -> String {
    let (token, _) = NEPHOS.login(4991, "/identity");
    let client = &NEPHOS.client;
    let image = json!({"name": "x", "disk_format": "raw", "container_format": "bare"});
    let url = |path: &str| NEPHOS.url(4991, &format!("/image/v2/images{path}"));
    let made = client.post(url("")).header("X-Auth-Token", &token).json(&image).send().unwrap();
    let made: serde_json::Value = made.json().unwrap();
    let id = made["id"].as_str().unwrap();
    let body = json!({"method": {"name": "web-download", "uri": uri}});
    let import = client.post(url(&format!("/{id}/import"))).header("X-Auth-Token", &token).json(&body).send().unwrap();
    assert_eq!(import.status(), 202);
    let clock = json!({"advance": "5s"});
    client.patch(NEPHOS.url(4990, "/clock")).json(&clock).send().unwrap().error_for_status().unwrap();
    let file = client.get(url(&format!("/{id}/file"))).header("X-Auth-Token", &token).send().unwrap();
    file.text().unwrap()
}

#[test]
fn an_image_is_imported_from_this_machine_but_not_from_the_control_api() {
    let (port, _heads) = web_server(page("content"));
    assert_eq!(imported(&format!("http://127.0.0.1:{port}/image")), "content");
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let text = imported(&NEPHOS.url(4990, "/clock").replace("127.0.0.1", host));
        assert!(!text.contains("frozen"), "{host}: {text}");
    }
}
