//! The text dialect of manual section 4: lines of `key value`, records with an empty line between them, lists of
//! one value a line. It knows nothing of what the keys mean.

mod pairs;
mod writer;

pub use pairs::{Pairs, records_to_json};
pub use writer::Text;
