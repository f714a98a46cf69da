//! Subscriptions.

use super::{ANN, Sigma};

const RESOURCES: &str = "/subscriptions/resources/create";
const IPS: &str = "/subscriptions/network/ip";
const VLANS: &str = "/subscriptions/network/vlan";
const SOFTWARE: &str = "/subscriptions/software";

#[test]
fn resources_are_answered_as_the_manual_shows_them() {
    let sigma = Sigma::new();
    let body = "cpu 2000\nmem 2000\ndisk 100\nxfer 10\nstart_time 2030-04-12 00:00\nmonths 1";
    let made = sigma.post(RESOURCES, body);
    let uuids: Vec<_> = made.lines().iter().filter_map(|line| line.strip_prefix("subscription ")).collect();
    let record = |kind: &str, uuid: &str, label: &str, unit: &str, quantity: u32| {
        format!(
            "type {kind}\nsubscription {uuid}\ntype_str {label}\nunit {unit}\nquantity {quantity}\n\
             start_time 2030-04-12 00:00\nend_time 2030-05-12 00:00\n"
        )
    };
    let expected = [
        record("cpu", uuids[0], "CPU", "core MHz", 2000),
        record("mem", uuids[1], "Memory", "MB", 2000),
        record("disk", uuids[2], "Disk", "GB", 100),
        record("xfer", uuids[3], "Committed data transfer", "GB per month", 10),
    ];
    made.is(200, &expected.join("\n"));
    // The newest first, with seconds.
    let list = sigma.get("/subscriptions/list").text;
    assert!(list.starts_with(&format!("type xfer\nsubscription {}\n", uuids[3])), "{list}");
    assert!(list.contains("start_time 2030-04-12 00:00:00\nend_time 2030-05-12 00:00:00\n"), "{list}");
    assert_eq!(list.split("\n\n").count(), 4);
    sigma.ask_as(ANN, "GET", "/subscriptions/list", "").is(200, "");
    sigma.get("/subscriptions/resources/info").is(200, "cpu 0\nmem 0\ndisk 0\nxfer 0\n");
    sigma.pass(3600 * 24 * 110);
    sigma.get("/subscriptions/resources/info").is(200, "cpu 2000\nmem 2000\ndisk 100\nxfer 10\n");
    // 0.200 for 2 GHz and for 2000 MB, 20.00 for the disk, 0.10 for the transfer.
    let transactions = sigma.get("/transactions/list");
    assert_eq!(transactions.value("total"), Some("-20.89"));
    assert!(transactions.text.contains("CPU 2000 core MHz, Memory 2000 MB, Disk 100 GB"), "{}", transactions.text);
}

#[test]
fn calculations_are_the_manuals() {
    let sigma = Sigma::new();
    let term = "start_time 2010-03-22 00:00\nmonths 1";
    let calculate = |path: &str, body: &str| sigma.post(&format!("{path}/calculate"), &format!("{body}\n{term}"));
    calculate(IPS, "quantity 2").is(200, "amount 16.00\ncurrency EUR\n");
    calculate(VLANS, "quantity 2").is(200, "amount 40.00\ncurrency EUR\n");
    let software = "msft_lwa_00135 1\nmsft_p73_04837 1\nmsft_tfa_00009 1";
    calculate(SOFTWARE, software).is(200, "amount 45.00\ncurrency EUR\n");
    sigma.get("/subscriptions/list").is(200, "");
    assert_eq!(sigma.balance(), 100_000.0);
}

#[test]
fn subscribed_addresses_are_resources_until_the_subscription_ends() {
    let sigma = Sigma::new();
    let made = sigma.post(&format!("{IPS}/create"), "quantity 2\nstart_time 2010-03-23 00:00\nmonths 1");
    let uuids: Vec<_> = made.lines().iter().filter_map(|line| line.strip_prefix("subscription ")).collect();
    let record = |uuid: &str, address: &str| {
        format!(
            "type ip\nsubscription {uuid}\nresource {address}\ntype_str Static IP address admin\nunit IPs\n\
             quantity 2\nstart_time 2030-01-01 12:00\nend_time 2030-02-01 12:00\n"
        )
    };
    made.is(200, &format!("{}\n{}", record(uuids[0], "91.203.56.2"), record(uuids[1], "91.203.56.3")));
    assert_eq!(sigma.balance(), 100_000.0 - 16.0);
    sigma.get("/resources/ip/list").is(200, "ip 91.203.56.2\nip 91.203.56.3\n");
    sigma.get("/subscriptions/net/info").is(200, "ip 2\nvlan 0\n");
    sigma.post(&format!("/subscriptions/{}/set", uuids[0]), "months 1").good();
    assert_eq!(sigma.balance(), 100_000.0 - 16.0 - 8.0);
    sigma.pass(3600 * 24 * 32);
    sigma.get("/resources/ip/list").is(200, "ip 91.203.56.2\n");
    assert_eq!(sigma.get("/subscriptions/list").text.matches("type ip\n").count(), 1);
    sigma.pass(3600 * 24 * 32);
    sigma.get("/resources/ip/list").is(200, "");
    sigma.get("/subscriptions/list").is(200, "");
}

