//! Property test: random requests to every operation of a CloudSigma cloud never break it, and each operation is also
//! reached by valid ones.

use super::{ANN, DEMO, Sigma, basic, tables};
use crate::any_request::parts::{one_of, path};
use crate::any_request::{Ids, Reply, Request, TestCloud, bodies, no_request_breaks};
use nephos::clouds::cloudsigma::drives::standard::OWNER;
use nephos::engine::{Live, OperationInfo};
use proptest::prelude::*;
use proptest::strategy::Union;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

/// The number of requests to each operation.
const CASES: u32 = 96;

#[test]
fn no_request_to_cloudsigma_breaks_it() {
    let sigma = Sigma::new();
    tables::populate(&sigma);
    let standard: Vec<_> = sigma.state(|cloud| cloud.drives.of(OWNER).map(|drive| drive.id.to_string()).collect());
    let standard: Vec<_> = standard.iter().map(String::as_str).collect();
    let ids = Ids::of_all(newest(sigma.saved()), means).and("standard", &standard);
    let operations = sigma.services[0].operations();
    let never_good = no_request_breaks(&Populated { sigma, ids }, &operations, CASES);
    assert!(never_good.is_empty(), "no request to these was ever a good one: {never_good:?}");
}

/// The last rows of each table. Most of the drives are standard ones, which come first.
fn newest(tables: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let last = |rows: Value| rows.as_array().into_iter().flatten().rev().take(5).cloned().collect();
    tables.into_iter().map(|(table, rows)| (table, last(rows))).collect()
}

/// Path parameters are named by the singular of their table.
fn means(name: &str, table: &str) -> bool {
    table.trim_end_matches('s') == name
}

struct Populated {
    sigma: Sigma,
    ids: Ids,
}

impl TestCloud for Populated {
    fn live(&self) -> &Live {
        &self.sigma.live
    }

    fn saved(&self) -> Vec<(String, Value)> {
        self.sigma.saved()
    }

    fn request(&self, operation: &OperationInfo) -> BoxedStrategy<Request> {
        let own = (operation.method, operation.path.clone());
        let ways = std::iter::once(own).chain(operation.also.clone());
        let ways = ways.map(|(method, template)| {
            let standard = template.starts_with("/drives/standard/");
            let path = path(&template, |_, name| word(if standard { "standard" } else { name }, &self.ids));
            path.prop_map(move |path| (method, path)).boxed()
        });
        let user = prop_oneof![12 => Just(Some(DEMO)), 3 => Just(Some(ANN)), 1 => Just(None)];
        let packing = prop_oneof![6 => Just(""), 1 => Just("gzip"), 1 => Just("x")];
        (Union::new(ways), packing, user, body(operation, &self.ids), any::<bool>())
            .prop_map(|((method, path), packing, user, body, fails)| Request {
                method,
                path,
                query: vec![],
                headers: vec![("Content-Encoding", packing.to_owned())],
                user,
                body,
                fails,
                poor: false,
            })
            .boxed()
    }

    fn send(&self, _operation: &OperationInfo, request: &Request) -> Reply {
        let auth = request.user.map(|user| ("Authorization", basic(user, "nephos")));
        let headers: Vec<_> =
            auth.iter().chain(&request.headers).map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.sigma.send(request.method, &request.path, &headers, &request.body);
        Reply { status: answer.status, text: answer.text }
    }

    fn check_reply(&self, _operation: &OperationInfo, reply: &Reply) -> Result<(), TestCaseError> {
        if reply.status < 400 {
            self.sigma.pass(3600);
            // After a change of email the login fails with 401. Otherwise the cloud must still answer.
            let looks = ["/servers/info", "/usage/info"].map(|path| self.sigma.get(path).status);
            prop_assert!(looks.iter().all(|status| matches!(status, 200 | 401)), "{looks:?}");
        }
        Ok(())
    }
}

/// Mostly values that fit a path segment or key of this name.
fn word(name: &str, ids: &Ids) -> BoxedStrategy<String> {
    let fitting = ids.fitting(name);
    let fits = match name {
        _ if !fitting.is_empty() => prop::sample::select(fitting).boxed(),
        "offset" | "size" => one_of(&["0", "12", "64k", "4M"]),
        _ => return any_word(ids),
    };
    prop_oneof![12 => fits, 1 => any_word(ids)].boxed()
}

