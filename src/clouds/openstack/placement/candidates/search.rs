//! The search for candidates: for each tree, all combinations of its providers, and of the sharing providers of its
//! aggregates, that satisfy all request groups (placement/objects/allocation_candidate.py).

use super::groups::RequestGroup;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::bodies::last;
use crate::clouds::openstack::placement::query::TraitFilter;
use crate::clouds::openstack::placement::resource_providers::Provider;
use crate::clouds::openstack::placement::{Class, errors};
use crate::engine::{Call, Id, Problem};
use std::collections::BTreeSet;

/// The parameters that apply to a candidate as a whole (`RequestWideParams` in placement/lib.py).
pub struct RequestWideParams {
    /// True if groups with a suffix need different providers; `None` without a `group_policy`.
    pub isolate: Option<bool>,
    /// The traits of the root provider (`root_required`).
    pub root_traits: TraitFilter,
    /// Sets of suffixes. One provider of each set must be an ancestor of the others.
    pub same_subtrees: Vec<BTreeSet<String>>,
}

/// A provider with this trait shares its resources with the providers of its aggregates.
const SHARING_TRAIT: &str = "MISC_SHARES_VIA_AGGREGATE";

/// The search ends at this number of combinations.
const MAX_COMBINATIONS: usize = 10_000;

impl RequestWideParams {
    /// Parses the query (`RequestWideParams.from_request`).
    pub fn parse(call: &Call) -> Result<RequestWideParams, Problem> {
        let values = |name: &'static str| call.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value);
        let mut root_traits = TraitFilter::default();
        for (index, value) in values("root_required").enumerate() {
            if index > 0 {
                return Err(errors::several_root_required());
            }
            root_traits.add(value, true, false)?;
        }
        let conflicts = root_traits.required.iter().flatten().filter(|name| root_traits.forbidden.contains(*name));
        let conflicts: Vec<_> = conflicts.cloned().collect();
        if !conflicts.is_empty() {
            return Err(errors::conflicting_root_traits(&conflicts.join(", ")));
        }
        let mut same_subtrees = vec![];
        for value in values("same_subtree") {
            let suffixes: BTreeSet<String> = value.split(',').map(|one| one.trim().to_owned()).collect();
            if suffixes.contains("") {
                return Err(errors::empty_suffix());
            }
            same_subtrees.push(suffixes);
        }
        let isolate = last(call, "group_policy").map(|policy| policy == "isolate");
        Ok(RequestWideParams { isolate, root_traits, same_subtrees })
    }
}

/// An amount of a resource class at a provider.
type ProviderAmount<'o> = (&'o Provider, Class, i64);

/// One way to satisfy one group.
#[derive(Clone)]
struct Part<'o> {
    suffix: &'o str,
    amounts: Vec<ProviderAmount<'o>>,
    /// The provider of a group with a suffix.
    provider: Option<&'o Provider>,
}

/// One way to satisfy all groups.
pub struct Candidate<'o> {
    parts: Vec<Part<'o>>,
}

impl<'o> Candidate<'o> {
    /// The amounts at each provider, summed over the groups.
    pub fn by_provider(&self) -> Vec<(&'o Provider, Vec<(Class, i64)>)> {
        let mut merged: Vec<(&Provider, Vec<(Class, i64)>)> = vec![];
        for (provider, class, amount) in self.parts.iter().flat_map(|part| &part.amounts) {
            if !merged.iter().any(|(known, _)| known.uuid == provider.uuid) {
                merged.push((provider, vec![]));
            }
            let Some((_, amounts)) = merged.iter_mut().find(|(known, _)| known.uuid == provider.uuid) else { continue };
            match amounts.iter_mut().find(|(known, _)| known == class) {
                Some((_, sum)) => *sum += amount,
                None => amounts.push((class.clone(), *amount)),
            }
        }
        merged
    }

