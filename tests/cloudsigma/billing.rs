//! Usage, prices, bills and the balance.

use super::{ANN, Sigma};

#[test]
fn the_bill_is_the_manuals() {
    let sigma = Sigma::new();
    // 0.5 GHz at 1.500 and 10 GB at 0.200 per minute.
    sigma.drive("name a\nsize 10G");
    let server = sigma.post("/servers/create", "name s\ncpu 500\nmem 512").value("server").unwrap().to_owned();
    sigma.start(&server).good();
    sigma.get("/transactions/list").is(200, "");
    sigma.pass(5 * 60);
    let bill = "date 2030-01-01 12:05:00\n\
                description 5 minutes of burst virtual server use at rate of 2.750 from 2030-01-01 12:00:00 \
                until 2030-01-01 12:05:00\nvalue n/a\ntax n/a\ntotal -13.75\n";
    sigma.get("/transactions/list").is(200, bill);
    sigma.get("/balance/info").is(200, "balance 99986.25\ncurrency EUR\n");
    sigma.pass(5 * 60);
    let both = sigma.get("/transactions/list").text;
    assert!(both.starts_with("date 2030-01-01 12:10:00\n") && both.ends_with(&format!("\n\n{bill}")), "{both}");
    sigma.ask_as(ANN, "GET", "/transactions/list", "").is(200, "");
    assert_eq!(sigma.ask_as(ANN, "GET", "/balance/info", "").value("balance"), Some("100000.00"));
}

#[test]
fn usage_follows_what_runs() {
    let sigma = Sigma::new();
    let empty = "cpu 0\nmem 0\ndisk 0\ncpu:burst 0\nmem:burst 0\ndisk:burst 0\ncpu:sub 0\nmem:sub 0\ndisk:sub 0\n\
                 rx:total 0\ntx:total 0.000\nxfer:total 0.000\nxfer:burst \nxfer:sub \n";
    sigma.get("/usage/info").is(200, empty);
    sigma.drive("name a\nsize 1500M");
    let server = sigma.server("nic:0:dhcp auto");
    let used = |key: &str| sigma.get("/usage/info").value(key).unwrap().to_owned();
    assert_eq!((used("cpu"), used("mem"), used("disk")), ("0".into(), "0".into(), "2".into()));
    sigma.start(&server).good();
    let body = "cpu 2000\nmem 1024\ndisk 1\nxfer 10\nstart_time 2030-01-01 12:00\nmonths 1";
    sigma.post("/subscriptions/resources/create", body).good();
    assert_eq!((used("cpu"), used("cpu:sub"), used("cpu:burst")), ("1000".into(), "2000".into(), "0".into()));
    assert_eq!((used("disk:burst"), used("xfer:sub")), ("1".into(), "10".into()));
    sigma.pass(3600 * 24);
    assert_eq!((used("rx:total"), used("tx:total")), ("34560000".into(), "0.008".into()));
    assert_eq!(used("xfer:burst"), "");
    sigma.get(&format!("/servers/{server}/stop")).good();
    assert_eq!(used("cpu"), "0");
}

#[test]
fn use_is_billed_to_the_second_and_only_beyond_the_subscription() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    let before = sigma.balance();
    sigma.start(&server).good();
    sigma.pass(60);
    sigma.get(&format!("/servers/{server}/stop")).good();
    sigma.pass(240);
    // One minute of one GHz.
    assert!((before - sigma.balance() - 1.50).abs() < 1e-6, "{}", sigma.balance());
    assert_eq!(sigma.get("/transactions/list").value("total"), Some("-1.50"));
    sigma.pass(3600);
    assert_eq!(sigma.get("/transactions/list").text.matches("total").count(), 1, "nothing runs, nothing is owed");
    sigma.post("/subscriptions/resources/create", "cpu 2000\nstart_time 2030-01-01 00:00").good();
    let paid = sigma.balance();
    sigma.start(&server).good();
    sigma.pass(3600);
    assert_eq!(sigma.balance(), paid);
    assert_eq!(sigma.state(|cloud| cloud.transactions.len()), 2);
}

#[test]
fn the_balance_is_what_the_transactions_leave() {
    let sigma = Sigma::new();
    sigma.drive("name a\nsize 7G");
    let server = sigma.post("/servers/create", "name s\ncpu 1234\nmem 777\nnic:0:dhcp auto").good();
    let server = server.value("server").unwrap();
    for seconds in [17, 301, 1000, 59] {
        sigma.start(server).good();
        sigma.pass(seconds);
        sigma.get(&format!("/servers/{server}/stop")).good();
        sigma.pass(seconds);
    }
    let list = sigma.get("/transactions/list").text;
    let totals = list.lines().filter_map(|line| line.strip_prefix("total "));
    let spent: f64 = totals.map(|total| total.parse::<f64>().unwrap()).sum();
    assert!(spent < -1.0);
    assert!((100_000.0 + spent - sigma.balance()).abs() < 1e-6, "{spent} {}", sigma.balance());
}

