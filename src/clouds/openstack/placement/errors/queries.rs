//! Errors in query parameters: the filters of providers, and the parameters of allocation candidates
//! (placement/util.py, placement/lib.py).

use super::{BAD_VALUE, DUPLICATE_PARAMETER, MISSING_VALUE, bad_request};
use crate::engine::Problem;

// -- parameters of queries ----------------------------------------------------------------------

pub fn bad_resources(got: &str) -> Problem {
    bad_request(format!(
        "Badly formed resources parameter. Expected resources query string parameter in form: \
         ?resources=VCPU:2,MEMORY_MB:1024. Got: {got}."
    ))
}

pub fn amount_not_an_integer(class: &str, amount: &str) -> Problem {
    bad_request(format!("Requested resource {class} expected positive integer amount. Got: {amount}."))
}

pub fn amount_too_small(class: &str, amount: i64) -> Problem {
    bad_request(format!("Requested resource {class} requires amount >= 1. Got: {amount}."))
}

pub fn any_trait_too_new(got: &str) -> Problem {
    bad_request(format!(
        "Invalid query string parameters: The format 'in:HW_CPU_X86_VMX,CUSTOM_MAGIC' only supported since \
         microversion 1.39. Got: {got}"
    ))
}

pub fn empty_trait(form: &str, got: &str) -> Problem {
    bad_request(format!(
        "Invalid query string parameters: Expected 'required' parameter value of the form: {form}. Got an empty \
         trait in: {got}"
    ))
}

pub fn forbidden_any_trait(got: &str) -> Problem {
    bad_request(format!(
        "Invalid query string parameters: The format 'in:HW_CPU_X86_VMX,CUSTOM_MAGIC' does not support forbidden \
         traits. Got: {got}"
    ))
}

pub fn forbidden_trait_too_new(got: &str) -> Problem {
    bad_request(format!(
        "Invalid query string parameters: Expected 'required' parameter value of the form: \
         HW_CPU_X86_VMX,CUSTOM_MAGIC. Got: {got}"
    ))
}

pub fn several_member_of(suffix: &str) -> Problem {
    bad_request(format!("Multiple member_of{suffix} parameters are not supported"))
}

pub fn forbidden_member_of_too_new(suffix: &str) -> Problem {
    bad_request(format!("Forbidden member_of{suffix} parameters are not supported in the specified microversion"))
}

pub fn member_of_without_in(got: &str) -> Problem {
    bad_request(format!(
        "Multiple values for 'member_of' must be prefixed with the 'in:' or '!in:' keyword using the valid \
         microversion. Got: {got}"
    ))
}

pub fn member_of_not_a_uuid(got: &str) -> Problem {
    bad_request(format!(
        "Invalid query string parameters: Expected 'member_of' parameter to contain valid UUID(s). Got: {got}"
    ))
}

pub fn in_tree_not_a_uuid(got: &str) -> Problem {
    bad_request(format!(
        "Invalid query string parameters: Expected 'in_tree' parameter to be a format of uuid. Got: {got}"
    ))
}

pub fn unknown_class_in_query(class: &str) -> Problem {
    bad_request(format!("Invalid resource class in resources parameter: No such resource class {class}."))
}

pub fn unknown_traits_in_query(traits: &str) -> Problem {
    bad_request(format!("Invalid trait(s) in \"required\" parameter: No such trait(s): {traits}."))
}

// -- allocation candidates ----------------------------------------------------------------------

pub fn unknown_traits(traits: &str) -> Problem {
    bad_request(format!("No such trait(s): {traits}."))
}

pub fn group_policy_missing() -> Problem {
    bad_request("The \"group_policy\" parameter is required when specifying more than one \"resources{N}\" parameter.")
}

pub fn no_resources() -> Problem {
    Problem::new(400, MISSING_VALUE, "There must be at least one resources or resources[$S] parameter.")
}

pub fn groups_without_resources(suffixes: &str) -> Problem {
    let message =
        "Resourceless suffixed group request should be specified in `same_subtree` query param: bad group(s) - ";
    Problem::new(400, BAD_VALUE, format!("{message}{suffixes}."))
}

pub fn no_such_suffixes(bad: &str, known: &str) -> Problem {
    let message = format!("Real suffixes should be specified in `same_subtree`: {bad} not found in {known}.");
    Problem::new(400, BAD_VALUE, message)
}

pub fn empty_suffix() -> Problem {
    Problem::new(400, BAD_VALUE, "Empty string (unsuffixed group) can not be specified in `same_subtree` ")
}

pub fn orphaned_traits(keys: &str) -> Problem {
    bad_request(format!(
        "All traits parameters must be associated with resources.  Found the following orphaned traits keys: {keys}"
    ))
}

pub fn orphaned_member_of(keys: &str) -> Problem {
    bad_request(format!(
        "All member_of parameters must be associated with resources. Found the following orphaned member_of keys: \
         {keys}"
    ))
}

pub fn group_without_resources() -> Problem {
    bad_request("All request groups must specify resources.")
}

pub fn conflicting_traits(keys: &str) -> Problem {
    bad_request(format!("Conflicting required and forbidden traits found in the following traits keys: {keys}"))
}

pub fn several_root_required() -> Problem {
    Problem::new(400, DUPLICATE_PARAMETER, "Query parameter 'root_required' may be specified only once.")
}

pub fn conflicting_root_traits(traits: &str) -> Problem {
    Problem::new(400, BAD_VALUE, format!("Conflicting required and forbidden traits found in root_required: {traits}"))
}
