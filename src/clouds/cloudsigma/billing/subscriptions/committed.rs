//! Sections 11.9 and 11.10: subscriptions to CPU, memory, disk and transfer.

use super::super::prices::{CPU, DISK, MEM, XFER};
use super::order::{self, Lines};
use super::record;
use super::term::{self, Term};
use crate::clouds::cloudsigma::dialect::{pairs, text};
use crate::clouds::cloudsigma::errors::{self, ValidationErrors};
use crate::clouds::cloudsigma::text::{Pairs, Text};
use crate::clouds::cloudsigma::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Operation, post};

pub const OPERATIONS: &[Operation<CloudSigma>] =
    &[post("/subscriptions/resources/create", "cloudsigma.subscription.create_resources", create)
        .summary("Subscribes to resources.")
        .documents(schemas::committed)];

/// The response has a record for each resource, in the order of 11.10.
fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let (mut echo, mut errors_found) = (Pairs::default(), ValidationErrors::default());
    let lines = lines(&pairs, &mut echo, &mut errors_found);
    let term = Term::read(&pairs, &mut echo, &mut errors_found);
    errors_found.refuse(&echo)?;
    let Some(term) = term.map(|term| term.no_earlier_than(call.now)) else { return Err(errors::failed()) };
    order::pay(cloud, ctx, &call.user(), &lines, term, &echo)?;
    let mut subscribed = vec![];
    for line in lines {
        subscribed.push(order::subscribe(cloud, ctx, &call.user(), line, term, None));
    }
    Ok(text(Text::records(&subscribed, |shown, one| record(shown, one, term::TIME))))
}

/// The ordered quantities. A resource may be missing, but not all of them.
fn lines(pairs: &Pairs, echo: &mut Pairs, errors_found: &mut ValidationErrors) -> Lines {
    let mut lines: Lines = vec![];
    for price in [&CPU, &MEM, &DISK, &XFER] {
        let Some(text) = pairs.named(price.resource) else { continue };
        echo.put(price.resource, text);
        let quantity = order::quantity(pairs, price.resource, order::MOST, errors_found);
        if let Some((least, name)) = price.least.filter(|(least, _)| (1..*least).contains(&quantity)) {
            let refusal = format!("The minimum {name} subscription is {least} {}", price.unit);
            errors_found.add(price.resource, refusal);
        }
        if quantity > 0 {
            lines.push((price, quantity));
        }
    }
    if lines.is_empty() && errors_found.is_empty() {
        errors_found.add(CPU.resource, errors::REQUIRED);
    }
    lines
}
