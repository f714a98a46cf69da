//! Checks of the API from outside, one after the other. Bodies are compared byte for byte where the manual shows
//! them.

use super::{ANN, DEMO, Sigma, basic};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const NO_DRIVE: &str = "errors:system Drive UUID could not be found. Please re-validate your entry.\n";
const NO_SERVER: &str = "errors:system Server UUID could not be found. Please re-validate your entry.\n";

#[test]
fn c01_no_or_wrong_auth_is_401_on_any_path() {
    let sigma = Sigma::new();
    let wrong = [basic(DEMO, "wrong"), basic("nobody@example.com", "nephos"), "Basic !!".into(), "Bearer x".into()];
    for path in ["/drives/list", "/profile/info", "/nope", "/servers/x/start", "/"] {
        let none = sigma.send("GET", path, &[], b"");
        assert_eq!(none.status, 401, "{path}");
        assert!(none.header("WWW-Authenticate").unwrap().starts_with("Basic realm="), "{path}");
        for header in &wrong {
            assert_eq!(sigma.send("POST", path, &[("Authorization", header)], b"").status, 401, "{path} {header}");
        }
    }
    assert_eq!(sigma.ask_as("Demo@Example.com", "GET", "/drives/list", "").status, 200);
}

#[test]
fn c02_get_on_a_post_command_is_405() {
    let sigma = Sigma::new();
    sigma.get("/drives/create").is(405, "errors:system GET used on command expecting POST\n");
    for path in ["/servers/create", "/profile/set", "/servers/destroy", "/servers/x/set", "/servergroups/create"] {
        assert_eq!(sigma.get(path).status, 405, "{path}");
    }
    assert_eq!(sigma.ask_as(DEMO, "DELETE", "/drives/list", "").status, 405);
}

#[test]
fn c03_an_unknown_command_is_404() {
    let sigma = Sigma::new();
    sigma.get("/nope").is(404, "errors:system Command not found\n");
    assert_eq!(sigma.post("/drives/x/nope", "").status, 404);
}

#[test]
fn c04_no_servers_are_an_empty_200() {
    let sigma = Sigma::new();
    let answer = sigma.get("/servers/info");
    answer.is(200, "");
    assert_eq!(answer.content_type, "text/plain; charset=utf-8");
}

#[test]
fn c05_an_unknown_uuid_is_400() {
    let sigma = Sigma::new();
    sigma.get("/servers/---no such id---/info").is(400, NO_SERVER);
    sigma.get("/drives/7e8ab721-81c9-4cb9-a651-4cafbfe1501c/info").is(400, NO_DRIVE);
    sigma.get("/resources/ip/1.2.3.4/info").is(400, "resource_exception:Missing resource\n");
}

#[test]
fn c06_an_empty_post_reads_as_get_does() {
    let sigma = Sigma::new();
    sigma.drive("name a\nsize 1M");
    for path in ["/drives/list", "/drives/info", "/servers/list", "/profile/info", "/pricing/info"] {
        let (got, posted) = (sigma.get(path), sigma.post(path, ""));
        assert_eq!((got.status, got.text), (200, posted.text), "{path}");
    }
}

#[test]
fn c07_a_drive_is_created_with_what_it_is_used_for() {
    let answer = Sigma::new().post("/drives/create", "name foo\nsize 10000\nuse production candy");
    assert_eq!(answer.status, 200);
    assert_eq!((answer.value("size"), answer.value("use")), (Some("10000"), Some("production candy")));
    assert_eq!((answer.value("encryption:cipher"), answer.value("type")), (Some("aes-xts-plain"), None));
}

#[test]
fn c08_a_drive_needs_a_size() {
    let sigma = Sigma::new();
    sigma.post("/drives/create", "name foo").is(400, "name foo\nerrors:size This field is required.\n");
    sigma.get("/drives/list").is(200, "");
}

#[test]
fn c09_a_clone_has_the_size_of_its_source() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 12345");
    let clone = sigma.post(&format!("/drives/{source}/clone"), "name x").good();
    assert_eq!((clone.value("size"), clone.value("name")), (Some("12345"), Some("x")));
    assert_ne!(clone.value("drive"), Some(source.as_str()));
}

#[test]
fn c10_a_clone_cannot_be_smaller() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 1M");
    let refused = sigma.post(&format!("/drives/{source}/clone"), "name x\nsize 1024");
    assert_eq!(refused.status, 400);
    assert!(refused.text.starts_with("name x\nsize 1024\nerrors:size "), "{}", refused.text);
    assert_eq!(sigma.get("/drives/list").lines(), [source]);
}

