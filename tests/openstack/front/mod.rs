//! What comes before the router of every service: the forms of a path, methods, media types, tokens of services.

mod accept;
mod access_rules;
mod headers;
mod lists;
mod paths;
mod scopes;
mod service_tokens;
mod versions;
