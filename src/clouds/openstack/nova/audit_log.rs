//! `/os-instance_usage_audit_log`: which hosts have completed the hourly usage audit
//! (nova/api/openstack/compute/instance_usage_audit_log.py). Here every audit is complete.

use super::super::OpenStack;
use super::errors;
use super::flavors::nothing_since_2_102;
use super::servers::BY_HOST;
use super::services::Service;
use crate::engine::{Answer, Call, Operation, Response, get};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-instance_usage_audit_log", "nova.instance_usage_audit_log.list", list)
        .summary("Shows the usage audit log of the last full hour.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-instance-usage-audit-log:list"),
    get("/os-instance_usage_audit_log/{id}", "nova.instance_usage_audit_log.show", show)
        .summary("Shows the usage audit log of the full hour before a given time.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-instance-usage-audit-log:show"),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    Ok(log_before(os, "instance_usage_audit_logs", call.now))
}

/// The id in the path is a date or a time. The log covers the full hour before it.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let text = call.param("id");
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok();
    let time = time.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").ok()).or_else(date);
    let time = time.ok_or_else(|| errors::audit_time_invalid(text))?;
    Ok(log_before(os, "instance_usage_audit_log", time.and_utc()))
}

fn log_before(os: &OpenStack, key: &str, before: DateTime<Utc>) -> Response {
    let seconds = i64::from(before.minute() * 60 + before.second());
    let end = before - TimeDelta::seconds(seconds) - TimeDelta::nanoseconds(i64::from(before.nanosecond()));
    let begin = end - TimeDelta::hours(1);
    let computes: Vec<&Service> = os.nova.services.all().rev().filter(|service| service.is_compute()).collect();
    let count = |service: &Service| os.nova.servers.by(&BY_HOST, &service.host).count();
    Response::one(key, |o| {
        o.set("period_beginning", begin.format("%Y-%m-%d %H:%M:%S").to_string());
        o.set("period_ending", end.format("%Y-%m-%d %H:%M:%S").to_string());
        o.set("num_hosts", computes.len());
        o.set("num_hosts_done", computes.len());
        o.set("num_hosts_running", 0);
        o.set("num_hosts_not_run", 0);
        o.list("hosts_not_run", |_| {});
        o.set("total_instances", computes.iter().map(|service| count(service)).sum::<usize>());
        o.set("total_errors", 0);
        o.set("overall_status", "ALL hosts done. 0 errors.");
        o.object("log", |o| {
            for service in &computes {
                o.object(&service.host, |o| {
                    let (host, servers) = (&service.host, count(service));
                    o.set("state", "DONE");
                    o.set("instances", servers);
                    o.set("errors", 0);
                    o.set(
                        "message",
                        format_args!(
                            "Instance usage audit ran for host {host}, {servers} instances in 0.029128313064575195 \
                             seconds."
                        ),
                    );
                });
            }
        });
    })
}
