//! Profiles of accounts.

use super::{ANN, Sigma, basic};

#[test]
fn a_profile_is_answered_as_the_manual_shows_it() {
    let sigma = Sigma::new();
    let shown = sigma.get("/profile/info");
    let keys: Vec<_> = shown.lines().iter().map(|line| line.split(' ').next().unwrap()).collect();
    let expected = [
        "uuid",
        "email",
        "secret_key",
        "first_name",
        "last_name",
        "nick_name",
        "title",
        "company",
        "address",
        "postcode",
        "phone",
        "currency",
        "country",
        "language",
        "type",
    ];
    assert_eq!(keys, expected);
    assert!(shown.text.contains("\ntitle \n"), "an empty value is the key and a space");
    assert_eq!((shown.value("type"), shown.value("secret_key").map(str::len)), (Some("regular"), Some(40)));
    let changed = sigma.post("/profile/set", "address here\npostcode 1000\nlast_name Baz\nuuid other").good();
    assert_eq!((changed.value("last_name"), changed.value("address")), (Some("Baz"), Some("here")));
    assert_eq!(sigma.get("/profile/info").value("uuid"), shown.value("uuid"));
}

#[test]
fn the_email_is_who_logs_in() {
    let sigma = Sigma::new();
    for (email, message) in [("nobody", "* Enter a valid e-mail address."), (ANN, "already in use")] {
        let refused = sigma.post("/profile/set", &format!("email {email}"));
        assert!(refused.status == 400 && refused.text.contains(message), "{}", refused.text);
    }
    sigma.post("/profile/set", "email new@example.com").good();
    assert_eq!(sigma.get("/profile/info").status, 401);
    let known = sigma.send("GET", "/profile/info", &[("Authorization", &basic("new@example.com", "nephos"))], b"");
    assert_eq!(known.status, 200);
}

#[test]
fn a_currency_stays() {
    let sigma = Sigma::new();
    let refused = sigma.post("/profile/set", "currency USD");
    assert!(refused.text.contains("errors:currency * Once set cannot be changed."), "{}", refused.text);
    assert_eq!(sigma.post("/profile/set", "currency EUR").status, 200);
    assert!(sigma.post("/profile/set", "currency XXX").text.contains("errors:currency"));
    assert_eq!(sigma.get("/balance/info").value("currency"), Some("EUR"));
}