#[test]
fn c11_a_clone_keeps_tags() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 1M\ntags affinity:ssd");
    let clone = |body: &str| sigma.post(&format!("/drives/{source}/clone"), body).good();
    assert_eq!(clone("name x\ntags cat:mouse monkey:banana").value("tags"), Some("cat:mouse monkey:banana"));
    assert_eq!(clone("name x").value("tags"), Some("affinity:ssd"));
    assert_eq!(clone("name ssd-to-hdd\ntags").value("tags"), None);
}

#[test]
fn c12_a_size_of_0_changes_nothing() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let answer = sigma.post(&format!("/drives/{drive}/set"), "name b\nsize 0\nclaim:type shared").good();
    assert_eq!((answer.value("size"), answer.value("name")), (Some("1048576"), Some("b")));
    assert_eq!(answer.value("claim:type"), Some("shared"));
}

#[test]
fn c13_a_destroyed_drive_is_gone() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    sigma.get(&format!("/drives/{drive}/destroy")).is(204, "");
    sigma.get(&format!("/drives/{drive}/info")).is(400, NO_DRIVE);
    sigma.post(&format!("/drives/{drive}/destroy"), "").is(400, NO_DRIVE);
}

#[test]
fn c14_a_mounted_drive_stays() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let server = sigma.server(&format!("ide:0:0 {drive}"));
    sigma.start(&server).good();
    let path = format!("/drives/{drive}/destroy");
    sigma.post(&path, "").is(400, "errors:system Drive is currently in use\n");
    assert_eq!(sigma.get(&format!("/drives/{drive}/info")).value("name"), Some("a"));
    sigma.post(&format!("/servers/{server}/stop"), "").is(204, "");
    sigma.post(&path, "").is(204, "");
}

#[test]
fn c15_gzip_at_an_offset_is_read_back() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 16M");
    let mut packed = GzEncoder::new(vec![], Compression::fast());
    packed.write_all(b"foo").unwrap();
    let headers = [("Authorization", &*basic(DEMO, "nephos")), ("Content-Encoding", "gzip")];
    let written = sigma.send("POST", &format!("/drives/{drive}/write/4M"), &headers, &packed.finish().unwrap());
    assert_eq!(written.status, 204, "{}", written.text);
    let read = sigma.get(&format!("/drives/{drive}/read/4M/3"));
    assert_eq!((read.status, &*read.bytes, read.content_type), (200, &b"foo"[..], "application/octet-stream"));
}

#[test]
fn c16_guests_are_servers() {
    let sigma = Sigma::new();
    let server = sigma.post("/guests/create", "name g\ncpu 500\nmem 512").good();
    let id = server.value("server").unwrap();
    for path in ["/list".to_owned(), "/info".into(), format!("/{id}/info")] {
        let (guests, servers) = (sigma.get(&format!("/guests{path}")), sigma.get(&format!("/servers{path}")));
        assert_eq!((guests.status, guests.text), (200, servers.text), "{path}");
    }
    assert_eq!(sigma.get(&format!("/guests/{id}/start")).status, 200);
    assert_eq!(sigma.get(&format!("/guests/{id}/stop")).status, 204);
    assert_eq!(sigma.post("/guest/destroy", &format!("server:0 {id}")).status, 200);
    sigma.get("/servers/list").is(200, "");
}

#[test]
fn c17_several_devices_may_be_booted_from() {
    let sigma = Sigma::new();
    let server = sigma.server("boot ide:0:0 ide:1:0");
    assert_eq!(sigma.show(&server).value("boot"), Some("ide:0:0 ide:1:0"));
}

#[test]
fn c18_an_empty_value_takes_a_key_away() {
    let sigma = Sigma::new();
    let (one, two) = (sigma.drive("name a\nsize 1M"), sigma.drive("name b\nsize 1M"));
    let server = sigma.server(&format!("block:0 {one}\nblock:1 {two}"));
    let changed = sigma.post(&format!("/servers/{server}/set"), "block:0 \nblock:1").good();
    assert_eq!((changed.value("block:0"), changed.value("block:1")), (None, None));
    assert!(!changed.text.contains("block"), "{}", changed.text);
}

#[test]
fn c19_a_mac_address_is_generated_on_a_vlan() {
    let sigma = Sigma::new();
    let vlan = sigma.post("/resources/vlan/create", "name v").good();
    let server = sigma.server(&format!("nic:1:model e1000\nnic:1:vlan {}", vlan.value("resource").unwrap()));
    let shown = sigma.show(&server);
    let mac: Vec<_> = shown.value("nic:1:mac").unwrap().split(':').collect();
    assert!(mac.len() == 6 && mac.iter().all(|part| u8::from_str_radix(part, 16).is_ok()), "{mac:?}");
}

