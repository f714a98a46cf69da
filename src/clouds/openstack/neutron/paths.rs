//! What comes before Neutron's router: Paste's URL map, and Pecan, which guesses a media type from the end of the path and
//! chooses one by `Accept` (pecan/core.py, `find_controller`). Resources of extensions are routed before Pecan, by Routes.

use super::{SERVICE, errors};
use crate::clouds::openstack::path_info::{is_below, latin_1, path_info, with_single_slashes};
use crate::clouds::openstack::{healthcheck, webob};
use crate::engine::{Call, Problem, Response, RoutedPath};

/// The path that the router sees.
pub fn routed(call: &Call) -> RoutedPath {
    let bytes = path_info(&call.path);
    let read_by_routes = with_single_slashes(&latin_1(&bytes));
    let by_pecan = read_by_routes.ends_with('/') || !is_api(&read_by_routes) || is_pecan(&read_by_routes);
    let path = match String::from_utf8(bytes) {
        Ok(path) if by_pecan => path,
        Err(_) if by_pecan => return RoutedPath::Refused(Box::new(errors::undecodable_path())),
        // Routes uses PATH_INFO as it is; webob fails in the resource where that is no UTF-8.
        Ok(_) => read_by_routes,
        Err(_) => return RoutedPath::Dropped,
    };
    let path = with_single_slashes(&path);
    if is_below(&path, healthcheck::PATH) {
        return RoutedPath::At(healthcheck::PATH.into());
    }
    if !is_api(&path) || matches!(path.as_str(), "/v2.0" | "/v2.0/") {
        return RoutedPath::At(path);
    }
    let (stem, extension) = split_extension(path.trim_end_matches('/'));
    if extension == "json" {
        return RoutedPath::At(of_no_member(call, stem.to_owned()));
    }
    if is_pecan(&path) && MEDIA_TYPES.binary_search(&extension).is_ok() {
        return RoutedPath::Nowhere(path);
    }
    RoutedPath::At(of_no_member(call, path))
}

/// True if the URL map gives the path to the API, and not to the list of versions.
pub fn is_api(path: &str) -> bool {
    is_below(path, "/v2.0")
}

/// Pecan updates and deletes the member `None` where the path is that of a collection; below a parent, the member with the
/// parent's id, which is the last one that it found in the path (`resource_id`).
fn of_no_member(call: &Call, path: String) -> String {
    let without = ["/security-groups-default-statefulness", "/minimum-packet-rate-rules"];
    if without.iter().any(|name| path.trim_end_matches('/').ends_with(name)) {
        return path;
    }
    let collection = path.trim_end_matches('/');
    let parent = collection.rsplit_once('/').filter(|(parent, _)| parent.split('/').count() > PARTS_OF_COLLECTION);
    let parent = parent.filter(|(parent, _)| SERVICE.service().has("GET", parent));
    let id = parent.and_then(|(parent, _)| parent.rsplit('/').next()).unwrap_or("None");
    let member = format!("{collection}/{id}");
    let service = SERVICE.service();
    let is_collection = || !service.has(call.method, &path) && service.has(call.method, &member);
    if matches!(call.method, "PUT" | "DELETE") && is_collection() { member } else { path }
}

/// The parts of `/v2.0/networks` between slashes.
const PARTS_OF_COLLECTION: usize = 3;

/// True if [`routed`] named the member.
pub fn is_of_no_member(call: &Call) -> bool {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
    matches!(call.method, "PUT" | "DELETE") && parts(&call.path) > parts(&call.sent)
}

/// The resources that only Pecan routes: the core ones, those under their second name, and actions of members.
fn is_pecan(path: &str) -> bool {
    let mut parts = path.trim_end_matches('/').split('/').skip(2);
    let collection = parts.next().unwrap_or_default();
    let is_action = path.rsplit('/').next().is_some_and(|last| {
        ["add_", "remove_", "update_"].iter().any(|verb| last.starts_with(verb)) || last.starts_with("activate")
    });
    let core = ["networks", "subnets", "ports", "ndp_proxies", "local_ips", "network_segment_ranges", ""];
    let collection = split_extension(collection).0;
    is_action || (core.contains(&collection) && parts.count() < 2)
}

/// The method that the operation of a request with another method has: the default handlers of Pecan and of some
/// extensions take it for a GET.
pub fn method(call: &Call) -> &'static str {
    let path = call.path.trim_end_matches('/');
    let mut parts = path.split('/').skip(2);
    let collection = parts.next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let of_agents = ["dhcp-agents", "dhcp-networks", "l3-agents", "l3-routers"].contains(&last);
    match call.method {
        "HEAD" if collection == "quotas" || of_agents => "GET",
        "OPTIONS" | "TRACE" if !FAIL_WITHOUT_METHOD.contains(&collection) => "GET",
        method => method,
    }
}

/// Collections whose default handler fails for a method that it does not know.
const FAIL_WITHOUT_METHOD: [&str; 8] = [
    "address-scopes",
    "availability_zones",
    "ndp-proxies",
    "ndp_proxies",
    "local-ips",
    "local_ips",
    "auto-allocated-topology",
    "network-ip-availabilities",
];

