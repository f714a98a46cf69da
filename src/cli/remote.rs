//! Asking the control API.

use super::Target;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::Value;
use std::time::Duration;

impl Target {
    pub fn get(&self, path: &str) -> Result<Value, String> {
        self.ask(Method::GET, path, None)
    }

    /// The answer's JSON, or the message of its error.
    pub fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        // Whatever proxy the environment names, a nephos is asked directly.
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build();
        let client = client.map_err(|error| error.to_string())?;
        let request = client.request(method, &url);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let response =
            request.send().map_err(|_| format!("nobody answers at {}; is `nephos serve` running?", self.url))?;
        let status = response.status();
        let text = response.text().map_err(|error| error.to_string())?;
        let value: Value = serde_json::from_str(&text).map_err(|_| format!("{url} answered {status}: {text}"))?;
        match value["error"]["message"].as_str() {
            Some(message) if !status.is_success() => Err(message.to_owned()),
            _ if !status.is_success() => Err(format!("{url} answered {status}")),
            _ => Ok(value),
        }
    }
}

/// JSON as people read it.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
