//! The text format of section 4: lines of `key value`, an empty line between records, and lists of one value per
//! line. It does not know what the keys mean.

mod pairs;
mod writer;

pub use pairs::{Pairs, records_to_json};
pub use writer::Text;
