//! The health check of oslo.middleware. It answers its path and everything below it, whatever the method is and without
//! a token.

use super::webob;
use crate::engine::{Call, Response};

/// The path of the health check in every service that has one.
pub const PATH: &str = "/healthcheck";

/// The answer of a healthy service (`Healthcheck.process_request`). `reasons` are what its backends say.
pub fn answer(call: &Call, reasons: &[&str]) -> Response {
    const KINDS: [&str; 3] = ["text/plain", "text/html", "application/json"];
    if call.method == "HEAD" {
        return Response::empty().status(204);
    }
    let accept = call.header("accept").filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let mut kind = KINDS[0];
    for other in KINDS {
        if webob::quality(accept, other) > webob::quality(accept, kind) {
            kind = other;
        }
    }
    match kind {
        "application/json" => {
            let list: Vec<_> = reasons.iter().map(|reason| format!("\n        \"{reason}\"")).collect();
            let end = if list.is_empty() { "" } else { "\n    " };
            let text = format!("{{\n    \"detailed\": false,\n    \"reasons\": [{}{end}]\n}}", list.join(","));
            Response::text("application/json", text)
        }
        "text/html" => Response::text("text/html; charset=UTF-8", page(reasons)),
        _ => Response::text("text/plain; charset=UTF-8", reasons.join("\n")),
    }
}

/// `HTML_RESPONSE_TEMPLATE` without details.
fn page(reasons: &[&str]) -> String {
    let rows: Vec<_> = reasons.iter().map(|reason| format!("<TR>\n\n    <TD>{reason}</TD>\n\n</TR>\n")).collect();
    let table = format!(
        "<TABLE bgcolor=\"#ffffff\" border=\"1\">\n<TBODY>\n<TR>\n\n<TH>\nReason\n</TH>\n</TR>\n{}",
        rows.concat()
    );
    let head = "<HTML>\n<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>\n<BODY>\n";
    format!(
        "{head}\n<H2>Result of {} checks:</H2>\n{table}</TBODY>\n</TABLE>\n<HR></HR>\n\n</BODY>\n</HTML>",
        reasons.len()
    )
}
