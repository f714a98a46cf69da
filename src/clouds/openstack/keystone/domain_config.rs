//! Configuration of single domains (keystone/api/domains.py and `DomainConfigManager` in
//! keystone/resource/core.py). The options are stored and shown only: they configure identity drivers
//! (LDAP), which do not exist here.

use super::super::OpenStack;
use super::{domains, errors, policy};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, delete, get, patch, put};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const ALL: &str = "/domains/{domain_id}/config";
const GROUP: &str = "/domains/{domain_id}/config/{group}";
const OPTION: &str = "/domains/{domain_id}/config/{group}/{option}";

/// `/domains/{domain_id}/config`, its groups and options, and the defaults
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.domain_config.show", show)
        .summary("Shows the configuration of a domain.")
        .policy_on_target("identity:get_domain_config"),
    put(ALL, "keystone.domain_config.replace", replace)
        .summary("Replaces the configuration of a domain.")
        .policy("identity:create_domain_config")
        .answers(201),
    patch(ALL, "keystone.domain_config.update", update)
        .summary("Updates the configuration of a domain.")
        .policy("identity:update_domain_config"),
    delete(ALL, "keystone.domain_config.delete", remove)
        .summary("Deletes the configuration of a domain.")
        .policy("identity:delete_domain_config"),
    get(GROUP, "keystone.domain_config.group.show", show)
        .summary("Shows a group of the configuration of a domain.")
        .policy_on_target("identity:get_domain_config"),
    patch(GROUP, "keystone.domain_config.group.update", update)
        .summary("Updates a group of the configuration of a domain.")
        .policy("identity:update_domain_config"),
    delete(GROUP, "keystone.domain_config.group.delete", remove)
        .summary("Deletes a group of the configuration of a domain.")
        .policy("identity:delete_domain_config"),
    get(OPTION, "keystone.domain_config.option.show", show)
        .summary("Shows an option of the configuration of a domain.")
        .policy_on_target("identity:get_domain_config"),
    patch(OPTION, "keystone.domain_config.option.update", update)
        .summary("Updates an option of the configuration of a domain.")
        .policy("identity:update_domain_config"),
    delete(OPTION, "keystone.domain_config.option.delete", remove)
        .summary("Deletes an option of the configuration of a domain.")
        .policy("identity:delete_domain_config"),
    get("/domains/config/default", "keystone.domain_config.default.show", show_default)
        .summary("Shows the default configuration of domains.")
        .policy("identity:get_domain_config_default"),
    get("/domains/config/{group}/default", "keystone.domain_config.default.group.show", show_default)
        .summary("Shows a group of the default configuration of domains.")
        .policy("identity:get_domain_config_default"),
    get("/domains/config/{group}/{option}/default", "keystone.domain_config.default.option.show", show_default)
        .summary("Shows an option of the default configuration of domains.")
        .policy("identity:get_domain_config_default"),
];

/// `{GROUP: {OPTION: VALUE}}`
type Config = Map<String, Value>;

/// The configuration of a domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DomainConfig {
    /// The id of the domain, and of the row.
    pub domain: Id,
    /// `{GROUP: {OPTION: VALUE}}`
    pub groups: Config,
}

impl Row for DomainConfig {
    fn id(&self) -> &Id {
        &self.domain
    }
    fn owner(&self) -> &Id {
        &self.domain
    }
}

/// The option that is stored and never shown: the password for LDAP.
const SECRET: (&str, &str) = ("ldap", "password");

/// Fails with 403 for a group or option that cannot be configured. Empty names are not checked.
fn check_known(group: &str, option: &str) -> Result<(), Problem> {
    let Some(options) = DEFAULTS.get(group) else {
        return if group.is_empty() { Ok(()) } else { Err(errors::config_group_unknown(group)) };
    };
    if option.is_empty() || (group, option) == SECRET || options.get(option).is_some() {
        return Ok(());
    }
    Err(errors::config_option_unknown(group, option))
}

fn missing(domain: &str, group: &str, option: &str) -> Problem {
    let what = match (group, option) {
        ("", _) => "any options".to_owned(),
        (group, "") => format!("group {group}"),
        (group, option) => format!("option {option} in group {group}"),
    };
    errors::config_not_found(&what, domain)
}

/// Looks up the configuration before the domain, as upstream does.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let (group, option) = (call.param("group"), call.param("option"));
    let domain = call.param("domain_id");
    let config = match group {
        "security_compliance" => {
            policy::enforce_rule(call, "identity:get_security_compliance_domain_config", &[])?;
            security_compliance(domain, option)?
        }
        _ => {
            policy::enforce(call, &[])?;
            check_known(group, option)?;
            visible(os, domain, group, option)?
        }
    };
    domains::find(os, domain)?;
    Ok(answer(config))
}

/// The part of the configuration that the path names, without the secret option. Fails with 404.
fn visible(os: &OpenStack, domain: &str, group: &str, option: &str) -> Result<Value, Problem> {
    let mut groups = os.keystone.domain_configs.get(domain).map(|row| row.groups.clone()).unwrap_or_default();
    if let Some(Value::Object(options)) = groups.get_mut(SECRET.0) {
        options.remove(SECRET.1);
    }
    groups.retain(|name, options| {
        (group.is_empty() || name == group) && options.as_object().is_some_and(|options| !options.is_empty())
    });
    if !option.is_empty() {
        let value = groups.get(group).and_then(|options| options.get(option));
        return value.map(|value| json!({option: value})).ok_or_else(|| missing(domain, group, option));
    }
    if groups.is_empty() { Err(missing(domain, group, option)) } else { Ok(Value::Object(groups)) }
}

