//! The handlers that all resources share: create, list, show, update and delete by the attribute table. A resource
//! implements [`Resource`] and names these handlers in its operations: `get("/networks", "neutron.network.list",
//! list::<Networks>)`.

use super::attributes::{self, Attribute, Body, ResourceType};
use super::listing::{self, Query};
use super::policy::{self, Target};
use super::record::Record;
use super::{Neutron, errors, is_served_by_pecan, quotas};
use crate::clouds::openstack::times::SecondsZ;
use crate::clouds::openstack::{OpenStack, mysql};
use crate::engine::{Answer, Call, Context, Id, Object, Problem, Response, Table};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// A type of resource: where its rows are, and its own rules. The default methods suit a resource that only its
/// project sees.
pub trait Resource {
    /// Its names and its attribute table.
    const KIND: &'static ResourceType;

    /// True if a list refuses a marker that the caller does not see. Other lists then begin with the first page.
    const MARKER_MUST_EXIST: bool = false;

    /// The table with its rows.
    fn rows(neutron: &Neutron) -> &Table<Record>;

    /// The table with its rows, to change them.
    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record>;

    /// The problem for an unknown id.
    fn not_found(id: &str) -> Problem;

    /// The problem for an unknown id in the path of a call.
    fn missing(_call: &Call, id: &str) -> Problem {
        Self::not_found(id)
    }

    /// True if the caller's queries find the row: it belongs to the caller's project or is shared with it.
    fn sees(call: &Call, _os: &OpenStack, record: &Record) -> bool {
        policy::is_own_or_admin(call, &record.project)
    }

    /// The rows that a list looks at. Implementations narrow them by the filters of the query.
    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        let rows = Self::rows(&os.neutron);
        if policy::is_admin(call) { rows.all().collect() } else { rows.of(&call.project()).collect() }
    }

    /// The target of policy rules about a row.
    fn target(_call: &Call, _os: &OpenStack, record: &Record) -> Target {
        policy::target_of(record)
    }

    /// The target of policy rules about a row that is to be changed. Upstream reads only some of its attributes for
    /// that: those without a default, and those with `required_by_policy`.
    fn target_of_update(call: &Call, os: &OpenStack, record: &Record, _body: &Body) -> Target {
        Self::target(call, os, record)
    }

    /// The target of policy rules about a row that is to be created.
    fn target_of_body(_call: &Call, _os: &OpenStack, body: &Body) -> Target {
        Target::of(body.get("project_id").and_then(Value::as_str).unwrap_or_default())
    }

    /// The value of a derived attribute; `None` leaves it out of the answer.
    fn derive(_call: &Call, _os: &OpenStack, _record: &Record, _name: &str) -> Option<Value> {
        None
    }

    /// False if the answer shows this row without the attribute, although its type has it.
    fn shows(_call: &Call, _record: &Record, _name: &str) -> bool {
        true
    }

    /// True if answers have the attribute whatever `fields` says.
    fn always_shown(_name: &str) -> bool {
        false
    }

    /// The owner as answers show it.
    fn owner(record: &Record) -> Value {
        json!(record.project)
    }

    /// Whether a row matches a filter with its own meaning; `None` compares the attribute with the values.
    fn matches_filter(_call: &Call, _os: &OpenStack, _record: &Record, _name: &str, _values: &[Value]) -> Option<bool> {
        None
    }

    /// Checks a prepared body before quotas and policy.
    fn check(_call: &Call, _os: &OpenStack, _body: &mut Body, _is_create: bool) -> Result<(), Problem> {
        Ok(())
    }

    /// Creates a row from a prepared body and returns its id.
    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let record = Record::new(Self::KIND, ctx, &body);
        Ok(insert::<Self>(os, record))
    }

    /// Changes the row `id` by a prepared body.
    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        update_row::<Self>(os, ctx, id, &body);
        Ok(())
    }

    /// Deletes the row `id`, or refuses to.
    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        Self::rows_mut(&mut os.neutron).remove(id);
        Ok(())
    }
}

