//! What is kept beside the world: history and journal. Nothing of it grows without bound.

use super::{Cloud, change, create};
use chrono::TimeDelta;
use nephos::engine::{Call, Entry, MAX_FOLLOWERS, NotMoved, Range};
use serde_json::json;

/// Creates an image of so many bytes, uploads its data and deletes it: three writes.
fn image_that_comes_and_goes(cloud: &Cloud, bytes: usize) {
    let body = json!({"disk_format": "raw", "container_format": "bare"});
    let image = cloud.post("glance", "/v2/images", body).send().body["self"].as_str().unwrap().to_owned();
    let upload = cloud.ask("PUT", "glance", &format!("{image}/file")).bytes(vec![7; bytes]);
    assert_eq!(upload.header("Content-Type", "application/octet-stream").send().status, 204);
    assert_eq!(cloud.delete("glance", &image).send().status, 204);
}

#[test]
fn deleted_images_leave_the_history_when_more_come_and_go() {
    let cloud = Cloud::new();
    for _ in 0..5 {
        image_that_comes_and_goes(&cloud, 20 << 20);
    }
    // The last image can still be brought back, those before it are gone.
    assert_eq!(cloud.live.rewind(100).err(), Some(3));
    assert!(cloud.live.rewind(1).is_ok());
}

#[test]
fn small_images_stay_in_the_history() {
    let cloud = Cloud::new();
    for _ in 0..5 {
        image_that_comes_and_goes(&cloud, 1000);
    }
    assert_eq!(cloud.live.rewind(100).err(), Some(15));
}

#[test]
fn old_versions_of_large_rows_leave_the_history() {
    let cloud = Cloud::new();
    let volume = create(&cloud);
    let large: serde_json::Map<_, _> = (0..400).map(|key| (format!("key{key}"), "x".repeat(255).into())).collect();
    let set = |body: serde_json::Value| cloud.post("cinder", &format!("{volume}/metadata"), body).send().status;
    assert_eq!(set(json!({"metadata": large})), 200);
    for number in 0..600 {
        assert_eq!(set(json!({"metadata": {"number": number.to_string()}})), 200);
    }
    let kept = cloud.live.rewind(10_000).err().unwrap();
    assert!((200..400).contains(&kept), "{kept} versions of 100 KB are kept in 32 MiB");
}

/// A request without a token.
fn long_request(cloud: &Cloud) {
    let mut call = Call::new("GET", &format!("/v2.1/{}", "é".repeat(30_000)));
    call.origin = format!("http://{}", "h".repeat(60_000));
    call.cloud = super::CLOUD.into();
    let services = nephos::clouds::openstack::services::all();
    let nova = services.iter().find(|service| service.name() == "nova").unwrap();
    nova.dispatch(&cloud.live, &mut call);
}

#[test]
fn the_journal_cuts_long_texts_and_says_so() {
    let cloud = Cloud::new();
    long_request(&cloud);
    let entry = cloud.live.journal.entries(|_| true).remove(0);
    assert_eq!((entry.path.len() <= 2_048, entry.base.len(), &entry.cut[..]), (true, 2_048, &["path", "host"][..]));
    assert_eq!(entry.show()["cut"], json!(["path", "host"]));
    let description =
        json!({"volume": {"size": 1, "metadata": {"k": "v".repeat(200)}, "description": "x".repeat(250)}});
    cloud.post("cinder", "/v3/volumes", description).send();
    let short = cloud.live.journal.entries(|entry| entry.operation == "cinder.volume.create").remove(0);
    assert_eq!(short.show()["cut"], json!([]));
}

#[test]
fn the_journal_is_bounded_by_bytes() {
    let cloud = Cloud::new();
    for _ in 0..2_500 {
        let body = vec![b'x'; 5_000];
        cloud.ask("POST", "cinder", &format!("/v3/{}", "a".repeat(3_000))).nobody().bytes(body).send();
    }
    let entries = cloud.live.journal.entries(|_| true);
    let bytes: usize = entries.iter().map(|entry| entry.path.len() + entry.request.len() + entry.response.len()).sum();
    assert!(entries.len() < 2_000 && bytes < 8 << 20, "{} entries, {bytes} bytes", entries.len());
    assert_eq!(entries.last().map(|entry| entry.number), Some(cloud.live.journal.count()));
}

#[test]
fn only_some_rows_of_a_large_change_are_named() {
    let cloud = Cloud::new();
    for _ in 0..300 {
        cloud.forget_tokens();
        cloud.token("demo");
    }
    let (_, project) = cloud.token("demo");
    let body = json!({"project": {"enabled": false}});
    let answer = cloud.patch("keystone", &format!("/v3/projects/{project}"), body).user("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let entry = cloud.live.journal.entries(|entry| entry.operation == "keystone.project.update").remove(0);
    assert_eq!(entry.touched.rows.len(), 200);
    assert!(entry.touched.more >= 100, "{}", entry.touched.more);
    assert_eq!(entry.show()["more_touched"], json!(entry.touched.more));
}

#[test]
fn a_journal_has_a_maximum_of_followers_and_gives_their_places_back() {
    let cloud = Cloud::new();
    let follow = || cloud.live.journal.follow(0, |_: &Entry| true);
    let mut followers: Vec<_> = (0..MAX_FOLLOWERS).map(|_| follow().unwrap()).collect();
    assert!(follow().is_none());
    followers.pop();
    assert!(follow().is_some());
}

#[test]
fn a_follower_that_is_too_slow_is_told_how_many_requests_it_missed() {
    let cloud = Cloud::new();
    let mut follow = cloud.live.journal.follow(0, |entry: &Entry| entry.status == 404).unwrap();
    for _ in 0..2_010 {
        cloud.get("keystone", "/v3/nothing").nobody().send();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let first = runtime.block_on(follow.next());
    assert_eq!((first.skipped, first.entries.first().map(|entry| entry.number)), (10, Some(11)));
    let second = runtime.block_on(follow.next());
    let next = first.entries.last().map(|entry| entry.number + 1);
    assert_eq!((second.skipped, second.entries.first().map(|entry| entry.number)), (0, next));
}

#[test]
fn a_clock_can_be_moved_to_the_end_of_the_calendar_and_not_beyond() {
    let cloud = Cloud::new();
    change(&cloud, |world| world.timing_mut().set("cinder.volume.create", Range::parse("10s").unwrap()));
    create(&cloud);
    let moved = cloud.live.move_clock(|clock| clock.advanced(TimeDelta::days(365 * 5_000)));
    assert!(moved.is_ok(), "{moved:?}");
    let shown = cloud.state(|os| os.cinder.volumes.all().next().unwrap().clone());
    assert_eq!(json!(shown)["updated"], "2030-01-01T12:00:10Z");
    let end = cloud.live.move_clock(|clock| clock.advanced(TimeDelta::days(365 * 5_000)));
    assert_eq!(end, Err(NotMoved::OutOfCalendar));
    assert_eq!(cloud.live.read_current().1, moved.unwrap().now());
}

#[test]
fn many_logins_between_two_writes_are_undone_together_with_the_write() {
    let cloud = Cloud::new();
    let rows = |cloud: &Cloud| cloud.state(|os| (os.cinder.volumes.len(), os.keystone.tokens.len()));
    cloud.token("demo");
    let before = rows(&cloud);
    create(&cloud);
    for _ in 0..200 {
        cloud.forget_tokens();
        cloud.token("demo");
    }
    assert_eq!(rows(&cloud), (before.0 + 1, before.1 + 200));
    assert!(cloud.live.rewind(1).is_ok());
    assert_eq!(rows(&cloud), before);
}
