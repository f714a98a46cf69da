//! `nephos wait`, `operations`, `state`, `reset` and `openapi`.

use super::Target;
use super::output::print;
use super::remote::pretty;
use crate::engine::Clock;
use crate::openapi;
use chrono::TimeDelta;
use clap::Args;
use reqwest::Method;
use std::path::PathBuf;

#[derive(Args)]
pub struct Wait {
    #[command(flatten)]
    target: Target,
    /// Give up after this many seconds.
    #[arg(long, default_value_t = 30)]
    timeout: u32,
}

impl Wait {
    pub fn run(self) -> Result<(), String> {
        let until = Clock::real() + TimeDelta::seconds(i64::from(self.timeout));
        loop {
            match self.target.get("/ready") {
                Ok(_) => return Ok(()),
                Err(error) if Clock::real() >= until => return Err(error),
                Err(_) => Clock::pause(std::time::Duration::from_millis(20)),
            }
        }
    }
}

#[derive(Args)]
pub struct Operations {
    #[command(flatten)]
    target: Target,
    /// Only this service: cinder, or control for the control API
    service: Option<String>,
}

impl Operations {
    pub fn run(self) -> Result<(), String> {
        let filter = self.service.map(|service| format!("?service={service}")).unwrap_or_default();
        let answer = self.target.get(&format!("/operations{filter}"))?;
        for row in answer["operations"].as_array().into_iter().flatten() {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            let action = row["action"].as_str().map(|action| format!(" {{{action}}}")).unwrap_or_default();
            let path = format!("{}{action}", text("path"));
            let line = format!("{:<44} {:<6} {path:<64} {}", text("name"), text("method"), text("summary"));
            print(line.trim_end());
        }
        Ok(())
    }
}

#[derive(Args)]
pub struct State {
    #[command(flatten)]
    target: Target,
    /// CLOUD/SERVICE/RESOURCE or CLOUD/SERVICE/RESOURCE/ID: gozunga/cinder/volumes [default: count all rows]
    path: Option<String>,
    /// Add a row to CLOUD/SERVICE/RESOURCE: a complete row, in the form in which rows are shown.
    #[arg(long, value_name = "JSON", requires = "path", conflicts_with_all = ["set", "remove"])]
    add: Option<String>,
    /// Change fields of the row CLOUD/SERVICE/RESOURCE/ID: a JSON object. With the path CLOUD/CHANGE, make a change that
    /// scenarios can make: cloudzy/account --set '{"balance": 3.5}'
    #[arg(long, value_name = "JSON", requires = "path", conflicts_with = "remove")]
    set: Option<String>,
    /// Remove the row CLOUD/SERVICE/RESOURCE/ID.
    #[arg(long, requires = "path")]
    remove: bool,
}

impl State {
    pub fn run(self) -> Result<(), String> {
        let path = self.path.map(|path| format!("/state/{}", path.trim_matches('/'))).unwrap_or("/state".into());
        let (method, row) = match (self.add, self.set) {
            (Some(row), _) => (Method::POST, Some(row)),
            (None, Some(fields)) => (Method::PATCH, Some(fields)),
            (None, None) if self.remove => return self.target.text(Method::DELETE, &path, None).map(|_| ()),
            (None, None) => (Method::GET, None),
        };
        let body = row.map(|row| serde_json::from_str(&row).map_err(|error| format!("{row}: {error}"))).transpose()?;
        print(pretty(&self.target.send(method, &path, body.as_ref())?));
        Ok(())
    }
}

#[derive(Args)]
pub struct Reset {
    #[command(flatten)]
    target: Target,
}

impl Reset {
    pub fn run(self) -> Result<(), String> {
        self.target.send(Method::POST, "/reset", None).map(|_| ())
    }
}

#[derive(Args)]
pub struct OpenApi {
    /// The folder for the documents. It is created if it does not exist.
    #[arg(default_value = "openapi")]
    folder: PathBuf,
}

impl OpenApi {
    pub fn run(self) -> Result<(), String> {
        let name = |path: &std::path::Path, error: std::io::Error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(&self.folder).map_err(|error| name(&self.folder, error))?;
        for (service, document) in openapi::documents() {
            let file = self.folder.join(format!("{service}.json"));
            std::fs::write(&file, document).map_err(|error| name(&file, error))?;
            print(format_args!("{}", file.display()));
        }
        Ok(())
    }
}
