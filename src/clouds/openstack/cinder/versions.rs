//! The versions of the API (cinder/api/versions.py).

use super::super::{OpenStack, healthcheck};
use super::LATEST;
use crate::engine::{Answer, Call, Context, List, Operation, Response, delete, get, patch, post, put};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "cinder.version.list", show)
        .summary("Lists the API versions.")
        .absolute_path()
        .public()
        .any_method()
        .answers(300),
    get("/v3/", "cinder.version.show", show).summary("Shows the version of the API.").absolute_path().any_method(),
    post("/v3/", "cinder.version.show_by_post", show_by)
        .summary("Shows the version of the API.")
        .absolute_path()
        .no_body(),
    put("/v3/", "cinder.version.show_by_put", show_by)
        .summary("Shows the version of the API.")
        .absolute_path()
        .no_body(),
    patch("/v3/", "cinder.version.show_by_patch", show_by)
        .summary("Shows the version of the API.")
        .absolute_path()
        .no_body(),
    delete("/v3/", "cinder.version.show_by_delete", show_by)
        .summary("Shows the version of the API.")
        .absolute_path()
        .answers(200),
    get("/v3", "cinder.version.redirect", redirect)
        .summary("Redirects to the path with a trailing slash.")
        .absolute_path()
        .any_method()
        .answers(302),
    get("/healthcheck", "cinder.healthcheck", healthy)
        .summary("Reports that the service is healthy.")
        .absolute_path()
        .any_method()
        .public(),
];

fn show(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::object(|o| o.list("versions", |versions| view(versions, call))))
}

/// Upstream's route accepts every method.
fn show_by(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    show(call, os)
}

fn redirect(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::text("text/plain; charset=utf8", "").header("Location", format!("{}/v3/", call.base())))
}

fn healthy(call: &Call, _os: &OpenStack) -> Answer {
    Ok(healthcheck::answer(call, &["OK"]))
}

fn view(versions: &mut List, call: &Call) {
    versions.object(|o| {
        o.set("id", "v3.0");
        o.set("status", "CURRENT");
        o.set("version", format_args!("{}.{}", LATEST.0, LATEST.1));
        o.set("min_version", "3.0");
        o.set("updated", "2023-08-31T00:00:00Z");
        o.list("links", |links| {
            links.object(|o| {
                o.set("rel", "describedby");
                o.set("type", "text/html");
                o.set("href", "https://docs.openstack.org/");
            });
            links.object(|o| {
                o.set("rel", "self");
                o.set("href", format_args!("{}/v3/", call.base()));
            });
        });
        o.list("media-types", |types| {
            types.object(|o| {
                o.set("base", "application/json");
                o.set("type", "application/vnd.openstack.volume+json;version=3");
            });
        });
    });
}
