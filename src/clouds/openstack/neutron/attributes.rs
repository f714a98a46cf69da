//! Attribute tables. Upstream describes each resource by a table (neutron_lib/api/definitions). It says who may set
//! an attribute and when, its default value, its valid values, and whether lists can be filtered and sorted by it.
//! [`prepare`] converts and validates a request body by the table alone; a resource's own code checks only what a
//! table cannot express.

use super::errors;
use super::policy;
use super::record::Record;
use super::valid::Valid;
use crate::engine::{Call, Index, Problem};
use serde_json::{Map, Value};

/// A prepared request body: the values from the request and the defaults, converted and valid. Attributes without a
/// value and without a default are absent.
pub type Body = Map<String, Value>;

/// Converts a value of a request, or refuses it.
pub type Convert = fn(Value) -> Result<Value, Problem>;

/// One row of an attribute table.
pub struct Attribute {
    pub name: &'static str,
    /// Allowed in POST.
    pub post: bool,
    /// Allowed in PUT.
    pub put: bool,
    pub default: Absent,
    /// Applied to values of bodies and of filters.
    pub convert: Option<Convert>,
    /// Checked after the conversion.
    pub valid: Option<Valid>,
    /// Lists can be filtered by it.
    pub filter: bool,
    /// Lists can be sorted by it.
    pub sort: bool,
    /// Setting it also needs the rule of the attribute: `create_network:shared`, `update_network:shared`.
    pub enforced: bool,
    /// Shown in answers, if the policy allows it.
    pub visible: bool,
    /// Not stored: `Resource::derive` computes it.
    pub derived: bool,
    /// The value of a row that has none, if that is not the default.
    pub stored_default: Absent,
    /// Its filter has the form `key=value`.
    pub pairs: bool,
    /// Filters with its name are valid, but upstream forgets them.
    pub idle_filter: bool,
    /// The name of upstream's table if it has no such column: the sort key is valid, but refused later.
    pub no_column_of: Option<&'static str>,
    /// The order of the items of a list in upstream's database: by the values of these keys, or by themselves if there
    /// are none.
    pub order: Option<&'static [&'static str]>,
}

/// The value of an attribute that a POST does not contain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Absent {
    /// The attribute is required.
    Required,
    /// It stays absent; the resource's code decides.
    Unset,
    Null,
    True,
    False,
    Text(&'static str),
    Int(i64),
    EmptyList,
    EmptyDict,
}

const fn attribute(name: &'static str, post: bool, put: bool) -> Attribute {
    let default = if post { Absent::Required } else { Absent::Unset };
    Attribute {
        name,
        post,
        put,
        default,
        convert: None,
        valid: None,
        filter: false,
        sort: false,
        enforced: false,
        visible: true,
        derived: false,
        stored_default: Absent::Unset,
        pairs: false,
        idle_filter: false,
        no_column_of: None,
        order: None,
    }
}

/// Allowed in POST and PUT; required in POST unless it has a default.
pub const fn settable(name: &'static str) -> Attribute {
    attribute(name, true, true)
}

/// Allowed in POST only; required there unless it has a default.
pub const fn set_once(name: &'static str) -> Attribute {
    attribute(name, true, false)
}

/// Allowed in PUT only.
pub const fn changeable(name: &'static str) -> Attribute {
    attribute(name, false, true)
}

/// Never allowed in requests.
pub const fn read_only(name: &'static str) -> Attribute {
    attribute(name, false, false)
}

/// `id` of every resource.
pub const ID: Attribute = read_only("id").filter().sort();

/// The project that owns the resource. Requests and answers have it as `tenant_id` and as `project_id`.
pub const PROJECT: Attribute = set_once("tenant_id").valid(Valid::Text(255)).filter().sort();

/// The project of resources that belong to others: answers do not have it, and lists are not filtered by it.
pub const HIDDEN_PROJECT: Attribute = set_once("tenant_id").valid(Valid::Text(255)).hidden();

/// `name` of most resources.
pub const NAME: Attribute = settable("name").default(Absent::Text("")).valid(Valid::Name(255)).filter().sort();

/// The attributes of all resources with standard attributes (neutron/extensions/standardattrdescription.py,
/// revisions.py, timestamp.py).
pub const STANDARD: &[Attribute] = &[
    settable("description").default(Absent::Text("")).valid(Valid::Text(255)).filter(),
    read_only("revision_number").filter().derived(),
    read_only("created_at").derived(),
    read_only("updated_at").derived(),
];

/// The query parameters that filter by tags (neutron/extensions/tagging.py).
pub const TAG_FILTERS: &[&str] = &["tags", "tags-any", "not-tags", "not-tags-any"];

impl Attribute {
    /// Sets the value for a POST without the attribute.
    pub const fn default(mut self, default: Absent) -> Self {
        self.default = default;
        self
    }

    /// Sets the conversion.
    pub const fn convert(mut self, convert: Convert) -> Self {
        self.convert = Some(convert);
        self
    }

