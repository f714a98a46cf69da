//! The resource server: what is in the marketplace, for whoever has a token; since 2017 also a public list.

mod dialect;
pub mod entries;
pub mod errors;
mod listing;
mod public;
mod schemas;

use super::OpenStackId;
use crate::engine::Service;

pub fn service() -> Service<OpenStackId> {
    Service::new(
        "marketplace",
        &dialect::MarketplaceDialect,
        &["/v1/marketplace"],
        &[entries::OPERATIONS, public::OPERATIONS],
    )
}
