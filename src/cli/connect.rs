//! How clients are pointed at a cloud: shell exports, clouds.yaml.

use super::Target;
use super::output::print;
use crate::clouds::openstack::provider::sign_in;
use crate::clouds::providers;
use clap::Args;
use serde_json::Value;

#[derive(Args)]
pub struct Env {
    #[command(flatten)]
    target: Target,
    cloud: String,
    /// As whom: `demo` on OpenStack clouds, an account's email on a CloudSigma, its name on a Cloudzy; the first
    /// account if nobody is named.
    #[arg(long)]
    user: Option<String>,
}

impl Env {
    pub fn run(self) -> Result<(), String> {
        let answer = self.target.get("/clouds")?;
        let clouds = answer["clouds"].as_array().cloned().unwrap_or_default();
        let named = |cloud: &&Value| cloud["name"] == self.cloud.as_str();
        let cloud = clouds.iter().find(named).ok_or_else(|| {
            let known: Vec<_> = clouds.iter().filter_map(|cloud| cloud["name"].as_str()).collect();
            format!("no cloud is called {}; there are {}", self.cloud, known.join(", "))
        })?;
        let environment = (providers::named(&text(cloud, "kind"))?.environment)(cloud, self.user.as_deref())?;
        if !environment.unset.is_empty() {
            print(format_args!("unset {}", environment.unset.join(" ")));
        }
        for (name, value) in environment.set {
            print(format_args!("export {name}={}", quoted(&value)));
        }
        Ok(())
    }
}

#[derive(Args)]
pub struct CloudsYaml {
    #[command(flatten)]
    target: Target,
}

impl CloudsYaml {
    /// Each cloud under its name for `demo`, and under `NAME-USER` for everybody else.
    pub fn run(self) -> Result<(), String> {
        let answer = self.target.get("/clouds")?;
        print(format_args!("clouds:"));
        for cloud in answer["clouds"].as_array().into_iter().flatten() {
            for user in cloud["users"].as_array().into_iter().flatten() {
                let (name, user_name) = (text(cloud, "name"), text(user, "name"));
                print(format_args!("  {}:", if user_name == "demo" { name } else { format!("{name}-{user_name}") }));
                print(format_args!("    region_name: {}", text(cloud, "region")));
                print(format_args!("    identity_api_version: 3"));
                print(format_args!("    auth:"));
                for (variable, value) in sign_in(cloud, user) {
                    let name = variable.trim_start_matches("OS_").to_lowercase();
                    print(format_args!("      {name}: {}", Value::from(value)));
                }
            }
        }
        Ok(())
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// In single quotes, for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
