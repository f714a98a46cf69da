//! Drives: records, clones over time, bytes.

use super::{ANN, DEMO, Sigma, basic};
use nephos::clouds::cloudsigma::drives::standard::OWNER;

#[test]
fn a_drive_is_answered_as_the_manual_shows_it() {
    let sigma = Sigma::new();
    let answer = sigma.post("/drives/create", "name TEST_DRIVE\nsize 4194304").good();
    let (user, drive) = (answer.value("user").unwrap(), answer.value("drive").unwrap());
    let record = format!("status active\nuser {user}\nsize 4194304\nname TEST_DRIVE\ndrive {drive}\n");
    answer.is(200, &format!("{record}encryption:cipher aes-xts-plain\n"));
    let info = format!("{record}encryption:cipher aes-xts-plain\ntype disk\n");
    sigma.get(&format!("/drives/{drive}/info")).is(200, &info);
    sigma.get("/drives/info").is(200, &info);
    let second = sigma.drive("name two\nsize 4k");
    assert_eq!(sigma.get("/drives/list").lines(), [drive, &second]);
    assert_eq!(sigma.get("/drives/info").text.matches("\n\n").count(), 1);
}

#[test]
fn wrong_values_are_named_and_nothing_is_made() {
    let sigma = Sigma::new();
    for (body, key) in [
        ("size 1M", "name"),
        ("name a\nsize 0", "size"),
        ("name a\nsize -5", "size"),
        ("name a\nsize many", "size"),
        ("name a\nsize 99T", "size"),
        ("name a\nsize 1M\nclaim:type both", "claim:type"),
        ("name a\nsize 1M\nreaders bob", "readers"),
        ("name a\nsize 1M\nencryption:cipher rot13", "encryption:cipher"),
    ] {
        let answer = sigma.post("/drives/create", body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text.contains(&format!("errors:{key} ")), "{body}: {}", answer.text);
        assert!(answer.text.starts_with(body), "{body}: {}", answer.text);
    }
    sigma.get("/drives/list").is(200, "");
    let known = sigma.post("/drives/create", "name a\nsize 1M\ndriveType x\ntier y\npersistent true").good();
    assert!(!known.text.contains("driveType") && !known.text.contains("tier"));
}

#[test]
fn a_clone_tells_how_far_it_is_and_is_the_source_in_the_end() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 8M\ndescription kept");
    let headers = [("Authorization", &*basic(DEMO, "nephos"))];
    assert_eq!(sigma.send("POST", &format!("/drives/{source}/write/5"), &headers, b"bytes").status, 204);
    let clone = sigma.post(&format!("/drives/{source}/clone"), "name b\nsize 1G").good();
    let drive = clone.value("drive").unwrap();
    assert_eq!((clone.value("imaging"), clone.value("size")), (Some("queued"), Some("1073741824")));
    assert_eq!(clone.value("claimed"), Some("be2bcfa3-109d-4bee-8795-d75ce0865dc4:imaging"));
    assert_eq!(clone.value("status"), Some("active"));
    // Data written while the clone is being made does not reach it.
    assert_eq!(sigma.send("POST", &format!("/drives/{source}/write/5"), &headers, b"later").status, 204);
    let info = format!("/drives/{drive}/info");
    let mut seen = vec![];
    for _ in 0..200 {
        let Some(imaging) = sigma.get(&info).value("imaging").map(str::to_owned) else { break };
        if seen.last() != Some(&imaging) {
            seen.push(imaging);
        }
        sigma.live.advance(chrono::TimeDelta::milliseconds(20));
    }
    assert_eq!(seen, ["queued", "20%", "40%", "60%", "80%"]);
    let done = sigma.get(&info);
    assert_eq!((done.value("claimed"), done.value("description")), (None, Some("kept")));
    assert_eq!(&*sigma.get(&format!("/drives/{drive}/read/4/7")).bytes, b"\0bytes\0");
}

