//! Injected faults and limits.

use super::Sigma;
use nephos::engine::{Effect, Refusal};

#[test]
fn a_drive_that_cannot_be_made_is_inactive() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 1M");
    sigma.inject("cloudsigma.drive.image", Effect::Fails("the source cannot be read".into()));
    let drive = sigma.post(&format!("/drives/{source}/clone"), "name b").value("drive").unwrap().to_owned();
    sigma.pass(60);
    let shown = sigma.get(&format!("/drives/{drive}/info"));
    assert_eq!((shown.value("status"), shown.value("imaging"), shown.value("claimed")), (Some("inactive"), None, None));
    sigma.get(&format!("/drives/{drive}/destroy")).is(204, "");
}

#[test]
fn a_server_that_cannot_start_is_dead_and_holds_nothing() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let server = sigma.server(&format!("ide:0:0 {drive}"));
    sigma.inject("cloudsigma.server.boot", Effect::Fails("no host".into()));
    assert_eq!(sigma.start(&server).status, 200);
    sigma.pass(1);
    assert_eq!(sigma.show(&server).value("status"), Some("dead"));
    assert_eq!(sigma.get(&format!("/drives/{drive}/info")).value("claimed"), None);
    assert_eq!(sigma.get("/usage/info").value("cpu"), Some("0"));
    sigma.get(&format!("/servers/{server}/stop")).is(204, "");
    assert_eq!(sigma.show(&server).value("status"), Some("stopped"));
}

#[test]
fn a_guest_may_not_heed_its_shutdown() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    sigma.start(&server).good();
    sigma.inject("cloudsigma.server.power_down", Effect::Fails("no ACPI".into()));
    sigma.get(&format!("/servers/{server}/shutdown")).is(204, "");
    sigma.pass(60);
    assert_eq!(sigma.show(&server).value("status"), Some("active"));
    sigma.get(&format!("/servers/{server}/stop")).good();
    assert_eq!(sigma.show(&server).value("status"), Some("stopped"));
}

#[test]
fn a_bill_that_is_not_written_is_written_later() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    sigma.inject("cloudsigma.account.bill", Effect::Fails("no accountant".into()));
    sigma.start(&server).good();
    sigma.pass(900);
    assert_eq!(sigma.balance(), 100_000.0);
    let cleared: Result<(), ()> = sigma.live.admin_write(|world| {
        world.faults_mut().clear();
        Ok(())
    });
    cleared.unwrap();
    sigma.pass(900);
    let written = sigma.state(|cloud| cloud.transactions.len());
    assert!(written >= 1 && sigma.balance() < 100_000.0 - 22.0, "{}", sigma.balance());
}

#[test]
fn injected_errors_have_the_manuals_messages() {
    let sigma = Sigma::new();
    let refuse = |status, message: Option<&str>| {
        let message = message.map(str::to_owned);
        Effect::Answer(Refusal { status, message, body: None, retry_after: None })
    };
    sigma.inject("cloudsigma.drive.list", refuse(504, None));
    sigma.get("/drives/list").is(504, "errors:system Operation timed out\n");
    sigma.inject("cloudsigma.server.list", refuse(409, Some("not now")));
    sigma.get("/servers/list").is(409, "errors:system not now\n");
}

#[test]
fn requests_beyond_the_limit_are_refused_in_plain_text() {
    let sigma = Sigma::new();
    let limited: Result<(), String> = sigma.live.admin_write(|world| {
        let limit = serde_json::json!({"rate": "2/m"});
        *world.limits_mut() = nephos::engine::LimitPlan::new(true);
        world.limits_mut().change(super::CLOUD, &limit, &[]).map_err(|error| error.to_string())
    });
    limited.unwrap();
    let statuses = [(); 3].map(|()| sigma.get("/drives/list").status);
    assert_eq!(statuses, [200, 200, 429]);
    sigma.pass(60);
    assert_eq!(sigma.get("/drives/list").status, 200);
}

#[test]
fn the_journal_shows_bodies_without_secrets() {
    let sigma = Sigma::new();
    let server = sigma.server("vnc:password hidden");
    let [entry] = &sigma.live.journal.entries(|entry| entry.operation == "cloudsigma.server.create")[..] else {
        panic!("one server was made")
    };
    let shown = entry.show();
    assert_eq!((&shown["request"]["name"], &shown["request"]["vnc:password"]), (&"s".into(), &"***".into()));
    assert_eq!((&shown["response"]["server"], &shown["response"]["vnc:password"]), (&(*server).into(), &"***".into()));
    assert_eq!(shown["touched"][0], format!("cloudsigma/cloudsigma/servers/{server}"));
    sigma.get("/profile/info");
    let entries = sigma.live.journal.entries(|entry| entry.operation == "cloudsigma.profile.show");
    assert_eq!(entries[0].show()["response"]["secret_key"], "***");
}
