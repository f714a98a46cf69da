//! Who may use the control API: nobody through a page of another site or a name that was made to point here, and only
//! those who know the token, if there is one.

use super::errors;
use crate::config::Config;
use crate::engine::{Call, FETCH_AGENT, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::net::IpAddr;
use subtle::ConstantTimeEq as _;

/// Paths that tell nothing and that probes of containers ask for, so they are open to everyone.
const OPEN: [&str; 2] = ["/health", "/ready"];

/// The rules of a running nephos.
#[derive(Debug)]
pub struct Access {
    /// The names and addresses by which clients may address the control API, besides those of the loopback interface.
    hosts: Vec<String>,
    /// True if it listens on all addresses: then clients may use any address, but not any name.
    at_every_address: bool,
    token: Option<String>,
}

impl Access {
    /// The rules of a configuration.
    pub fn new(config: &Config) -> Access {
        let bind = config.control_bind();
        let names = config.control_hosts.iter().chain(&config.public_host).map(String::as_str);
        Access {
            hosts: names.chain([bind]).map(plain).collect(),
            at_every_address: bind.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified()),
            token: config.control_token.clone(),
        }
    }

    /// Refuses a request of somebody who may not use the control API.
    pub fn check(&self, call: &Call) -> Result<(), Problem> {
        if OPEN.contains(&call.path.as_str()) {
            return Ok(());
        }
        let host = call.header("host").unwrap_or_default();
        // Programs may leave the host out; browsers never do.
        if !host.is_empty() && !self.knows(host) {
            return Err(errors::foreign_host(host));
        }
        if let Some(origin) = call.header("origin").filter(|origin| !is_own(origin, host)) {
            return Err(errors::foreign_origin(origin));
        }
        if call.header("user-agent") == Some(FETCH_AGENT) {
            return Err(errors::fetched_by_a_cloud());
        }
        match &self.token {
            Some(token) => check_token(token, call.header("authorization")),
            None => Ok(()),
        }
    }

    /// True if the host of a `Host` header, without its port, is one of ours.
    fn knows(&self, host: &str) -> bool {
        let name = plain(without_port(host));
        match name.parse::<IpAddr>() {
            // A page of another site can only come by a name: its own.
            Ok(ip) => ip.to_canonical().is_loopback() || self.at_every_address || self.hosts.contains(&name),
            Err(_) => name == "localhost" || name.ends_with(".localhost") || self.hosts.contains(&name),
        }
    }
}

/// True if the origin is that of the address that the request was sent to.
fn is_own(origin: &str, host: &str) -> bool {
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.is_some_and(|authority| !host.is_empty() && authority.eq_ignore_ascii_case(host))
}

/// The token comes as `Bearer TOKEN`, or as the password of Basic authentication, which browsers can do.
fn check_token(token: &str, header: Option<&str>) -> Result<(), Problem> {
    let (scheme, value) = header.and_then(|header| header.split_once(' ')).ok_or_else(errors::token_required)?;
    let sent = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(value.trim().to_owned()),
        "basic" => password(value.trim()),
        _ => None,
    };
    let is_right = sent.is_some_and(|sent| sent.as_bytes().ct_eq(token.as_bytes()).into());
    if is_right { Ok(()) } else { Err(errors::wrong_token()) }
}

fn password(basic: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

/// A host in the form in which hosts are compared: lower case, without brackets and final dot.
fn plain(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

/// `[::1]` of `[::1]:80`, `localhost` of `localhost:4990`.
fn without_port(host: &str) -> &str {
    let end = host.rfind(']').unwrap_or(0);
    host[end..].find(':').map_or(host, |colon| &host[..end + colon])
}