#[test]
fn c20_shared_drives_have_several_claims_and_exclusive_ones_one() {
    let sigma = Sigma::new();
    let shared = sigma.drive("name a\nsize 1M\nclaim:type shared");
    let exclusive = sigma.drive("name b\nsize 1M");
    let on = |drive: &str| [(); 2].map(|()| sigma.server(&format!("ide:0:0 {drive}")));
    let [one, two] = on(&shared);
    sigma.start(&one).good();
    sigma.start(&two).good();
    let host = "be2bcfa3-109d-4bee-8795-d75ce0865dc4";
    let claimed = format!("{host}:guest:{one}:ide:0:0 {host}:guest:{two}:ide:0:0");
    assert_eq!(sigma.get(&format!("/drives/{shared}/info")).value("claimed"), Some(&*claimed));
    let [one, two] = on(&exclusive);
    sigma.start(&one).good();
    let refused = sigma.start(&two);
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(sigma.show(&two).value("status"), Some("stopped"));
    sigma.get(&format!("/servers/{one}/stop")).good();
    assert_eq!(sigma.get(&format!("/drives/{exclusive}/info")).value("claimed"), None);
    assert_eq!(sigma.start(&two).value("status"), Some("active"));
}

#[test]
fn c21_a_server_is_destroyed_once() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    let path = format!("/servers/{server}/destroy");
    sigma.post(&path, "").is(204, "");
    sigma.post(&path, "").is(400, NO_SERVER);
    sigma.get(&path).is(400, NO_SERVER);
}

#[test]
fn c22_several_servers_are_stopped_at_once() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    sigma.start(&server).good();
    sigma.post("/servers/stop", &format!("server:0 {server}")).is(200, &format!("{server}\n"));
    assert_eq!(sigma.show(&server).value("status"), Some("stopped"));
}

#[test]
fn c23_a_profile_needs_a_first_name() {
    let sigma = Sigma::new();
    let info = sigma.get("/profile/info").text;
    let shown = |key: &str| info.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    let expected = format!(
        "{}\nemail demo@example.com\n{}\nfirst_name Foo\nerrors:first_name * This field is required.\n\
         last_name Bar\nnick_name FooBar\ntitle \ncompany \naddress \npostcode \nphone \n",
        shown("uuid "),
        shown("secret_key ")
    );
    sigma.post("/profile/set", "first_name ").is(400, &expected);
    sigma.post("/profile/set", "first_name").is(400, &expected);
    assert_eq!(sigma.get("/profile/info").text, info);
}

#[test]
fn c24_subscriptions_have_a_minimum() {
    let sigma = Sigma::new();
    let body = "cpu 1000\nmem 1000\ndisk 100\nxfer 10\nstart_time 2010-03-22 00:12\nmonths 1";
    let expected = "cpu 1000\nerrors:cpu The minimum CPU subscription is 2000 core MHz\n\
                  mem 1000\nerrors:mem The minimum memory subscription is 1024 MB\n\
                  disk 100\nxfer 10\nstart_time 2010-03-22 00:12\nend_time 2010-04-22 00:12\n";
    sigma.post("/subscriptions/resources/create", body).is(400, expected);
    sigma.get("/subscriptions/list").is(200, "");
}

#[test]
fn c25_groups_tell_who_is_in_them() {
    let sigma = Sigma::new();
    let servers = [(); 3].map(|()| sigma.server(""));
    let group = sigma.post("/servergroups/create", "name Database Servers").good();
    let id = group.value("uuid").unwrap();
    group.is(200, &format!("uuid {id}\nname Database Servers\n"));
    let [one, two, three] = &servers;
    let added = format!("server:0 {one}\nserver:1 {two}\nserver:2 {three}");
    sigma.post(&format!("/servergroups/{id}/add"), &added).is(200, &format!("{one}\n{two}\n{three}\n"));
    let path = format!("/servergroups/{id}/remove");
    sigma.post(&path, &format!("server:0 {one}")).is(200, &format!("{two}\n{three}\n"));
}

#[test]
fn c26_there_are_three_currencies() {
    Sigma::new().get("/currencies/list").is(200, "EUR\nGBP\nUSD\n");
}

#[test]
fn another_accounts_things_are_not_found() {
    let sigma = Sigma::new();
    let (drive, server) = (sigma.drive("name a\nsize 1M"), sigma.server(""));
    for (path, refusal) in [(format!("/drives/{drive}"), NO_DRIVE), (format!("/servers/{server}"), NO_SERVER)] {
        for command in ["info", "set", "destroy", "clone"] {
            let path = format!("{path}/{command}");
            sigma.ask_as(ANN, "POST", &path, "name x").is(400, refusal);
        }
    }
    sigma.ask_as(ANN, "GET", "/drives/list", "").is(200, "");
    assert_eq!(sigma.get("/drives/list").lines(), [drive]);
}
