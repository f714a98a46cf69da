//! Every table is saved, and worlds do not share what they change.

use super::{CLOUD, Sigma};
use nephos::clouds::cloudsigma::CloudSigma;
use nephos::engine::Cloud as _;
use serde_json::json;

/// Adds a row to every table.
pub fn populate(sigma: &Sigma) {
    let drive = sigma.drive("name data\nsize 1G\ntags a");
    let shared = sigma.drive("name shared\nsize 1G\nclaim:type shared");
    sigma.post(&format!("/drives/{drive}/write/64k"), "some bytes").good();
    let vlan = sigma.post("/resources/vlan/create", "name v").value("resource").unwrap().to_owned();
    sigma.post("/resources/vlan/create", "name spare").good();
    let address = sigma.get("/resources/ip/create").value("resource").unwrap().to_owned();
    let running = format!("ide:0:0 {shared}\nnic:0:dhcp {address}\nnic:1:vlan {vlan}\nvnc:ip auto\nsmp auto");
    let running = sigma.server(&running);
    sigma.start(&running).good();
    let stopped = sigma.server(&format!("block:0 {drive}\nnic:0:dhcp auto\nboot block:0"));
    let group = sigma.post("/servergroups/create", "name g").value("uuid").unwrap().to_owned();
    let members = format!("server:0 {running}\nserver:1 {stopped}");
    sigma.post(&format!("/servergroups/{group}/add"), &members).good();
    sigma.post("/subscriptions/resources/create", "cpu 2000\nstart_time 2030-01-01 00:00").good();
    sigma.post("/subscriptions/network/ip/create", "quantity 1\nstart_time 2030-01-01 00:00").good();
    sigma.pass(600);
    sigma.post(&format!("/drives/{drive}/clone"), "name copy").good();
}

#[test]
fn every_table_is_saved_and_loaded() {
    let sigma = Sigma::new();
    populate(&sigma);
    let saved = sigma.saved();
    let empty: Vec<_> = saved.iter().filter(|(_, rows)| *rows == json!([])).map(|(name, _)| name).collect();
    assert!(empty.is_empty(), "nothing was made that these tables hold: {empty:?}");
    let file = sigma.live.snapshot().save().unwrap();
    let loaded = Sigma::new().live.snapshot().load(file.clone()).expect("the file is whole");
    assert_eq!(loaded.save().unwrap(), file);
    let mut loaded = CloudSigma::default();
    let mut saved = saved.iter();
    loaded.each_table(&mut |_, resource, table| {
        let (name, rows) = saved.next().expect("as many tables as were saved");
        assert_eq!(resource, name);
        table.load(rows.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(table.save().unwrap(), *rows, "{name}");
    });
}

#[test]
fn a_fork_goes_its_own_way() {
    let sigma = Sigma::new();
    populate(&sigma);
    let fork = sigma.live.fork();
    let drives = sigma.get("/drives/list").text;
    let drive = drives.lines().next().unwrap();
    sigma.post(&format!("/drives/{drive}/write/64k"), "other").good();
    let bytes = |world: &nephos::engine::World| {
        let cloud = world.cloud::<CloudSigma>(CLOUD).unwrap();
        cloud.contents.get(drive).unwrap().extents.read(64 << 10, 10).unwrap()
    };
    assert_eq!(&bytes(&fork.snapshot())[..], b"some bytes");
    assert_eq!(&bytes(&sigma.live.snapshot())[..], b"otherbytes");
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let answers = || {
        let sigma = Sigma::new();
        populate(&sigma);
        sigma.pass(60);
        ["/servers/info", "/drives/info", "/resources/vlan/info", "/subscriptions/list", "/transactions/list"]
            .map(|path| sigma.get(path).text)
    };
    assert_eq!(answers(), answers());
}
