//! The router: from a path to the rows (operations) at that path.

use percent_encoding::percent_decode_str;

/// Rows by the pattern of their path, such as `/volumes/{volume_id}`. Rows that differ only in method, action or
/// version share one pattern. Used by every [`Service`](super::Service) and by the control API.
pub struct Routes<R: 'static>(matchit::Router<Vec<&'static R>>);

/// The rows at a path, and the path's parameters, still percent-encoded.
pub(crate) type Found<'r, 'p, R> = matchit::Match<'r, 'p, &'r Vec<&'static R>>;

/// The parameters of a path, percent-decoded.
pub(crate) fn path_params<R>(found: &Found<'_, '_, R>) -> Vec<(String, String)> {
    let text = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
    found.params.iter().map(|(key, value)| (key.into(), text(value))).collect()
}

impl<R> Default for Routes<R> {
    fn default() -> Self {
        Routes(matchit::Router::new())
    }
}

impl<R> Routes<R> {
    /// Adds the rows of the service `name`. Panics at startup if two patterns conflict: the table of operations is
    /// wrong then.
    #[allow(clippy::panic, reason = "a mistake in the tables, which every test that starts a service finds")]
    pub fn mount(&mut self, name: &str, rows: Vec<(String, &'static R)>) {
        let mut paths: Vec<(String, Vec<&'static R>)> = vec![];
        for (path, row) in rows {
            match paths.iter_mut().find(|(known, _)| *known == path) {
                Some((_, rows)) => rows.push(row),
                None => paths.push((path, vec![row])),
            }
        }
        for (path, rows) in paths {
            if let Err(error) = self.0.insert(&path, rows) {
                panic!("the operations of {name} have conflicting paths at {path}: {error}");
            }
        }
    }

    /// The rows at `path`. With `ignores_trailing_slashes`, a path with a trailing slash is also looked up without it.
    pub fn at<'r, 'p>(&'r self, path: &'p str, ignores_trailing_slashes: bool) -> Option<Found<'r, 'p, R>> {
        let trimmed = || path.strip_suffix('/').filter(|path| !path.is_empty() && ignores_trailing_slashes);
        self.0.at(path).ok().or_else(|| self.0.at(trimmed()?).ok())
    }
}
