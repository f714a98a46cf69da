//! Paging by number, for all lists except that of instances: `page`, and `limit` or `per_page`.

use schemars::JsonSchema;
use serde::Deserialize;

const PER_PAGE: i64 = 10;

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Paging {
    #[schemars(range(min = 1))]
    page: i64,
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
    /// Another name of `limit`, which clients use.
    #[schemars(range(min = 1, max = 1000))]
    per_page: Option<i64>,
}

impl Default for Paging {
    fn default() -> Self {
        Paging { page: 1, limit: None, per_page: None }
    }
}

impl Paging {
    /// The rows of the page. Pages beyond the last are empty.
    pub fn cut<'r, T>(&self, rows: &'r [T]) -> &'r [T] {
        let size = self.limit.or(self.per_page).unwrap_or(PER_PAGE);
        let from = self.page.saturating_sub(1).saturating_mul(size).clamp(0, rows.len() as i64) as usize;
        let to = from.saturating_add(size.unsigned_abs() as usize).min(rows.len());
        rows.get(from..to).unwrap_or_default()
    }
}
