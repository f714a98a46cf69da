//! Lists of images, newest first.

use super::super::errors;
use super::{Image, Visibility, may_see, view};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Problem, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A list is no longer unless more is asked for, and no longer than that.
const USUALLY: usize = 25;
const MOST: usize = 1000;

pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let limit = limit(call)?;
    let visibility = visibility(call)?;
    let marker = call.query("marker");
    if let Some(marker) = marker
        && !os.glance.images.get(marker).is_some_and(|image| may_see(call, image))
    {
        return Err(errors::invalid_marker(marker));
    }
    let wanted = |image: &&Image| {
        let seen = match visibility {
            // Those of the community are only listed for who asks for them.
            None => image.visibility != Visibility::Community || image.owner == call.project(),
            Some(visibility) => image.visibility == visibility,
        };
        seen && may_see(call, image) && call.query.iter().all(|(name, value)| fits(image, name, value))
    };
    let mut images: Vec<&Image> = match marker {
        Some(marker) => os.glance.images.all_before(marker).filter(wanted).take(limit + 1).collect(),
        None => os.glance.images.all().filter(wanted).take(limit + 1).collect(),
    };
    let more = images.len() > limit;
    images.truncate(limit);
    let query: Vec<_> =
        call.query.iter().filter(|(name, _)| name != "marker").map(|(name, value)| pair(name, value)).collect();
    let link = |extra: Option<&str>| {
        let pairs: Vec<_> = extra.map(|marker| pair("marker", marker)).into_iter().chain(query.clone()).collect();
        if pairs.is_empty() { "/v2/images".to_owned() } else { format!("/v2/images?{}", pairs.join("&")) }
    };
    Ok(Response::object(|o| {
        o.each("images", images.iter().copied(), view::image);
        o.set("first", link(None));
        o.set("schema", "/v2/schemas/images");
        if let Some(last) = images.last().filter(|_| more) {
            o.set("next", link(Some(&last.id)));
        }
    }))
}

fn pair(name: &str, value: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("{}={}", encode(name).replace("%5F", "_"), encode(value).replace("%2D", "-"))
}

/// Filters are compared with what the image says of itself; names that are not its own look into its properties.
fn fits(image: &Image, name: &str, value: &str) -> bool {
    let is = |known: &Option<String>| known.as_deref() == Some(value);
    match name {
        "marker" | "limit" | "sort" | "sort_key" | "sort_dir" | "visibility" | "member_status" => true,
        "name" => match value.strip_prefix("in:") {
            Some(names) => names.split(',').any(|name| image.name.as_deref() == Some(name.trim_matches('"'))),
            None => is(&image.name),
        },
        "id" => *image.id == *value,
        "owner" => *image.owner == *value,
        "status" => image.status.as_str() == value,
        "disk_format" => is(&image.disk_format),
        "container_format" => is(&image.container_format),
        "tag" => image.tags.iter().any(|tag| tag == value),
        "os_hidden" => image.hidden == value.eq_ignore_ascii_case("true"),
        "protected" => image.protected == value.eq_ignore_ascii_case("true"),
        name => image.properties.get(name).and_then(|known| known.as_str()) == Some(value),
    }
}

fn limit(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("limit") else { return Ok(USUALLY) };
    let limit: i64 = text.parse().map_err(|_| errors::limit_not_an_integer())?;
    usize::try_from(limit).map(|limit| limit.min(MOST)).map_err(|_| errors::limit_negative())
}

fn visibility(call: &Call) -> Result<Option<Visibility>, Problem> {
    Ok(match call.query("visibility") {
        None | Some("all") => None,
        Some("community") => Some(Visibility::Community),
        Some("public") => Some(Visibility::Public),
        Some("private") => Some(Visibility::Private),
        Some("shared") => Some(Visibility::Shared),
        Some(other) => return Err(errors::invalid_visibility(other)),
    })
}