/// Values that are valid somewhere.
fn any_word(ids: &Ids) -> BoxedStrategy<String> {
    prop_oneof![
        6 => ids.any(),
        6 => one_of(&[
            "", "0", "1", "2000", "4M", "1G", "16T", "999999999999999999999", "-1", "1.5", "auto", "on", "true",
            "shared", "exclusive", "none", "aes-xts-plain", "cdrom", "disk", "ide:0:0", "ide:0:0 block:0",
            "e1000", "virtio", "00:11:22:33:44:55", "2030-01-01 12:00", "2031-02-29 00:00", "9999-12-31 23:59",
            "demo@example.com", "ann@example.com", "new@example.com", "EUR", "USD",
            "ffffffff-ffff-ffff-ffff-ffffffffffff", "%ff", "%00",
        ]),
        4 => bodies::words(),
    ]
    .boxed()
}

/// Keys that only some operations know, or none.
const OTHERS: &str = "name server:0 server:7 server:x block:0 block:0:1 scsi:0:1 vnc:tls user:x persistent \
    description start_date ide:1:1:media nic:7:mac status errors:x";

/// Bodies of known and other keys with all kinds of values, and bodies that are not text.
fn body(operation: &OperationInfo, ids: &Ids) -> BoxedStrategy<Vec<u8>> {
    let schema = operation.schema.map(|schema| Value::from(schema())).unwrap_or_default();
    let known: Vec<String> =
        schema["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned()).collect();
    let fitting: Vec<_> = known.iter().map(|key| (Just(key.clone()), fitting(key, ids))).collect();
    let sound = fitting.into_iter().map(|field| proptest::option::weighted(0.8, field)).collect::<Vec<_>>();
    let sound = sound.prop_map(|fields| fields.into_iter().flatten().collect::<Vec<_>>());
    let keys: Vec<String> =
        known.iter().map(String::as_str).chain(OTHERS.split(' ')).chain([""]).map(str::to_owned).collect();
    let wild = proptest::collection::vec((prop::sample::select(keys), any_word(ids)), 0..4);
    let text = (sound, prop_oneof![3 => Just(vec![]), 2 => wild]).prop_map(|(sound, wild)| {
        let lines = sound.into_iter().chain(wild).map(|(key, value)| format!("{key} {value}"));
        lines.collect::<Vec<_>>().join("\n").into_bytes()
    });
    prop_oneof![8 => text, 1 => proptest::collection::vec(any::<u8>(), 0..200), 1 => Just(vec![])].boxed()
}

/// Mostly values that fit the key.
fn fitting(key: &str, ids: &Ids) -> BoxedStrategy<String> {
    let fits = match key {
        "size" => one_of(&["1M", "1G", "2G", "0"]),
        "cpu" | "mem" | "disk" | "xfer" => one_of(&["1024", "2000", "4000"]),
        "smp" => one_of(&["auto", "2", "4"]),
        "months" | "quantity" => one_of(&["1", "2", "12"]),
        "start_time" => one_of(&["2030-01-01 12:00", "2030-06-01 00:00", "2010-03-22 00:12"]),
        "boot" => one_of(&["ide:0:0", "ide:0:0 ide:1:0"]),
        "claim:type" => one_of(&["shared", "exclusive"]),
        "readers" => one_of(&["ffffffff-ffff-ffff-ffff-ffffffffffff", ""]),
        "encryption:cipher" => one_of(&["none", "aes-xts-plain"]),
        "email" => one_of(&["demo@example.com", "other@example.com"]),
        "currency" => one_of(&["EUR"]),
        "nic:0:dhcp" | "vnc:ip" => one_of(&["auto"]),
        "vnc:tls" => one_of(&["on"]),
        "ide:0:0:media" => one_of(&["cdrom", "disk"]),
        key if key.ends_with(":model") => one_of(&["e1000", "virtio"]),
        key if key.ends_with(":mac") => one_of(&["00:11:22:33:44:55", ""]),
        key if key.starts_with("msft") => one_of(&["0", "1"]),
        key if key.starts_with("server:") => word("server", ids),
        key if key.starts_with("ide") => word("drive", ids),
        key if key.ends_with(":vlan") => word("vlan", ids),
        _ => "[a-z]{1,8}".boxed(),
    };
    prop_oneof![12 => fits, 1 => any_word(ids)].boxed()
}
