//! Whatever is asked of whichever operation, in whichever way it can be asked for: never a server error, never a
//! panic, and what is refused has changed nothing.

use super::{ANN, DEMO, Sigma, basic, tables};
use nephos::clouds::cloudsigma::drives::standard::OWNER;
use nephos::engine::{Effect, OperationInfo, World};
use proptest::prelude::*;
use proptest::strategy::Union;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::sync::Arc;

/// How many requests each operation gets.
const CASES: u32 = 96;

#[derive(Clone, Debug)]
struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    user: Option<&'static str>,
    body: Vec<u8>,
    /// What becomes of the work that the request begins.
    fails: bool,
}

#[test]
fn no_request_to_cloudsigma_breaks_it() {
    let sigma = Sigma::new();
    tables::furnish(&sigma);
    let before = sigma.live.snapshot();
    let words = Words::of_all(&sigma);
    let mut unanswered = vec![];
    for operation in sigma.services[0].operations() {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let answered = std::cell::Cell::new(false);
        let outcome = TestRunner::new_with_rng(config, rng).run(&request(&operation, &words), |request| {
            check(&sigma, &before, &request).map(|status| answered.set(answered.get() || status < 300))
        });
        if let Err(error) = outcome {
            panic!("{} {} {}: {error}", operation.name, operation.method, operation.path);
        }
        if !answered.get() {
            unanswered.push(operation.name);
        }
    }
    assert!(unanswered.is_empty(), "no request to these was ever a good one: {unanswered:?}");
}

fn check(sigma: &Sigma, before: &Arc<World>, request: &Request) -> Result<u16, TestCaseError> {
    sigma.live.restore(before.clone());
    if request.fails {
        sigma.order("*", Effect::Fails("it was ordered".into()));
    }
    let before = sigma.live.snapshot();
    sigma.live.journal.clear();
    let auth = request.user.map(|user| ("Authorization", basic(user, "nephos")));
    let all: Vec<_> = auth.iter().chain(&request.headers).map(|(name, value)| (*name, value.as_str())).collect();
    let answer = sigma.send(request.method, &request.path, &all, &request.body);
    let panics: Vec<_> = sigma.live.journal.entries(|entry| entry.panic.is_some());
    prop_assert!(panics.is_empty(), "it panicked: {:?}", panics.first().and_then(|entry| entry.panic.clone()));
    prop_assert!(answer.status < 500, "answered {}: {}", answer.status, answer.text);
    let after = sigma.live.snapshot();
    if answer.status >= 400 && !Arc::ptr_eq(&before, &after) {
        let changed = sigma.saved();
        sigma.live.restore(before);
        prop_assert_eq!(changed, sigma.saved(), "answered {} and changed the world", answer.status);
    } else if answer.status < 400 {
        sigma.pass(3600);
        // A new email is another login; everything else can be looked at.
        prop_assert!(["/servers/info", "/usage/info"].iter().all(|path| matches!(sigma.get(path).status, 200 | 401)));
    }
    Ok(answer.status)
}

/// What values there are that mean something here: ids by the name of their table, the newest, since most of the
/// drives are standard ones.
struct Words(Vec<(String, Vec<String>)>);

impl Words {
    fn of_all(sigma: &Sigma) -> Self {
        let ids = |rows: &serde_json::Value| {
            let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str().map(str::to_owned));
            ids.rev().take(5).collect::<Vec<_>>()
        };
        let mut words: Vec<_> = sigma.saved().iter().map(|(table, rows)| (table.clone(), ids(rows))).collect();
        let standard = sigma.state(|cloud| cloud.drives.of(OWNER).map(|drive| drive.id.to_string()).collect());
        words.push(("standard".into(), standard));
        Words(words)
    }

    /// Mostly what a segment of a path or a key of this name is for.
    fn of(&self, name: &str) -> BoxedStrategy<String> {
        let table = self.0.iter().find(|(table, _)| table.trim_end_matches('s') == name);
        match (name, table) {
            (_, Some((_, ids))) => prop_oneof![12 => prop::sample::select(ids.clone()), 1 => self.any()].boxed(),
            ("offset" | "size", _) => {
                let sizes = prop::sample::select(vec!["0", "12", "64k", "4M"]).prop_map(str::to_owned);
                prop_oneof![12 => sizes, 1 => self.any()].boxed()
            }
            _ => self.any().boxed(),
        }
    }

    fn any(&self) -> impl Strategy<Value = String> + use<> {
        let ids: Vec<_> = self.0.iter().flat_map(|(_, ids)| ids.clone()).collect();
        prop_oneof![
            6 => prop::sample::select(ids),
            6 => prop::sample::select(vec![
                "", "0", "1", "2000", "4M", "1G", "16T", "999999999999999999999", "-1", "1.5", "auto", "on", "true",
                "shared", "exclusive", "none", "aes-xts-plain", "cdrom", "disk", "ide:0:0", "ide:0:0 block:0",
                "e1000", "virtio", "00:11:22:33:44:55", "2030-01-01 12:00", "2031-02-29 00:00", "9999-12-31 23:59",
                "demo@example.com", "ann@example.com", "new@example.com", "EUR", "USD",
                "ffffffff-ffff-ffff-ffff-ffffffffffff", "%ff", "%00",
            ]).prop_map(str::to_owned),
            2 => "[a-z0-9]{1,10}",
            1 => "\\PC{0,20}",
            1 => (200usize..70_000).prop_map(|length| "x".repeat(length)),
        ]
    }
}

