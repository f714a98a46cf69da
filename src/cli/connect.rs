//! How clients are pointed at a cloud: shell exports, clouds.yaml.

use super::Target;
use super::output::print;
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
        if cloud["kind"] == "openstackid" {
            marketplace(cloud);
            return Ok(());
        }
        if cloud["kind"] == "cloudzy" {
            return cloudzy(cloud, self.user.as_deref());
        }
        if cloud["kind"] == "cloudsigma" {
            return cloudsigma(cloud, self.user.as_deref());
        }
        let user = self.user.as_deref().unwrap_or("demo");
        let users = cloud["users"].as_array().cloned().unwrap_or_default();
        let found = users.iter().find(|known| known["name"] == user);
        let user = found.ok_or_else(|| format!("{} has no user {user}", self.cloud))?;
        print(format_args!(
            "unset OS_CLOUD OS_TOKEN OS_AUTH_TYPE OS_SYSTEM_SCOPE OS_DOMAIN_ID OS_DOMAIN_NAME OS_PROJECT_ID"
        ));
        for (name, value) in settings(cloud, user) {
            print(format_args!("export OS_{}={}", name.to_uppercase(), quoted(&value)));
        }
        print(format_args!("export OS_IDENTITY_API_VERSION=3 OS_VOLUME_API_VERSION=3"));
        Ok(())
    }
}

/// What a client of a marketplace needs: where it is, where its tokens come from, and the first client's name.
fn marketplace(cloud: &Value) {
    let client = &cloud["clients"][0];
    let scopes: Vec<_> = cloud["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, value) in [
        ("OPENSTACKID_URL", format!("{}/v1/marketplace", text(&cloud["services"], "marketplace"))),
        ("OPENSTACKID_TOKEN_URL", format!("{}/oauth2/token", text(&cloud["services"], "identity"))),
        ("OPENSTACKID_CLIENT_ID", text(client, "id")),
        ("OPENSTACKID_CLIENT_SECRET", text(client, "secret")),
        ("OPENSTACKID_SCOPES", scopes.join(" ")),
    ] {
        print(format_args!("export {name}={}", quoted(&value)));
    }
}

/// What a client of the Developer API needs: where it is, with `/developers`, and a token. `API_…` are the names that
/// Cloudzy's own command line `zy` reads.
fn cloudzy(cloud: &Value, user: Option<&str>) -> Result<(), String> {
    let mut accounts = cloud["accounts"].as_array().into_iter().flatten();
    let account = accounts.find(|account| user.is_none_or(|user| account["name"] == user));
    let account = account.ok_or_else(|| format!("there is no account {}", user.unwrap_or_default()))?;
    let (base, token) = (quoted(&text(&cloud["services"], "cloudzy")), quoted(&text(account, "token")));
    print(format_args!("export CLOUDZY_API_BASE_URL={base} CLOUDZY_API_TOKEN={token}"));
    print(format_args!("export API_BASE_URL={base} API_TOKEN={token}"));
    Ok(())
}

/// What a client of a CloudSigma needs, by the names that its own script has for it (manual, section 2).
fn cloudsigma(cloud: &Value, user: Option<&str>) -> Result<(), String> {
    let mut accounts = cloud["accounts"].as_array().into_iter().flatten();
    let account = accounts.find(|account| user.is_none_or(|user| account["email"] == user));
    let account = account.ok_or_else(|| format!("there is no account {}", user.unwrap_or_default()))?;
    for (name, value) in [
        ("CLOUDSIGMA_URL", text(&cloud["services"], "cloudsigma")),
        ("USER_EMAIL", text(account, "email")),
        ("USER_PASSWORD", text(account, "password")),
    ] {
        print(format_args!("export {name}={}", quoted(&value)));
    }
    Ok(())
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
                for (name, value) in settings(cloud, user).into_iter().filter(|(name, _)| *name != "region_name") {
                    print(format_args!("      {name}: {}", Value::from(value)));
                }
            }
        }
        Ok(())
    }
}

/// The names that openstacksdk and keystoneauth know these settings by.
fn settings(cloud: &Value, user: &Value) -> Vec<(&'static str, String)> {
    vec![
        ("auth_url", format!("{}/v3", text(&cloud["services"], "keystone"))),
        ("username", text(user, "name")),
        ("password", text(user, "password")),
        ("project_name", text(user, "project")),
        ("user_domain_name", text(cloud, "domain")),
        ("project_domain_name", text(cloud, "domain")),
        ("region_name", text(cloud, "region")),
    ]
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// In single quotes, for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