    /// The providers of each group, by suffix.
    pub fn mappings(&self) -> Vec<(&'o str, BTreeSet<&'o Id>)> {
        self.parts.iter().map(|part| (part.suffix, part.providers())).collect()
    }
}

impl<'o> Part<'o> {
    fn providers(&self) -> BTreeSet<&'o Id> {
        self.amounts
            .iter()
            .map(|(provider, ..)| *provider)
            .chain(self.provider)
            .map(|provider| &provider.uuid)
            .collect()
    }
}

/// All candidates. Before 1.29 (`knows_trees` is false) a candidate has at most one provider of each tree.
pub fn candidates<'o>(
    os: &'o OpenStack,
    groups: &'o [RequestGroup],
    params: &RequestWideParams,
    knows_trees: bool,
) -> Vec<Candidate<'o>> {
    let providers = || os.placement.providers.all().rev();
    let sharing: Vec<&Provider> = providers().filter(|provider| provider.traits.contains(SHARING_TRAIT)).collect();
    // A candidate of sharing providers alone is found in each tree, but listed once.
    let mut seen = BTreeSet::new();
    let mut found = vec![];
    for root in providers().filter(|one| one.parent.is_none() && params.root_traits.matches(one)) {
        let mut nearby: Vec<&Provider> = os.placement.providers.of(&root.uuid).collect();
        let shared = sharing.iter().copied().filter(|one| one.root != root.uuid && shares_with(one, &nearby));
        let shared: Vec<&Provider> = shared.collect();
        nearby.extend(shared);
        let mut combined: Vec<Vec<Part>> = vec![vec![]];
        for group in groups {
            let parts = parts(os, group, root, &nearby);
            combined = product(&combined, &parts);
        }
        let candidates = combined.into_iter().map(|parts| Candidate { parts });
        found.extend(candidates.filter(|one| fits(os, one, params, knows_trees) && seen.insert(identity(one))));
        if found.len() >= MAX_COMBINATIONS {
            break;
        }
    }
    found
}

/// The Cartesian product of rows and items.
fn product<T: Clone>(rows: &[Vec<T>], items: &[T]) -> Vec<Vec<T>> {
    let with_each = |row: &Vec<T>| {
        let extended = |item: &T| row.iter().chain([item]).cloned().collect::<Vec<_>>();
        items.iter().map(extended).collect::<Vec<_>>()
    };
    rows.iter().flat_map(with_each).take(MAX_COMBINATIONS).collect()
}

/// A key by which equal candidates are recognised.
fn identity(candidate: &Candidate) -> Vec<(String, Id, Class, i64)> {
    let of = |part: &Part| {
        let named = |(provider, class, amount): &ProviderAmount| {
            (part.suffix.to_owned(), provider.uuid.clone(), class.clone(), *amount)
        };
        part.amounts.iter().map(named).collect::<Vec<_>>()
    };
    let mut amounts: Vec<_> = candidate.parts.iter().flat_map(of).collect();
    amounts.sort();
    amounts
}

fn shares_with(provider: &Provider, tree: &[&Provider]) -> bool {
    tree.iter().any(|one| one.aggregates.iter().any(|aggregate| provider.aggregates.contains(aggregate)))
}

/// All ways to satisfy one group with the providers of a tree and those that share with it. With `in_tree` the sharing
/// providers of other trees are excluded.
fn parts<'o>(os: &OpenStack, group: &'o RequestGroup, root: &'o Provider, nearby: &[&'o Provider]) -> Vec<Part<'o>> {
    let mut nearby = nearby.to_vec();
    if let Some(uuid) = &group.in_tree {
        let tree = os.placement.providers.get(uuid).map(|provider| &provider.root);
        nearby.retain(|provider| tree == Some(&root.uuid) && provider.root == root.uuid);
    }
    if group.is_granular() { from_one(group, &nearby) } else { from_any(group, root, &nearby) }
}

