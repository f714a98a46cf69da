//! Tokens.

use super::{BASE, Market};
use nephos::clouds::openstackid::Settings;

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
/// The client `nephos` with the secret `nephos`.
const BASIC: &str = "Basic bmVwaG9zOm5lcGhvcw==";

fn scope() -> String {
    format!("{BASE}/consultants/read").replace(':', "%3A").replace('/', "%2F")
}

#[test]
fn a_token_for_credentials_by_basic_has_72_letters_and_lives_an_hour() {
    let market = Market::new();
    let body = format!("grant_type=client_credentials&scope={}", scope());
    let answer = market.ask("identity", "POST", "/oauth2/token", &[FORM[0], ("Authorization", BASIC)], &body);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.body["access_token"].as_str().unwrap();
    assert_eq!(token.len(), 72);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_~".contains(&byte)));
    assert_eq!((answer.body["expires_in"].as_i64(), answer.body["token_type"].as_str()), (Some(3600), Some("Bearer")));
    assert_eq!(answer.header("Content-Type"), Some("application/json;charset=UTF-8"));
    assert_eq!(answer.header("Cache-Control"), Some("no-cache, no-store, max-age=0, must-revalidate"));
    assert_eq!(answer.header("Pragma"), Some("no-cache"));
}

#[test]
fn refusals_are_400_with_their_name() {
    let market = Market::new();
    let good = format!("scope={}&client_id=nephos&client_secret=nephos", scope());
    for (form, error) in [
        (good.clone(), "invalid_request"),
        (format!("grant_type=password&{good}"), "invalid_grant"),
        (format!("grant_type=client_credentials&scope={}", scope()), "unauthorized_client"),
        ("grant_type=client_credentials&scope=x&client_id=nephos&client_secret=no".into(), "unauthorized_client"),
        ("grant_type=client_credentials&client_id=nephos&client_secret=nephos".into(), "invalid_scope"),
        ("grant_type=client_credentials&scope=x&client_id=nephos&client_secret=nephos".into(), "invalid_scope"),
    ] {
        let answer = market.ask("identity", "POST", "/oauth2/token", &FORM, &form);
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some(error)), "{form}");
    }
    assert_eq!(market.ask("identity", "GET", "/oauth2/token", &[], "").status, 405);
    assert_eq!(market.ask("identity", "GET", "/nowhere", &[], "").status, 404);
}

#[test]
fn introspection_tells_what_a_token_is_for_and_when_it_is_over() {
    let market = Market::new();
    let token = market.token(&["consultants/read"]);
    let look = |token: &str| {
        let path = format!("/oauth2/token/introspection?token={token}");
        market.ask("identity", "POST", &path, &[("Authorization", BASIC)], "")
    };
    market.pass(600);
    let answer = look(&token);
    assert_eq!(answer.body["scope"], format!("{BASE}/consultants/read"));
    assert_eq!(answer.body["client_id"], "nephos");
    assert_eq!(answer.body["expires_in"], 3000);
    assert_eq!(look("nobody").body["error"], "invalid_grant");
    assert_eq!(look("").body["error"], "invalid_request");
    market.pass(3600);
    assert_eq!(look(&token).body["error"], "invalid_token");
    market.pass(86_400);
    assert_eq!(look(&token).body["error"], "invalid_grant");
}

#[test]
fn a_token_that_was_taken_back_is_401() {
    let market = Market::new();
    let token = market.token(&["consultants/read"]);
    let header = format!("Bearer {token}");
    let ask = || market.ask("marketplace", "GET", "/v1/marketplace/consultants", &[("Authorization", &header)], "");
    assert_eq!(ask().status, 200);
    let form = format!("token={token}");
    let revoked = market.ask("identity", "POST", "/oauth2/token/revoke", &[FORM[0], ("Authorization", BASIC)], &form);
    assert_eq!(revoked.status, 200);
    assert_eq!(ask().status, 401);
}

#[test]
fn a_client_has_the_scopes_lifetime_and_origins_of_its_settings() {
    let settings: Settings = toml::from_str(
        r#"
            scope_base = "https://market.example"
            token_lifetime = 60
            [[client]]
            id = "page"
            secret = "s"
            scopes = ["consultants/read"]
            origins = ["https://page.example"]
        "#,
    )
    .unwrap();
    let market = Market::with(settings);
    let ask = |scope: &str| {
        let form = format!(
            "grant_type=client_credentials&client_id=page&client_secret=s&scope=https%3A%2F%2Fmarket.example%2F{scope}"
        );
        market.ask("identity", "POST", "/oauth2/token", &FORM, &form)
    };
    assert_eq!(ask("public-clouds%2Fread").body["error"], "invalid_scope");
    let header = format!("Bearer {}", ask("consultants%2Fread").body["access_token"].as_str().unwrap());
    let get = |origin: &str| {
        let headers = [("Authorization", header.as_str()), ("Origin", origin)];
        market.ask("marketplace", "GET", "/v1/marketplace/consultants", &headers, "")
    };
    assert_eq!(get("https://page.example").status, 200);
    let refused = get("https://other.example");
    assert_eq!((refused.status, refused.body["error_description"].as_str()), (403, Some("invalid origin")));
    assert_eq!(refused.header("Access-Control-Allow-Origin"), Some("https://other.example"));
    market.pass(61);
    assert_eq!(get("https://page.example").status, 401);
}
