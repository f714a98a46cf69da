//! Lists of images (`ImagesController.index` in glance/api/v2/images.py). The default order is newest first.

use super::super::{errors, paging};
use super::filters::{self, Filters};
use super::{Image, may_see, view};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Problem, Response};
use std::cmp::Ordering;

pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let request = filters::parse(call)?;
    let limit = paging::limit(call)?;
    let sorting = sorting(call)?;
    let filters = request.filters()?;
    let marker = match call.query("marker") {
        Some(id) => Some(visible(call, os, id).ok_or_else(|| errors::invalid_marker(id))?),
        None => None,
    };
    let images = match sorting {
        None => newest_first(os, &filters, marker, limit),
        Some(sorting) => sorted(os, &filters, &sorting, marker, limit),
    };
    // As upstream does, a full page has a link to the next one, even if that is empty.
    let next = images.last().filter(|_| images.len() == limit);
    Ok(Response::object(|o| {
        o.each("images", images.iter().copied(), view::image);
        o.set("first", paging::link(call, "/v2/images", None));
        o.set("schema", "/v2/schemas/images");
        if let Some(last) = next {
            o.set("next", paging::link(call, "/v2/images", Some(&last.id)));
        }
    }))
}

fn visible<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Option<&'o Image> {
    os.glance.images.get(id).filter(|image| may_see(call, image))
}

/// The page in the order of the table. It reads no more rows than it needs.
fn newest_first<'o>(os: &'o OpenStack, filters: &Filters, marker: Option<&Image>, limit: usize) -> Vec<&'o Image> {
    let fits = |image: &&Image| filters.matches(image);
    match marker {
        Some(marker) => os.glance.images.all_before(&marker.id).filter(fits).take(limit).collect(),
        None => os.glance.images.all().filter(fits).take(limit).collect(),
    }
}

fn sorted<'o>(
    os: &'o OpenStack,
    filters: &Filters,
    sorting: &[(Key, bool)],
    marker: Option<&Image>,
    limit: usize,
) -> Vec<&'o Image> {
    let order = |one: &Image, other: &Image| {
        sorting.iter().fold(Ordering::Equal, |result, (key, descends)| {
            result.then_with(|| if *descends { key.compare(other, one) } else { key.compare(one, other) })
        })
    };
    let is_after_marker = |image: &&Image| marker.is_none_or(|marker| order(image, marker) == Ordering::Greater);
    let mut images: Vec<_> =
        os.glance.images.all().filter(|image| filters.matches(image)).filter(|image| is_after_marker(image)).collect();
    images.sort_by(|one, other| order(one, other));
    images.truncate(limit);
    images
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Name,
    Status,
    ContainerFormat,
    DiskFormat,
    Size,
    Id,
    CreatedAt,
    UpdatedAt,
}

const KEYS: [(&str, Key); 8] = [
    ("name", Key::Name),
    ("status", Key::Status),
    ("container_format", Key::ContainerFormat),
    ("disk_format", Key::DiskFormat),
    ("size", Key::Size),
    ("id", Key::Id),
    ("created_at", Key::CreatedAt),
    ("updated_at", Key::UpdatedAt),
];

impl Key {
    fn named(name: &str) -> Result<Key, Problem> {
        let known = KEYS.map(|(name, _)| name).join(", ");
        let key = KEYS.iter().find(|(known, _)| *known == name);
        key.map(|(_, key)| *key).ok_or_else(|| errors::invalid_sort_key(name, &known))
    }

    /// The order of the database: NULL first, and names without regard to case.
    fn compare(self, one: &Image, other: &Image) -> Ordering {
        let name = |image: &Image| image.name.as_ref().map(|name| name.to_lowercase());
        match self {
            Key::Name => name(one).cmp(&name(other)),
            Key::Status => one.status.as_str().cmp(other.status.as_str()),
            Key::ContainerFormat => one.container_format.cmp(&other.container_format),
            Key::DiskFormat => one.disk_format.cmp(&other.disk_format),
            Key::Size => one.size.cmp(&other.size),
            Key::Id => one.id.cmp(&other.id),
            Key::CreatedAt => one.created.timestamp().cmp(&other.created.timestamp()),
            Key::UpdatedAt => one.updated.timestamp().cmp(&other.updated.timestamp()),
        }
    }
}

/// The sort keys, each with a flag that is true for the descending order; `None` for the order of the table. The query
/// has either `sort=name:asc,size` or `sort_key=name&sort_dir=asc&sort_key=size…` (`_get_sorting_params`).
fn sorting(call: &Call) -> Result<Option<Vec<(Key, bool)>>, Problem> {
    let values = |name: &str| call.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim()).collect();
    let (keys, directions): (Vec<&str>, Vec<&str>) = (values("sort_key"), values("sort_dir"));
    let (mut keys, mut directions) = match call.query("sort") {
        Some(_) if !keys.is_empty() || !directions.is_empty() => return Err(errors::sorted_twice()),
        Some(sort) => {
            let pairs = sort.trim().split(',').map(|pair| pair.split_once(':').unwrap_or((pair, "")));
            let pairs = pairs.map(|(key, direction)| {
                let direction = if direction.is_empty() { None } else { Some(direction.trim()) };
                Ok((Key::named(key.trim())?, paging::descends(direction)?))
            });
            pairs.collect::<Result<(Vec<_>, Vec<_>), Problem>>()?
        }
        None => {
            let keys = keys.into_iter().map(Key::named).collect::<Result<Vec<_>, _>>()?;
            let directions = directions.into_iter().map(|direction| paging::descends(Some(direction)));
            let directions = directions.collect::<Result<Vec<_>, _>>()?;
            if directions.len() > 1 && directions.len() != keys.len() {
                return Err(errors::sort_directions_do_not_match());
            }
            (keys, directions)
        }
    };
    if keys.is_empty() {
        keys.push(Key::CreatedAt);
    }
    let default = if let [one] = directions[..] { one } else { true };
    directions.resize(keys.len(), default);
    if keys == [Key::CreatedAt] && default {
        return Ok(None);
    }
    for key in [Key::CreatedAt, Key::Id] {
        if !keys.contains(&key) {
            keys.push(key);
            directions.push(default);
        }
    }
    Ok(Some(keys.into_iter().zip(directions).collect()))
}
