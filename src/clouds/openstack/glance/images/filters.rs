//! The filters of image lists (`_get_filters` in glance/api/v2/images.py, `_make_conditions_from_filters` in
//! glance/db/sqlalchemy/api.py).

use super::super::{errors, policy};
use super::members::Acceptance;
use super::{Image, Status, Visibility};
use crate::clouds::openstack::times::iso8601;
use crate::clouds::openstack::{mysql, python};
use crate::engine::{Call, Id, Problem};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// The first part of the query, which is validated before the paging parameters.
pub struct ListRequest<'c> {
    call: &'c Call,
    visibility: VisibilityFilter,
    /// The required status of a membership; `None` for any.
    member_status: Option<Acceptance>,
}

#[derive(Clone, Copy, PartialEq)]
enum VisibilityFilter {
    /// All but community images of other projects.
    Default,
    All,
    Only(Visibility),
    /// An empty text, which is the visibility of no image.
    Nothing,
}

/// The conditions for an image to be in the list.
pub struct Filters {
    project: Id,
    /// True for administrators, who see all images.
    is_admin: bool,
    visibility: VisibilityFilter,
    member_status: Option<Acceptance>,
    hidden: bool,
    filters: Vec<Filter>,
}

enum Filter {
    /// The attribute has one of these values.
    Is(Attribute, Vec<String>),
    Protected(bool),
    Tag(String),
    Property(String, String),
    AtLeast(NumberAttribute, i64),
    AtMost(NumberAttribute, i64),
    At(TimeAttribute, Comparison, DateTime<Utc>),
}

#[derive(Clone, Copy)]
enum Attribute {
    Name,
    Id,
    Status,
    ContainerFormat,
    DiskFormat,
    Owner,
    Checksum,
    HashAlgo,
    HashValue,
    Size,
    VirtualSize,
    MinDisk,
    MinRam,
}

#[derive(Clone, Copy)]
enum NumberAttribute {
    Size,
    VirtualSize,
    MinDisk,
    MinRam,
}

#[derive(Clone, Copy)]
enum TimeAttribute {
    CreatedAt,
    UpdatedAt,
}

#[derive(Clone, Copy)]
enum Comparison {
    Gt,
    Gte,
    Lt,
    Lte,
    Neq,
    Eq,
}

/// Parses the visibility and the member status. Upstream validates them before the paging parameters.
pub fn parse(call: &Call) -> Result<ListRequest<'_>, Problem> {
    let visibility = match call.query("visibility") {
        None => VisibilityFilter::Default,
        Some("") => VisibilityFilter::Nothing,
        Some("all") => VisibilityFilter::All,
        Some("community") => VisibilityFilter::Only(Visibility::Community),
        Some("public") => VisibilityFilter::Only(Visibility::Public),
        Some("private") => VisibilityFilter::Only(Visibility::Private),
        Some("shared") => VisibilityFilter::Only(Visibility::Shared),
        Some(other) => return Err(errors::invalid_visibility(other)),
    };
    if call.query("changes-since").is_some_and(|text| !text.is_empty()) {
        return Err(errors::changes_since_not_supported());
    }
    let member_status = match call.query("member_status") {
        None | Some("accepted") => Some(Acceptance::Accepted),
        Some("pending") => Some(Acceptance::Pending),
        Some("rejected") => Some(Acceptance::Rejected),
        Some("all") => None,
        Some(other) => return Err(errors::invalid_member_status(other)),
    };
    Ok(ListRequest { call, visibility, member_status })
}

impl ListRequest<'_> {
    /// Parses the other filters. Upstream validates them after the paging parameters.
    pub fn filters(self) -> Result<Filters, Problem> {
        let call = self.call;
        let hidden = call.query("os_hidden").unwrap_or("false").to_lowercase();
        if !matches!(hidden.as_str(), "true" | "false") {
            return Err(errors::not_true_or_false("os_hidden", &hidden));
        }
        let mut filters = vec![];
        if let Some(protected) = call.query("protected") {
            if !matches!(protected, "true" | "false") {
                return Err(errors::not_true_or_false("protected", protected));
            }
            filters.push(Filter::Protected(protected == "true"));
        }
        for (name, value) in &call.query {
            filters.extend(filter(name, value)?);
        }
        Ok(Filters {
            project: call.project(),
            is_admin: policy::is_admin(call),
            visibility: self.visibility,
            member_status: self.member_status,
            hidden: hidden == "true",
            filters,
        })
    }
}

