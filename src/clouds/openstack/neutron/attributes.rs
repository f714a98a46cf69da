//! Attribute tables. Upstream describes each resource by one (neutron_lib/api/definitions): who may set an
//! attribute and when, what it is if nobody does, what it may be, and whether lists are filtered or sorted by
//! it. A request body is made ready by its resource's table alone; code says what a table cannot.

use super::errors;
use super::policy;
use super::record::Record;
use super::valid::Valid;
use crate::engine::{Call, Index, Problem};
use serde_json::{Map, Value};

/// A request body that a table has made ready: what was given or has a default, converted and valid.
/// What was neither given nor has a default is absent.
pub type Body = Map<String, Value>;

pub type Convert = fn(Value) -> Result<Value, Problem>;

/// One row of a resource's table.
pub struct Attribute {
    pub name: &'static str,
    /// May be given when the resource is made.
    pub post: bool,
    /// May be given when the resource is changed.
    pub put: bool,
    pub default: Absent,
    pub convert: Option<Convert>,
    pub valid: Option<Valid>,
    pub filter: bool,
    pub sort: bool,
    /// Who gives it must also be allowed `create_network:shared`, `update_network:shared`.
    pub enforced: bool,
    pub visible: bool,
    /// Not stored: the resource's `derive` says what it is.
    pub derived: bool,
}

/// What an attribute is if nobody gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Absent {
    /// It must be given.
    Required,
    /// Absent it stays: the resource's code decides.
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
    }
}

/// Optional when the resource is made, and changed later.
pub const fn settable(name: &'static str) -> Attribute {
    attribute(name, true, true)
}

/// Optional when the resource is made, and never changed.
pub const fn set_once(name: &'static str) -> Attribute {
    attribute(name, true, false)
}

/// Changed later, not given when the resource is made.
pub const fn changeable(name: &'static str) -> Attribute {
    attribute(name, false, true)
}

/// Neutron's own affair.
pub const fn read_only(name: &'static str) -> Attribute {
    attribute(name, false, false)
}

/// Every resource's `id`.
pub const ID: Attribute = read_only("id").filter().sort();

/// Whose it is: shown and told as `tenant_id` and as `project_id`.
pub const PROJECT: Attribute = set_once("tenant_id").valid(Valid::Text(255)).filter().sort();

/// `name` of most resources.
pub const NAME: Attribute = settable("name").default(Absent::Text("")).valid(Valid::Name(255)).filter().sort();

/// What every resource with standard attributes has (neutron/extensions/standardattrdescription.py,
/// revisions.py, timestamp.py).
pub const STANDARD: &[Attribute] = &[
    settable("description").default(Absent::Text("")).valid(Valid::Text(255)).filter(),
    read_only("revision_number").filter().derived(),
    read_only("created_at").filter().derived(),
    read_only("updated_at").filter().derived(),
];

/// Filters by tags (neutron/extensions/tagging.py).
pub const TAG_FILTERS: &[&str] = &["tags", "tags-any", "not-tags", "not-tags-any"];

impl Attribute {
    pub const fn default(mut self, default: Absent) -> Self {
        self.default = default;
        self
    }

    pub const fn convert(mut self, convert: Convert) -> Self {
        self.convert = Some(convert);
        self
    }

    pub const fn valid(mut self, valid: Valid) -> Self {
        self.valid = Some(valid);
        self
    }

    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    pub const fn sort(mut self) -> Self {
        self.sort = true;
        self
    }

    pub const fn enforced(mut self) -> Self {
        self.enforced = true;
        self
    }

    pub const fn hidden(mut self) -> Self {
        self.visible = false;
        self
    }

    pub const fn derived(mut self) -> Self {
        self.derived = true;
        self
    }
}

impl Absent {
    /// The value, where there is one.
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

    pub fn is(self, value: &Value) -> bool {
        match (self, value) {
            (Absent::Text(one), Value::String(other)) => one == other,
            (absent, value) => absent.value().as_ref() == Some(value),
        }
    }
}

/// A kind of resource: its names and its table.
pub struct ValueType {
    /// `network`: the key of one in bodies, and in the names of policy rules.
    pub resource: &'static str,
    /// `networks`
    pub collection: &'static str,
    /// Its name in policy rules, where that is another: `policy_bandwidth_limit_rule`.
    pub ruled_as: &'static str,
    /// What its table calls the project: `tenant_id`, or `project_id` where upstream's is a newer one.
    pub owner: &'static str,
    pub attributes: &'static [Attribute],
    /// It has a description, a revision number and times.
    pub standard: bool,
    /// It has tags.
    pub tags: bool,
    /// Parameters that name what is not an attribute are refused.
    pub strict_filters: bool,
    /// Its lists come in pages if the client wants them to.
    pub paged: bool,
    /// Its lists are in the order that the client wants.
    pub sorted: bool,
    /// Its bodies are read by Pecan itself (the core resources), not by the older layer within it, which
    /// refuses them in other words.
    pub core: bool,
    /// By what its rows are found.
    pub indexes: &'static [Index<Record>],
}

