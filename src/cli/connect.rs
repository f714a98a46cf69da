//! `nephos env` and `nephos clouds-yaml`: settings that point clients at a cloud.

use super::output::print;
use super::{TOKEN_VARIABLE, Target};
use crate::clouds::openstack::provider::sign_in;
use crate::clouds::providers;
use clap::Args;
use serde_json::Value;

#[derive(Args)]
pub struct Env {
    #[command(flatten)]
    target: Target,
    /// The name of a cloud: gozunga
    cloud: String,
    /// The user: its name on an OpenStack cloud, the email on CloudSigma, the account name on Cloudzy [default: the
    /// cloud's first user]
    #[arg(long)]
    user: Option<String>,
}

impl Env {
    pub fn run(self) -> Result<(), String> {
        let answer = self.target.get("/clouds")?;
        let clouds = answer["clouds"].as_array().cloned().unwrap_or_default();
        let has_name = |cloud: &&Value| cloud["name"] == self.cloud.as_str();
        let cloud = clouds.iter().find(has_name).ok_or_else(|| {
            let known: Vec<_> = clouds.iter().filter_map(|cloud| cloud["name"].as_str()).collect();
            format!("there is no cloud {}; clouds: {}", self.cloud, known.join(", "))
        })?;
        let environment = (providers::named(&text(cloud, "kind"))?.environment)(cloud, self.user.as_deref())?;
        if !environment.unset.is_empty() {
            print(format_args!("unset {}", environment.unset.join(" ")));
        }
        for (name, value) in environment.set {
            print(format_args!("export {name}={}", quoted(&value)));
        }
        if let Some(token) = self.target.token() {
            print(format_args!("export {TOKEN_VARIABLE}={}", quoted(token)));
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
    /// The entry of a cloud has its name for the user `demo`, and the name `CLOUD-USER` for other users.
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

/// The text in single quotes, as a POSIX shell reads it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