/// Inserts a record into its table and returns its id.
pub fn insert<R: Resource + ?Sized>(os: &mut OpenStack, record: Record) -> Id {
    R::rows_mut(&mut os.neutron).insert(record).id.clone()
}

/// Applies a prepared body to a row and counts the change, if it is one, in its revision number.
pub fn update_row<R: Resource + ?Sized>(os: &mut OpenStack, ctx: &Context, id: &str, body: &Body) {
    update_row_and::<R>(os, ctx, id, body, false);
}

/// As [`update_row`]. With `changed` the row counts as changed whatever the body has: rows that belong to it are written
/// (`revises_on_change`).
pub fn update_row_and<R: Resource + ?Sized>(os: &mut OpenStack, ctx: &Context, id: &str, body: &Body, changed: bool) {
    if let Some(record) = R::rows_mut(&mut os.neutron).get_mut(id) {
        let before = record.clone();
        record.merge(body);
        if changed || record.differs_from(&before) {
            record.bump(ctx.now());
        }
    }
}

/// The row `id`, if the caller sees it.
pub fn find<'o, R: Resource + ?Sized>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Record, Problem> {
    let record = R::rows(&os.neutron).get(id).filter(|record| R::sees(call, os, record));
    record.ok_or_else(|| R::missing(call, id))
}

/// The id in the path: its last parameter.
pub fn id_in_path(call: &Call) -> &str {
    call.params.last().map_or("", |(_, value)| value)
}

/// The policy rule of an action: `create_network`.
fn rule(action: &str, kind: &ResourceType) -> String {
    format!("{action}_{}", kind.ruled_as)
}

/// `GET /networks`
pub fn list<R: Resource>(call: &Call, os: &OpenStack) -> Answer {
    let kind = R::KIND;
    let query = Query::of(call, kind)?;
    let marker = query.marker.as_deref().map(|marker| find::<R>(call, os, marker)).transpose();
    let marker = if R::MARKER_MUST_EXIST { marker? } else { marker.ok().flatten() };
    let mut rows = R::candidates(call, os, &query);
    rows.retain(|record| R::sees(call, os, record) && matches::<R>(call, os, record, &query));
    sort::<R>(call, os, &mut rows, &query);
    let at = marker.map(|marker| position::<R>(call, os, &rows, marker, &query));
    let rows = listing::page(rows, &query, at);
    let rule = rule("get", kind);
    // The rule is evaluated for each row, and there may be none.
    call.policy_was_checked();
    let (first, last) = (rows.first().map(|record| &*record.id), rows.last().map(|record| &*record.id));
    let hidden = rows.first().map(|record| policy::hidden(call, kind, &R::target(call, os, record)));
    let visibility = Visibility { hidden: hidden.unwrap_or_default(), fields: query.fields.clone() };
    let allowed =
        |record: &&&Record| policy::is_project_admin(call) || policy::allows(call, &rule, &R::target(call, os, record));
    Ok(Response::object(|o| {
        o.each(kind.collection, rows.iter().filter(allowed), |o, record| {
            show_record::<R>(o, call, os, record, &visibility)
        });
        if query.limit.is_some() {
            let name = format!("{}_links", kind.collection);
            o.list(&name, |list| listing::links(call, &query, rows.len(), first, last, list));
        }
    }))
}

fn matches<R: Resource>(call: &Call, os: &OpenStack, record: &Record, query: &Query) -> bool {
    query.filters.iter().all(|(name, values)| {
        if attributes::TAG_FILTERS.contains(&name.as_str()) {
            return listing::matches_tags(&record.tags, name, values);
        }
        R::matches_filter(call, os, record, name, values).unwrap_or_else(|| match name.as_str() {
            "id" => values.iter().any(|value| value.as_str() == Some(&record.id)),
            "tenant_id" | "project_id" => values.iter().any(|value| value.as_str() == Some(&record.project)),
            name => match R::KIND.row(name) {
                Some(row) if row.derived => {
                    listing::matches_any(&value::<R>(call, os, record, row).unwrap_or_default(), values)
                }
                _ => listing::matches_any(record.get(name), values),
            },
        })
    })
}

