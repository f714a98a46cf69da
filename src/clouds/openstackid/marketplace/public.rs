//! The public lists of 2017: active entries without a token, with ids and times as numbers.
//!
//! Follows app/Http/Controllers/Apis/Marketplace of openstackid-resources.

use super::super::{OpenStackId, php};
use super::entries::{Entry, EntryKind, number};
use super::listing::{self, Page, parameter};
use super::{errors, schemas};

use crate::engine::{Answer, Call, Object, Operation, Problem, Response, get};

/// The smallest and the default page size.
const PER_PAGE: u32 = 5;

pub const OPERATIONS: &[Operation<OpenStackId>] = &[
    get("/public/v1/marketplace/public-clouds", "openstackid.public.public_cloud.list", |call, cloud| {
        list(call, cloud, EntryKind::PublicCloud)
    })
    .summary("Lists active public clouds without a token.")
    .public()
    .absolute_path()
    .response(schemas::public_page),
    get("/public/v1/marketplace/hosted-private-clouds", "openstackid.public.private_cloud.list", |call, cloud| {
        list(call, cloud, EntryKind::PrivateCloud)
    })
    .summary("Lists active hosted private clouds without a token.")
    .public()
    .absolute_path()
    .response(schemas::public_page),
    get(
        "/public/v1/marketplace/remotely-managed-private-clouds",
        "openstackid.public.remote_cloud.list",
        |call, cloud| list(call, cloud, EntryKind::RemoteCloud),
    )
    .summary("Lists active remotely managed private clouds without a token.")
    .public()
    .absolute_path()
    .response(schemas::public_page),
    get("/public/v1/marketplace/consultants", "openstackid.public.consultant.list", |call, cloud| {
        list(call, cloud, EntryKind::Consultant)
    })
    .summary("Lists active consultants without a token.")
    .public()
    .absolute_path()
    .response(schemas::public_page),
    get("/public/v1/marketplace/appliances", "openstackid.public.appliance.list", |call, cloud| {
        list(call, cloud, EntryKind::Appliance)
    })
    .summary("Lists active appliances without a token.")
    .public()
    .absolute_path()
    .response(schemas::public_page),
    get("/public/v1/marketplace/distros", "openstackid.public.distro.list", |call, cloud| {
        list(call, cloud, EntryKind::Distro)
    })
    .summary("Lists active distributions without a token.")
    .public()
    .absolute_path()
    .response(schemas::public_page),
];

fn list(call: &Call, cloud: &OpenStackId, kind: EntryKind) -> Answer {
    let (page, per_page) = page(call)?;
    let filters = filters(call)?;
    let admitted = |entry: &&Entry| filters.iter().all(|any| any.iter().any(|filter| filter.admits(entry)));
    let mut entries: Vec<&Entry> =
        cloud.entries.of(kind.owner()).filter(|entry| entry.active).filter(admitted).collect();
    sort(call, &mut entries)?;
    let page = Page::of(entries.len() as u64, page, per_page);
    let shown = Shown::of(call);
    Ok(Response::object(|o| {
        page.show_without_bounds(o);
        o.each("data", page.cut(&entries), |o, entry| view(o, entry, &shown));
    }))
}

/// The page number and the page size, which is five by default.
fn page(call: &Call) -> Result<(u64, u64), Problem> {
    let (page, per_page) = (parameter(call, "page"), parameter(call, "per_page"));
    let mut errors_found = listing::ValidationErrors::new();
    listing::check_page(&mut errors_found, page);
    listing::check_per_page(&mut errors_found, None, per_page, PER_PAGE);
    if !errors_found.is_empty() {
        return Err(errors::validation_failed(&errors_found));
    }
    let number = |text: Option<&str>, default: u64| text.and_then(php::integer).map_or(default, i64::unsigned_abs);
    Ok((number(page, 1), number(per_page, u64::from(PER_PAGE))))
}

/// A filter: `name=@cloud` (contains) or `name==cloud` (equals).
struct Filter<'c> {
    of_company: bool,
    contains: bool,
    value: &'c str,
}

