//! One request, as handlers see it.

use super::json::from_json;
use super::limits::Allowance;
use super::operation::Prepared;
use super::{Blob, Check, Disturbance, Id, Problem, ProblemKind, Unstored};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A microversion: (2, 79).
pub type Version = (u16, u16);

/// Parses `2.79`. Signs, leading zeros and spaces are not accepted.
pub fn parse_version(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = part == "0" || !part.starts_with('0');
        if digits && plain { part.parse().ok() } else { None }
    };
    Some((number(major)?, number(minor)?))
}

/// The authenticated caller of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    pub user: Option<Id>,
    /// The project or account that the request works in.
    pub project: Option<Id>,
    /// Names of roles.
    pub roles: Vec<Id>,
    /// The token, if the cloud has tokens.
    pub token: Option<Id>,
    /// Other attributes that a cloud has for its callers, by names that the cloud defines.
    pub attributes: Vec<(&'static str, Id)>,
}

impl Caller {
    /// Role names are compared without case, as in oslo.policy.
    pub fn has_role(&self, name: &str) -> bool {
        self.roles.iter().any(|role| role.eq_ignore_ascii_case(name))
    }

    pub fn attribute(&self, name: &str) -> Option<&Id> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// The addresses of the services of a cloud, relative to the address that the client used.
#[derive(Clone, Debug, PartialEq)]
pub enum Endpoints {
    /// Each service has a port on the same host.
    Ports(Arc<Vec<(String, u16)>>),
    /// Each service has a path on the same host and port.
    Paths(Arc<Vec<(String, String)>>),
    /// Each service has the path `{path}/{service}` on the same host and port: the services of a world.
    Under { path: String, services: Arc<Vec<String>> },
}

/// What [`Call::path`] is to the router; see [`RoutedPath`](super::RoutedPath).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Routing {
    AsSent,
    Decoded,
    Nowhere,
}

/// A request on its way to a handler. A listener fills in the first part from HTTP; [`Service`](super::Service) adds what it
/// finds out.
pub struct Call {
    pub method: &'static str,
    /// The path without the prefix of the mount: as it was sent, and from routing on as the router sees it.
    pub path: String,
    /// The path as it was sent. Empty until the request is routed.
    pub sent: String,
    /// Decoded pairs in the order of the request.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    /// The body, except for operations with [`BodyKind::Blob`](super::BodyKind).
    pub bytes: Bytes,
    /// The body of operations with [`BodyKind::Blob`](super::BodyKind).
    pub blob: Option<Blob>,
    /// Why the body of such an operation was not stored; then `blob` is `None`.
    pub unstored: Option<Unstored>,
    /// The content of the addresses that the operation fetches, or why it could not be fetched.
    pub fetched: Vec<(String, Result<Blob, String>)>,
    /// What [`Operation::prepares`](super::Operation::prepares) made.
    pub(super) prepared: Prepared,
    /// True if the body was larger than the limit of the service; then `bytes` is empty.
    pub oversized: bool,
    /// True if the request was refused by its head, so that its body was not taken in.
    pub unread: bool,
    /// The address that the client used: `scheme://host[:port]`.
    pub origin: String,
    /// The prefix of the mount: ``, `/volume`.
    pub prefix: String,
    /// The prefix of the service where the configuration puts it. It is `prefix`, except under `/worlds/…`.
    pub own_prefix: String,
    pub endpoints: Endpoints,
    /// The name of the cloud.
    pub cloud: Id,
    /// The virtual time of the request.
    pub now: DateTime<Utc>,
    pub request_id: String,
    /// The name of the operation; empty until it is known.
    pub operation: &'static str,
    /// The policy rule of the operation.
    pub policy: (&'static str, Check),
    /// True once a rule of the policy was evaluated; see [`Call::policy_was_checked`].
    pub(super) checked: AtomicBool,
    pub(super) routing: Routing,
    /// Decoded parameters of the path.
    pub params: Vec<(String, String)>,
    /// The negotiated microversion.
    pub version: Version,
    pub caller: Caller,
    /// The parsed body.
    pub json: Value,
    /// The caller's allowance after this request.
    pub(super) allowance: Option<Allowance>,
    /// Ids of the faults that fired on this request.
    pub injected: Vec<u64>,
    /// Ids of the faults that will hit the transitions which this request scheduled.
    pub scheduled_faults: Vec<u64>,
    /// True if no operation of the service answers such a request.
    pub unmatched: bool,
    /// What the listener does to the answer.
    pub disturbance: Disturbance,
}

impl Call {
    /// A request without headers and body.
    pub fn new(method: &'static str, path: &str) -> Self {
        Call {
            method,
            path: path.into(),
            sent: String::new(),
            query: vec![],
            headers: vec![],
            bytes: Bytes::new(),
            blob: None,
            unstored: None,
            fetched: vec![],
            prepared: None,
            oversized: false,
            unread: false,
            origin: "http://127.0.0.1".into(),
            prefix: String::new(),
            own_prefix: String::new(),
            endpoints: Endpoints::Paths(Arc::default()),
            cloud: "".into(),
            now: DateTime::UNIX_EPOCH,
            request_id: String::new(),
            operation: "",
            policy: ("", Check::Before),
            checked: AtomicBool::new(false),
            routing: Routing::AsSent,
            params: vec![],
            version: (0, 0),
            caller: Caller::default(),
            json: Value::Null,
            allowance: None,
            injected: vec![],
            scheduled_faults: vec![],
            unmatched: false,
            disturbance: Disturbance::default(),
        }
    }

