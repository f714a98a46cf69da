//! Property test: random requests to every operation of the marketplace and its identity provider never break it, and
//! each operation is also reached by valid ones.

use crate::any_request::parts::{id, mostly_empty, one_of, path, query};
use crate::any_request::{Ids, Reply, Request, TestCloud, bodies, no_request_breaks};
use crate::{BASE, Market};
use nephos::clouds::openstackid::settings::SCOPES;
use nephos::engine::{Live, OperationInfo};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

/// The number of requests to each operation.
const CASES: u32 = 256;

#[test]
fn no_request_to_a_marketplace_breaks_it() {
    let market = Market::new();
    let token = market.token(&SCOPES);
    let operations: Vec<_> = market.services.iter().flat_map(|service| service.operations()).collect();
    let ids = Ids::of_all(market.saved(), means);
    let never_good = no_request_breaks(&Populated { market, token, ids }, &operations, CASES);
    assert!(never_good.is_empty(), "no request to these was ever a good one: {never_good:?}");
}

/// All ids except tokens are those of entries.
fn means(name: &str, table: &str) -> bool {
    if name == "token" { table == "tokens" } else { table == "entries" }
}

struct Populated {
    market: Market,
    /// A token with all scopes.
    token: String,
    ids: Ids,
}

impl TestCloud for Populated {
    fn live(&self) -> &Live {
        &self.market.live
    }

    fn saved(&self) -> Vec<(String, Value)> {
        self.market.saved()
    }

    fn request(&self, operation: &OperationInfo) -> BoxedStrategy<Request> {
        let method = operation.method;
        let path = path(&operation.path, |before, _| id(before, &self.ids));
        let user = prop_oneof![12 => Just(Some("nephos")), 1 => Just(Some("stranger")), 1 => Just(None)];
        let body = if method == "GET" { mostly_empty(form(&self.ids)) } else { form(&self.ids) };
        (path, query(NAMES, VALUES, &self.ids), headers(), user, body)
            .prop_map(move |(path, query, headers, user, body)| Request {
                method,
                path,
                query,
                headers,
                user,
                body,
                fails: false,
                poor: false,
            })
            .boxed()
    }

    fn send(&self, operation: &OperationInfo, request: &Request) -> Reply {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.query).finish();
        let bearer = request.user.map(|user| if user == "nephos" { &self.token } else { user });
        let bearer = bearer.filter(|_| operation.service == "marketplace").map(|token| format!("Bearer {token}"));
        let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.extend(bearer.iter().map(|bearer| ("Authorization", bearer.as_str())));
        let (path, body) = (format!("{}?{query}", request.path), String::from_utf8_lossy(&request.body));
        let answer = self.market.ask(operation.service, request.method, &path, &headers, &body);
        Reply { status: answer.status, text: answer.text }
    }

    fn check_reply(&self, _operation: &OperationInfo, reply: &Reply) -> Result<(), TestCaseError> {
        if reply.status < 400 {
            self.market.pass(7200);
        }
        Ok(())
    }
}

/// Token requests with fields missing or replaced, and bodies that are not forms.
fn form(ids: &Ids) -> BoxedStrategy<Vec<u8>> {
    let scopes: Vec<_> = SCOPES.iter().map(|scope| format!("{BASE}/{scope}")).collect();
    let scopes: Vec<_> = scopes.iter().map(String::as_str).chain(["", "x"]).collect();
    let fields = [
        ("grant_type", one_of(&["client_credentials"])),
        ("scope", proptest::collection::vec(one_of(&scopes), 1..3).prop_map(|scopes| scopes.join(" ")).boxed()),
        ("client_id", one_of(&["nephos"])),
        ("client_secret", one_of(&["nephos"])),
        ("token", ids.of("token")),
    ];
    let fields = fields.map(|(name, value)| {
        let value = prop_oneof![12 => value, 1 => bodies::words(), 1 => ids.any()];
        proptest::option::weighted(0.95, value.prop_map(move |value| (name.to_owned(), value)))
    });
    let other = proptest::collection::vec((bodies::words(), bodies::words()), 0..2);
    let form = (fields.to_vec(), other).prop_map(|(fields, other)| {
        let pairs = fields.into_iter().flatten().chain(other);
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
    });
    prop_oneof![12 => form, 1 => proptest::collection::vec(any::<u8>(), 0..64)].boxed()
}

fn headers() -> BoxedStrategy<Vec<(&'static str, String)>> {
    let origin = one_of(&["", "http://page.example", "null", "x"]).prop_map(|origin| ("Origin", origin));
    let accept = one_of(&["application/json", "*/*", "", "text/html;q=x"]).prop_map(|accept| ("Accept", accept));
    (origin, accept).prop_map(|(origin, accept)| vec![origin, accept]).boxed()
}

const NAMES: &str = "page per_page status order_by order_dir callback access_token expand fields token scope x";

const VALUES: &[&str] = &[
    "0",
    "1",
    "10",
    "100",
    "101",
    "-1",
    "1.5",
    "99999999999999999999",
    "all",
    "active",
    "date",
    "name",
    "asc",
    "desc",
    "f",
];
