//! The query parameters of lists and their pages, as Laravel's validator and paginator treat them.

use super::super::php;
use super::entries::Entry;
use super::errors;

use crate::engine::{Call, Object, Problem};

/// The page size if the request names no page.
const PER_PAGE: u64 = 10;

/// The validated query of a list.
pub struct Listing {
    pub page: u64,
    pub per_page: u64,
    pub status: Status,
    pub order: Order,
    pub descending: bool,
}

/// The filter `status`.
#[derive(Clone, Copy, PartialEq)]
pub enum Status {
    All,
    Active,
    NonActive,
}

/// The sort key `order_by`.
#[derive(Clone, Copy, PartialEq)]
pub enum Order {
    Date,
    Name,
}

impl Status {
    /// True if the filter lets the entry pass.
    pub fn admits(self, entry: &Entry) -> bool {
        match self {
            Status::All => true,
            Status::Active => entry.active,
            Status::NonActive => !entry.active,
        }
    }
}

/// Messages by field, in the order of the validation rules.
pub type ValidationErrors = Vec<(&'static str, Vec<String>)>;

/// Reads the query of a list. The error lists every invalid parameter.
pub fn read(call: &Call) -> Result<Listing, Problem> {
    let mut errors_found = ValidationErrors::new();
    let (page, per_page) = (parameter(call, "page"), parameter(call, "per_page"));
    check_page(&mut errors_found, page);
    check_per_page(&mut errors_found, page, per_page, 10);
    let status = one_of(
        &mut errors_found,
        "status",
        parameter(call, "status"),
        &[("all", Status::All), ("active", Status::Active), ("non_active", Status::NonActive)],
        "The status field is does not has a valid value (all, active, non_active).",
    );
    let (order_by, order_dir) = (parameter(call, "order_by"), parameter(call, "order_dir"));
    let order = one_of(
        &mut errors_found,
        "order_by",
        order_by,
        &[("date", Order::Date), ("name", Order::Name)],
        "The order by field is does not has a valid value (date, name).",
    );
    let descending = one_of(
        &mut errors_found,
        "order_dir",
        order_dir,
        &[("asc", false), ("desc", true)],
        "The order dir field is does not has a valid value (desc, asc).",
    );
    if order_by.is_some() && order_dir.is_none() {
        errors_found.push(("order_dir", vec!["The order dir field is required when order by is present.".into()]));
    }
    if !errors_found.is_empty() {
        return Err(errors::validation_failed(&errors_found));
    }
    // A page size without a page is validated and then ignored.
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

/// The last value of a parameter, as PHP reads it. An empty value counts as missing.
pub fn parameter<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    let last = call.query.iter().rev().find(|(key, _)| key == name);
    last.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// Validates `page`: an integer from 1.
pub fn check_page(errors_found: &mut ValidationErrors, page: Option<&str>) {
    let Some(page) = page else { return };
    let mut messages = vec![];
    if php::integer(page).is_none() {
        messages.push("The page must be an integer.".to_owned());
    }
    if php::size(page) < 1.0 {
        messages.push("The page must be at least 1.".to_owned());
    }
    add_errors(errors_found, "page", messages);
}

/// Validates `per_page`: an integer from `least` to 100, required if `page` is present.
pub fn check_per_page(errors_found: &mut ValidationErrors, page: Option<&str>, per_page: Option<&str>, least: u32) {
    let mut messages = vec![];
    match per_page {
        None if page.is_some() => messages.push("The per page field is required when page is present.".to_owned()),
        None => {}
        Some(size) => {
            if php::integer(size).is_none() {
                messages.push("The per page must be an integer.".to_owned());
            }
            if php::size(size) < f64::from(least) {
                messages.push(format!("The per page must be at least {least}."));
            }
            if php::size(size) > 100.0 {
                messages.push("The per page may not be greater than 100.".to_owned());
            }
        }
    }
    add_errors(errors_found, "per_page", messages);
}

fn one_of<T: Copy>(
    errors_found: &mut ValidationErrors,
    field: &'static str,
    value: Option<&str>,
    values: &[(&str, T)],
    message: &str,
) -> Option<T> {
    let found = values.iter().find(|(name, _)| Some(*name) == value).map(|(_, value)| *value);
    if value.is_some() && found.is_none() {
        errors_found.push((field, vec![message.to_owned()]));
    }
    found
}

fn add_errors(errors_found: &mut ValidationErrors, field: &'static str, messages: Vec<String>) {
    if !messages.is_empty() {
        errors_found.push((field, messages));
    }
}

/// One page of a list, counted as Laravel's paginator does.
pub struct Page {
    total: u64,
    per_page: u64,
    page: u64,
}

impl Page {
    /// The page number `page` of `total` items.
    pub fn of(total: u64, page: u64, per_page: u64) -> Self {
        Page { total, per_page: per_page.max(1), page: page.max(1) }
    }

    fn last(&self) -> u64 {
        self.total.div_ceil(self.per_page)
    }

    /// The page that the answer names: at most the last one.
    fn current(&self) -> u64 {
        self.page.min(self.last().max(1))
    }

    /// The items of the requested page. A page past the end is empty.
    pub fn cut<'i, T>(&self, items: &'i [T]) -> &'i [T] {
        let from = (self.page - 1).saturating_mul(self.per_page).min(self.total) as usize;
        let to = (from + self.per_page as usize).min(items.len());
        items.get(from..to).unwrap_or_default()
    }

    /// The fields of the 2015 paginator.
    pub fn show(&self, o: &mut Object) {
        let before = (self.current() - 1) * self.per_page;
        o.set("total", self.total);
        o.set("per_page", self.per_page);
        o.set("current_page", self.current());
        o.set("last_page", self.last());
        o.set("from", if self.total == 0 { 0 } else { before + 1 });
        o.set("to", self.total.min(before + self.per_page));
    }

    /// The fields of the 2017 lists, which have no `from` and `to`.
    pub fn show_without_bounds(&self, o: &mut Object) {
        o.set("total", self.total);
        o.set("per_page", self.per_page);
        o.set("current_page", self.page);
        o.set("last_page", self.last());
    }
}