#[test]
fn a_drive_that_is_being_made_is_busy() {
    let sigma = Sigma::new();
    let source = sigma.drive("name a\nsize 8M");
    let clone = sigma.post(&format!("/drives/{source}/clone"), "name b").good();
    let drive = clone.value("drive").unwrap();
    assert_eq!(sigma.get(&format!("/drives/{drive}/read/0/1")).status, 409);
    assert_eq!(sigma.post(&format!("/drives/{drive}/write"), "x").status, 409);
    assert_eq!(sigma.post(&format!("/drives/{drive}/clone"), "name c").status, 409);
    assert_eq!(sigma.post(&format!("/drives/{drive}/set"), "size 9M").status, 409);
    sigma.get(&format!("/drives/{drive}/destroy")).is(400, "errors:system Drive is currently in use\n");
    let server = sigma.server(&format!("ide:0:0 {drive}"));
    assert_eq!(sigma.start(&server).status, 409);
    sigma.pass(60);
    assert_eq!(sigma.start(&server).status, 200);
}

#[test]
fn unwritten_bytes_are_zeros_and_reads_end_with_the_drive() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1T");
    let read = |range: &str| sigma.get(&format!("/drives/{drive}/read/{range}"));
    assert_eq!(read("512G/4M").bytes, vec![0; 4 << 20]);
    assert_eq!(sigma.post(&format!("/drives/{drive}/write/1023G"), "end").status, 204);
    assert_eq!(&*read("1023G/5").bytes, b"end\0\0");
    assert_eq!(sigma.state(|cloud| cloud.contents.get(&drive).unwrap().extents.stored_bytes()), 3);
    let refused = read("0/4194305");
    refused.is(400, "errors:size SIZE may not exceed 4MB for a single request.\n");
    assert_eq!((read("x/1").status, read("0/x").status, read("2T/1").status), (400, 400, 400));
    let small = sigma.drive("name b\nsize 10");
    assert_eq!(sigma.get(&format!("/drives/{small}/read/8/4k")).bytes.len(), 2);
    let counted = sigma.get(&format!("/drives/{small}/info"));
    assert_eq!((counted.value("read:bytes"), counted.value("read:requests")), (Some("2"), Some("1")));
}

#[test]
fn nothing_is_written_beyond_the_end_or_in_a_wrong_packing() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 10");
    let write = |at: &str, headers: &[(&str, &str)], body: &[u8]| {
        let auth = basic(DEMO, "nephos");
        let all: Vec<_> = [("Authorization", auth.as_str())].into_iter().chain(headers.iter().copied()).collect();
        sigma.send("POST", &format!("/drives/{drive}/write{at}"), &all, body).status
    };
    assert_eq!(write("/8", &[], b"abc"), 400);
    assert_eq!(write("/11", &[], b""), 400);
    assert_eq!(write("/x", &[], b"a"), 400);
    assert_eq!(write("", &[("Content-Encoding", "gzip")], b"no gzip"), 400);
    assert_eq!(write("", &[("Content-Encoding", "br")], b"a"), 400);
    assert_eq!(write("", &[("Transfer-Encoding", "chunked")], b"a"), 400);
    assert_eq!(sigma.get(&format!("/drives/{drive}/read/0/10")).bytes, vec![0; 10]);
    assert_eq!(write("/7", &[], b"abc"), 204);
    assert_eq!(&sigma.get(&format!("/drives/{drive}/read/7/3")).bytes, b"abc");
}

