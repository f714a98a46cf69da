//! Paths of what Keystone does not do any more, and says so.

use super::super::OpenStack;
use super::errors;
use crate::engine::{Answer, Call, Operation, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/OS-SIMPLE-CERT/ca", "keystone.simple_cert.ca.show", certificates)
        .summary("Answers the removed CA certificate.")
        .public(),
    get("/OS-SIMPLE-CERT/certificates", "keystone.simple_cert.certificate.show", certificates)
        .summary("Answers the removed signing certificate.")
        .public(),
];

fn certificates(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::gone("This API is no longer available due to the removal of support for PKI tokens."))
}