/// Sorts by the sort keys of the query, then by id. The first page of a list without sort keys is selected without
/// sorting all rows.
fn sort<R: Resource>(call: &Call, os: &OpenStack, rows: &mut Vec<&Record>, query: &Query) {
    if query.sorts.is_empty() {
        match (query.limit, &query.marker, query.reverse) {
            (Some(limit), None, false) if limit < rows.len() => {
                rows.select_nth_unstable_by(limit, |one, other| one.id.cmp(&other.id));
                rows.truncate(limit);
                rows.sort_unstable_by(|one, other| one.id.cmp(&other.id));
            }
            _ => rows.sort_unstable_by(|one, other| one.id.cmp(&other.id)),
        }
        return;
    }
    rows.sort_by_cached_key(|record| order::<R>(call, os, record, query));
}

fn order<R: Resource>(call: &Call, os: &OpenStack, record: &Record, query: &Query) -> Order {
    let keys = query.sorts.iter().filter_map(|(key, up)| Some((R::KIND.row(key)?, *up)));
    let parts = keys.map(|(row, up)| (value::<R>(call, os, record, row).unwrap_or_default(), up));
    Order(parts.collect(), record.id.clone())
}

/// The rows that a page after and a page before the marker leave out: all up to it, and all from it. The marker need
/// not be among the rows (`paginate_query`).
fn position<R: Resource>(
    call: &Call,
    os: &OpenStack,
    rows: &[&Record],
    marker: &Record,
    query: &Query,
) -> std::ops::Range<usize> {
    let marker = order::<R>(call, os, marker, query);
    let before = rows.partition_point(|record| order::<R>(call, os, record, query) < marker);
    let through = rows.partition_point(|record| order::<R>(call, os, record, query) <= marker);
    before..through
}

/// The sort key of a row: values with their directions (true for ascending), then the id.
struct Order(Vec<(Value, bool)>, Id);

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = self.0.iter().zip(&other.0).map(|((one, up), (other, _))| {
            let order = mysql::compare(one, other);
            if *up { order } else { order.reverse() }
        });
        parts.fold(Ordering::Equal, Ordering::then).then_with(|| self.1.cmp(&other.1))
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Order {}

/// `GET /networks/{network_id}`
pub fn show<R: Resource>(call: &Call, os: &OpenStack) -> Answer {
    let kind = R::KIND;
    if is_served_by_pecan(call, kind) {
        // Pecan validates the query of a list here, too.
        Query::of(call, kind)?;
        expected_revision(call)?;
    }
    let record = find::<R>(call, os, id_in_path(call))?;
    let target = R::target(call, os, record);
    if !policy::allows(call, &rule("get", kind), &target) {
        return Err(if is_served_by_pecan(call, kind) { errors::hidden() } else { errors::not_found() });
    }
    let visibility = Visibility { hidden: policy::hidden(call, kind, &target), fields: listing::fields_of(call, kind) };
    Ok(Response::one(kind.resource, |o| show_record::<R>(o, call, os, record, &visibility)))
}

/// `POST /networks`, with one resource or a list of them. A list is created as a whole or not at all.
pub fn create<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let kind = R::KIND;
    let (mut bodies, is_bulk) = bodies(call, kind)?;
    for body in &mut bodies {
        R::check(call, os, body, true)?;
    }
    quotas::enforce(os, kind, &bodies)?;
    let action = rule("create", kind);
    for body in &bodies {
        let target = R::target_of_body(call, os, body);
        policy::enforce_body(call, &action, kind, body, true, &target)?;
    }
    let made: Vec<Id> = bodies.into_iter().map(|body| R::make(call, os, ctx, body)).collect::<Result<_, _>>()?;
    let made: Vec<_> = made.iter().filter_map(|id| R::rows(&os.neutron).get(id)).collect();
    let hidden = made.first().map(|record| policy::hidden(call, kind, &R::target(call, os, record)));
    let visibility = Visibility { hidden: hidden.unwrap_or_default(), fields: fields_of_change(call, kind) };
    Ok(match (&made[..], is_bulk) {
        ([record], false) => Response::one(kind.resource, |o| show_record::<R>(o, call, os, record, &visibility)),
        _ => Response::many(kind.collection, &made, |o, record| show_record::<R>(o, call, os, record, &visibility)),
    })
}

