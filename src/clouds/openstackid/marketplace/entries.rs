//! Public clouds, private clouds and consultants: lists, single entries, data centers and offices.
//!
//! Follows app/Http/Controllers/apis/protected/marketplace of openstackid-resources.

use super::super::OpenStackId;
use super::listing::{self, Order, Page};
use super::{errors, schemas};

use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Response, Row, get};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

pub const OPERATIONS: &[Operation<OpenStackId>] = &[
    get("/public-clouds", "openstackid.public_cloud.list", |call, cloud| list(call, cloud, EntryKind::PublicCloud))
        .summary("Lists public clouds.")
        .policy("public-clouds/read")
        .response(schemas::page),
    get("/public-clouds/{id}", "openstackid.public_cloud.show", |call, cloud| {
        show(call, cloud, EntryKind::PublicCloud)
    })
    .summary("Shows a public cloud.")
    .policy("public-clouds/read")
    .response(schemas::entry),
    get("/public-clouds/{id}/data-centers", "openstackid.public_cloud.data_centers", |call, cloud| {
        data_centers(call, cloud, EntryKind::PublicCloud)
    })
    .summary("Lists the data centers of a public cloud.")
    .policy("public-clouds/read")
    .response(schemas::data_centers),
    get("/private-clouds", "openstackid.private_cloud.list", |call, cloud| list(call, cloud, EntryKind::PrivateCloud))
        .summary("Lists private clouds.")
        .policy("private-clouds/read")
        .response(schemas::page),
    get("/private-clouds/{id}", "openstackid.private_cloud.show", |call, cloud| {
        show(call, cloud, EntryKind::PrivateCloud)
    })
    .summary("Shows a private cloud.")
    .policy("private-clouds/read")
    .response(schemas::entry),
    get("/private-clouds/{id}/data-centers", "openstackid.private_cloud.data_centers", |call, cloud| {
        data_centers(call, cloud, EntryKind::PrivateCloud)
    })
    .summary("Lists the data centers of a private cloud.")
    .policy("private-clouds/read")
    .response(schemas::data_centers),
    get("/consultants", "openstackid.consultant.list", |call, cloud| list(call, cloud, EntryKind::Consultant))
        .summary("Lists consultants.")
        .policy("consultants/read")
        .response(schemas::page),
    get("/consultants/{id}", "openstackid.consultant.show", |call, cloud| show(call, cloud, EntryKind::Consultant))
        .summary("Shows a consultant.")
        .policy("consultants/read")
        .response(schemas::entry),
    get("/consultants/{id}/offices", "openstackid.consultant.offices", offices)
        .summary("Lists the offices of a consultant.")
        .policy("consultants/read")
        .response(schemas::offices),
];

/// One entry of the marketplace. Numbers are strings, because upstream's database driver returns strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub id: Id,
    pub kind: EntryKind,
    pub created: DateTime<Utc>,
    pub last_edited: DateTime<Utc>,
    pub name: String,
    pub slug: String,
    pub overview: Option<String>,
    /// The address of the link to the company (`Call2ActionUri`).
    pub call_to_action: Option<String>,
    #[serde(default = "yes")]
    pub active: bool,
    pub company_id: Id,
    pub company: String,
    #[serde(default)]
    pub data_centers: Vec<DataCenter>,
    #[serde(default)]
    pub offices: Vec<Office>,
    /// Ids of world regions, shown by the public lists of 2017.
    #[serde(default)]
    pub supported_regions: Vec<u32>,
}

fn yes() -> bool {
    true
}

/// The type of an entry. Each type has its own lists.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    PublicCloud,
    PrivateCloud,
    Consultant,
    RemoteCloud,
    Appliance,
    Distro,
}

/// A data center of a public or private cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCenter {
    pub id: Id,
    pub created: DateTime<Utc>,
    pub last_edited: DateTime<Utc>,
    pub name: String,
    pub endpoint: Option<String>,
    /// The color of its marks on the map: `000000`.
    pub color: Option<String>,
    #[serde(default)]
    pub locations: Vec<Location>,
}

/// A location of a data center.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    pub id: Id,
    pub created: DateTime<Utc>,
    pub last_edited: DateTime<Utc>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub lat: Option<String>,
    pub lng: Option<String>,
}