/// Fails with 406 if the client accepts no JSON and Pecan routes the request. Routes' resources do not look.
pub fn check_accept(call: &Call) -> Result<(), Problem> {
    let accept = call.header("accept").filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let accepts = accept.starts_with("application/json") || webob::quality(accept, "application/json") > 0.0;
    let is_pecan = !is_api(&call.path) || is_pecan(&call.path);
    let named = call.sent.trim_end_matches('/').ends_with(".json");
    if accepts || named || !is_pecan || call.operation == "neutron.healthcheck" {
        return Ok(());
    }
    Err(errors::not_acceptable())
}

/// A refusal of the application that lists the versions: Pecan's own form of errors.
pub fn refuse_at_root(call: &Call, problem: &Problem) -> Response {
    let accept = call.header("accept").filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let json = webob::quality(accept, "application/json");
    if json <= webob::quality(accept, "text/plain") || json < webob::quality(accept, "text/html") {
        let method = call.method;
        return webob::refuse(
            call,
            &match problem.status {
                405 => {
                    webob::whole(405, format!("The method {method} is not allowed for this resource. <br /><br />\n"))
                }
                406 => {
                    let reason =
                        "The resource could not be generated that was acceptable to your browser (content\nof type";
                    webob::whole(406, format!("{reason} {accept}. <br /><br />\n"))
                }
                _ => webob::not_found(),
            },
        );
    }
    let response = Response::object(|o| {
        o.set("code", problem.status);
        o.set("title", webob::title(problem.status));
        o.set("description", (problem.status == 405).then_some(""));
    });
    response.status(problem.status)
}

/// Python's `os.path.splitext`, without the dot.
fn split_extension(path: &str) -> (&str, &str) {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path.rfind('.') {
        Some(dot) if dot > name && path[name..dot].contains(|character| character != '.') => {
            (&path[..dot], &path[dot + 1..])
        }
        _ => (path, ""),
    }
}

/// The extensions, besides `json`, whose media type Python knows (the module `mimetypes` without the system's files).
const MEDIA_TYPES: &[&str] = &[
    "3g2",
    "3gp",
    "3gpp",
    "3gpp2",
    "a",
    "aac",
    "adts",
    "ai",
    "aif",
    "aifc",
    "aiff",
    "ass",
    "au",
    "avi",
    "avif",
    "bat",
    "bcpio",
    "bin",
    "bmp",
    "c",
    "cdf",
    "cpio",
    "csh",
    "css",
    "csv",
    "dll",
    "doc",
    "dot",
    "dvi",
    "eml",
    "eps",
    "etx",
    "exe",
    "gif",
    "gtar",
    "h",
    "h5",
    "hdf",
    "heic",
    "heif",
    "htm",
    "html",
    "ico",
    "ief",
    "jpe",
    "jpeg",
    "jpg",
    "js",
    "ksh",
    "latex",
    "loas",
    "m1v",
    "m3u",
    "m3u8",
    "man",
    "me",
    "mht",
    "mhtml",
    "mid",
    "midi",
    "mif",
    "mjs",
    "mov",
    "movie",
    "mp2",
    "mp3",
    "mp4",
    "mpa",
    "mpe",
    "mpeg",
    "mpg",
    "ms",
    "n3",
    "nc",
    "nq",
    "nt",
    "nws",
    "o",
    "obj",
    "oda",
    "opus",
    "p12",
    "p7c",
    "pbm",
    "pct",
    "pdf",
    "pfx",
    "pgm",
    "pic",
    "pict",
    "pl",
    "png",
    "pnm",
    "pot",
    "ppa",
    "ppm",
    "pps",
    "ppt",
    "ps",
    "pwz",
    "py",
    "pyc",
    "pyo",
    "qt",
    "ra",
    "ram",
    "ras",
    "rdf",
    "rgb",
    "roff",
    "rtf",
    "rtx",
    "sgm",
    "sgml",
    "sh",
    "shar",
    "snd",
    "so",
    "src",
    "srt",
    "sv4cpio",
    "sv4crc",
    "svg",
    "swf",
    "t",
    "tar",
    "tcl",
    "tex",
    "texi",
    "texinfo",
    "tif",
    "tiff",
    "tr",
    "trig",
    "tsv",
    "txt",
    "ustar",
    "vcf",
    "vtt",
    "wasm",
    "wav",
    "webm",
    "webmanifest",
    "webp",
    "wiz",
    "wsdl",
    "xbm",
    "xlb",
    "xls",
    "xml",
    "xpdl",
    "xpm",
    "xsl",
    "xul",
    "xwd",
    "zip",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_split_as_in_python() {
        assert_eq!(split_extension("/v2.0/networks.json"), ("/v2.0/networks", "json"));
        assert_eq!(split_extension("/v2.0/networks"), ("/v2.0/networks", ""));
        assert_eq!(split_extension("/v2.0/.json/x"), ("/v2.0/.json/x", ""));
        assert_eq!(split_extension("/v2.0/.json"), ("/v2.0/.json", ""));
        assert!(MEDIA_TYPES.is_sorted());
    }
}