/// The attributes in the answer to a change; empty for all. Only Pecan looks at `fields` there (`UserFilterHook`).
fn fields_of_change(call: &Call, kind: &ResourceType) -> Vec<String> {
    if is_served_by_pecan(call, kind) { listing::fields_of(call, kind) } else { vec![] }
}

/// The prepared resources of a body, and whether it has a list of them.
pub fn bodies(call: &Call, kind: &ResourceType) -> Result<(Vec<Body>, bool), Problem> {
    let several = call.json.get(kind.collection).filter(|_| kind.collection != kind.resource);
    if let Some(several) = several {
        let items = several.as_array().ok_or_else(errors::invalid_body)?;
        if items.is_empty() {
            return Err(errors::resources_required());
        }
        let one = |item: &Value| attributes::prepare(call, kind, item.get(kind.resource).unwrap_or(item), true);
        return Ok((items.iter().map(one).collect::<Result<_, _>>()?, true));
    }
    let item = call.json.get(kind.resource).unwrap_or(&Value::Null);
    Ok((vec![attributes::prepare(call, kind, item, true)?], false))
}

/// `PUT /networks/{network_id}`
pub fn update<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let kind = R::KIND;
    if kind.core && call.json.get(kind.collection).is_some() {
        return Err(errors::bulk_update());
    }
    // Pecan looks the resource up before it refuses a body without it.
    let body = match call.json.get(kind.resource) {
        None if is_served_by_pecan(call, kind) => None,
        value => {
            let mut body = attributes::prepare(call, kind, value.unwrap_or(&Value::Null), false)?;
            R::check(call, os, &mut body, false)?;
            Some(body)
        }
    };
    let record = find::<R>(call, os, id_in_path(call))?;
    let id = record.id.clone();
    enforce_on::<R>(call, os, record, "update", body.as_ref())?;
    let body = body.ok_or_else(|| errors::no_resource_in_body(kind.resource))?;
    check_revision(call, record)?;
    R::change(call, os, ctx, &id, body)?;
    let record = find::<R>(call, os, &id)?;
    let hidden = policy::hidden(call, kind, &R::target(call, os, record));
    let visibility = Visibility { hidden, fields: fields_of_change(call, kind) };
    Ok(Response::one(kind.resource, |o| show_record::<R>(o, call, os, record, &visibility)))
}

/// `DELETE /networks/{network_id}`
pub fn delete<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let record = find::<R>(call, os, id_in_path(call))?;
    let id = record.id.clone();
    enforce_on::<R>(call, os, record, "delete", None)?;
    if !call.bytes.is_empty() {
        // Only those of Pecan have come so far.
        return Err(errors::body_in_delete());
    }
    check_revision(call, record)?;
    R::remove(call, os, ctx, &id)?;
    Ok(Response::empty())
}

/// Enforces the policy for a change of the row. Callers who may not see the row get 404.
pub fn enforce_on<R: Resource + ?Sized>(
    call: &Call,
    os: &OpenStack,
    record: &Record,
    action: &str,
    body: Option<&Body>,
) -> Result<(), Problem> {
    let nothing = Body::new();
    let target = match body {
        Some(body) => R::target_of_update(call, os, record, body),
        None => R::target(call, os, record),
    };
    let allowed = policy::enforce_body(call, &rule(action, R::KIND), R::KIND, body.unwrap_or(&nothing), false, &target);
    allowed.map_err(
        |problem| {
            if policy::allows(call, &rule("get", R::KIND), &target) { problem } else { errors::not_found() }
        },
    )
}

/// Checks `If-Match: revision_number=3` (neutron/services/revisions).
pub fn check_revision(call: &Call, record: &Record) -> Result<(), Problem> {
    match expected_revision(call)? {
        Some(expected) if expected != i64::from(record.revision) => {
            Err(errors::revision_mismatch(expected, record.revision))
        }
        _ => Ok(()),
    }
}

