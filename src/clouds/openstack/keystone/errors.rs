//! Everything that Keystone refuses, in its own words (keystone/exception.py).

use crate::engine::Problem;

const MALFORMED: &str = "The server could not comply with the request since it is either malformed or otherwise \
                         incorrect. The client is assumed to be in error.";

/// The kinds whose bodies are more than code, title and message; the title follows from the status.
pub const UNSUPPORTED_METHOD: &str = "AuthMethodNotSupported";
pub const AUTH_PLUGIN: &str = "AuthPluginException";
/// What Flask answers by itself, before any of Keystone's code.
pub const FLASK: &str = "Flask";

pub fn unauthorized() -> Problem {
    Problem::new(401, "Unauthorized", "The request you have made requires authentication.")
}

pub fn unsupported_method() -> Problem {
    Problem::new(401, UNSUPPORTED_METHOD, "Attempted to authenticate with an unsupported method.")
}

pub fn application_credential_refused(detail: &str) -> Problem {
    Problem::new(401, AUTH_PLUGIN, format!("Error authenticating with application credential: {detail}"))
}

pub fn password_expired(user: &str) -> Problem {
    let message = format!("The password is expired and needs to be changed for user: {user}.");
    Problem::new(401, "Unauthorized", message)
}

pub fn forbidden() -> Problem {
    Problem::new(403, "Forbidden", "You are not authorized to perform the requested action.")
}

/// `action` is a policy rule, or a sentence that says what is not allowed.
pub fn forbidden_action(action: &str) -> Problem {
    Problem::new(403, "Forbidden", format!("You are not authorized to perform the requested action: {action}."))
}

/// `Expecting to find auth in request body. …`
pub fn expecting(what: &str, place: &str) -> Problem {
    invalid(format!("Expecting to find {what} in {place}. {MALFORMED}"))
}

pub fn malformed_json() -> Problem {
    expecting("valid JSON", "request body")
}

pub fn not_json_content() -> Problem {
    expecting("application/json", "Content-Type header")
}

/// A body that breaks a schema, or what Keystone checks beyond it.
pub fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(400, "Bad Request", message)
}

pub fn no_such_path() -> Problem {
    let advice = "If you entered the URL manually please check your spelling and try again.";
    Problem::new(404, FLASK, format!("The requested URL was not found on the server. {advice}"))
}

/// `allowed` in the order in which Flask names them.
pub fn no_such_method(allowed: &str) -> Problem {
    Problem::new(405, FLASK, "The method is not allowed for the requested URL.").header("Allow", allowed)
}

pub fn not_found(message: impl Into<String>) -> Problem {
    Problem::new(404, "Not Found", message)
}

/// `Could not find project: ID.`
pub fn could_not_find(kind: &str, id: &str) -> Problem {
    not_found(format!("Could not find {kind}: {id}."))
}

/// `Conflict occurred attempting to store KIND - DETAILS.`
pub fn conflict(kind: &str, details: impl std::fmt::Display) -> Problem {
    Problem::new(409, "Conflict", format!("Conflict occurred attempting to store {kind} - {details}."))
}

/// A refusal that is no matter of policy (`ForbiddenNotSecurity`): the message is Keystone's own.
pub fn forbidden_because(message: impl Into<String>) -> Problem {
    Problem::new(403, "Forbidden", message)
}

pub fn gone(message: &str) -> Problem {
    Problem::new(410, "Gone", message)
}

pub fn too_large() -> Problem {
    Problem::new(413, "Request Entity Too Large", "Request is too large.")
}

pub fn unexpected() -> Problem {
    Problem::new(500, "Internal Server Error", "An unexpected error prevented the server from fulfilling your request.")
}

pub fn password_used_before(unique: usize) -> Problem {
    invalid(format!(
        "The new password cannot be identical to a previous password. The total number which includes the new \
         password must be unique is {unique}."
    ))
}

pub fn password_changes_locked() -> Problem {
    invalid(
        "You cannot change your password at this time due to password policy disallowing password changes. Please \
         contact your administrator to reset your password.",
    )
}

/// Why an application credential cannot be made.
pub fn invalid_application_credential(detail: &str) -> Problem {
    invalid(format!("Invalid application credential: {detail}"))
}

