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
        let text = self.text(method, path, body.map(|body| body.to_string().into_bytes()))?;
        serde_json::from_str(&text).map_err(|_| format!("{path} answered no JSON: {text}"))
    }

    /// The answer's text, or the message of its error.
    pub fn text(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<String, String> {
        let world = self.world.as_ref().map(|world| format!("/worlds/{world}")).unwrap_or_default();
        let url = format!("{}{world}{path}", self.url.trim_end_matches('/'));
        // Whatever proxy the environment names, a nephos is asked directly.
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build();
        let client = client.map_err(|error| error.to_string())?;
        let request = client.request(method, &url);
        let request =
            if let Some(body) = body { request.header("Content-Type", "application/json").body(body) } else { request };
        let response =
            request.send().map_err(|_| format!("nobody answers at {}; is `nephos serve` running?", self.url))?;
        let status = response.status();
        let text = response.text().map_err(|error| error.to_string())?;
        if status.is_success() {
            return Ok(text);
        }
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let message = value["error"]["message"].as_str();
        Err(message.map_or_else(|| format!("{url} answered {status}"), str::to_owned))
    }
}

/// JSON as people read it.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