impl ValueType {
    pub const fn new(resource: &'static str, collection: &'static str, attributes: &'static [Attribute]) -> Self {
        ValueType {
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

    /// With indexes of its rows.
    pub const fn indexes(mut self, indexes: &'static [Index<Record>]) -> Self {
        self.indexes = indexes;
        self
    }

    /// With description, revision number and times.
    pub const fn standard(mut self) -> Self {
        self.standard = true;
        self
    }

    /// With tags.
    pub const fn tags(mut self) -> Self {
        self.tags = true;
        self
    }

    /// With another name in policy rules.
    pub const fn ruled_as(mut self, name: &'static str) -> Self {
        self.ruled_as = name;
        self
    }

    /// With another name of the project in its table.
    pub const fn owner(mut self, name: &'static str) -> Self {
        self.owner = name;
        self
    }

    /// Its lists are always whole, whatever `limit` says.
    pub const fn unpaged(mut self) -> Self {
        self.paged = false;
        self
    }

    /// Its lists are in an order of their own, whatever `sort_key` says.
    pub const fn unsorted(mut self) -> Self {
        self.sorted = false;
        self
    }

    pub const fn core(mut self) -> Self {
        self.core = true;
        self
    }

    /// Its own rows, then those that it shares with others.
    pub fn rows(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        let standard: &'static [Attribute] = if self.standard { STANDARD } else { &[] };
        // A resource's own row of the same name goes before the shared one.
        let own = self.attributes;
        let shared = standard.iter().filter(move |row| !own.iter().any(|one| one.name == row.name));
        own.iter().chain(shared)
    }

    /// The row `name`; `project_id` is another name of `tenant_id`.
    pub fn row(&self, name: &str) -> Option<&'static Attribute> {
        let name = if name == "project_id" { "tenant_id" } else { name };
        self.rows().find(|row| row.name == name)
    }

    fn has_project(&self) -> bool {
        self.row("tenant_id").is_some()
    }

    /// What upstream's table calls the attribute of this row.
    fn told(&self, row: &Attribute) -> &'static str {
        if row.name == "tenant_id" { self.owner } else { row.name }
    }
}

/// Makes one resource of a request body ready: who owns it, what is unknown, missing or not to be given,
/// then each value converted and checked (`Controller.prepare_request_body`).
pub fn prepare(call: &Call, kind: &ValueType, given: &Value, is_create: bool) -> Result<Body, Problem> {
    let mut body = match given {
        Value::Null => return Err(errors::no_resource_in_body(kind.resource)),
        Value::Object(fields) => fields.clone(),
        _ => return Err(errors::invalid_object(kind.resource)),
    };
    own(call, kind, &mut body, is_create)?;
    let unknown: Vec<_> = body.keys().filter(|name| !knows(kind, name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(errors::unrecognized_attributes(&unknown));
    }
    for row in kind.rows() {
        let given = body.contains_key(row.name);
        match (is_create, given) {
            (true, true) if !row.post => return Err(errors::not_allowed_in_post(kind.told(row))),
            (true, false) if row.post && row.default == Absent::Required => {
                return Err(errors::required_attribute(kind.told(row)));
            }
            (true, false) if row.post => {
                if let Some(default) = row.default.value() {
                    body.insert(row.name.into(), default);
                }
            }
            (false, true) if !row.put => return Err(errors::read_only_attribute(kind.told(row))),
            _ => {}
        }
    }
    for row in kind.rows() {
        let Some(value) = body.get_mut(row.name) else { continue };
        if let Some(convert) = row.convert {
            *value = convert(value.take())?;
        }
        if let Some(valid) = &row.valid {
            valid.check(kind.told(row), value)?;
        }
    }
    body.shift_remove("tenant_id");
    Ok(body)
}

fn knows(kind: &ValueType, name: &str) -> bool {
    kind.row(name).is_some() && (name != "project_id" || kind.has_project())
}

/// `populate_project_id`: both names of the owner, who must be the caller unless an administrator asks.
fn own(call: &Call, kind: &ValueType, body: &mut Body, is_create: bool) -> Result<(), Problem> {
    let project = match (body.get("project_id"), body.get("tenant_id")) {
        (Some(project), Some(tenant)) if project != tenant => return Err(errors::projects_do_not_match()),
        (given, other) => given.or(other).cloned(),
    };
    if let Some(project) = &project {
        let own = call.caller.project.as_deref();
        if project.as_str() != own && !policy::is_admin(call) && !call.caller.has_role("service") {
            return Err(errors::project_not_allowed());
        }
    }
    let project = match project {
        None if is_create && kind.has_project() => Some(Value::from(&*call.project())),
        project => project,
    };
    if let Some(project) = project {
        body.shift_remove("project_id");
        body.insert("tenant_id".into(), project.clone());
        body.insert("project_id".into(), project);
    }
    Ok(())
}

/// True if the attribute is given a value other than its default, so that its own policy rule is asked.
pub fn is_set(row: &Attribute, body: &Body, is_create: bool) -> bool {
    body.get(row.name).is_some_and(|value| !is_create || !row.default.is(value))
}
