//! Which images a list is to have (`_make_conditions_from_filters` in glance/db/sqlalchemy/api.py).

use super::super::{errors, policy};
use super::members::Acceptance;
use super::{Image, Status, Visibility};
use crate::clouds::openstack::python;
use crate::engine::{Call, Id, Problem};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

/// What the query asks for, as far as it can be told without its filters.
pub struct Asked<'c> {
    call: &'c Call,
    visibility: Shown,
    /// In which state a membership must be; nothing if in any.
    member_status: Option<Acceptance>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shown {
    /// All but those of other communities.
    Usual,
    All,
    Only(Visibility),
}

/// The conditions that an image of the list fulfils.
pub struct Wanted {
    project: Id,
    /// True for an administrator, who sees everything.
    everything: bool,
    visibility: Shown,
    member_status: Option<Acceptance>,
    hidden: bool,
    filters: Vec<Filter>,
}

enum Filter {
    /// One of several values of an attribute.
    Is(Attribute, Vec<String>),
    Protected(bool),
    Tag(String),
    Property(String, String),
    AtLeast(Number, i64),
    AtMost(Number, i64),
    At(Moment, Compared, DateTime<Utc>),
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
enum Number {
    Size,
    VirtualSize,
    MinDisk,
    MinRam,
}

#[derive(Clone, Copy)]
enum Moment {
    CreatedAt,
    UpdatedAt,
}

#[derive(Clone, Copy)]
enum Compared {
    Gt,
    Gte,
    Lt,
    Lte,
    Neq,
    Eq,
}

/// The first look at the query, before its paging is.
pub fn wanted(call: &Call) -> Result<Asked<'_>, Problem> {
    let visibility = match call.query("visibility") {
        None | Some("") => Shown::Usual,
        Some("all") => Shown::All,
        Some("community") => Shown::Only(Visibility::Community),
        Some("public") => Shown::Only(Visibility::Public),
        Some("private") => Shown::Only(Visibility::Private),
        Some("shared") => Shown::Only(Visibility::Shared),
        Some(other) => return Err(errors::invalid_visibility(other)),
    };
    if call.query("changes-since").is_some_and(|text| !text.is_empty()) {
        return Err(errors::changes_since_is_gone());
    }
    let member_status = match call.query("member_status") {
        None | Some("accepted") => Some(Acceptance::Accepted),
        Some("pending") => Some(Acceptance::Pending),
        Some("rejected") => Some(Acceptance::Rejected),
        Some("all") => None,
        Some(other) => return Err(errors::invalid_member_status(other)),
    };
    Ok(Asked { call, visibility, member_status })
}

impl Asked<'_> {
    /// The second look, at the filters.
    pub fn checked(self) -> Result<Wanted, Problem> {
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
        Ok(Wanted {
            project: call.project(),
            everything: policy::is_admin(call),
            visibility: self.visibility,
            member_status: self.member_status,
            hidden: hidden == "true",
            filters,
        })
    }
}

/// What one parameter of the query asks; names that no image has by itself are those of properties.
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
        "created_at" => time(Moment::CreatedAt, name, value),
        "updated_at" => time(Moment::UpdatedAt, name, value),
        _ => match name.strip_suffix("_min").or_else(|| name.strip_suffix("_max")) {
            Some(number) => range(number, name.ends_with("_min"), value),
            None => Ok(Some(Filter::Property(name.to_owned(), value.to_owned()))),
        },
    }
}

/// `size_min=5`
fn range(name: &str, from: bool, value: &str) -> Result<Option<Filter>, Problem> {
    let number = match name {
        "size" => Number::Size,
        "virtual_size" => Number::VirtualSize,
        "min_disk" => Number::MinDisk,
        "min_ram" => Number::MinRam,
        // Upstream stumbles over attributes that it does not have.
        _ => return Err(errors::range_not_numeric()),
    };
    let bound = value.trim().parse().map_err(|_| errors::range_not_numeric())?;
    Ok(Some(if from { Filter::AtLeast(number, bound) } else { Filter::AtMost(number, bound) }))
}

/// `name=in:one,"the, other"` or simply `name=one`.
fn one_of(attribute: Attribute, value: &str) -> Result<Option<Filter>, Problem> {
    let values = match operator(value) {
        ("eq", value) => vec![value.to_owned()],
        ("in", list) => split(list)?,
        (other, _) => return Err(errors::unknown_filter_operator(other)),
    };
    Ok(Some(Filter::Is(attribute, values)))
}

