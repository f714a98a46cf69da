//! The removed OS-SIMPLE-CERT API, which answers with 410 (keystone/api/os_simple_cert.py).

use super::super::OpenStack;
use super::errors;
use crate::engine::{Answer, Call, Operation, get};

/// `/OS-SIMPLE-CERT`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/OS-SIMPLE-CERT/ca", "keystone.simple_cert.ca.show", removed)
        .summary("Reports that the CA certificate API is removed.")
        .public(),
    get("/OS-SIMPLE-CERT/certificates", "keystone.simple_cert.certificate.show", removed)
        .summary("Reports that the signing certificate API is removed.")
        .public(),
];

fn removed(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::removed_api("This API is no longer available due to the removal of support for PKI tokens."))
}