/// The revision number in `If-Match` (`check_request_for_revision_constraint`).
fn expected_revision(call: &Call) -> Result<Option<i64>, Problem> {
    let Some(header) = call.header("if-match") else { return Ok(None) };
    let tags = etags(header);
    let mut numbers = tags.iter().filter_map(|tag| tag.strip_prefix("revision_number="));
    let Some(number) = numbers.next() else { return Ok(None) };
    if numbers.next().is_some() {
        return Err(errors::several_revision_etags());
    }
    number.parse().map(Some).map_err(|_| errors::invalid_revision_etag())
}

/// The strong tags of `If-Match`: each is in quotes, at the beginning or behind a space. A header without any is one tag
/// (`ETagMatcher.parse` of webob).
fn etags(header: &str) -> Vec<&str> {
    let (mut strong, mut is_quoted, mut rest) = (vec![], false, header);
    while let Some((before, after)) = rest.split_once('"') {
        let (bare, is_weak) = before.strip_suffix("W/").map_or((before, false), |bare| (bare, true));
        let is_first = bare.is_empty() && rest.len() == header.len();
        rest = after;
        if !is_first && !bare.ends_with(char::is_whitespace) {
            continue;
        }
        let Some((tag, after)) = after.split_once('"') else { break };
        (is_quoted, rest) = (true, after);
        if !is_weak {
            strong.push(tag);
        }
    }
    if is_quoted { strong } else { vec![header] }
}

/// Which attributes an answer has.
pub struct Visibility {
    /// Attributes that the policy hides from the caller.
    pub hidden: Vec<&'static str>,
    /// Attributes that the client asked for; empty for all.
    pub fields: Vec<String>,
}

impl Visibility {
    fn is_visible(&self, name: &str) -> bool {
        !self.hidden.contains(&name) && self.includes(name)
    }

    fn includes(&self, name: &str) -> bool {
        self.fields.is_empty() || self.fields.iter().any(|field| field == name)
    }
}

/// Writes the attributes of a row in the order of its table.
pub fn show_record<R: Resource>(o: &mut Object, call: &Call, os: &OpenStack, record: &Record, visibility: &Visibility) {
    for row in R::KIND.rows().filter(|row| (row.name == "tenant_id" && row.visible) || visibility.is_visible(row.name))
    {
        if row.name != "tenant_id" && !R::shows(call, record, row.name) {
            continue;
        }
        match row.name {
            "id" => o.set("id", &record.id),
            "tenant_id" => {
                let included = |name: &str| visibility.includes(name) || R::always_shown(name);
                let shown = |name: &&str| included(name) && R::shows(call, record, name);
                for name in ["tenant_id", "project_id"].into_iter().filter(shown) {
                    o.set(name, R::owner(record));
                }
            }
            "revision_number" => o.set("revision_number", record.revision),
            "created_at" if record.kind.standard => o.set("created_at", SecondsZ(record.created_at)),
            "updated_at" => o.set("updated_at", SecondsZ(record.updated_at)),
            name if row.derived => {
                if let Some(value) = R::derive(call, os, record, name) {
                    o.set(name, value);
                }
            }
            name => o.set(name, record.get(name)),
        }
    }
    if R::KIND.tags && visibility.includes("tags") {
        o.set("tags", &record.tags);
    }
}

/// The value of an attribute, for filters, sort keys and policy rules.
pub fn value<R: Resource>(call: &Call, os: &OpenStack, record: &Record, row: &Attribute) -> Option<Value> {
    Some(match row.name {
        "id" => json!(record.id),
        "tenant_id" => json!(record.project),
        "revision_number" => json!(record.revision),
        "created_at" if record.kind.standard => json!(SecondsZ(record.created_at)),
        "updated_at" => json!(SecondsZ(record.updated_at)),
        name if row.derived => return R::derive(call, os, record, name),
        name => record.get(name).clone(),
    })
}
