//! Keystone, the identity service: API v3 (docs.openstack.org/api-ref/identity/v3). Each resource has its own
//! module; this one has the tables, the descriptor and the dialect.

pub mod access_rules;
pub mod application_credentials;
pub mod assignments;
mod auth_scopes;
pub mod auth_token;
pub mod collections;
pub mod credentials;
mod devstack;
pub mod domain_config;
pub mod domains;
pub mod ec2_credentials;
pub mod ec2tokens;
pub mod endpoints;
pub mod errors;
pub mod groups;
mod lazy_validation;
pub mod limits;
pub mod parameter_types;
pub mod passwords;
pub mod policies;
pub mod policy;
pub mod population;
pub mod projects;
pub mod regions;
pub mod registered_limits;
pub mod roles;
pub mod seed;
pub mod services;
mod simple_cert;
pub mod tokens;
pub mod trusts;
pub mod users;
pub mod versions;

use super::descriptor::{CatalogEntry, OSLO_BODY_LIMIT, ServiceDescriptor};
use super::parameter_types::is_uuid_like;
use super::path_info::{is_below, path_info, with_single_slashes};
use super::{OpenStack, healthcheck, jsonschema_messages, jsonschema_order, urls, webob};
use crate::clouds::gateway;
use crate::engine::{
    AnyTable, Call, Caller, Dialect, ErrorOrder, Formats, Operation, Problem, ProblemKind, Response, RoutedPath, Table,
};
use jsonschema::ValidationError;
use serde_json::Value;
use std::sync::OnceLock;

/// The tables of the service.
#[derive(Clone, Default)]
pub struct Keystone {
    /// Projects and domains.
    pub projects: Table<projects::Project>,
    pub domain_configs: Table<domain_config::DomainConfig>,
    pub users: Table<users::User>,
    pub groups: Table<groups::Group>,
    pub memberships: Table<groups::Membership>,
    pub roles: Table<roles::Role>,
    pub implications: Table<roles::Implication>,
    pub assignments: Table<assignments::Assignment>,
    pub regions: Table<regions::Region>,
    pub services: Table<services::Service>,
    pub endpoints: Table<endpoints::Endpoint>,
    pub policies: Table<policies::PolicyText>,
    pub tokens: Table<tokens::Token>,
    pub password_histories: Table<passwords::PasswordHistory>,
    pub application_credentials: Table<application_credentials::ApplicationCredential>,
    pub access_rules: Table<access_rules::AccessRule>,
    pub credentials: Table<credentials::Credential>,
    pub trusts: Table<trusts::Trust>,
    pub registered_limits: Table<registered_limits::RegisteredLimit>,
    pub limits: Table<limits::Limit>,
}

impl Keystone {
    /// All tables with their names. The pattern has no `..`, so that a table that is missing here does not
    /// compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Keystone {
            projects,
            domain_configs,
            users,
            groups,
            memberships,
            roles,
            implications,
            assignments,
            regions,
            services,
            endpoints,
            policies,
            tokens,
            password_histories,
            application_credentials,
            access_rules,
            credentials,
            trusts,
            registered_limits,
            limits,
        } = self;
        vec![
            ("projects", projects),
            ("domain_configs", domain_configs),
            ("users", users),
            ("groups", groups),
            ("memberships", memberships),
            ("roles", roles),
            ("implications", implications),
            ("assignments", assignments),
            ("regions", regions),
            ("services", services),
            ("endpoints", endpoints),
            ("policies", policies),
            ("tokens", tokens),
            ("password_histories", password_histories),
            ("application_credentials", application_credentials),
            ("access_rules", access_rules),
            ("credentials", credentials),
            ("trusts", trusts),
            ("registered_limits", registered_limits),
            ("limits", limits),
        ]
    }
}

/// Registers the service; see [`ServiceDescriptor`].
pub static SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "keystone",
    catalog: &[CatalogEntry { service_type: "identity", name: "keystone", description: "", path: "/v3" }],
    type_aliases: &[],
    port: 5000,
    path: "/identity",
    dialect: &KeystoneDialect,
    prefixes: &["/v3"],
    body_limit: OSLO_BODY_LIMIT,
    operations,
    microversions: None,
    tables: |os| os.keystone.tables(),
    transitions: Vec::new,
    policy: &policy::POLICY,
    quotas: None,
    seed: seed::seed,
    population: Some(population::populate),
    on_event: None,
    instance: OnceLock::new(),
};

fn operations() -> Vec<&'static [Operation<OpenStack>]> {
    vec![
        versions::OPERATIONS,
        tokens::OPERATIONS,
        auth_scopes::OPERATIONS,
        passwords::OPERATIONS,
        application_credentials::OPERATIONS,
        access_rules::OPERATIONS,
        credentials::OPERATIONS,
        ec2_credentials::OPERATIONS,
        ec2tokens::OPERATIONS,
        trusts::OPERATIONS,
        simple_cert::OPERATIONS,
        registered_limits::OPERATIONS,
        limits::OPERATIONS,
        projects::OPERATIONS,
        projects::tags::OPERATIONS,
        domains::OPERATIONS,
        domain_config::OPERATIONS,
        users::OPERATIONS,
        groups::OPERATIONS,
        groups::members::OPERATIONS,
        roles::OPERATIONS,
        roles::implications::OPERATIONS,
        assignments::grants::OPERATIONS,
        assignments::listing::OPERATIONS,
        regions::OPERATIONS,
        services::OPERATIONS,
        endpoints::OPERATIONS,
        policies::OPERATIONS,
    ]
}

struct KeystoneDialect;