/// The password rules, which every user may read. None are set.
fn security_compliance(domain: &str, option: &str) -> Result<Value, Problem> {
    if domain != super::super::ids::DEFAULT_DOMAIN {
        return Err(errors::compliance_of_other_domain());
    }
    match option {
        "" => Ok(json!({"security_compliance": {"password_regex": null, "password_regex_description": null}})),
        "password_regex" | "password_regex_description" => Ok(json!({option: null})),
        _ => Err(errors::compliance_option_hidden()),
    }
}

fn replace(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let domain = domains::find(os, call.param("domain_id"))?.id.clone();
    let groups = validate(&call.json["config"])?;
    let existed = os.keystone.domain_configs.contains(&domain);
    os.keystone.domain_configs.insert(DomainConfig { domain: domain.clone(), groups });
    let config = visible(os, &domain, "", "").unwrap_or_else(|_| json!({}));
    Ok(answer(config).status(if existed { 200 } else { 201 }))
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let domain = domains::find(os, call.param("domain_id"))?.id.clone();
    let (group, option) = (call.param("group"), call.param("option"));
    let changes = match option {
        "" => validate(&call.json["config"])?,
        _ => validate(&json!({group: call.json["config"]}))?,
    };
    check_known(group, option)?;
    let mut groups = os.keystone.domain_configs.get(&domain).map(|row| row.groups.clone()).unwrap_or_default();
    check_names(&changes, group, option)?;
    let present = groups.get(group).is_some_and(|options| option.is_empty() || options.get(option).is_some());
    if !group.is_empty() && !present {
        return Err(missing(&domain, group, option));
    }
    for (group, options) in changes {
        let into = groups.entry(group).or_insert_with(|| json!({}));
        if let (Value::Object(into), Value::Object(options)) = (into, options) {
            into.extend(options);
        }
    }
    os.keystone.domain_configs.insert(DomainConfig { domain: domain.clone(), groups });
    Ok(answer(visible(os, &domain, "", "")?))
}

/// Parses the body. Fails with 403 for unknown groups or options, or if there are none.
fn validate(config: &Value) -> Result<Config, Problem> {
    let Some(groups) = config.as_object().filter(|groups| !groups.is_empty()) else {
        return Err(no_groups(config));
    };
    for (group, options) in groups {
        let options = options.as_object().filter(|options| !options.is_empty());
        for option in options.ok_or_else(|| errors::config_group_not_object(group))?.keys() {
            check_known(group, option)?;
        }
    }
    Ok(groups.clone())
}

/// Upstream iterates over values that are not dictionaries, and reports Python's error.
fn no_groups(config: &Value) -> Problem {
    match config {
        Value::Bool(true) => errors::invalid("'bool' object is not iterable"),
        Value::Number(number) if number.is_f64() && number.as_f64() != Some(0.0) => {
            errors::invalid("'float' object is not iterable")
        }
        Value::Number(number) if number.as_i64() != Some(0) && !number.is_f64() => {
            errors::invalid("'int' object is not iterable")
        }
        Value::String(text) if !text.is_empty() => errors::invalid("string indices must be integers, not 'str'"),
        Value::Array(items) if !items.is_empty() => errors::invalid("list indices must be integers or slices, not str"),
        _ => errors::no_config_options(),
    }
}

/// Fails with 403 unless the body has exactly the group or option that the path names.
fn check_names(changes: &Config, group: &str, option: &str) -> Result<(), Problem> {
    if group.is_empty() {
        return Ok(());
    }
    let options = changes.get(group).and_then(Value::as_object);
    if changes.len() != 1 || (!option.is_empty() && options.is_some_and(|options| options.len() != 1)) {
        return Err(errors::config_not_only(group, option));
    }
    let Some(options) = options else {
        return Err(errors::config_other_group(group, changes.keys().next().map_or("", String::as_str)));
    };
    if !option.is_empty() && !options.contains_key(option) {
        let other = options.keys().next().map_or("", String::as_str);
        return Err(errors::config_other_option(group, option, other));
    }
    Ok(())
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let domain = domains::find(os, call.param("domain_id"))?.id.clone();
    let (group, option) = (call.param("group"), call.param("option"));
    check_known(group, option)?;
    let mut groups = os.keystone.domain_configs.get(&domain).map(|row| row.groups.clone()).unwrap_or_default();
    match (group, option) {
        ("", _) => groups.clear(),
        (group, "") => {
            groups.remove(group).ok_or_else(|| missing(&domain, group, ""))?;
        }
        (group, option) => {
            let Some(Value::Object(options)) = groups.get_mut(group) else {
                return Err(missing(&domain, group, ""));
            };
            options.remove(option).ok_or_else(|| missing(&domain, group, option))?;
        }
    }
    if groups.is_empty() {
        os.keystone.domain_configs.remove(&domain);
    } else {
        os.keystone.domain_configs.insert(DomainConfig { domain, groups });
    }
    Ok(Response::empty())
}

fn show_default(call: &Call, _os: &OpenStack) -> Answer {
    let (group, option) = (call.param("group"), call.param("option"));
    check_known(group, option)?;
    let config = match (group, option) {
        ("", _) => DEFAULTS.clone(),
        (group, "") => json!({group: DEFAULTS[group]}),
        (group, option) => match DEFAULTS[group].get(option) {
            Some(value) => json!({option: value}),
            None => return Err(errors::config_default_hidden(group, option)),
        },
    };
    Ok(answer(config))
}

fn answer(config: Value) -> Response {
    Response::object(|o| o.set("config", config))
}

/// The default of each option that can be configured.
static DEFAULTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("domain_config.json")).unwrap_or_default());
