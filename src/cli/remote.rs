//! Requests to the control API.

use super::Target;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::Value;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(60);

/// Why a request to the control API failed.
enum Failure {
    /// Nothing listens at the address.
    NotRunning(String),
    Other(String),
}

impl From<Failure> for String {
    fn from(failure: Failure) -> String {
        match failure {
            Failure::NotRunning(message) | Failure::Other(message) => message,
        }
    }
}

/// A name as a segment of a path. Fails for what no path can name.
pub fn segment(name: &str) -> Result<String, String> {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    // A client removes segments of dots from a path before it sends the request.
    if matches!(name, "" | "." | "..") {
        return Err(format!("{name:?} is not a name"));
    }
    Ok(utf8_percent_encode(name, KEPT).to_string())
}

impl Target {
    pub fn get(&self, path: &str) -> Result<Value, String> {
        self.send(Method::GET, path, None)
    }

    /// As [`Target::get`]; `None` if no nephos is running.
    pub fn get_if_running(&self, path: &str) -> Result<Option<Value>, String> {
        match self.request(Method::GET, path, None) {
            Ok(text) => json(path, &text).map(Some),
            Err(Failure::NotRunning(_)) => Ok(None),
            Err(Failure::Other(message)) => Err(message),
        }
    }

    /// The JSON of the answer, or the message of the error.
    pub fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        json(path, &self.text(method, path, body.map(|body| body.to_string().into_bytes()))?)
    }

    /// The text of the answer, or the message of the error.
    pub fn text(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<String, String> {
        Ok(self.request(method, path, body)?)
    }

    /// The token of the control API; an empty one is none.
    pub fn token(&self) -> Option<&str> {
        self.control_token.as_deref().filter(|token| !token.is_empty())
    }

    fn request(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<String, Failure> {
        let world = self.world.as_ref().map(|world| segment(world).map(|world| format!("/worlds/{world}")));
        let world = world.transpose().map_err(Failure::Other)?.unwrap_or_default();
        let url = format!("{}{world}{path}", self.url.trim_end_matches('/'));
        let other = |error: reqwest::Error| Failure::Other(format!("{url}: {error}"));
        // The control API is local: proxies of the environment do not apply.
        let client = Client::builder().no_proxy().timeout(TIMEOUT).build().map_err(other)?;
        let request = client.request(method, &url);
        let request =
            if let Some(body) = body { request.header("Content-Type", "application/json").body(body) } else { request };
        let request = match self.token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().map_err(|error| match error.is_connect() {
            true => Failure::NotRunning(format!("no nephos answers at {}; is `nephos serve` running?", self.url)),
            false => other(error),
        })?;
        let status = response.status();
        let text = response.text().map_err(other)?;
        if status.is_success() {
            return Ok(text);
        }
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let message = value["error"]["message"].as_str();
        Err(Failure::Other(message.map_or_else(|| format!("{url} answered {status}"), str::to_owned)))
    }
}

fn json(path: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|_| format!("the answer to {path} is not JSON: {text}"))
}

/// JSON with line breaks and indentation.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
