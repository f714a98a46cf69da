//! Additional traffic, bought once.

use super::{of_path, region_of};
use crate::clouds::cloudzy::accounts::payer;
use crate::clouds::cloudzy::money::Money;
use crate::clouds::cloudzy::{Cloudzy, billing, envelope, pydantic};
use crate::engine::{Answer, Call, Context};
use schemars::JsonSchema;
use serde::Deserialize;

/// The API document has no schema for this body. It is what clients send.
#[derive(Deserialize, JsonSchema)]
pub struct AddTraffic {
    /// In GB.
    #[schemars(range(max = 1_000_000), extend("exclusiveMinimum" = 0))]
    amount: f64,
}

pub fn add_traffic(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: AddTraffic = pydantic::body(call)?;
    let instance = of_path(cloud, call)?;
    let (id, account) = (instance.id.clone(), payer(cloud, &instance.user));
    let rate = cloud.rates.traffic_gb.percent(region_of(cloud, instance)?.price_percent);
    let price = Money::from(f64::from(rate) * request.amount);
    billing::spend(cloud, &account, price, ctx.now())?;
    billing::pay_in(cloud, &account, Money::default() - price);
    if let Some(instance) = cloud.instances.get_mut(&id) {
        instance.traffic_gb += request.amount;
    }
    Ok(envelope::done("Traffic added successfully"))
}