#[test]
fn an_address_without_a_start_is_refused_as_the_manual_shows_it() {
    let sigma = Sigma::new();
    let expected = "quantity 1\nstart_time \nerrors:start_time This field is required.\nend_time \n";
    sigma.post(&format!("{IPS}/create"), "quantity 1").is(400, expected);
    for (body, key) in [
        ("start_time 2030-01-01 00:00", "quantity"),
        ("quantity 0\nstart_time 2030-01-01 00:00", "quantity"),
        ("quantity 101\nstart_time 2030-01-01 00:00", "quantity"),
        ("quantity x\nstart_time 2030-01-01 00:00", "quantity"),
        ("quantity 1\nstart_time tomorrow", "start_time"),
        ("quantity 1\nstart_time 2030-01-01 00:00\nmonths 0", "months"),
        ("quantity 1\nstart_time 2030-01-01 00:00\nmonths many", "months"),
    ] {
        let refused = sigma.post(&format!("{VLANS}/create"), body);
        let message = format!("errors:{key} ");
        assert!(refused.status == 400 && refused.text.contains(&message), "{body}: {}", refused.text);
    }
    sigma.get("/resources/vlan/list").is(200, "");
}

#[test]
fn a_subscribed_vlan_is_extended_at_its_price() {
    let sigma = Sigma::new();
    let made = sigma.post(&format!("{VLANS}/create"), "quantity 1\nstart_date 2030-03-10 20:58\nmonths 1").good();
    let (uuid, vlan) = (made.value("subscription").unwrap(), made.value("resource").unwrap());
    sigma.get("/resources/vlan/list").is(200, &format!("vlan {vlan}\n"));
    let path = format!("/subscriptions/{uuid}/set");
    sigma.post(&format!("{path}/calculate"), "months 3").is(200, "amount 60.00\ncurrency EUR\n");
    let expected = format!(
        "type vlan\nsubscription {uuid}\nresource {vlan}\ntype_str Private network VLAN\nunit VLANs\nquantity 1\n\
         start_time 2030-03-10 20:58\nend_time 2030-07-10 20:58\n"
    );
    sigma.post(&path, "months 3").is(200, &expected);
    assert_eq!(sigma.balance(), 100_000.0 - 80.0);
    sigma.post(&path, "").is(400, "errors:months This field is required.\n");
    let not_found = "errors:system Subscription UUID could not be found. Please re-validate your entry.\n";
    assert_eq!(sigma.ask_as(ANN, "POST", &path, "months 1").text, not_found);
}

#[test]
fn software_is_answered_with_its_order() {
    let sigma = Sigma::new();
    let body = "msft_lwa_00135 1\nmsft_p73_04837 0\nmsft_tfa_00009 0\nstart_time 2030-03-21 12:21\nmonths 1";
    let expected = "msft_lwa_00135 1\nmsft_p73_04837 0\nmsft_tfa_00009 0\nstart_time 2030-03-21 12:21\n\
                  end_time 2030-04-21 12:21:00\n";
    sigma.post(&format!("{SOFTWARE}/create"), body).is(200, expected);
    assert_eq!(sigma.get("/subscriptions/list").value("type_str"), Some("Windows Web Server 2008"));
    assert_eq!(sigma.balance(), 99_990.0);
    let refused = sigma.post(&format!("{SOFTWARE}/create"), "msft_lwa_00135 -1\nstart_time 2030-03-21 12:21");
    assert!(refused.text.contains("errors:msft_lwa_00135 Ensure"), "{}", refused.text);
    assert_eq!(sigma.post(&format!("{SOFTWARE}/create"), "start_time 2030-03-21 12:21").status, 400);
}

#[test]
fn burst_ends_when_a_subscription_begins_and_comes_back_when_it_ends() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    sigma.start(&server).good();
    sigma.post(RESOURCES, "cpu 2000\nstart_time 2030-01-01 13:00\nmonths 1").good();
    let before = sigma.balance();
    sigma.pass(3600);
    let begun = sigma.balance();
    assert!((before - begun - 90.0).abs() < 1e-6, "an hour of a GHz: {}", before - begun);
    sigma.pass(3600 * 24 * 31);
    assert_eq!(sigma.balance(), begun);
    assert_eq!(sigma.get("/usage/info").value("cpu:burst"), Some("1000"));
    sigma.pass(300);
    assert!((begun - sigma.balance() - 7.5).abs() < 1e-6);
}

#[test]
fn what_cannot_be_paid_is_not_extended() {
    let sigma = Sigma::with("[[account]]\nemail = \"demo@example.com\"\npassword = \"nephos\"\nbalance = 30.0\n");
    let made = sigma.post(&format!("{VLANS}/create"), "quantity 1\nstart_time 2030-01-01 12:00").good();
    let path = format!("/subscriptions/{}/set", made.value("subscription").unwrap());
    let refusal = "months 1\nerrors:system Insufficient funds. Please top up your balance.\n";
    sigma.post(&path, "months 1").is(400, refusal);
    assert_eq!(sigma.balance(), 10.0);
    assert!(sigma.get("/subscriptions/list").text.contains("end_time 2030-02-01 12:00:00"));
}