/// `created_at=gt:2030-01-01T00:00:00Z`
fn time(moment: Moment, name: &str, value: &str) -> Result<Option<Filter>, Problem> {
    let (operator, text) = operator(value);
    let at = parse_time(text).ok_or_else(|| errors::bad_time_filter(name))?;
    let compared = match operator {
        "gt" => Compared::Gt,
        "gte" => Compared::Gte,
        "lt" => Compared::Lt,
        "lte" => Compared::Lte,
        "neq" => Compared::Neq,
        "eq" => Compared::Eq,
        _ => return Err(errors::unknown_time_operator()),
    };
    Ok(Some(Filter::At(moment, compared, at)))
}

/// `split_filter_op`: what stands before a colon is an operator, unless the whole is a time.
fn operator(value: &str) -> (&str, &str) {
    match value.split_once(':') {
        Some(both) if parse_time(value).is_none() => both,
        _ => ("eq", value),
    }
}

/// ISO 8601, in UTC where nothing else is said.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let naive = naive.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN));
    naive.or_else(date).map(|time| time.and_utc())
}

/// `split_filter_value_for_quotes`: values between commas, in quotes where they have commas themselves.
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

impl Wanted {
    pub fn has(&self, image: &Image) -> bool {
        image.hidden == self.hidden
            && image.status != Status::Killed
            && self.shows(image)
            && self.filters.iter().all(|filter| filter.fits(image))
    }

    fn shows(&self, image: &Image) -> bool {
        let own = !self.project.is_empty() && image.owner == self.project;
        let asked = match self.visibility {
            Shown::Usual => own || image.visibility != Visibility::Community,
            Shown::All => true,
            Shown::Only(visibility) => image.visibility == visibility,
        };
        let open = matches!(image.visibility, Visibility::Public | Visibility::Community);
        let member = || {
            let member = image.member(&self.project).filter(|_| image.visibility == Visibility::Shared);
            member.is_some_and(|member| self.member_status.is_none_or(|status| member.status == status))
        };
        asked && (self.everything || own || open || member())
    }
}

impl Filter {
    fn fits(&self, image: &Image) -> bool {
        match self {
            Filter::Is(attribute, values) => attribute.is_one_of(image, values),
            Filter::Protected(protected) => image.protected == *protected,
            Filter::Tag(tag) => image.tags.contains(tag),
            Filter::Property(name, value) => image.properties.get(name).is_some_and(|known| says(known, value)),
            Filter::AtLeast(number, bound) => number.of(image).is_some_and(|number| number >= *bound),
            Filter::AtMost(number, bound) => number.of(image).is_some_and(|number| number <= *bound),
            Filter::At(moment, compared, at) => compared.holds(moment.of(image).timestamp(), at.timestamp()),
        }
    }
}

fn says(known: &Value, value: &str) -> bool {
    known.as_str().map_or_else(|| python::str(known) == value, |known| known == value)
}

impl Attribute {
    fn is_one_of(self, image: &Image, values: &[String]) -> bool {
        let is = |text: Option<&str>| text.is_some_and(|text| values.iter().any(|value| value == text));
        let number = |number: Option<u64>| number.is_some_and(|number| is(Some(&number.to_string())));
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

impl Number {
    fn of(self, image: &Image) -> Option<i64> {
        let number = match self {
            Number::Size => image.size?,
            Number::VirtualSize => image.virtual_size?,
            Number::MinDisk => image.min_disk.into(),
            Number::MinRam => image.min_ram.into(),
        };
        i64::try_from(number).ok()
    }
}

impl Moment {
    fn of(self, image: &Image) -> DateTime<Utc> {
        match self {
            Moment::CreatedAt => image.created,
            Moment::UpdatedAt => image.updated,
        }
    }
}

impl Compared {
    fn holds(self, one: i64, other: i64) -> bool {
        match self {
            Compared::Gt => one > other,
            Compared::Gte => one >= other,
            Compared::Lt => one < other,
            Compared::Lte => one <= other,
            Compared::Neq => one != other,
            Compared::Eq => one == other,
        }
    }
}