pub fn expires_before_now() -> Problem {
    invalid(format!("The 'expires_at' must not be before now. {MALFORMED}"))
}

pub fn malformed_expiry() -> Problem {
    invalid(format!("Timestamp not in expected format. {MALFORMED}"))
}

pub fn access_rule_in_use() -> Problem {
    forbidden_because("May not delete access rule in use")
}

pub fn registered_limit_in_use(id: &str) -> Problem {
    let reason = "because there are project limits associated with it";
    forbidden_because(format!("Unable to update or delete registered limit {id} {reason}."))
}

pub fn limit_of_nothing() -> Problem {
    forbidden_because("Unable to create a limit that has no corresponding registered limit.")
}

// -- lists --------------------------------------------------------------------------------------

pub fn marker_not_found(marker: &str) -> Problem {
    not_found(format!("Marker {marker} could not be found."))
}

// -- what many resources refuse -----------------------------------------------------------------

pub fn cannot_change_id() -> Problem {
    invalid("Cannot change ID")
}

pub fn cannot_change_domain() -> Problem {
    invalid("Cannot change Domain ID")
}

/// The grave accent stands alone in the real one too.
pub fn immutable_update(kind: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to update immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
    ))
}

pub fn immutable_delete(kind: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to delete immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
    ))
}

/// `kind` is `user`, `group` or `role`; new ones in a domain are refused with it, renamed ones without.
pub fn duplicate_name(kind: &str, name: &str, domain: Option<&str>) -> Problem {
    let place = domain.map(|domain| format!(" at domain ID {domain}")).unwrap_or_default();
    conflict(kind, format_args!("Duplicate entry found with name {name}{place}"))
}

/// Nothing was said about what is to be made. The real one fails with a server error.
pub fn nothing_given(what: &str) -> Problem {
    invalid(format!("Invalid input for field/attribute {what}. Value: None. None is not of type 'object'"))
}

/// What is missing where something else is to be put is the mistake of the request.
pub fn as_invalid(problem: Problem) -> Problem {
    invalid(problem.message)
}

// -- projects and domains -----------------------------------------------------------------------

pub fn project_exists(name: &str, id: &str) -> Problem {
    conflict(
        "project",
        format_args!(
            "it is not permitted to have two projects with either the same name or same id in the same domain: name \
             is {name}, project id {id}"
        ),
    )
}

pub fn domain_exists(name: &str) -> Problem {
    let details = format!("it is not permitted to have two projects acting as domains with the same name: {name}");
    conflict("project", details)
}

pub fn domain_with_parent() -> Problem {
    invalid("only root projects are allowed to act as domains.")
}

pub fn domain_of_parent_differs(parent: &str, domain: &str) -> Problem {
    invalid(format!(
        "Cannot create project, the parent ({parent}) is acting as a domain, but this project's domain id ({domain}) \
         does not match the parent's id."
    ))
}

pub fn parent_in_another_domain(domain: &str, parent_domain: &str) -> Problem {
    invalid(format!(
        "Cannot create project, since it specifies its domain_id {domain}, but specifies a parent in a different \
         domain ({parent_domain})."
    ))
}

pub fn disabled_above(id: &str) -> Problem {
    invalid(format!("cannot create a project in a branch containing a disabled project: {id}"))
}

pub fn too_deep(id: &str) -> Problem {
    forbidden_because(format!("Max hierarchy depth reached for {id} branch."))
}

pub fn parent_is_fixed() -> Problem {
    forbidden_because("Update of `parent_id` is not allowed.")
}

pub fn is_domain_is_fixed() -> Problem {
    invalid("Update of `is_domain` is not allowed.")
}

pub fn disabled_parents(id: &str) -> Problem {
    forbidden_because(format!("Cannot enable project {id} since it has disabled parents"))
}

pub fn enabled_below(id: &str) -> Problem {
    forbidden_because(format!("Cannot disable project {id} since its subtree contains enabled projects."))
}

pub fn not_a_leaf(id: &str) -> Problem {
    forbidden_because(format!(
        "Cannot delete the project {id} since it is not a leaf in the hierarchy. Use the cascade option if you want \
         to delete a whole subtree."
    ))
}

