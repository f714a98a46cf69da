//! Sections 11.15 and 11.16: subscriptions to licenses.

use super::super::prices::SOFTWARE;
use super::super::transactions;
use super::calculated;
use super::order::{self, Lines};
use super::term::{self, Term};
use crate::clouds::cloudsigma::dialect::{pairs, text};
use crate::clouds::cloudsigma::errors::{self, ValidationErrors};
use crate::clouds::cloudsigma::text::{Pairs, Text};
use crate::clouds::cloudsigma::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Operation, Problem, post};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/subscriptions/software/create", "cloudsigma.subscription.create_software", create)
        .summary("Subscribes to software licences.")
        .documents(schemas::software),
    post("/subscriptions/software/calculate", "cloudsigma.subscription.calculate_software", calculate)
        .summary("Calculates the price of software licences.")
        .documents(schemas::software),
];

/// The order of a request. `echo` has the pairs of the response.
struct OrderRequest {
    lines: Lines,
    term: Term,
    echo: Pairs,
}

/// The response echoes the order; `end_time` has seconds (11.15).
fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let OrderRequest { lines, term, mut echo } = read_order(call)?;
    let term = term.no_earlier_than(call.now);
    order::pay(cloud, ctx, &call.user(), &lines, term, &echo)?;
    for line in lines {
        order::subscribe(cloud, ctx, &call.user(), line, term, None);
    }
    echo.put("start_time", &term.start.format(term::TIME).to_string());
    echo.put("end_time", &term.end.format(transactions::TIME).to_string());
    let mut shown = Text::default();
    echo.iter().for_each(|(key, value)| shown.pair(key, value));
    Ok(text(shown.finish()))
}

fn calculate(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let OrderRequest { lines, term, .. } = read_order(call)?;
    Ok(calculated(call, cloud, order::amount(&lines, term.months)))
}

fn read_order(call: &Call) -> Result<OrderRequest, Problem> {
    let pairs = pairs(call);
    let (mut echo, mut errors_found) = (Pairs::default(), ValidationErrors::default());
    let mut lines: Lines = vec![];
    for price in &SOFTWARE {
        echo.put(price.resource, pairs.get(price.resource).unwrap_or("0"));
        let quantity = order::quantity(&pairs, price.resource, order::MOST, &mut errors_found);
        if quantity > 0 {
            lines.push((price, quantity));
        }
    }
    if lines.is_empty() && errors_found.is_empty() {
        SOFTWARE.iter().for_each(|price| errors_found.add(price.resource, errors::REQUIRED));
    }
    let term = Term::read(&pairs, &mut echo, &mut errors_found);
    errors_found.refuse(&echo)?;
    let term = term.ok_or_else(errors::failed)?;
    Ok(OrderRequest { lines, term, echo })
}