#[test]
fn the_price_list_is_the_manuals() {
    let sigma = Sigma::new();
    let expected = "start 2030-01-01 12:00:00.000000\nend 2030-01-01 12:05:00.000000\n\
                  cpu:sub 0.200\ncpu:burst 1.500\nmem:sub 0.200\nmem:burst 0.000\nxfer:sub 0.01\nxfer:burst 0.01\n\
                  disk:sub 0.200\ndisk:burst 0.200\nip 2.00\nvlan 5.00\n\
                  msft_lwa_00135 10.00\nmsft_p73_04837 20.00\nmsft_tfa_00009 15.00\n";
    sigma.get("/pricing/info").is(200, expected);
}

#[test]
fn without_money_nothing_runs() {
    let sigma = Sigma::with("[[account]]\nemail = \"demo@example.com\"\npassword = \"nephos\"\nbalance = 20.0\n");
    let (old, new) = (sigma.server(""), sigma.server(""));
    sigma.start(&old).good();
    sigma.start(&new).good();
    sigma.pass(300);
    let running = |server: &str| sigma.show(server).value("status") == Some("active");
    assert!(running(&old) && running(&new), "15 of 20 are gone");
    sigma.pass(300);
    assert!(!running(&old) && !running(&new));
    assert!((sigma.balance() - -10.0).abs() < 1e-6);
    sigma.start(&old).is(400, "errors:system Insufficient funds. Please top up your balance.\n");
    let none = sigma.post("/servers/create", "name x\ncpu 1\nmem 1");
    none.is(200, "name x\ncpu 1\nmem 1\nerrors:system Insufficient funds. Please top up your balance.\n");
    assert_eq!(sigma.get("/servers/list").lines().len(), 2);
    let subscribed = sigma.post("/subscriptions/resources/create", "cpu 2000\nstart_time 2030-01-01 13:00");
    assert!(subscribed.status == 400 && subscribed.text.contains("errors:system Insufficient"), "{}", subscribed.text);
    sigma.get("/subscriptions/list").is(200, "");
}

#[test]
fn what_is_subscribed_runs_on_without_money() {
    let sigma = Sigma::with("[[account]]\nemail = \"demo@example.com\"\npassword = \"nephos\"\nbalance = 2.0\n");
    sigma.post("/subscriptions/resources/create", "cpu 2000\nmem 2000\nstart_time 2030-01-01 12:00").good();
    let servers = [(); 3].map(|()| sigma.server(""));
    servers.iter().for_each(|server| _ = sigma.start(server).good());
    sigma.pass(600);
    let status = servers.each_ref().map(|server| sigma.show(server).value("status").unwrap().to_owned());
    assert_eq!(status, ["active", "active", "stopped"]);
}

/// A server that costs 1.50 a minute, which runs.
fn runs() -> (Sigma, String) {
    let sigma = Sigma::new();
    let server = sigma.server("");
    sigma.start(&server).good();
    (sigma, server)
}

#[test]
fn many_periods_at_once_cost_the_same_as_one_by_one() {
    const DAY: i64 = 86_400;
    for days in [3, 40, 60] {
        let ((once, one), (daily, other)) = (runs(), runs());
        once.pass(days * DAY);
        (0..days).for_each(|_| daily.pass(DAY));
        let status = |sigma: &Sigma, server: &str| sigma.show(server).value("status").unwrap().to_owned();
        // The money lasts for 46 days.
        let expected = if days < 46 { "active" } else { "stopped" };
        assert_eq!((status(&once, &one), status(&daily, &other)), (expected.into(), expected.into()), "{days} days");
        assert!((once.balance() - daily.balance()).abs() < 1e-6, "{days}: {} {}", once.balance(), daily.balance());
    }
}

#[test]
fn a_clock_that_is_moved_by_millennia_needs_few_bills() {
    let (sigma, server) = runs();
    let rich = sigma.live.admin_write(|world| world.change_cloud("cloudsigma", "balance", &serde_json::json!(1e11)));
    rich.unwrap();
    let years = |years: i64| sigma.live.move_clock(|clock| clock.advanced(chrono::TimeDelta::days(365 * years)));
    assert!(years(7_900).is_ok());
    assert_eq!(sigma.show(&server).value("status"), Some("active"));
    let bills = sigma.state(|cloud| cloud.transactions.len());
    assert!((2_000..5_000).contains(&bills), "{bills}");
    let minutes = 7_900.0 * 365.0 * 1_440.0;
    assert!((1e11 - sigma.balance() - 1.5 * minutes).abs() < 10.0, "{}", sigma.balance());
}

#[test]
fn a_subscription_that_ends_within_a_long_period_is_noticed() {
    const DAY: i64 = 86_400;
    let bodies = "cpu 2000\nmem 2000\nstart_time 2030-01-01 12:00\nmonths 1";
    let status = |step: i64| {
        let (sigma, server) = runs();
        // The disk is never subscribed, so there are bills from the beginning.
        sigma.drive("name a\nsize 1G");
        sigma.post("/subscriptions/resources/create", bodies).good();
        (0..90 / step).for_each(|_| sigma.pass(step * DAY));
        (sigma.show(&server).value("status").unwrap().to_owned(), sigma.balance().round())
    };
    assert_eq!(status(90), status(1));
}