    /// Sets the validator.
    pub const fn valid(mut self, valid: Valid) -> Self {
        self.valid = Some(valid);
        self
    }

    /// Lists can be filtered by it.
    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    /// Lists can be sorted by it.
    pub const fn sort(mut self) -> Self {
        self.sort = true;
        self
    }

    /// Setting it needs the rule of the attribute, too.
    pub const fn enforced(mut self) -> Self {
        self.enforced = true;
        self
    }

    /// Answers do not have it.
    pub const fn hidden(mut self) -> Self {
        self.visible = false;
        self
    }

    /// It is computed, not stored.
    pub const fn derived(mut self) -> Self {
        self.derived = true;
        self
    }

    /// The value of a row that has none. The attribute has no default in requests, so that also this value counts as
    /// set there.
    pub const fn stored_as(mut self, value: Absent) -> Self {
        self.stored_default = value;
        self
    }

    /// Its filter has the form `key=value`.
    pub const fn pairs(mut self) -> Self {
        self.pairs = true;
        self
    }

    /// Upstream ignores filters by it.
    pub const fn idle_filter(mut self) -> Self {
        self.idle_filter = true;
        self
    }

    /// Lists refuse to be sorted by it, because upstream's table has no such column.
    pub const fn no_column_of(mut self, table: &'static str) -> Self {
        self.no_column_of = Some(table);
        self
    }

    /// Its items are in the order of the values of these keys, or in their own order if there are none.
    pub const fn ordered_by(mut self, keys: &'static [&'static str]) -> Self {
        self.order = Some(keys);
        self
    }

    /// The value of a row that has none.
    pub fn blank(&self) -> Absent {
        if self.stored_default == Absent::Unset { self.default } else { self.stored_default }
    }
}

impl Absent {
    /// The default value; `None` if there is none.
    pub fn value(self) -> Option<Value> {
        Some(match self {
            Absent::Required | Absent::Unset => return None,
            Absent::Null => Value::Null,
            Absent::True => Value::Bool(true),
            Absent::False => Value::Bool(false),
            Absent::Text(text) => Value::from(text),
            Absent::Int(number) => Value::from(number),
            Absent::EmptyList => Value::Array(vec![]),
            Absent::EmptyDict => Value::Object(Map::new()),
        })
    }

    /// True if `value` is the default value.
    pub fn is(self, value: &Value) -> bool {
        match (self, value) {
            (Absent::Text(one), Value::String(other)) => one == other,
            (absent, value) => absent.value().as_ref() == Some(value),
        }
    }
}

/// A type of resource: its names and its attribute table.
pub struct ResourceType {
    /// `network`: the key of one resource in bodies, and its name in policy rules.
    pub resource: &'static str,
    /// `networks`: the key of a list in bodies.
    pub collection: &'static str,
    /// Its name in policy rules if that differs from `resource`: `policy_bandwidth_limit_rule`.
    pub ruled_as: &'static str,
    /// What upstream's table calls the project: `tenant_id`, in newer tables `project_id`. Error messages show it.
    pub owner: &'static str,
    /// Its own rows, without those of [`STANDARD`].
    pub attributes: &'static [Attribute],
    /// It has description, revision number and timestamps.
    pub standard: bool,
    /// It has tags.
    pub tags: bool,
    /// Lists refuse unknown query parameters.
    pub strict_filters: bool,
    /// Lists support `limit` and `marker`.
    pub paged: bool,
    /// Lists support `sort_key` and `sort_dir`.
    pub sorted: bool,
    /// A core resource: Pecan itself reads its bodies. The older layer behind Pecan, which reads all others, has
    /// other error messages.
    pub core: bool,
    /// The secondary indexes of its table.
    pub indexes: &'static [Index<Record>],
}

impl ResourceType {
    /// A type without standard attributes and tags, whose lists are strict, paged and sorted.
    pub const fn new(resource: &'static str, collection: &'static str, attributes: &'static [Attribute]) -> Self {
        ResourceType {
            resource,
            collection,
            ruled_as: resource,
            owner: "tenant_id",
            attributes,
            standard: false,
            tags: false,
            strict_filters: true,
            paged: true,
            sorted: true,
            core: false,
            indexes: &[],
        }
    }

    /// Sets the secondary indexes of its table.
    pub const fn indexes(mut self, indexes: &'static [Index<Record>]) -> Self {
        self.indexes = indexes;
        self
    }

    /// With description, revision number and timestamps.
    pub const fn standard(mut self) -> Self {
        self.standard = true;
        self
    }

    /// With tags.
    pub const fn tags(mut self) -> Self {
        self.tags = true;
        self
    }

    /// Sets the name in policy rules.
    pub const fn ruled_as(mut self, name: &'static str) -> Self {
        self.ruled_as = name;
        self
    }

    /// Sets what its table calls the project.
    pub const fn owner(mut self, name: &'static str) -> Self {
        self.owner = name;
        self
    }

