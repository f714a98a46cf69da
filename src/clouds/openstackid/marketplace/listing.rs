//! What a list may be asked for, and its pages (Laravel's validator and paginator).

use super::super::php;
use super::entries::Entry;
use super::errors;

use crate::engine::{Call, Object, Problem};

/// The size of a page when none is asked for together with a page.
const PER_PAGE: u64 = 10;

pub struct Listing {
    pub page: u64,
    pub per_page: u64,
    pub status: Status,
    pub order: Order,
    pub descending: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Status {
    All,
    Active,
    NonActive,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Order {
    Date,
    Name,
}

impl Status {
    pub fn admits(self, entry: &Entry) -> bool {
        match self {
            Status::All => true,
            Status::Active => entry.active,
            Status::NonActive => !entry.active,
        }
    }
}

/// Field and complaints, in the order of the rules.
pub type Complaints = Vec<(&'static str, Vec<String>)>;

/// The query of a list, or everything that is wrong with it.
pub fn read(call: &Call) -> Result<Listing, Problem> {
    let mut complaints = Complaints::new();
    let (page, per_page) = (given(call, "page"), given(call, "per_page"));
    check_page(&mut complaints, page);
    check_per_page(&mut complaints, page, per_page, 10);
    let status = one_of(
        &mut complaints,
        "status",
        given(call, "status"),
        &[("all", Status::All), ("active", Status::Active), ("non_active", Status::NonActive)],
        "The status field is does not has a valid value (all, active, non_active).",
    );
    let (order_by, order_dir) = (given(call, "order_by"), given(call, "order_dir"));
    let order = one_of(
        &mut complaints,
        "order_by",
        order_by,
        &[("date", Order::Date), ("name", Order::Name)],
        "The order by field is does not has a valid value (date, name).",
    );
    let descending = one_of(
        &mut complaints,
        "order_dir",
        order_dir,
        &[("asc", false), ("desc", true)],
        "The order dir field is does not has a valid value (desc, asc).",
    );
    if order_by.is_some() && order_dir.is_none() {
        complaints.push(("order_dir", vec!["The order dir field is required when order by is present.".into()]));
    }
    if !complaints.is_empty() {
        return Err(errors::validation_failed(&complaints));
    }
    // A size alone is looked at and left at that.
    let paged = page.and_then(php::integer).zip(per_page.and_then(php::integer));
    let (page, per_page) = paged.map_or((1, PER_PAGE), |(page, size)| (page.unsigned_abs(), size.unsigned_abs()));
    Ok(Listing {
        page,
        per_page,
        status: status.unwrap_or(Status::All),
        order: order.unwrap_or(Order::Date),
        descending: descending.unwrap_or(false),
    })
}

/// The last value of a parameter, as PHP takes it; an empty one is none.
pub fn given<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    let last = call.query.iter().rev().find(|(key, _)| key == name);
    last.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

pub fn check_page(complaints: &mut Complaints, page: Option<&str>) {
    let Some(page) = page else { return };
    let mut wrong = vec![];
    if php::integer(page).is_none() {
        wrong.push("The page must be an integer.".to_owned());
    }
    if php::size(page) < 1.0 {
        wrong.push("The page must be at least 1.".to_owned());
    }
    complain(complaints, "page", wrong);
}

/// The size of a page, which `least` says the smallest of; the largest is 100.
pub fn check_per_page(complaints: &mut Complaints, page: Option<&str>, per_page: Option<&str>, least: u32) {
    let mut wrong = vec![];
    match per_page {
        None if page.is_some() => wrong.push("The per page field is required when page is present.".to_owned()),
        None => {}
        Some(size) => {
            if php::integer(size).is_none() {
                wrong.push("The per page must be an integer.".to_owned());
            }
            if php::size(size) < f64::from(least) {
                wrong.push(format!("The per page must be at least {least}."));
            }
            if php::size(size) > 100.0 {
                wrong.push("The per page may not be greater than 100.".to_owned());
            }
        }
    }
    complain(complaints, "per_page", wrong);
}

fn one_of<T: Copy>(
    complaints: &mut Complaints,
    field: &'static str,
    given: Option<&str>,
    values: &[(&str, T)],
    complaint: &str,
) -> Option<T> {
    let found = values.iter().find(|(name, _)| Some(*name) == given).map(|(_, value)| *value);
    if given.is_some() && found.is_none() {
        complaints.push((field, vec![complaint.to_owned()]));
    }
    found
}

fn complain(complaints: &mut Complaints, field: &'static str, wrong: Vec<String>) {
    if !wrong.is_empty() {
        complaints.push((field, wrong));
    }
}

/// One page of a list, as Laravel's paginator counts.
pub struct Page {
    total: u64,
    per_page: u64,
    asked: u64,
}

impl Page {
    pub fn of(total: u64, asked: u64, per_page: u64) -> Self {
        Page { total, per_page: per_page.max(1), asked: asked.max(1) }
    }

    fn last(&self) -> u64 {
        self.total.div_ceil(self.per_page)
    }

    /// A page past the end counts as the last.
    fn current(&self) -> u64 {
        self.asked.min(self.last().max(1))
    }

    /// The items of the page that was asked for: none past the end.
    pub fn cut<'i, T>(&self, items: &'i [T]) -> &'i [T] {
        let from = (self.asked - 1).saturating_mul(self.per_page).min(self.total) as usize;
        let to = (from + self.per_page as usize).min(items.len());
        items.get(from..to).unwrap_or_default()
    }

    pub fn show(&self, o: &mut Object) {
        let before = (self.current() - 1) * self.per_page;
        o.set("total", self.total);
        o.set("per_page", self.per_page);
        o.set("current_page", self.current());
        o.set("last_page", self.last());
        o.set("from", if self.total == 0 { 0 } else { before + 1 });
        o.set("to", self.total.min(before + self.per_page));
    }

    /// As the list of 2017 counts.
    pub fn show_without_bounds(&self, o: &mut Object) {
        o.set("total", self.total);
        o.set("per_page", self.per_page);
        o.set("current_page", self.asked);
        o.set("last_page", self.last());
    }
}
