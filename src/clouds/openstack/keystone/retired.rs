//! Paths of what Keystone does not do any more, and says so.

use super::super::OpenStack;
use super::errors;
use crate::engine::{Answer, Call, Operation, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/OS-SIMPLE-CERT/ca", "keystone.simple_cert.ca.show", certificates).public(),
    get("/OS-SIMPLE-CERT/certificates", "keystone.simple_cert.certificate.show", certificates).public(),
];

fn certificates(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::gone("This API is no longer available due to the removal of support for PKI tokens."))
}