    /// The first value of a header. Names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |key| key.eq_ignore_ascii_case(name))
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, |key| key == name)
    }

    /// The last value of a query parameter, which is the one that a dictionary keeps.
    pub fn last_query(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the path by its name in the operation's pattern; empty if there is none.
    pub fn param(&self, name: &str) -> &str {
        find(&self.params, |key| key == name).unwrap_or_default()
    }

    /// The body of an operation with [`BodyKind::Blob`](super::BodyKind), or why it was not stored.
    pub fn content(&self) -> Result<Blob, Unstored> {
        match self.unstored {
            Some(reason) => Err(reason),
            None => Ok(self.blob.clone().unwrap_or_else(|| Blob::from(self.bytes.clone()))),
        }
    }

    /// What the operation prepared; `None` if that is nothing, or of another type.
    pub fn prepared<T: 'static>(&self) -> Option<&T> {
        self.prepared.as_ref()?.downcast_ref()
    }

    /// What was fetched from an address.
    pub fn fetched(&self, address: &str) -> Option<&Result<Blob, String>> {
        self.fetched.iter().find(|(one, _)| one == address).map(|(_, content)| content)
    }

    /// The caller's project; empty without one. Only for operations that require a project-scoped token.
    pub fn project(&self) -> Id {
        self.caller.project.clone().unwrap_or_else(|| "".into())
    }

    /// The caller's user; empty without one.
    pub fn user(&self) -> Id {
        self.caller.user.clone().unwrap_or_else(|| "".into())
    }

    /// Notes that a rule of the policy was evaluated. The engine reports an operation with [`Check::OnTarget`] whose handler
    /// succeeds and has evaluated none.
    pub fn policy_was_checked(&self) {
        self.checked.store(true, Ordering::Relaxed);
    }

    /// The body as the operation's request type. It was validated against the schema of the type, so an error here is a
    /// defect of the type. It is answered as an internal error.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        from_json(&self.json).map_err(|error| Problem::new(500, ProblemKind::Defect, error.to_string()))
    }

    /// True if the request has this microversion or a later one.
    pub fn since(&self, major: u16, minor: u16) -> bool {
        self.version >= (major, minor)
    }

    /// The address of this service, for links: `http://127.0.0.1:8776`, `http://127.0.0.1:4991/volume`.
    pub fn base(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }

    /// The address of another service of the same cloud; `None` if the cloud does not have it.
    pub fn base_of(&self, service: &str) -> Option<String> {
        match &self.endpoints {
            Endpoints::Ports(ports) => {
                let port = ports.iter().find(|(name, _)| name == service)?.1;
                Some(format!("{}:{port}", without_port(&self.origin)))
            }
            Endpoints::Under { path, services } => {
                services.iter().find(|name| *name == service)?;
                Some(format!("{}{path}/{service}", self.origin))
            }
            Endpoints::Paths(paths) => {
                let path = &paths.iter().find(|(name, _)| name == service)?.1;
                Some(format!("{}{path}", self.origin))
            }
        }
    }
}

/// The address without its port: `http://[::1]` of `http://[::1]:80`.
pub fn without_port(origin: &str) -> &str {
    let host = origin.find("://").map_or(0, |at| at + 3);
    let end = origin.rfind(']').unwrap_or(host);
    origin[end..].find(':').map_or(origin, |colon| &origin[..end + colon])
}

fn find(pairs: &[(String, String)], is: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(key, _)| is(key)).map(|(_, value)| value.as_str())
}