/// The filter of one query parameter. An unknown name is that of a property.
fn filter(name: &str, value: &str) -> Result<Option<Filter>, Problem> {
    let one = |attribute| Ok(Some(Filter::Is(attribute, vec![value.to_owned()])));
    match name {
        "limit" | "marker" | "member_status" | "sort" | "sort_key" | "sort_dir" | "visibility" | "os_hidden"
        | "protected" | "changes-since" | "deleted" => Ok(None),
        "tag" => Ok(Some(Filter::Tag(value.trim().to_owned()))),
        "name" => one_of(Attribute::Name, value),
        "id" => one_of(Attribute::Id, value),
        "status" => one_of(Attribute::Status, value),
        "container_format" => one_of(Attribute::ContainerFormat, value),
        "disk_format" => one_of(Attribute::DiskFormat, value),
        "owner" => one(Attribute::Owner),
        "checksum" => one(Attribute::Checksum),
        "os_hash_algo" => one(Attribute::HashAlgo),
        "os_hash_value" => one(Attribute::HashValue),
        "size" => one(Attribute::Size),
        "virtual_size" => one(Attribute::VirtualSize),
        "min_disk" => one(Attribute::MinDisk),
        "min_ram" => one(Attribute::MinRam),
        "created_at" => time(TimeAttribute::CreatedAt, name, value),
        "updated_at" => time(TimeAttribute::UpdatedAt, name, value),
        _ => match name.strip_suffix("_min").or_else(|| name.strip_suffix("_max")) {
            Some(number) => range(number, name.ends_with("_min"), value),
            None => Ok(Some(Filter::Property(name.to_owned(), value.to_owned()))),
        },
    }
}

/// Parses `size_min=5`.
fn range(name: &str, from: bool, value: &str) -> Result<Option<Filter>, Problem> {
    let number = match name {
        "size" => NumberAttribute::Size,
        "virtual_size" => NumberAttribute::VirtualSize,
        "min_disk" => NumberAttribute::MinDisk,
        "min_ram" => NumberAttribute::MinRam,
        // Upstream fails to compare attributes that do not exist.
        _ => return Err(errors::range_not_numeric()),
    };
    let bound = value.trim().parse().map_err(|_| errors::range_not_numeric())?;
    Ok(Some(if from { Filter::AtLeast(number, bound) } else { Filter::AtMost(number, bound) }))
}

/// Parses `name=in:one,"the, other"` or `name=one`.
fn one_of(attribute: Attribute, value: &str) -> Result<Option<Filter>, Problem> {
    let values = match operator(value) {
        ("eq", value) => vec![value.to_owned()],
        ("in", list) => split(list)?,
        (other, _) => return Err(errors::unknown_filter_operator(other)),
    };
    Ok(Some(Filter::Is(attribute, values)))
}

/// Parses `created_at=gt:2030-01-01T00:00:00Z`.
fn time(moment: TimeAttribute, name: &str, value: &str) -> Result<Option<Filter>, Problem> {
    let (operator, text) = operator(value);
    let at = iso8601(text).ok_or_else(|| errors::bad_time_filter(name))?;
    let compared = match operator {
        "gt" => Comparison::Gt,
        "gte" => Comparison::Gte,
        "lt" => Comparison::Lt,
        "lte" => Comparison::Lte,
        "neq" => Comparison::Neq,
        "eq" => Comparison::Eq,
        _ => return Err(errors::unknown_time_operator()),
    };
    Ok(Some(Filter::At(moment, compared, at)))
}

/// Splits `operator:value` (`split_filter_op`). A value that is a time has no operator.
fn operator(value: &str) -> (&str, &str) {
    match value.split_once(':') {
        Some(both) if iso8601(value).is_none() => both,
        _ => ("eq", value),
    }
}

/// Splits a list at commas outside of quotes (`split_filter_value_for_quotes`).
fn split(list: &str) -> Result<Vec<String>, Problem> {
    let (mut values, mut value, mut quoted, mut was_quoted) = (vec![], String::new(), false, false);
    let mut characters = list.chars().peekable();
    let mut before = None;
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted && characters.peek() == Some(&'"') => {
                value.push('\\');
                value.extend(characters.next());
            }
            '"' if quoted => {
                if characters.peek().is_some_and(|next| *next != ',') {
                    return Err(errors::no_comma_after_quote(list));
                }
                (quoted, was_quoted) = (false, true);
            }
            '"' => {
                if before.is_some_and(|before| before != ',') {
                    return Err(errors::no_comma_before_quote(list));
                }
                quoted = true;
            }
            ',' if !quoted => {
                values.push(std::mem::take(&mut value));
                was_quoted = false;
            }
            other => value.push(other),
        }
        before = Some(character);
    }
    if quoted {
        return Err(errors::quote_not_closed(list));
    }
    if was_quoted || !value.is_empty() {
        values.push(value);
    }
    Ok(values)
}

