//! The router: from a path to the rows (operations) at that path.

use percent_encoding::percent_decode_str;

/// Rows by the pattern of their path, such as `/volumes/{volume_id}`. Rows that differ only in method, action or
/// version share one pattern. Used by every [`Service`](super::Service) and by the control API.
pub struct Routes<R: 'static> {
    router: matchit::Router<Vec<&'static R>>,
    /// All patterns in the order of the tables.
    patterns: Vec<(String, Vec<&'static R>)>,
}

/// The rows at a path, and the path's parameters, still percent-encoded.
pub(crate) type Found<'r, 'p, R> = matchit::Match<'r, 'p, &'r Vec<&'static R>>;

/// The parameters of a path, percent-decoded unless the path already is.
pub(crate) fn path_params<R>(found: &Found<'_, '_, R>, decoded: bool) -> Vec<(String, String)> {
    let text = |value: &str| match decoded {
        true => value.to_owned(),
        false => percent_decode_str(value).decode_utf8_lossy().into_owned(),
    };
    found.params.iter().map(|(key, value)| (key.into(), text(value))).collect()
}

/// Names and values of the parameters of a path.
pub(crate) type Params = Vec<(String, String)>;

/// The parameters of a path, if the pattern matches it.
fn params_of(pattern: &str, path: &str) -> Option<Params> {
    let (mut params, mut values) = (vec![], path.split('/'));
    for part in pattern.split('/') {
        let value = values.next()?;
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !value.is_empty() => params.push((name.to_owned(), value.to_owned())),
            None if part == value => {}
            _ => return None,
        }
    }
    values.next().is_none().then_some(params)
}

impl<R> Default for Routes<R> {
    fn default() -> Self {
        Routes { router: matchit::Router::new(), patterns: vec![] }
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
            self.patterns.push((path.clone(), rows.clone()));
            if let Err(error) = self.router.insert(&path, rows) {
                panic!("the operations of {name} have conflicting paths at {path}: {error}");
            }
        }
    }

    /// The rows at `path`. With `ignores_trailing_slashes`, a path with a trailing slash is also looked up without it.
    pub fn at<'r, 'p>(&'r self, path: &'p str, ignores_trailing_slashes: bool) -> Option<Found<'r, 'p, R>> {
        let trimmed = || path.strip_suffix('/').filter(|path| !path.is_empty() && ignores_trailing_slashes);
        self.router.at(path).ok().or_else(|| self.router.at(trimmed()?).ok())
    }

    /// The first pattern that matches the decoded `path` and has a row that is `wanted`, with its parameters.
    pub(crate) fn first(&self, path: &str, wanted: impl Fn(&R) -> bool) -> Option<(Params, &[&'static R])> {
        self.patterns.iter().filter(|(_, rows)| rows.iter().any(|row| wanted(row))).find_map(|(pattern, rows)| {
            let params = params_of(pattern, path)?;
            Some((params, rows.as_slice()))
        })
    }
}
