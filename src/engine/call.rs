//! One request, as handlers see it.

use super::limits::Allowance;
use super::{Blob, Check, Disturbance, Id, Problem, ProblemKind};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// A microversion: (2, 79).
pub type Version = (u16, u16);

/// `2.79` as a version; nothing for anything else.
pub fn parse_version(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = part == "0" || !part.starts_with('0');
        if digits && plain { part.parse().ok() } else { None }
    };
    Some((number(major)?, number(minor)?))
}

/// Who is asking, once the service has found out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    pub user: Option<Id>,
    /// The project or account that the request works in.
    pub project: Option<Id>,
    /// Names of roles.
    pub roles: Vec<Id>,
    /// The token itself, where there is one.
    pub token: Option<Id>,
    /// What else the cloud knows about its callers, under names of its own.
    pub attributes: Vec<(&'static str, Id)>,
}

impl Caller {
    pub fn has_role(&self, name: &str) -> bool {
        self.roles.iter().any(|role| role.eq_ignore_ascii_case(name))
    }

    pub fn attribute(&self, name: &str) -> Option<&Id> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// Where the services of a cloud are, as the client that asks reaches them.
#[derive(Clone, Debug, PartialEq)]
pub enum Endpoints {
    /// A port each, on the host that the client named.
    Ports(Arc<Vec<(String, u16)>>),
    /// A path each, under the address that the client named.
    Paths(Arc<Vec<(String, String)>>),
    /// A path each, named like the service, under this path of that address.
    Under { path: String, services: Arc<Vec<String>> },
}

pub struct Call {
    pub method: &'static str,
    /// Without the prefix under which the service is mounted.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub bytes: Bytes,
    /// The body of an operation that takes [`BodyKind::Blob`](super::BodyKind).
    pub blob: Option<Blob>,
    /// What the addresses that the operation names hold, or why they could not be read.
    pub fetched: Vec<(String, Result<Blob, String>)>,
    /// The body was larger than the service takes; what was read of it is dropped.
    pub oversized: bool,
    /// `scheme://host[:port]` that the client used.
    pub origin: String,
    /// The prefix under which the service is mounted: ``, `/volume`.
    pub prefix: String,
    pub endpoints: Endpoints,
    pub cloud: Id,
    pub now: DateTime<Utc>,
    pub request_id: String,
    // Filled in on the way to the handler.
    pub operation: &'static str,
    pub policy: (&'static str, Check),
    pub params: Vec<(String, String)>,
    pub version: Version,
    pub caller: Caller,
    pub json: Value,
    /// What is left of the caller's allowance, once this request was taken out of it.
    pub(super) allowance: Option<Allowance>,
    /// Numbers of the faults that made this answer.
    pub injected: Vec<u64>,
    /// Numbers of the faults that will hit the transitions which this request scheduled.
    pub scheduled_faults: Vec<u64>,
    /// True if no operation of the service answers such a request.
    pub unmatched: bool,
    pub disturbance: Disturbance,
}

impl Call {
    pub fn new(method: &'static str, path: &str) -> Self {
        Call {
            method,
            path: path.into(),
            query: vec![],
            headers: vec![],
            bytes: Bytes::new(),
            blob: None,
            fetched: vec![],
            oversized: false,
            origin: "http://127.0.0.1".into(),
            prefix: String::new(),
            endpoints: Endpoints::Paths(Arc::default()),
            cloud: "".into(),
            now: DateTime::UNIX_EPOCH,
            request_id: String::new(),
            operation: "",
            policy: ("", Check::Before),
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

    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |key| key.eq_ignore_ascii_case(name))
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, |key| key == name)
    }

    /// A segment of the path by the name that the operation's template gives it.
    pub fn param(&self, name: &str) -> &str {
        find(&self.params, |key| key == name).unwrap_or_default()
    }

    /// What was fetched from an address for this request.
    pub fn fetched(&self, address: &str) -> Option<&Result<Blob, String>> {
        self.fetched.iter().find(|(one, _)| one == address).map(|(_, content)| content)
    }

    /// The caller's project. Only operations that need a project-scoped token ask.
    pub fn project(&self) -> Id {
        self.caller.project.clone().unwrap_or_else(|| "".into())
    }

    pub fn user(&self) -> Id {
        self.caller.user.clone().unwrap_or_else(|| "".into())
    }

    /// The body as the operation's request type. It has passed that type's schema, so a mismatch
    /// here is a mistake in the type, answered as a server error and visible in the journal.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        T::deserialize(&self.json).map_err(|error| Problem::new(500, ProblemKind::Defect, error.to_string()))
    }

    pub fn since(&self, major: u16, minor: u16) -> bool {
        self.version >= (major, minor)
    }

    /// Where this service is, for links: `http://127.0.0.1:8776`, `http://127.0.0.1:4991/volume`.
    pub fn base(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }

    /// Where another service of the same cloud is; nothing if it has none here.
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

/// `http://[::1]:80` without its port: `http://[::1]`.
fn without_port(origin: &str) -> &str {
    let host = origin.find("://").map_or(0, |at| at + 3);
    let end = origin.rfind(']').unwrap_or(host);
    origin[end..].find(':').map_or(origin, |colon| &origin[..end + colon])
}

fn find(pairs: &[(String, String)], is: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(key, _)| is(key)).map(|(_, value)| value.as_str())
}