#[test]
fn readers_may_read() {
    let sigma = Sigma::new();
    let ann = sigma.ask_as(ANN, "GET", "/profile/info", "").value("uuid").unwrap().to_owned();
    let drive = sigma.drive(&format!("name a\nsize 1M\nreaders {ann}\nclaim:type shared"));
    sigma.post(&format!("/drives/{drive}/write"), "shared").good();
    let as_ann = |path: &str, body: &str| sigma.ask_as(ANN, "POST", &format!("/drives/{drive}/{path}"), body);
    assert_eq!(as_ann("info", "").value("name"), Some("a"));
    assert_eq!(&*as_ann("read/0/6", "").bytes, b"shared");
    let clone = as_ann("clone", "name mine").good();
    assert_eq!((clone.value("user"), clone.value("readers")), (Some(&*ann), None));
    let server = sigma.ask_as(ANN, "POST", "/servers/create", &format!("name s\ncpu 500\nmem 512\nide:0:0 {drive}"));
    assert!(server.value("server").is_some(), "{}", server.text);
    assert_eq!(
        (as_ann("write", "x").status, as_ann("set", "name x").status, as_ann("destroy", "").status),
        (400, 400, 400)
    );
    assert_eq!(sigma.ask_as(ANN, "GET", "/drives/list", "").lines(), [clone.value("drive").unwrap()]);
    sigma.post(&format!("/drives/{drive}/set"), "readers ").good();
    assert_eq!(as_ann("info", "").status, 400);
}

#[test]
fn standard_drives_are_there_for_everybody() {
    let sigma = Sigma::new();
    let lists = ["cd/list", "img/list", "list"].map(|list| sigma.get(&format!("/drives/standard/{list}")).text);
    let [cds, images, all] = lists.each_ref().map(|list| list.lines().collect::<Vec<_>>());
    assert_eq!(cds[0], "a49e25b3-69f4-440b-87a8-d79fa78ace53");
    assert!(cds.iter().all(|cd| !images.contains(cd)));
    assert_eq!(all.len(), cds.len() + images.len());
    for (kind, uuid, other) in [("cd", cds[0], "img"), ("img", images[0], "cd")] {
        let shown = sigma.get(&format!("/drives/standard/{kind}/{uuid}/info")).good();
        assert_eq!((shown.value("user"), shown.value("claim:type")), (Some(OWNER), Some("shared")));
        assert_eq!(shown.value("readers"), Some("ffffffff-ffff-ffff-ffff-ffffffffffff"));
        assert_eq!(shown.text, sigma.get(&format!("/drives/{uuid}/info")).text);
        assert_eq!(sigma.get(&format!("/drives/standard/{other}/{uuid}/info")).status, 400);
        assert_eq!(sigma.get(&format!("/drives/{uuid}/destroy")).status, 400);
    }
    let records = sigma.get("/drives/standard/info").text;
    assert_eq!(records.split("\n\n").count(), all.len());
    assert!(records.contains("type cdrom") && records.contains("type disk"));
    sigma.get("/drives/list").is(200, "");
    let clone = sigma.post(&format!("/drives/{}/clone", images[0]), "name mine\nsize 50G").good();
    assert_eq!((clone.value("size"), clone.value("claim:type")), (Some("53687091200"), None));
    sigma.pass(60);
    let sector = sigma.get(&format!("/drives/{}/read/510/2", clone.value("drive").unwrap()));
    assert_eq!(sector.bytes, [0x55, 0xaa]);
}

#[test]
fn drives_grow_and_do_not_shrink() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M\ntags one two\nuse x");
    let set = |body: &str| sigma.post(&format!("/drives/{drive}/set"), body);
    assert_eq!(set("size 2M").value("size"), Some("2097152"));
    assert_eq!(set("size 1M").status, 400);
    assert_eq!(set("name ").status, 400);
    let changed = set("tags \nuse y\nencryption:cipher none").good();
    assert_eq!((changed.value("tags"), changed.value("use")), (None, Some("y")));
    assert_eq!(changed.value("encryption:cipher"), Some("aes-xts-plain"));
    let server = sigma.server(&format!("ide:0:0 {drive}"));
    sigma.start(&server).good();
    assert_eq!((set("size 3M").status, set("claim:type shared").status, set("name b").status), (409, 409, 200));
}