/// The providers that have all resources of a group.
fn from_one<'o>(group: &'o RequestGroup, nearby: &[&'o Provider]) -> Vec<Part<'o>> {
    let fits = |one: &&&Provider| {
        let has = |class: &str, amount| one.inventory(class).is_some_and(|own| own.has_room(amount));
        group.traits.matches(one)
            && group.aggregates.matches(one)
            && group.resources.iter().all(|(class, amount)| has(class, *amount))
    };
    let part = |one: &&'o Provider| Part {
        suffix: &group.suffix,
        amounts: group.resources.iter().map(|(class, amount)| (*one, class.clone(), *amount)).collect(),
        provider: Some(*one),
    };
    nearby.iter().filter(fits).map(part).collect()
}

/// Combinations in which each resource class comes from any provider. The aggregates of the root count for its whole
/// tree.
fn from_any<'o>(group: &'o RequestGroup, root: &Provider, nearby: &[&'o Provider]) -> Vec<Part<'o>> {
    let within =
        |one: &Provider| group.aggregates.matches(one) || (one.root == root.uuid && group.aggregates.matches(root));
    let mut combined: Vec<Vec<ProviderAmount>> = vec![vec![]];
    for (class, amount) in &group.resources {
        let choices = nearby
            .iter()
            .filter(|one| within(one) && one.inventory(class).is_some_and(|own| own.has_room(*amount)))
            .map(|one| (*one, class.clone(), *amount));
        combined = product(&combined, &choices.collect::<Vec<_>>());
    }
    // Any provider of the combination may have a required trait, and none a forbidden one.
    combined.retain(|amounts| {
        let has = |name: &String| amounts.iter().any(|(one, ..)| one.traits.contains(name.as_str()));
        group.traits.required.iter().all(|choice| choice.iter().any(has)) && !group.traits.forbidden.iter().any(has)
    });
    combined.into_iter().map(|amounts| Part { suffix: &group.suffix, amounts, provider: None }).collect()
}

/// True if the groups fit together: capacity for their sums, `group_policy`, and `same_subtree`.
fn fits(os: &OpenStack, candidate: &Candidate, params: &RequestWideParams, knows_trees: bool) -> bool {
    let merged = candidate.by_provider();
    let has_room = |provider: &Provider, class: &Class, amount: i64| {
        let own = provider.inventory(class);
        own.is_some_and(|own| own.max_unit >= amount && (own.used + amount) as f64 <= own.capacity())
    };
    let granular = candidate.parts.iter().filter(|part| !part.suffix.is_empty() && !part.amounts.is_empty());
    let granular: Vec<_> = granular.filter_map(|part| part.provider.map(|one| &one.uuid)).collect();
    let apart = granular.iter().collect::<BTreeSet<_>>().len() == granular.len();
    let roots: BTreeSet<_> = merged.iter().map(|(one, _)| &one.root).collect();
    merged.iter().all(|(one, amounts)| amounts.iter().all(|(class, amount)| has_room(one, class, *amount)))
        && (params.isolate != Some(true) || apart)
        && (knows_trees || roots.len() == merged.len())
        && params.same_subtrees.iter().all(|suffixes| is_one_subtree(os, candidate, suffixes))
}

/// True if one provider of the groups is an ancestor of the others (`_satisfies_same_subtree`).
fn is_one_subtree(os: &OpenStack, candidate: &Candidate, suffixes: &BTreeSet<String>) -> bool {
    let parts = candidate.parts.iter().filter(|part| suffixes.contains(part.suffix));
    let providers: BTreeSet<&Id> = parts.flat_map(Part::providers).collect();
    let is_above = |top: &Id, below: &Id| {
        let mut at = os.placement.providers.get(below);
        while let Some(provider) = at {
            if provider.uuid == *top {
                return true;
            }
            at = provider.parent.as_ref().and_then(|parent| os.placement.providers.get(parent));
        }
        false
    };
    providers.len() < 2 || providers.iter().any(|top| providers.iter().all(|below| is_above(top, below)))
}