impl Filters {
    /// True if the list contains the image.
    pub fn matches(&self, image: &Image) -> bool {
        image.hidden == self.hidden
            && image.status != Status::Killed
            && self.is_visible(image)
            && self.filters.iter().all(|filter| filter.matches(image))
    }

    fn is_visible(&self, image: &Image) -> bool {
        let own = !self.project.is_empty() && image.owner == self.project;
        let requested = match self.visibility {
            VisibilityFilter::Default => own || image.visibility != Visibility::Community,
            VisibilityFilter::All => true,
            VisibilityFilter::Nothing => false,
            VisibilityFilter::Only(visibility) => image.visibility == visibility,
        };
        let open = matches!(image.visibility, Visibility::Public | Visibility::Community);
        let member = || {
            let member = image.member(&self.project).filter(|_| image.visibility == Visibility::Shared);
            member.is_some_and(|member| self.member_status.is_none_or(|status| member.status == status))
        };
        requested && (self.is_admin || own || open || member())
    }
}

impl Filter {
    fn matches(&self, image: &Image) -> bool {
        match self {
            Filter::Is(attribute, values) => attribute.is_one_of(image, values),
            Filter::Protected(protected) => image.protected == *protected,
            Filter::Tag(tag) => image.tags.contains(tag),
            Filter::Property(name, value) => image.properties.get(name).is_some_and(|known| equals(known, value)),
            Filter::AtLeast(number, bound) => number.of(image).is_some_and(|number| number >= *bound),
            Filter::AtMost(number, bound) => number.of(image).is_some_and(|number| number <= *bound),
            Filter::At(moment, compared, at) => compared.holds(moment.of(image).timestamp(), at.timestamp()),
        }
    }
}

/// Compares a property with a text; other types than strings as Python writes them.
fn equals(known: &Value, value: &str) -> bool {
    known.as_str().map_or_else(|| python::str(known) == value, |known| known == value)
}

impl Attribute {
    fn is_one_of(self, image: &Image, values: &[String]) -> bool {
        let is = |text: Option<&str>| text.is_some_and(|text| values.iter().any(|value| mysql::same(value, text)));
        let equal = |number: u64, value: &str| mysql::number(value) == number as f64;
        let number = |number: Option<u64>| number.is_some_and(|number| values.iter().any(|one| equal(number, one)));
        match self {
            Attribute::Name => is(image.name.as_deref()),
            Attribute::Id => is(Some(&image.id)),
            Attribute::Status => is(Some(image.status.as_str())),
            Attribute::ContainerFormat => is(image.container_format.as_deref()),
            Attribute::DiskFormat => is(image.disk_format.as_deref()),
            Attribute::Owner => is(Some(&image.owner)),
            Attribute::Checksum => is(image.checksum.as_deref()),
            Attribute::HashAlgo => is(image.hash_algo.as_deref()),
            Attribute::HashValue => is(image.hash.as_deref()),
            Attribute::Size => number(image.size),
            Attribute::VirtualSize => number(image.virtual_size),
            Attribute::MinDisk => number(Some(image.min_disk.into())),
            Attribute::MinRam => number(Some(image.min_ram.into())),
        }
    }
}

impl NumberAttribute {
    fn of(self, image: &Image) -> Option<i64> {
        let number = match self {
            NumberAttribute::Size => image.size?,
            NumberAttribute::VirtualSize => image.virtual_size?,
            NumberAttribute::MinDisk => image.min_disk.into(),
            NumberAttribute::MinRam => image.min_ram.into(),
        };
        i64::try_from(number).ok()
    }
}

impl TimeAttribute {
    fn of(self, image: &Image) -> DateTime<Utc> {
        match self {
            TimeAttribute::CreatedAt => image.created,
            TimeAttribute::UpdatedAt => image.updated,
        }
    }
}

impl Comparison {
    fn holds(self, one: i64, other: i64) -> bool {
        match self {
            Comparison::Gt => one > other,
            Comparison::Gte => one >= other,
            Comparison::Lt => one < other,
            Comparison::Lte => one <= other,
            Comparison::Neq => one != other,
            Comparison::Eq => one == other,
        }
    }
}
