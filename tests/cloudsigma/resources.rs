//! VLANs and static addresses.

use super::{ANN, Sigma};

#[test]
fn vlans_are_answered_as_the_manual_shows_them() {
    let sigma = Sigma::new();
    let made = sigma.post("/resources/vlan/create", "name My VLAN1");
    let (vlan, user) = (made.value("resource").unwrap(), made.value("user").unwrap());
    let record = |name: &str| format!("resource {vlan}\ntype vlan\nuser {user}\nname {name}\n");
    made.is(200, &record("My VLAN1"));
    sigma.get("/resources/vlan/list").is(200, &format!("vlan {vlan}\n"));
    sigma.get(&format!("/resources/vlan/{vlan}/info")).is(200, &record("My VLAN1"));
    sigma.post(&format!("/resources/vlan/{vlan}/set"), "name My VLAN").is(200, &record("My VLAN"));
    sigma.get("/resources/vlan/info").is(200, &record("My VLAN"));
    sigma.post("/resources/vlan/create", "name").is(400, "name \nerrors:name This field is required.\n");
    assert_eq!(sigma.ask_as(ANN, "GET", &format!("/resources/vlan/{vlan}/info"), "").status, 400);
    sigma.get(&format!("/resources/vlan/{vlan}/destroy")).is(204, "");
    sigma.get("/resources/vlan/list").is(200, "");
}

#[test]
fn a_static_address_is_answered_as_the_manual_shows_it() {
    let sigma = Sigma::new();
    let made = sigma.post("/resources/ip/create", "");
    let user = made.value("user").unwrap();
    let record = |address: &str| {
        format!(
            "resource {address}\nnetmask 255.255.255.0\nuser {user}\nnameserver 91.203.56.1\ntype ip\n\
             gateway 91.203.56.1\n"
        )
    };
    made.is(200, &record("91.203.56.2"));
    sigma.get("/resources/ip/create").is(200, &record("91.203.56.3"));
    sigma.get("/resources/ip/list").is(200, "ip 91.203.56.2\nip 91.203.56.3\n");
    sigma.get("/resources/ip/info").is(200, &format!("{}\n{}", record("91.203.56.2"), record("91.203.56.3")));
    sigma.get("/resources/ip/91.203.56.3/info").is(200, &record("91.203.56.3"));
    sigma.get("/resources/ip/91.203.56.3/destroy").is(204, "");
    sigma.get("/resources/91.203.56.2/destroy").is(204, "");
    sigma.get("/resources/91.203.56.2/destroy").is(400, "resource_exception:Missing resource\n");
}

#[test]
fn what_a_running_server_uses_stays() {
    let sigma = Sigma::new();
    let address = sigma.get("/resources/ip/create").value("resource").unwrap().to_owned();
    let vlan = sigma.post("/resources/vlan/create", "name v").value("resource").unwrap().to_owned();
    let settings = format!("nic:0:dhcp {address}\nnic:1:vlan {vlan}");
    let (server, other) = (sigma.server(&settings), sigma.server(&settings));
    assert_eq!(sigma.start(&server).value("nic:0:dhcp"), Some(&*address));
    let record = sigma.get(&format!("/resources/ip/{address}/info"));
    assert_eq!(record.value("claimed"), Some(&*server));
    assert_eq!(sigma.start(&other).status, 409, "an address is of one server at a time");
    let destroy = [format!("/resources/ip/{address}/destroy"), format!("/resources/vlan/{vlan}/destroy")];
    for path in &destroy {
        let refused = sigma.get(path);
        assert!(refused.status == 400 && refused.text.contains("currently in use"), "{}", refused.text);
    }
    sigma.get(&format!("/servers/{server}/stop")).good();
    assert_eq!(sigma.get(&format!("/resources/ip/{address}/info")).value("claimed"), None);
    destroy.iter().for_each(|path| sigma.get(path).is(204, ""));
    assert_eq!(sigma.start(&server).status, 400);
}

#[test]
fn no_address_is_given_twice() {
    let sigma = Sigma::new();
    let mut addresses: Vec<_> =
        (0..300).map(|_| sigma.get("/resources/ip/create").value("resource").unwrap().to_owned()).collect();
    let server = sigma.server("nic:0:dhcp auto");
    addresses.push(sigma.start(&server).value("nic:0:dhcp").unwrap().to_owned());
    let far = sigma.get(&format!("/resources/ip/{}/info", addresses[299]));
    assert_eq!((far.value("netmask"), far.value("gateway")), (Some("255.255.248.0"), Some("178.22.64.1")));
    assert_eq!(far.value("nameserver"), Some("178.22.66.167 178.22.64.25"));
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 301);
}