impl Dialect<OpenStack> for KeystoneDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        let token = auth_token::valid_token(call, os, &SERVICE).ok_or_else(errors::unauthorized)?;
        if token.methods.iter().any(|method| method == tokens::validity::EC2_CREDENTIAL) {
            return Err(errors::forbidden());
        }
        Ok(token.caller())
    }

    /// The middleware that strips slashes (url_normalize.py), then Werkzeug, which decodes UTF-8.
    fn path(&self, call: &Call) -> RoutedPath {
        let path = path_info(&call.path);
        let path = String::from_utf8_lossy(&path);
        let path = format!("/{}", path.trim_matches('/'));
        RoutedPath::At(if is_below(&path, healthcheck::PATH) { healthcheck::PATH.into() } else { path })
    }

    fn tries_all_patterns(&self) -> bool {
        true
    }

    fn hides_unknown_paths(&self, _call: &Call) -> bool {
        false
    }

    /// keystone/api/validation: the decorators run before the policy is enforced.
    fn validates_first(&self) -> bool {
        true
    }

    /// keystone/server/flask/request_processing/json_body.py
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        if call.bytes.is_empty() {
            return Ok(Value::Object(Default::default()));
        }
        let kind = call.header("content-type").unwrap_or_default();
        if !kind.is_empty() && !is_json(kind) {
            return Err(errors::not_json_content());
        }
        let json = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_json())?;
        if matches!(json, Value::Object(_)) { Ok(json) } else { Err(errors::malformed_json()) }
    }

    fn formats(&self) -> Formats {
        &[("uuid", is_uuid_like)]
    }

    fn error_order(&self) -> ErrorOrder {
        jsonschema_order::by_declaration
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        errors::invalid(jsonschema_messages::sentence(error, declared))
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        if call.policy.0.is_empty() { Ok(()) } else { policy::enforce(call, &[]) }
    }

    /// Werkzeug redirects to the path without empty segments if that one is known (`merge_slashes`).
    fn no_such_path(&self, call: &Call) -> Problem {
        let merged = with_single_slashes(&call.path);
        if merged != call.path && SERVICE.service().has(call.method, &merged) {
            let query = urls::urlencode_quoted(urls::query(call));
            let mark = if query.is_empty() { "" } else { "?" };
            return errors::moved(&format!("{}{merged}{mark}{query}", call.base()));
        }
        errors::no_such_path()
    }

    fn no_such_method(&self, call: &Call, allowed: &[&'static str]) -> Problem {
        // Upstream's router counts the methods of `/limits/{limit_id}`, too.
        let is_model = call.path.trim_end_matches('/').ends_with("/limits/model");
        let is_allowed = |method: &str| match method {
            "PATCH" | "DELETE" if is_model => true,
            "HEAD" => allowed.contains(&"GET") || allowed.contains(&"HEAD"),
            "OPTIONS" => true,
            method => allowed.contains(&method),
        };
        let named =
            ["GET", "PUT", "HEAD", "POST", "PATCH", "OPTIONS", "DELETE"].into_iter().filter(|name| is_allowed(name));
        errors::no_such_method(&named.collect::<Vec<_>>().join(", "))
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn injected(&self, _call: &Call, status: u16, message: Option<&str>) -> Problem {
        errors::injected(status, message)
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["identity.token.id"]
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        if call.operation == "keystone.healthcheck" {
            return response.header("x-openstack-request-id", call.request_id.clone());
        }
        response.header("Vary", "X-Auth-Token").header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        refuse(call, problem)
    }
}

/// The response to an error. Handlers that fail but keep their changes call it themselves, because the changes of
/// a handler that returns an error are dropped.
pub fn refuse(call: &Call, problem: Problem) -> Response {
    let problem = webob::with_large_integers(call, problem);
    let mut response = match problem.kind {
        ProblemKind::Gateway => return gateway::refuse(&problem),
        ProblemKind::Framework => flask_error(call, &problem),
        _ => error_body(&problem),
    };
    if problem.status == 401 {
        response = response.header("WWW-Authenticate", format!("Keystone uri=\"{}/v3\"", call.base()));
    }
    response.headers.extend(problem.headers);
    response
}

/// Werkzeug's `is_json`: `application/json`, or anything that ends in `+json`.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn error_body(problem: &Problem) -> Response {
    let body = Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("message", &problem.message);
        o.set("title", title(problem.status));
        if let Some(identity) = &problem.detail {
            o.set("identity", identity);
        }
    });
    body.status(problem.status)
}

/// Flask's own response to unknown paths and methods: JSON for a wrong method on a resource of Keystone, HTML
/// for the version documents and unknown paths. It also answers OPTIONS.
fn flask_error(call: &Call, problem: &Problem) -> Response {
    let title = title(problem.status);
    let status = problem.status;
    if call.method == "OPTIONS" && status == 405 {
        return Response::text("text/html; charset=utf-8", "").status(200);
    }
    if status == 405 && !matches!(call.path.trim_end_matches('/'), "" | "/v3") {
        return Response::object(|o| o.set("message", &problem.message)).status(status);
    }
    let heading = if status == 308 { title.to_owned() } else { format!("{status} {title}") };
    let end = if status == 308 { "" } else { "</p>" };
    let page = format!(
        "<!doctype html>\n<html lang=en>\n<title>{heading}</title>\n<h1>{title}</h1>\n<p>{}{end}\n",
        problem.message
    );
    Response::text("text/html; charset=utf-8", page).status(status)
}

fn title(status: u16) -> &'static str {
    match status {
        308 => "Redirecting...",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
