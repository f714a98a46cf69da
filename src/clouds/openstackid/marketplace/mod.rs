//! The resource server: the entries of the marketplace for token holders, and the public lists of 2017.

mod dialect;
pub mod entries;
pub mod errors;
mod listing;
mod public;
mod schemas;

use super::OpenStackId;
use crate::engine::Service;

/// The service `marketplace` with its operations under `/v1/marketplace` and `/public/v1/marketplace`.
pub fn service() -> Service<OpenStackId> {
    Service::new(
        "marketplace",
        &dialect::MarketplaceDialect,
        &["/v1/marketplace"],
        &[entries::OPERATIONS, public::OPERATIONS],
    )
}
