//! The bundled scenarios for CloudSigma, as a client sees them.

use super::{CLOUD, Sigma};
use nephos::clouds::cloudsigma::{self, changes};
use nephos::engine::Names;
use nephos::scenarios;

fn apply(sigma: &Sigma, name: &str) {
    let services = cloudsigma::services();
    let names = Names {
        clouds: vec![CLOUD.into()],
        services: services.iter().map(|service| service.name().to_owned()).collect(),
        operations: services.iter().flat_map(|one| one.operations()).map(|row| row.name.to_owned()).collect(),
        transitions: cloudsigma::transition_names(),
        changes: changes::NAMES.iter().map(|name| (*name).to_owned()).collect(),
    };
    let scenario = scenarios::shipped(name, &names).expect("it comes with nephos").unwrap();
    sigma.live.admin_write(|world| world.apply(scenario.into())).unwrap();
}

#[test]
fn imaging_stuck() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 1M");
    apply(&sigma, "imaging-stuck");
    let clone = sigma.post(&format!("/drives/{source}/clone"), "name b").value("drive").unwrap().to_owned();
    sigma.pass(3600);
    let shown = sigma.get(&format!("/drives/{clone}/info"));
    assert_eq!(shown.value("imaging"), Some("60%"));
    assert_eq!(sigma.get(&format!("/drives/{clone}/destroy")).status, 400);
    let server = sigma.server(&format!("ide:0:0 {clone}"));
    assert_eq!(sigma.start(&server).status, 409);
}

#[test]
fn balance_exhausted() {
    let sigma = Sigma::new();
    let server = sigma.post("/servers/create", "name s\ncpu 2000\nmem 1024").value("server").unwrap().to_owned();
    sigma.start(&server).good();
    apply(&sigma, "balance-exhausted");
    assert_eq!(sigma.get("/balance/info").value("balance"), Some("20.00"));
    sigma.pass(300);
    assert_eq!((sigma.balance(), sigma.show(&server).value("status")), (5.0, Some("active")));
    sigma.pass(300);
    assert_eq!(sigma.show(&server).value("status"), Some("stopped"));
    let none = sigma.post("/servers/create", "name x\ncpu 1\nmem 1");
    assert_eq!((none.status, none.value("server")), (200, None));
    assert_eq!(sigma.live.admin_write(|world| world.clear("balance-exhausted")), Ok(true));
    assert_eq!(sigma.balance(), 100_000.0);
    assert_eq!(sigma.start(&server).status, 200);
}