impl Filter<'_> {
    fn admits(&self, entry: &Entry) -> bool {
        let field = if self.of_company { &entry.company } else { &entry.name };
        let (field, value) = (field.to_lowercase(), self.value.to_lowercase());
        if self.contains { field.contains(&value) } else { field == value }
    }
}

/// Every `filter` (or `filter[]`) must match. Of filters separated by commas, one must match.
fn filters(call: &Call) -> Result<Vec<Vec<Filter<'_>>>, Problem> {
    let values = call.query.iter().filter(|(key, value)| (key == "filter" || key == "filter[]") && !value.is_empty());
    values.map(|(_, text)| text.split(',').map(filter).collect()).collect()
}

fn filter(text: &str) -> Result<Filter<'_>, Problem> {
    let (at, contains) = match (text.find("=@"), text.find("==")) {
        (Some(at), None) => (at, true),
        (None, Some(at)) => (at, false),
        (Some(one), Some(other)) => (one.min(other), one < other),
        (None, None) => return Err(errors::not_filterable(&format!("invalid filter {text}"))),
    };
    let (field, value) = (&text[..at], &text[at + 2..]);
    match field {
        "name" | "company" => Ok(Filter { of_company: field == "company", contains, value }),
        _ => Err(errors::not_filterable(&format!("filter by field {field} is not allowed"))),
    }
}

/// Sorts by `order=+name,-id`. A plus sign in a query arrives as a blank.
fn sort(call: &Call, entries: &mut [&Entry]) -> Result<(), Problem> {
    entries.sort_by_key(|entry| number(&entry.id));
    let keys = parameter(call, "order").unwrap_or_default();
    for part in keys.split(',').rev().filter(|part| !part.trim().is_empty()) {
        let field = part.trim_start_matches([' ', '+', '-']);
        match field {
            "id" => entries.sort_by_key(|entry| number(&entry.id)),
            "name" => entries.sort_by_key(|entry| entry.name.to_lowercase()),
            "company" => entries.sort_by_key(|entry| entry.company.to_lowercase()),
            _ => return Err(errors::not_filterable(&format!("order by field {field} is not allowed"))),
        }
        if part.trim_start().starts_with('-') {
            entries.reverse();
        }
    }
    Ok(())
}

/// The parameters `fields`, `relations` and `expand`: which fields a view shows.
struct Shown {
    fields: Option<Vec<String>>,
    regions: bool,
    company: bool,
}

impl Shown {
    fn of(call: &Call) -> Self {
        let words = |name: &str| -> Option<Vec<String>> {
            parameter(call, name).map(|text| text.split(',').map(|word| word.trim().to_owned()).collect())
        };
        let has = |words: &Option<Vec<String>>, word: &str| words.iter().flatten().any(|one| one == word);
        let relations = words("relations");
        Shown {
            fields: words("fields"),
            regions: relations.is_none() || has(&relations, "supported_regions"),
            company: has(&words("expand"), "company"),
        }
    }

    fn includes(&self, field: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|one| one == field))
    }
}

fn view(o: &mut Object, entry: &Entry, shown: &Shown) {
    let mut set = |field: &str, value: serde_json::Value| {
        if shown.includes(field) {
            o.set(field, value);
        }
    };
    set("id", number(&entry.id).into());
    set("created", entry.created.timestamp().into());
    set("last_edited", entry.last_edited.timestamp().into());
    set("name", entry.name.as_str().into());
    set("overview", entry.overview.as_deref().into());
    set("call_2_action_url", entry.call_to_action.as_deref().into());
    if shown.company {
        o.object("company", |o| {
            o.set("id", number(&entry.company_id));
            o.set("name", &entry.company);
        });
    } else if shown.includes("company_id") {
        o.set("company_id", number(&entry.company_id));
    }
    if shown.includes("type_id") {
        o.set("type_id", entry.kind as u8 + 1);
    }
    if shown.regions && shown.includes("supported_regions") {
        o.set("supported_regions", &entry.supported_regions);
    }
}
