//! Injected errors (`nephos fault`), with the messages that the services have for each status.

use super::auth;
use crate::engine::{Call, Problem};

/// An injected error with the names of `nova.api.openstack.wsgi.Fault`, which Cinder shares; other services look only
/// at the status. A 401 is that of keystonemiddleware.
pub fn refusal(call: &Call, status: u16, message: Option<&str>) -> Problem {
    if status == 401 {
        return auth::unauthorized(call);
    }
    Problem::new(status, fault_name(status), message.unwrap_or(explanation(status)))
}

/// The key of the response body in `Fault` of Nova and Cinder.
pub fn fault_name(status: u16) -> &'static str {
    match status {
        400 => "badRequest",
        403 => "forbidden",
        404 => "itemNotFound",
        405 => "badMethod",
        409 => "conflictingRequest",
        413 | 429 => "overLimit",
        415 => "badMediaType",
        501 => "notImplemented",
        503 => "serviceUnavailable",
        _ => "computeFault",
    }
}

/// The default message of a status in webob (webob/exc.py) or, for a few more, in the services.
pub fn explanation(status: u16) -> &'static str {
    match status {
        400 => "The server could not comply with the request since it is either malformed or otherwise incorrect.",
        401 => "The request you have made requires authentication.",
        403 => "Access was denied to this resource.",
        404 => "The resource could not be found.",
        405 => "The method is not allowed for this resource.",
        409 => "There was a conflict when trying to complete your request.",
        413 => "The body of your request was too large for this server.",
        429 => "The client has sent too many requests in a given amount of time.",
        501 => "The server does not support the functionality required to fulfil the request.",
        502 => "Bad gateway.",
        503 => "The server is currently unavailable. Please try again at a later time.",
        504 => "The gateway has timed out.",
        _ => "The server has either erred or is incapable of performing the requested operation.",
    }
}
