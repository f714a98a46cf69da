//! Measures requests, writes and forks in process, without sockets.
//!
//! `cargo bench --bench engine` measures; `cargo test --bench engine` runs everything once with few rows, to see that it works.

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use nephos::engine::Live;
use serde_json::json;
use std::hint::black_box;
use support::Cloud;

/// How many rows a world has. Cargo passes `--bench` when it is to be measured.
fn sizes() -> &'static [usize] {
    if std::env::args().any(|argument| argument == "--bench") { &[1_000, 100_000] } else { &[10] }
}

/// A cloud with this many available volumes of `demo`; the path of the last one.
fn cloud_with(volumes: usize) -> (Cloud, String) {
    let cloud = Cloud::new();
    let (_, project) = cloud.token("demo");
    let unlimited = json!({"quota_set": {"volumes": -1, "gigabytes": -1}});
    let answer = cloud.put("cinder", &format!("/v3/os-quota-sets/{project}"), unlimited).user("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut path = String::new();
    for number in 0..volumes {
        let body = json!({"volume": {"size": 1, "name": format!("volume-{number}")}});
        let answer = cloud.post("cinder", "/v3/volumes", body).send();
        assert_eq!(answer.status, 202, "{}", answer.text);
        path = format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap_or_default());
    }
    cloud.pass(60);
    (cloud, path)
}

/// A cloud with this many active servers of `demo`, on hypervisors with room for all of them; the path of the last one.
fn cloud_with_servers(servers: usize) -> (Cloud, String) {
    let cloud = Cloud::new();
    let (_, project) = cloud.token("demo");
    let unlimited = json!({"quota_set": {"instances": -1, "cores": -1, "ram": -1}});
    let answer = cloud.put("nova", &format!("/v2.1/os-quota-sets/{project}"), unlimited).user("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let providers = cloud.get("placement", "/resource_providers").user("admin").send().body;
    for provider in providers["resource_providers"].as_array().into_iter().flatten() {
        let path = format!("/resource_providers/{}/inventories", provider["uuid"].as_str().unwrap_or_default());
        let plenty = json!({"total": 2_000_000_000, "max_unit": 1_000_000});
        let room = json!({
            "resource_provider_generation": provider["generation"],
            "inventories": {"VCPU": plenty, "MEMORY_MB": plenty, "DISK_GB": plenty},
        });
        let answer = cloud.put("placement", &path, room).user("admin").version("placement 1.39").send();
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let image = cloud.get("glance", "/v2/images?name=cirros").send().body["images"][0]["id"].clone();
    let flavor = cloud.get("nova", "/v2.1/flavors").send().body["flavors"][0]["id"].clone();
    let mut path = String::new();
    for number in 0..servers {
        let server =
            json!({"name": format!("server-{number}"), "imageRef": image, "flavorRef": flavor, "networks": "none"});
        let answer = cloud.post("nova", "/v2.1/servers", json!({"server": server})).version("compute 2.96").send();
        assert_eq!(answer.status, 202, "{}", answer.text);
        path = format!("/v2.1/servers/{}", answer.body["server"]["id"].as_str().unwrap_or_default());
    }
    cloud.pass(60);
    (cloud, path)
}

fn engine(criterion: &mut Criterion) {
    for &volumes in sizes() {
        let (cloud, path) = cloud_with(volumes);
        criterion.bench_function(&format!("show a volume of {volumes}"), |bench| {
            bench.iter(|| black_box(cloud.get("cinder", &path).send()));
        });
        criterion.bench_function(&format!("list 50 volumes of {volumes}"), |bench| {
            bench.iter(|| black_box(cloud.get("cinder", "/v3/volumes/detail?limit=50").send()));
        });
        criterion.bench_function(&format!("rename a volume of {volumes}"), |bench| {
            bench.iter(|| black_box(cloud.put("cinder", &path, json!({"volume": {"name": "other"}})).send()));
        });
        criterion.bench_function(&format!("fork a world of {volumes} volumes"), |bench| {
            bench.iter(|| black_box(Live::new((*cloud.live.snapshot()).clone(), 1)));
        });
    }
}

fn servers(criterion: &mut Criterion) {
    for &servers in sizes() {
        let (cloud, path) = cloud_with_servers(servers);
        criterion.bench_function(&format!("show a server of {servers}"), |bench| {
            bench.iter(|| black_box(cloud.get("nova", &path).send()));
        });
        criterion.bench_function(&format!("list 50 servers of {servers}"), |bench| {
            bench.iter(|| black_box(cloud.get("nova", "/v2.1/servers/detail?limit=50").send()));
        });
        criterion.bench_function(&format!("rename a server of {servers}"), |bench| {
            bench.iter(|| black_box(cloud.put("nova", &path, json!({"server": {"name": "other"}})).send()));
        });
        criterion.bench_function(&format!("fork a world of {servers} servers"), |bench| {
            bench.iter(|| black_box(cloud.live.fork()));
        });
        criterion.bench_function(&format!("fork a world of {servers} servers and write in it"), |bench| {
            let touch = |world: &mut nephos::engine::World| {
                world.cloud_mut::<nephos::clouds::openstack::OpenStack>(support::CLOUD);
                Ok::<_, ()>(())
            };
            bench.iter(|| black_box(cloud.live.fork().admin_write(touch)));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = engine, servers
}
criterion_main!(benches);