    /// Lists ignore `limit`.
    pub const fn unpaged(mut self) -> Self {
        self.paged = false;
        self
    }

    /// Lists ignore `sort_key`.
    pub const fn unsorted(mut self) -> Self {
        self.sorted = false;
        self
    }

    /// A core resource, whose bodies Pecan itself reads.
    pub const fn core(mut self) -> Self {
        self.core = true;
        self
    }

    /// Its own rows, then the standard ones.
    pub fn rows(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        let standard: &'static [Attribute] = if self.standard { STANDARD } else { &[] };
        // A resource's own row replaces the standard row of the same name.
        let own = self.attributes;
        let shared = standard.iter().filter(move |row| !own.iter().any(|one| one.name == row.name));
        own.iter().chain(shared)
    }

    /// The row of an attribute. `project_id` is another name of `tenant_id`.
    pub fn row(&self, name: &str) -> Option<&'static Attribute> {
        let name = if name == "project_id" { "tenant_id" } else { name };
        self.rows().find(|row| row.name == name)
    }

    fn has_project(&self) -> bool {
        self.row("tenant_id").is_some()
    }

    /// The name of the attribute in upstream's table, which error messages show.
    fn public_name(&self, row: &Attribute) -> &'static str {
        if row.name == "tenant_id" { self.owner } else { row.name }
    }
}

/// Prepares one resource of a request body (`Controller.prepare_request_body`): sets the owner; refuses unknown,
/// missing and disallowed attributes; then converts and validates each value.
pub fn prepare(call: &Call, kind: &ResourceType, value: &Value, is_create: bool) -> Result<Body, Problem> {
    let mut body = match value {
        Value::Null => return Err(errors::no_resource_in_body(kind.resource)),
        Value::Object(fields) => fields.clone(),
        _ => return Err(errors::invalid_object(kind.resource)),
    };
    set_owner(call, kind, &mut body, is_create)?;
    let unknown: Vec<_> = body.keys().filter(|name| !has_attribute(kind, name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(errors::unrecognized_attributes(&unknown));
    }
    let tag = TAG_FILTERS.iter().find(|name| kind.tags && kind.row(name).is_none() && body.contains_key(**name));
    if let Some(name) = tag {
        return Err(if is_create { errors::not_allowed_in_post(name) } else { errors::read_only_attribute(name) });
    }
    for row in kind.rows() {
        match (is_create, body.contains_key(row.name)) {
            (true, true) if !row.post => return Err(errors::not_allowed_in_post(kind.public_name(row))),
            (true, false) if row.post && row.default == Absent::Required => {
                return Err(errors::required_attribute(kind.public_name(row)));
            }
            (true, false) if row.post => {
                if let Some(default) = row.default.value() {
                    body.insert(row.name.into(), default);
                }
            }
            (false, true) if !row.put => return Err(errors::read_only_attribute(kind.public_name(row))),
            _ => {}
        }
    }
    for row in kind.rows() {
        let Some(value) = body.get_mut(row.name) else { continue };
        if let Some(convert) = row.convert {
            *value = convert(value.take())?;
        }
        if let Some(valid) = &row.valid {
            valid.check(kind.public_name(row), value)?;
        }
    }
    body.shift_remove("tenant_id");
    Ok(body)
}

fn has_attribute(kind: &ResourceType, name: &str) -> bool {
    let is_tag = kind.tags && TAG_FILTERS.contains(&name);
    is_tag || (kind.row(name).is_some() && (name != "project_id" || kind.has_project()))
}

/// `populate_project_id`: sets both names of the owner. Only administrators and services may name another project
/// than the caller's.
fn set_owner(call: &Call, kind: &ResourceType, body: &mut Body, is_create: bool) -> Result<(), Problem> {
    let project = match (body.get("project_id"), body.get("tenant_id")) {
        (Some(project), Some(tenant)) if project != tenant => return Err(errors::projects_do_not_match()),
        (project, tenant) => project.or(tenant).cloned(),
    };
    if let Some(project) = &project {
        let own = call.caller.project.as_deref();
        if project.as_str() != own && !policy::is_admin(call) && !call.caller.has_role("service") {
            return Err(errors::project_not_allowed());
        }
    }
    let project = match project {
        None if is_create && kind.has_project() => {
            Some(Value::from(call.caller.project.as_deref().ok_or_else(errors::owner_required)?))
        }
        project => project,
    };
    if let Some(project) = project {
        body.shift_remove("project_id");
        body.insert("tenant_id".into(), project.clone());
        body.insert("project_id".into(), project);
    }
    Ok(())
}

/// True if the body sets the attribute, in POST to a value other than its default. Then its own policy rule applies
/// (`_is_attribute_explicitly_set`).
pub fn is_set(row: &Attribute, body: &Body, is_create: bool) -> bool {
    body.get(row.name).is_some_and(|value| !is_create || !row.default.is(value))
}