pub fn domain_is_enabled() -> Problem {
    forbidden_because("Cannot delete a domain that is enabled, please disable it first.")
}

pub fn both_views_asked(as_list: &str, as_ids: &str) -> Problem {
    invalid(format!("Cannot use {as_list} and {as_ids} query params at the same time."))
}

/// `DomainIdInvalid`
pub fn invalid_domain_id() -> Problem {
    invalid("Domain ID does not conform to required UUID format.")
}

/// `did` is `create`, `update` or `delete`.
pub fn tags_of_immutable(did: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Cannot {did} project tags for {id}, project is immutable. Set \"immutable\" option to false before creating \
         project tags."
    ))
}

// -- users and groups ---------------------------------------------------------------------------

pub fn default_project_is_domain(id: &str) -> Problem {
    invalid(format!("User's default project ID cannot be a domain ID: {id}"))
}

pub fn not_a_member(user: &str, group: &str) -> Problem {
    not_found(format!("User '{user}' not found in group '{group}'"))
}

/// A filter by time that is no time.
pub fn malformed_timestamp() -> Problem {
    malformed_expiry()
}

pub fn unknown_operator(operator: &str) -> Problem {
    invalid(format!(
        "The given operator {operator} is not valid. It must be one of the following: 'eq', 'neq', 'lt', 'lte', \
         'gt', or 'gte'."
    ))
}

// -- roles and assignments ----------------------------------------------------------------------

pub fn role_of_another_domain(role: &str, project: &str) -> Problem {
    forbidden_because(format!("Project {project} must be in the same domain as the role {role} being assigned."))
}

pub fn grant_not_found(role: &str, actor: &str, target: &str) -> Problem {
    not_found(format!(
        "Could not find role assignment with role: {role}, user or group: {actor}, project, domain, or system: \
         {target}."
    ))
}

pub fn does_not_imply(prior: &str, implied: &str) -> Problem {
    not_found(format!("{prior} does not imply {implied}."))
}

pub fn cannot_be_implied(role: &str) -> Problem {
    forbidden_because(format!("{role} cannot be an implied roles."))
}

pub fn implies_already() -> Problem {
    conflict("implied_role", "Duplicate entry")
}

// -- catalog ------------------------------------------------------------------------------------

pub fn region_exists(id: &str) -> Problem {
    conflict("region", format_args!("Duplicate ID, {id}."))
}

pub fn other_region_id(path: &str, body: &str) -> Problem {
    invalid(format!("Conflicting region IDs specified: \"{path}\" != \"{body}\""))
}

/// Upstream names the region that would be inside itself, not the parent.
pub fn circular_region(id: &str) -> Problem {
    invalid(format!("The specified parent region {id} would create a circular region hierarchy."))
}

pub fn region_in_use(id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to delete region {id} because it or its child regions have associated endpoints."
    ))
}

/// `what` an endpoint names that is not there: `service_id` in the table `service`.
pub fn endpoint_without(what: &str, table: &str) -> Problem {
    expecting(&format!("endpoint {what}"), &format!("{table} table"))
}

/// Python's words for it are all that the real one says.
pub fn endpoint_of_nothing() -> Problem {
    invalid("'NoneType' object is not subscriptable")
}

pub fn invalid_url(url: &str) -> Problem {
    invalid(format!("Cannot create an endpoint with an invalid URL: {url}."))
}

// -- lists of assignments -----------------------------------------------------------------------

/// The query as Flask prints it, which is held against a schema.
pub fn user_and_group(query: &str) -> Problem {
    invalid(format!(
        "ImmutableMultiDict([{query}]) is valid under each of {{'required': ['group.id']}}, {{'required': \
         ['user.id']}}"
    ))
}

pub fn two_scopes(one: &str, other: &str) -> Problem {
    invalid(format!("Specify {one} or {other}, not both"))
}

pub fn effective_groups() -> Problem {
    invalid("Combining effective and group filter will always result in an empty list.")
}

pub fn effective_inherited() -> Problem {
    invalid("Combining effective, domain and inherited filters will always result in an empty list.")
}

pub fn subtree_of_nothing() -> Problem {
    invalid("scope.project.id must be specified if include_subtree is also specified")
}
