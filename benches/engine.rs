//! What the engine costs, without sockets: a request from call to bytes, a write, a fork.

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use nephos::engine::Live;
use serde_json::json;
use std::hint::black_box;
use support::Cloud;

/// A cloud with this many available volumes of `demo`; the path of the last.
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

fn engine(criterion: &mut Criterion) {
    for volumes in [1_000, 100_000] {
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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = engine
}
criterion_main!(benches);
