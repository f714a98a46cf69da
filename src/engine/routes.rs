//! Which operations are at a path.

use super::Operation;

/// The rows of one path, by pattern.
pub(super) struct Routes<C: 'static>(matchit::Router<Vec<&'static Operation<C>>>);

/// What a path leads to: its parameters, as they stand in it, and the rows.
pub(super) type Found<'r, 'p, C> = matchit::Match<'r, 'p, &'r Vec<&'static Operation<C>>>;

impl<C> Default for Routes<C> {
    fn default() -> Self {
        Routes(matchit::Router::new())
    }
}

impl<C> Routes<C> {
    /// Adds rows of the service `name`; rows of one path share it.
    #[allow(clippy::panic, reason = "a mistake in the tables, which every test that starts a service finds")]
    pub fn mount(&mut self, name: &str, rows: Vec<(String, &'static Operation<C>)>) {
        let mut paths: Vec<(String, Vec<&'static Operation<C>>)> = vec![];
        for (path, operation) in rows {
            match paths.iter_mut().find(|(known, _)| *known == path) {
                Some((_, operations)) => operations.push(operation),
                None => paths.push((path, vec![operation])),
            }
        }
        for (path, operations) in paths {
            if let Err(error) = self.0.insert(&path, operations) {
                panic!("two rows of {name} disagree about {path}: {error}");
            }
        }
    }

    /// Where a slash at the end does not matter, a path is also the one without it.
    pub fn at<'r, 'p>(&'r self, path: &'p str, forgives_slashes: bool) -> Option<Found<'r, 'p, C>> {
        let trimmed = || path.strip_suffix('/').filter(|path| !path.is_empty() && forgives_slashes);
        self.0.at(path).ok().or_else(|| self.0.at(trimmed()?).ok())
    }
}
