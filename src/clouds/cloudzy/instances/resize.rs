//! Resizing to a product of the same region or to custom measures. Disks can only grow.

use super::size::{ExtraResource, Size};
use super::{Instance, Task, of_path, region_of, reprice};
use crate::clouds::cloudzy::catalogue::{products, regions};
use crate::clouds::cloudzy::{Cloudzy, billing, envelope, errors, pydantic};
use crate::engine::{Answer, Call, Context, Id, Problem, Transition, transition};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const RESIZE: Transition<Cloudzy> = transition("cloudzy.instance.resize", resized, not_resized);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&RESIZE];

/// `ResizeInstanceRequestSchema`. The API document also requires `instanceId`, but clients never send it, and the
/// path has it already.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResizeInstance {
    #[serde(rename = "instanceId")]
    _instance_id: Option<String>,
    #[serde(rename = "type")]
    plan_type: PlanType,
    product_id: Option<String>,
    region_id: Option<String>,
    extra_resource: Option<ExtraResource>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum PlanType {
    Fixed,
    Custom,
}

pub fn resize(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: ResizeInstance = pydantic::body(call)?;
    let instance = of_path(cloud, call)?;
    instance.check_idle()?;
    let size = new_size(cloud, instance, request)?;
    if size.disk_gb < instance.size.disk_gb {
        return Err(errors::disk_cannot_shrink());
    }
    instance.source.clone().fits(cloud, &size)?;
    if size.product != instance.size.product {
        size.check_stock(cloud, 1)?;
    }
    let price = Instance { size: size.clone(), ..instance.clone() }.price(cloud);
    billing::afford(cloud, &instance.user, &[price], Some(&instance.id), ctx.now())?;
    let id = instance.id.clone();
    if let Some(instance) = cloud.instances.get_mut(&id) {
        instance.next_size = Some(size);
        instance.task = Some(Task::Resize);
        ctx.later(&RESIZE, &id);
    }
    Ok(envelope::done("Instance resize has started"))
}

fn new_size(cloud: &Cloudzy, instance: &Instance, request: ResizeInstance) -> Result<Size, Problem> {
    if let Some(region) = &request.region_id
        && regions::find(cloud, region)?.id != instance.region
    {
        return Err(errors::region_cannot_change());
    }
    let region = region_of(cloud, instance)?;
    match request.plan_type {
        PlanType::Fixed => {
            let product = request.product_id.ok_or_else(|| pydantic::missing(&["body", "productId"]))?;
            let product = products::find(cloud, &product)?;
            Size::of_product(cloud, region, product, request.extra_resource.unwrap_or_default())
        }
        PlanType::Custom => {
            let extra = request.extra_resource.ok_or_else(|| pydantic::missing(&["body", "extraResource"]))?;
            Size::custom(cloud, region, instance.size.class, extra)
        }
    }
}

/// The power status stays. The new price applies from now on.
fn resized(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::Resize)) else { return };
    if let Some(size) = instance.next_size.take() {
        instance.size = size;
    }
    instance.task = None;
    reprice(cloud, ctx, id);
}

fn not_resized(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id, reason: &str) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::Resize)) else { return };
    instance.next_size = None;
    instance.task = None;
    instance.admin_note = reason.to_owned();
}
