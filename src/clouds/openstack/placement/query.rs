//! Query parameters that filter providers: resources, traits, aggregates and a tree (placement/util.py).

use super::resource_providers::Provider;
use super::{Class, errors, traits};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::{Call, Problem};
use std::collections::BTreeSet;

/// Parses `VCPU:2,MEMORY_MB:1024` (`normalize_resources_qs_param`). If a class occurs twice, the last amount applies.
pub fn resources(text: &str) -> Result<Vec<(Class, i64)>, Problem> {
    if text.trim().is_empty() {
        return Err(errors::bad_resources("empty string"));
    }
    let mut resources: Vec<(Class, i64)> = vec![];
    for one in text.split(',') {
        let Some((class, amount)) = one.split_once(':').filter(|(_, amount)| !amount.contains(':')) else {
            return Err(errors::bad_resources(one));
        };
        let number: i64 = amount.trim().parse().map_err(|_| errors::amount_not_an_integer(class, amount))?;
        if number < 1 {
            return Err(errors::amount_too_small(class, number));
        }
        match resources.iter_mut().find(|(known, _)| **known == *class) {
            Some((_, amount)) => *amount = number,
            None => resources.push((class.into(), number)),
        }
    }
    Ok(resources)
}

/// The traits that a provider must have and must not have.
#[derive(Clone, Debug, Default)]
pub struct TraitFilter {
    /// The provider needs one trait of each set.
    pub required: Vec<BTreeSet<String>>,
    pub forbidden: BTreeSet<String>,
}

impl TraitFilter {
    /// Parses the parameters `required` with the suffix of a request group. Forbidden traits exist since 1.22, `in:`
    /// and several parameters since 1.39.
    pub fn parse(call: &Call, suffix: &str) -> Result<TraitFilter, Problem> {
        let name = format!("required{suffix}");
        let mut values: Vec<_> = call.query.iter().filter(|(key, _)| *key == name).map(|(_, value)| value).collect();
        if !call.since(1, 39) {
            values = values.split_off(values.len().saturating_sub(1));
        }
        let mut filter = TraitFilter::default();
        for value in values {
            filter.add(value, call.since(1, 22), call.since(1, 39))?;
        }
        Ok(filter)
    }

    /// Adds the traits of `HW_A,!CUSTOM_B` or `in:HW_A,CUSTOM_B` (`normalize_traits_qs_param`).
    pub fn add(&mut self, text: &str, allow_forbidden: bool, allow_any: bool) -> Result<(), Problem> {
        if let Some(choice) = text.strip_prefix("in:") {
            if !allow_any {
                return Err(errors::any_trait_too_new(text));
            }
            let choice: BTreeSet<_> = choice.split(',').map(|one| one.trim().to_owned()).collect();
            if choice.contains("") {
                return Err(errors::empty_trait("in:HW_CPU_X86_VMX,CUSTOM_MAGIC", text));
            }
            if choice.iter().any(|one| one.starts_with('!')) {
                return Err(errors::forbidden_any_trait(text));
            }
            self.required.push(choice);
            return Ok(());
        }
        let names: Vec<_> = text.split(',').map(str::trim).collect();
        if names.iter().any(|name| name.trim_start_matches('!').is_empty()) {
            let form = if allow_forbidden { "HW_CPU_X86_VMX,!CUSTOM_MAGIC" } else { "HW_CPU_X86_VMX,CUSTOM_MAGIC" };
            return Err(errors::empty_trait(form, text));
        }
        for name in names {
            if !name.starts_with('!') {
                self.required.push([name.to_owned()].into());
            } else if allow_forbidden {
                self.forbidden.insert(name.trim_start_matches('!').to_owned());
            } else {
                return Err(errors::forbidden_trait_too_new(text));
            }
        }
        Ok(())
    }

    /// The names that are not traits, sorted and joined by `, `; `None` if there are none.
    pub fn unknown(&self, os: &OpenStack) -> Option<String> {
        let names: BTreeSet<_> = self.required.iter().flatten().chain(&self.forbidden).collect();
        let unknown: Vec<_> = names.into_iter().filter(|name| !traits::exists(os, name)).cloned().collect();
        if unknown.is_empty() { None } else { Some(unknown.join(", ")) }
    }

    /// True if the provider meets the conditions.
    pub fn matches(&self, provider: &Provider) -> bool {
        let has = |name: &String| provider.traits.contains(name.as_str());
        self.required.iter().all(|choice| choice.iter().any(has)) && !self.forbidden.iter().any(has)
    }
}

/// The aggregates that a provider must be in and must not be in.
#[derive(Clone, Debug, Default)]
pub struct AggregateFilter {
    /// The provider must be in one aggregate of each set.
    pub required: Vec<BTreeSet<String>>,
    pub forbidden: BTreeSet<String>,
}

impl AggregateFilter {
    /// Parses the parameters `member_of` with the suffix of a request group. Several are allowed since 1.24, forbidden
    /// aggregates since 1.32.
    pub fn parse(call: &Call, suffix: &str) -> Result<AggregateFilter, Problem> {
        let name = format!("member_of{suffix}");
        let values: Vec<_> = call.query.iter().filter(|(key, _)| *key == name).map(|(_, value)| value).collect();
        if values.len() > 1 && !call.since(1, 24) {
            return Err(errors::several_member_of(suffix));
        }
        let mut filter = AggregateFilter::default();
        for value in values {
            let (forbidden, uuids) = aggregates(value)?;
            if !forbidden {
                filter.required.push(uuids);
            } else if call.since(1, 32) {
                filter.forbidden.extend(uuids);
            } else {
                return Err(errors::forbidden_member_of_too_new(suffix));
            }
        }
        Ok(filter)
    }

    /// True if the provider meets the conditions.
    pub fn matches(&self, provider: &Provider) -> bool {
        let within = |uuid: &String| provider.aggregates.iter().any(|own| **own == **uuid);
        self.required.iter().all(|choice| choice.iter().any(within)) && !self.forbidden.iter().any(within)
    }
}

/// Parses one UUID, or several after `in:`. The flag is true after a `!` (`normalize_member_of_qs_param`).
fn aggregates(text: &str) -> Result<(bool, BTreeSet<String>), Problem> {
    if text.contains(',') && !text.starts_with("in:") && !text.starts_with("!in:") {
        return Err(errors::member_of_without_in(text));
    }
    let forbidden = text.starts_with('!');
    let names = text.strip_prefix('!').unwrap_or(text);
    let uuids: Vec<&str> = match names.strip_prefix("in:") {
        Some(several) => several.split(',').collect(),
        None => vec![names],
    };
    match uuids.iter().find(|uuid| !is_uuid_like(uuid)) {
        Some(bad) => Err(errors::member_of_not_a_uuid(bad)),
        None => Ok((forbidden, uuids.into_iter().map(str::to_owned).collect())),
    }
}

/// The UUID of `in_tree`, which may be any provider of the tree.
pub fn in_tree(text: &str) -> Result<String, Problem> {
    let uuid = text.trim();
    if is_uuid_like(uuid) { Ok(uuid.to_owned()) } else { Err(errors::in_tree_not_a_uuid(text)) }
}