fn request(operation: &OperationInfo, words: &Words) -> impl Strategy<Value = Request> + use<> {
    let own = (operation.method, operation.path.clone());
    let ways = std::iter::once(own).chain(operation.also.clone());
    let ways = ways.map(|(method, template)| path(&template, words).prop_map(move |path| (method, path)).boxed());
    let user = prop_oneof![12 => Just(Some(DEMO)), 3 => Just(Some(ANN)), 1 => Just(None)];
    let packed = prop_oneof![6 => Just(""), 1 => Just("gzip"), 1 => Just("x")];
    let headers = packed.prop_map(|packing| vec![("Content-Encoding", packing.to_owned())]);
    (Union::new(ways), headers, user, body(operation, words), any::<bool>())
        .prop_map(|((method, path), headers, user, body, fails)| Request { method, path, headers, user, body, fails })
}

/// The path with its parameters filled in.
fn path(template: &str, words: &Words) -> impl Strategy<Value = String> + use<> {
    let segments =
        template.split('/').map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(_) if template.starts_with("/drives/standard/") => words.of("standard"),
            Some(name) => words.of(name),
            None => Just(segment.to_owned()).boxed(),
        });
    segments.collect::<Vec<_>>().prop_map(|segments| segments.join("/"))
}

/// Keys that the operation knows, and others, with all kinds of values; and what is no text at all.
fn body(operation: &OperationInfo, words: &Words) -> BoxedStrategy<Vec<u8>> {
    const OTHERS: &[&str] = &[
        "name",
        "server:0",
        "server:7",
        "server:x",
        "block:0",
        "block:0:1",
        "scsi:0:1",
        "vnc:tls",
        "user:x",
        "",
        "persistent",
        "description",
        "start_date",
        "ide:1:1:media",
        "nic:7:mac",
        "status",
        "errors:x",
    ];
    let schema = operation.schema.map(|schema| serde_json::Value::from(schema())).unwrap_or_default();
    let known: Vec<String> =
        schema["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned()).collect();
    let fitting: Vec<_> = known.iter().map(|key| (Just(key.clone()), fitting(key, words))).collect();
    let sound = fitting.into_iter().map(|field| proptest::option::weighted(0.8, field)).collect::<Vec<_>>();
    let sound = sound.prop_map(|fields| fields.into_iter().flatten().collect::<Vec<_>>());
    let keys: Vec<String> = known.iter().cloned().chain(OTHERS.iter().map(|key| (*key).to_owned())).collect();
    let wild = proptest::collection::vec((prop::sample::select(keys), words.any()), 0..4);
    let text = (sound, prop_oneof![3 => Just(vec![]), 2 => wild]).prop_map(|(sound, wild)| {
        let lines = sound.into_iter().chain(wild).map(|(key, value)| format!("{key} {value}"));
        lines.collect::<Vec<_>>().join("\n").into_bytes()
    });
    prop_oneof![8 => text, 1 => proptest::collection::vec(any::<u8>(), 0..200), 1 => Just(vec![])].boxed()
}

/// Mostly what the key is for.
fn fitting(key: &str, words: &Words) -> BoxedStrategy<String> {
    let one_of = |choices: &[&str]| {
        let choices: Vec<String> = choices.iter().map(|choice| (*choice).to_owned()).collect();
        prop::sample::select(choices).boxed()
    };
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
        key if key.starts_with("server:") => words.of("server"),
        key if key.starts_with("ide") => words.of("drive"),
        key if key.ends_with(":vlan") => words.of("vlan"),
        _ => "[a-z]{1,8}".boxed(),
    };
    prop_oneof![12 => fits, 1 => words.any()].boxed()
}
