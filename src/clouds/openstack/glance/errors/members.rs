//! Errors of members (glance/api/v2/image_members.py).

use super::refused;
use crate::engine::Problem;

pub fn member_not_specified() -> Problem {
    refused(400, "Member to be added not specified")
}

pub fn member_empty() -> Problem {
    refused(400, "Member can't be empty")
}

pub fn member_not_an_object() -> Problem {
    refused(400, "Expected a member in the form: {\"member\": \"image_id\"}")
}

pub fn status_not_specified() -> Problem {
    refused(400, "Status not specified")
}

pub fn status_not_an_object() -> Problem {
    refused(400, "Expected a status in the form: {\"status\": \"status\"}")
}

pub fn bad_member_status() -> Problem {
    refused(400, "Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\".")
}

/// `action` is `create`, `update` or `delete`.
pub fn members_forbidden(action: &str, image: &str) -> Problem {
    refused(403, format!("Not allowed to {action} members for image {image}."))
}

pub fn members_not_listed(image: &str) -> Problem {
    refused(403, format!("Not allowed to list members for image {image}: Only shared images have members."))
}

pub fn no_members() -> Problem {
    refused(404, "Only shared images have members.")
}

pub fn member_not_found(member: &str, image: &str) -> Problem {
    refused(404, format!("{member} not found in the member list of the image {image}."))
}

pub fn member_exists(member: &str, image: &str) -> Problem {
    refused(409, format!("Member {member} is duplicated for image {image}"))
}

pub fn member_limit_exceeded(image: &str, attempted: usize, maximum: usize) -> Problem {
    refused(
        413,
        format!(
            "Image member limit exceeded for image {image}: The limit has been exceeded on the number of allowed \
             image members for this image. Attempted: {attempted}, Maximum: {maximum}:"
        ),
    )
}
