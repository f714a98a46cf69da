//! Responses of webob, the library under most services, before or beside the API proper (webob/exc.py). The client's
//! `Accept` selects JSON, HTML or plain text.

use super::{auth, python};
use crate::clouds::gateway;
use crate::engine::{Call, Problem, ProblemKind, Response};

/// An explanation with a detail below it, as in upstream's `HTTPForbidden(detail)`.
pub fn detailed(status: u16, explanation: &str, detail: &str) -> Problem {
    whole(status, format!("{explanation}<br /><br />\n{detail}\n\n"))
}

/// A problem whose message is the whole text, without webob's template.
pub fn whole(status: u16, text: impl Into<String>) -> Problem {
    Problem::new(status, ProblemKind::Page, text)
}

pub fn method_not_allowed(method: &str, allowed: &str) -> Problem {
    whole(405, format!("The method {method} is not allowed for this resource. <br /><br />\n")).header("Allow", allowed)
}

/// `content_type` is the content type of the request.
pub fn unsupported_media_type(content_type: &str, detail: &str) -> Problem {
    let text =
        format!("The request media type {content_type} is not supported by this server.\n<br /><br />\n{detail}");
    whole(415, text)
}

pub fn not_found() -> Problem {
    Problem::new(404, ProblemKind::Framework, "The resource could not be found.")
}

/// oslo.middleware's refusal of large bodies, which comes before everything else.
pub fn too_large() -> Problem {
    Problem::new(413, ProblemKind::Framework, "Request is too large.")
}

/// A refusal in the format of the layer that makes it: the gateway, keystonemiddleware, webob, or the service with
/// its `own` format.
pub fn refusal(call: &Call, problem: Problem, own: impl FnOnce(&Problem) -> Response) -> Response {
    let problem = with_large_integers(call, problem);
    let mut response = match problem.kind {
        ProblemKind::Gateway => return gateway::refuse(&problem),
        ProblemKind::Authentication => auth::refuse(&problem),
        ProblemKind::Framework => refuse(call, &problem),
        _ => own(&problem),
    };
    response.headers.extend(problem.headers);
    response
}

/// The problem with large integers as the client sent them.
pub fn with_large_integers(call: &Call, problem: Problem) -> Problem {
    Problem { message: python::with_large_integers(problem.message, &call.bytes), ..problem }
}

/// The answer to OPTIONS of a service behind oslo.middleware's `cors`: an answer other than 2xx is replaced by an empty
/// one (`_apply_cors_preflight_headers`; no origin is configured).
pub fn preflight(call: &Call, response: Response) -> Response {
    if call.method != "OPTIONS" || (200..300).contains(&response.status) {
        return response;
    }
    Response::empty().status(200)
}

/// The problem in the format that the client's `Accept` prefers. An answer to HEAD has webob's default content type.
pub fn refuse(call: &Call, problem: &Problem) -> Response {
    if call.method == "HEAD" {
        return Response::text("text/html; charset=UTF-8", "").status(problem.status);
    }
    let response = match preferred(call.header("accept").unwrap_or_default()) {
        Form::Json => return as_json(problem),
        Form::Html => {
            let (status, is_page) = (status_line(problem.status), problem.kind == ProblemKind::Page);
            let message = if is_page { problem.message.clone() } else { escaped(&problem.message) };
            let text = text(problem.kind, &message);
            Response::text(
                "text/html; charset=UTF-8",
                format!(
                    "<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  {text}\n </body>\n</html>",
                ),
            )
        }
        Form::Plain => {
            let text = without_tags(&text(problem.kind, &problem.message));
            Response::text("text/plain; charset=UTF-8", format!("{}\n\n{text}", status_line(problem.status)))
        }
    };
    response.status(problem.status)
}

pub fn as_json(problem: &Problem) -> Response {
    let response = Response::object(|o| {
        o.set("message", text(problem.kind, &problem.message));
        o.set("code", status_line(problem.status));
        o.set("title", title(problem.status));
    });
    response.status(problem.status)
}

/// `404 Not Found`
fn status_line(status: u16) -> String {
    format!("{status} {}", title(status))
}

/// The message in webob's template, unless it is the whole text.
fn text(kind: ProblemKind, message: &str) -> String {
    match kind {
        ProblemKind::Page => message.to_owned(),
        _ => format!("{message}<br /><br />\n\n\n"),
    }
}

pub fn title(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Request Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Bad Request",
    }
}

/// The name of webob's exception for this status.
pub fn class_name(status: u16) -> &'static str {
    match status {
        400 => "HTTPBadRequest",
        403 => "HTTPForbidden",
        404 => "HTTPNotFound",
        405 => "HTTPMethodNotAllowed",
        409 => "HTTPConflict",
        413 => "HTTPRequestEntityTooLarge",
        429 => "HTTPTooManyRequests",
        501 => "HTTPNotImplemented",
        502 => "HTTPBadGateway",
        503 => "HTTPServiceUnavailable",
        504 => "HTTPGatewayTimeout",
        _ => "HTTPInternalServerError",
    }
}

/// Python's `html.escape`.
pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#x27;")
}

/// `strip_tags`: line breaks become spaces, then break tags become line breaks.
fn without_tags(text: &str) -> String {
    text.replace('\n', " ").replace("<br />", "\n")
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Json,
    Html,
    Plain,
}

/// HTML or JSON, whichever the client prefers; HTML on a tie; plain text if it accepts neither.
fn preferred(accept: &str) -> Form {
    let html = quality(accept, "text/html");
    let json = quality(accept, "application/json");
    if html <= 0.0 && json <= 0.0 {
        Form::Plain
    } else if html >= json {
        Form::Html
    } else {
        Form::Json
    }
}

/// The quality of a media type in `Accept`, by the most specific range that matches.
pub fn quality(accept: &str, media_type: &str) -> f32 {
    let main = media_type.split('/').next().unwrap_or_default();
    let requirements = accept.split(',').filter_map(|wish| {
        let mut parts = wish.split(';').map(str::trim);
        let range = parts.next()?;
        let precision = match range {
            "*/*" => 0,
            range if range.strip_suffix("/*") == Some(main) => 1,
            range if range.eq_ignore_ascii_case(media_type) => 2,
            _ => return None,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        Some((precision, quality.unwrap_or(1.0)))
    });
    requirements.max_by_key(|(precision, _)| *precision).map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_selects_the_format() {
        assert_eq!(preferred(""), Form::Plain);
        assert_eq!(preferred("image/png"), Form::Plain);
        assert_eq!(preferred("*/*"), Form::Html);
        assert_eq!(preferred("application/json"), Form::Json);
        assert_eq!(preferred("text/html;q=0.1, application/json"), Form::Json);
        assert_eq!(preferred("application/json;q=0, */*"), Form::Html);
    }
}
