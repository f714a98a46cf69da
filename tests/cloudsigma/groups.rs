//! Groups of servers, under both spellings.

use super::{ANN, Sigma};

#[test]
fn a_group_is_renamed_under_the_misspelt_name() {
    let sigma = Sigma::new();
    let made = sigma.post("/servergroups/create", "name Database Servers\ndescription all kinds").good();
    let id = made.value("uuid").unwrap();
    let record = format!("uuid {id}\nname Database Servers\ndescription all kinds\n");
    sigma.get(&format!("/servergroups/{id}/info")).is(200, &record);
    sigma.get("/servergroups/list").is(200, &format!("{id}\n"));
    let renamed = sigma.post(&format!("/servergroupss/{id}/set"), "name Web Servers\ndescription");
    renamed.is(200, "name Web Servers\ndescription \n");
    sigma.get(&format!("/servergroups/{id}/info")).is(200, &format!("uuid {id}\nname Web Servers\n"));
    sigma.post(&format!("/servergroups/{id}/set"), "name ").is(400, "name \nerrors:name This field is required.\n");
    assert_eq!(sigma.ask_as(ANN, "GET", &format!("/servergroups/{id}/info"), "").status, 400);
    sigma.post(&format!("/servergroupss/{id}/destroy"), "").is(200, "");
    let not_found = "errors:system Server group UUID could not be found. Please re-validate your entry.\n";
    sigma.post(&format!("/servergroups/{id}/destroy"), "").is(400, not_found);
    sigma.get("/servergroups/list").is(200, "");
}

#[test]
fn a_group_starts_and_stops_together() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let [one, two] = ["", &format!("ide:0:0 {drive}")].map(|settings| sigma.server(settings));
    let group = sigma.post("/servergroups/create", "name g").value("uuid").unwrap().to_owned();
    let members = format!("server:0 {one}\nserver:1 {two}\nserver:2 {one}");
    let both = format!("{one}\n{two}\n");
    sigma.post(&format!("/servergroups/{group}/add"), &members).is(200, &both);
    let status = |server: &str| sigma.show(server).value("status").unwrap().to_owned();
    sigma.get(&format!("/servergroups/{group}/start")).is(200, &both);
    assert_eq!((status(&one), status(&two)), ("active".into(), "active".into()));
    sigma.get(&format!("/servergroups/{group}/stop")).is(200, &both);
    assert_eq!((status(&one), status(&two)), ("stopped".into(), "stopped".into()));
    let thief = sigma.server(&format!("ide:0:0 {drive}"));
    sigma.start(&thief).good();
    assert_eq!(sigma.get(&format!("/servergroups/{group}/start")).status, 409);
    assert_eq!(status(&one), "stopped", "all or none");
    sigma.get(&format!("/servers/{one}/destroy")).good();
    let stranger = sigma.post(&format!("/servergroups/{group}/remove"), &format!("server:0 {thief}"));
    assert!(stranger.text.contains("errors:server:0 "), "{}", stranger.text);
    sigma.post(&format!("/servergroups/{group}/remove"), &format!("server:5 {two}")).is(200, "");
}
