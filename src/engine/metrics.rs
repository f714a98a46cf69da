//! Request counts and times, by operation and status, for `GET /metrics`.

use super::Id;
use dashmap::DashMap;
use foldhash::fast::FixedState;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of one world.
#[derive(Debug, Default)]
pub struct Metrics {
    counters: DashMap<Key, Counters, FixedState>,
}

/// Cloud, service, operation and status.
type Key = (Id, &'static str, &'static str, u16);

/// The number of answers, and the microseconds of real time that they took.
type Counters = (AtomicU64, AtomicU64);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    cloud: String,
    service: String,
    operation: String,
    status: u64,
}

impl Metrics {
    pub(super) fn count(&self, cloud: &Id, service: &'static str, operation: &'static str, status: u16, micros: u64) {
        let key = (cloud.clone(), service, operation, status);
        if let Some(counters) = self.counters.get(&key) {
            counters.0.fetch_add(1, Ordering::Relaxed);
            counters.1.fetch_add(micros, Ordering::Relaxed);
            return;
        }
        let counters = self.counters.entry(key).or_default();
        counters.0.fetch_add(1, Ordering::Relaxed);
        counters.1.fetch_add(micros, Ordering::Relaxed);
    }

    /// All counters in Prometheus's text format.
    pub fn encode(&self) -> String {
        let (requests, seconds) =
            (Family::<Labels, Counter>::default(), Family::<Labels, Counter<f64, AtomicU64>>::default());
        for row in &self.counters {
            let ((cloud, service, operation, status), (count, micros)) = row.pair();
            let labels = Labels {
                cloud: cloud.to_string(),
                service: (*service).into(),
                operation: (*operation).into(),
                status: u64::from(*status),
            };
            requests.get_or_create(&labels).inc_by(count.load(Ordering::Relaxed));
            seconds.get_or_create(&labels).inc_by(micros.load(Ordering::Relaxed) as f64 / 1e6);
        }
        let mut registry = Registry::with_prefix("nephos");
        registry.register("requests", "Answers by operation and status", requests);
        registry.register("request_seconds", "Time spent on answers by operation and status", seconds);
        let mut text = String::new();
        match encode(&mut text, &registry) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n"),
        }
    }
}
