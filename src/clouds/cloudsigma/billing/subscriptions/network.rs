//! Sections 11.11 to 11.14: subscriptions to static IP addresses and VLANs. While its subscription runs, each is a
//! resource of section 9.

use super::super::prices::{IP, Price, VLAN};
use super::term::{self, Term};
use super::{calculated, order, record};
use crate::clouds::cloudsigma::dialect::{pairs, text};
use crate::clouds::cloudsigma::errors::{self, ValidationErrors};
use crate::clouds::cloudsigma::resources::{ips, vlans};
use crate::clouds::cloudsigma::text::{Pairs, Text};
use crate::clouds::cloudsigma::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Operation, Problem, post};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/subscriptions/network/ip/create", "cloudsigma.subscription.create_ips", create_ips)
        .summary("Subscribes to IP addresses.")
        .documents(schemas::quantity),
    post("/subscriptions/network/ip/calculate", "cloudsigma.subscription.calculate_ips", calculate_ips)
        .summary("Calculates the price of IP addresses.")
        .documents(schemas::quantity),
    post("/subscriptions/network/vlan/create", "cloudsigma.subscription.create_vlans", create_vlans)
        .summary("Subscribes to VLANs.")
        .documents(schemas::quantity),
    post("/subscriptions/network/vlan/calculate", "cloudsigma.subscription.calculate_vlans", calculate_vlans)
        .summary("Calculates the price of VLANs.")
        .documents(schemas::quantity),
];

/// The most addresses or VLANs of one order.
const MOST: i64 = 100;

/// The order of a request. `echo` has the pairs of the response.
struct OrderRequest {
    quantity: i64,
    term: Term,
    echo: Pairs,
}

fn create_ips(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    create(call, cloud, ctx, &IP)
}

fn create_vlans(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    create(call, cloud, ctx, &VLAN)
}

fn calculate_ips(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    calculate(call, cloud, &IP)
}

fn calculate_vlans(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    calculate(call, cloud, &VLAN)
}

/// The response has a record for each address or VLAN. As in 11.11, the quantity in each is that of the whole order.
fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context, price: &'static Price) -> Answer {
    let OrderRequest { quantity, term, echo } = read_order(call)?;
    let (term, user) = (term.no_earlier_than(call.now), call.user());
    order::pay(cloud, ctx, &user, &vec![(price, quantity)], term, &echo)?;
    let mut subscribed = vec![];
    for _ in 0..quantity {
        let resource = match price.resource {
            "ip" => ips::add(cloud, &user).ok_or_else(|| errors::busy("No address is free: all are in use"))?,
            _ => vlans::add(cloud, ctx, &user, "VLAN"),
        };
        subscribed.push(order::subscribe(cloud, ctx, &user, (price, quantity), term, Some(resource)));
    }
    Ok(text(Text::records(&subscribed, |shown, one| record(shown, one, term::TIME))))
}

fn calculate(call: &Call, cloud: &CloudSigma, price: &'static Price) -> Answer {
    let OrderRequest { quantity, term, .. } = read_order(call)?;
    Ok(calculated(call, cloud, price.subscription(quantity, term.months)))
}

fn read_order(call: &Call) -> Result<OrderRequest, Problem> {
    let pairs = pairs(call);
    let (mut echo, mut errors_found) = (Pairs::default(), ValidationErrors::default());
    echo.put("quantity", pairs.get("quantity").unwrap_or_default());
    let quantity = order::quantity(&pairs, "quantity", MOST, &mut errors_found);
    if pairs.get("quantity").is_none() {
        errors_found.add("quantity", errors::REQUIRED);
    } else if quantity < 1 {
        errors_found.add("quantity", errors::at_least(1));
    }
    let term = Term::read(&pairs, &mut echo, &mut errors_found);
    errors_found.refuse(&echo)?;
    let term = term.ok_or_else(errors::failed)?;
    Ok(OrderRequest { quantity, term, echo })
}