/// An office of a consultant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    pub id: Id,
    pub created: DateTime<Utc>,
    pub last_edited: DateTime<Utc>,
    pub address: Option<String>,
    pub address2: Option<String>,
    pub state: Option<String>,
    pub zip_code: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub lat: Option<String>,
    pub lng: Option<String>,
}

/// The owner of the rows of each type: lists look up entries by it.
static OWNERS: LazyLock<[Id; 6]> = LazyLock::new(|| {
    ["public-cloud", "private-cloud", "consultant", "remote-cloud", "appliance", "distro"].map(Into::into)
});

impl EntryKind {
    /// The owner under which the table lists entries of this type.
    pub fn owner(self) -> &'static Id {
        let [public, private, consultant, remote, appliance, distro] = &*OWNERS;
        match self {
            EntryKind::PublicCloud => public,
            EntryKind::PrivateCloud => private,
            EntryKind::Consultant => consultant,
            EntryKind::RemoteCloud => remote,
            EntryKind::Appliance => appliance,
            EntryKind::Distro => distro,
        }
    }
}

impl Row for Entry {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        self.kind.owner()
    }
}

fn list(call: &Call, cloud: &OpenStackId, kind: EntryKind) -> Answer {
    let query = listing::read(call)?;
    let mut entries: Vec<&Entry> = cloud.entries.of(kind.owner()).filter(|entry| query.status.admits(entry)).collect();
    entries.sort_by(|one, other| match query.order {
        Order::Date => (one.created, number(&one.id)).cmp(&(other.created, number(&other.id))),
        Order::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
    });
    if query.descending {
        entries.reverse();
    }
    let page = Page::of(entries.len() as u64, query.page, query.per_page);
    Ok(Response::object(|o| {
        page.show(o);
        o.each("data", page.cut(&entries), |o, entry| view(o, entry));
    }))
}

fn show(call: &Call, cloud: &OpenStackId, kind: EntryKind) -> Answer {
    let entry = find(call, cloud, kind)?;
    Ok(Response::object(|o| view(o, entry)))
}

fn data_centers(call: &Call, cloud: &OpenStackId, kind: EntryKind) -> Answer {
    let entry = find(call, cloud, kind)?;
    Ok(Response::many("datacenters", &entry.data_centers, |o, center| {
        stamp(o, &center.id, center.created, center.last_edited);
        o.set("Name", &center.name);
        o.set("Endpoint", &center.endpoint);
        o.set("Color", &center.color);
        o.each("locations", &center.locations, |o, place| {
            stamp(o, &place.id, place.created, place.last_edited);
            o.set("City", &place.city);
            o.set("State", &place.state);
            o.set("Country", &place.country);
            o.set("Lat", &place.lat);
            o.set("Lng", &place.lng);
        });
    }))
}

fn offices(call: &Call, cloud: &OpenStackId) -> Answer {
    let entry = find(call, cloud, EntryKind::Consultant)?;
    Ok(Response::many("offices", &entry.offices, |o, office| {
        stamp(o, &office.id, office.created, office.last_edited);
        o.set("Address", &office.address);
        o.set("Address2", &office.address2);
        o.set("State", &office.state);
        o.set("ZipCode", &office.zip_code);
        o.set("City", &office.city);
        o.set("Country", &office.country);
        o.set("Lat", &office.lat);
        o.set("Lng", &office.lng);
    }))
}

/// The entry with the id in the path. An entry of another type is not found.
fn find<'c>(call: &Call, cloud: &'c OpenStackId, kind: EntryKind) -> Result<&'c Entry, Problem> {
    let entry = cloud.entries.get(call.param("id")).filter(|entry| entry.kind == kind);
    entry.ok_or_else(errors::entity_not_found)
}

fn view(o: &mut Object, entry: &Entry) {
    stamp(o, &entry.id, entry.created, entry.last_edited);
    o.set("Name", &entry.name);
    o.set("Slug", &entry.slug);
    o.set("Overview", &entry.overview);
    o.set("Call2ActionUri", &entry.call_to_action);
    o.set("Active", if entry.active { "1" } else { "0" });
    o.set("CompanyID", &entry.company_id);
}

/// The fields that every database row begins with.
fn stamp(o: &mut Object, id: &Id, created: DateTime<Utc>, last_edited: DateTime<Utc>) {
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%S").to_string();
    o.set("ID", id);
    o.set("Created", text(created));
    o.set("LastEdited", text(last_edited));
}

/// The id as a number, as the database stores it.
pub fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}
