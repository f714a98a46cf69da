//! Trees of providers, and what of them (and of those that share) satisfies all groups at once
//! (placement/objects/allocation_candidate.py).

use super::groups::Group;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::bodies::last;
use crate::clouds::openstack::placement::query::WantedTraits;
use crate::clouds::openstack::placement::resource_providers::Provider;
use crate::clouds::openstack::placement::{Class, errors};
use crate::engine::{Call, Id, Problem};
use std::collections::BTreeSet;

/// What is asked of a candidate as a whole.
pub struct Whole {
    /// True if no two groups may come from one provider; nothing if nobody said.
    pub isolate: Option<bool>,
    pub root_traits: WantedTraits,
    pub same_subtrees: Vec<BTreeSet<String>>,
}

/// Providers with this trait give to others that are in an aggregate with them.
const SHARES: &str = "MISC_SHARES_VIA_AGGREGATE";

/// More combinations than anybody can look at are not made.
const MOST: usize = 10_000;

impl Whole {
    pub fn asked(call: &Call) -> Result<Whole, Problem> {
        let values = |name: &'static str| call.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value);
        let mut root_traits = WantedTraits::default();
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
        Ok(Whole { isolate, root_traits, same_subtrees })
    }
}

/// So much of a class from a provider.
type Taken<'o> = (&'o Provider, Class, i64);

/// One way to satisfy one group.
#[derive(Clone)]
struct Part<'o> {
    suffix: &'o str,
    taken: Vec<Taken<'o>>,
    /// Where a group is that must come from one provider.
    at: Option<&'o Provider>,
}

/// One way to satisfy all groups.
pub struct Candidate<'o> {
    parts: Vec<Part<'o>>,
}

impl<'o> Candidate<'o> {
    /// What is taken from each provider, of all groups together.
    pub fn by_provider(&self) -> Vec<(&'o Provider, Vec<(Class, i64)>)> {
        let mut merged: Vec<(&Provider, Vec<(Class, i64)>)> = vec![];
        for (provider, class, amount) in self.parts.iter().flat_map(|part| &part.taken) {
            if !merged.iter().any(|(known, _)| known.uuid == provider.uuid) {
                merged.push((provider, vec![]));
            }
            let Some((_, taken)) = merged.iter_mut().find(|(known, _)| known.uuid == provider.uuid) else { continue };
            match taken.iter_mut().find(|(known, _)| known == class) {
                Some((_, sum)) => *sum += amount,
                None => taken.push((class.clone(), *amount)),
            }
        }
        merged
    }

    /// The providers of each group.
    pub fn mappings(&self) -> Vec<(&'o str, BTreeSet<&'o Id>)> {
        self.parts.iter().map(|part| (part.suffix, part.providers())).collect()
    }
}

impl<'o> Part<'o> {
    fn providers(&self) -> BTreeSet<&'o Id> {
        self.taken.iter().map(|(provider, ..)| *provider).chain(self.at).map(|provider| &provider.uuid).collect()
    }
}

/// Ways to satisfy all groups. Clients before 1.29 know of no trees, so at most one provider of each.
pub fn candidates<'o>(os: &'o OpenStack, groups: &'o [Group], whole: &Whole, knows_trees: bool) -> Vec<Candidate<'o>> {
    let providers = || os.placement.providers.all().rev();
    let sharing: Vec<&Provider> = providers().filter(|provider| provider.traits.contains(SHARES)).collect();
    // What shares alone is found from every tree that it shares with.
    let mut seen = BTreeSet::new();
    let mut found = vec![];
    for root in providers().filter(|one| one.parent.is_none() && whole.root_traits.met_by(one)) {
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
        found.extend(candidates.filter(|one| fits(os, one, whole, knows_trees) && seen.insert(identity(one))));
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Each of the rows with each of the items.
fn product<T: Clone>(rows: &[Vec<T>], items: &[T]) -> Vec<Vec<T>> {
    let with_each = |row: &Vec<T>| {
        let longer = |item: &T| row.iter().chain([item]).cloned().collect::<Vec<_>>();
        items.iter().map(longer).collect::<Vec<_>>()
    };
    rows.iter().flat_map(with_each).take(MOST).collect()
}

fn identity(candidate: &Candidate) -> Vec<(String, Id, Class, i64)> {
    let of = |part: &Part| {
        let named =
            |(provider, class, amount): &Taken| (part.suffix.to_owned(), provider.uuid.clone(), class.clone(), *amount);
        part.taken.iter().map(named).collect::<Vec<_>>()
    };
    let mut taken: Vec<_> = candidate.parts.iter().flat_map(of).collect();
    taken.sort();
    taken
}

fn shares_with(provider: &Provider, tree: &[&Provider]) -> bool {
    tree.iter().any(|one| one.aggregates.iter().any(|aggregate| provider.aggregates.contains(aggregate)))
}

/// Ways to satisfy one group within a tree and what shares with it, which do not count where the client
/// names a tree.
fn parts<'o>(os: &OpenStack, group: &'o Group, root: &'o Provider, nearby: &[&'o Provider]) -> Vec<Part<'o>> {
    let mut nearby = nearby.to_vec();
    if let Some(uuid) = &group.in_tree {
        let meant = os.placement.providers.get(uuid).map(|provider| &provider.root);
        nearby.retain(|provider| meant == Some(&root.uuid) && provider.root == root.uuid);
    }
    if group.is_granular() { from_one(group, &nearby) } else { from_any(group, root, &nearby) }
}

fn from_one<'o>(group: &'o Group, nearby: &[&'o Provider]) -> Vec<Part<'o>> {
    let fits = |one: &&&Provider| {
        let has = |class: &str, amount| one.inventory(class).is_some_and(|own| own.has_room(amount));
        group.traits.met_by(one)
            && group.aggregates.met_by(one)
            && group.resources.iter().all(|(class, amount)| has(class, *amount))
    };
    let part = |one: &&'o Provider| Part {
        suffix: &group.suffix,
        taken: group.resources.iter().map(|(class, amount)| (*one, class.clone(), *amount)).collect(),
        at: Some(*one),
    };
    nearby.iter().filter(fits).map(part).collect()
}

/// Each class from any provider. A root that is in an aggregate brings its whole tree in.
fn from_any<'o>(group: &'o Group, root: &Provider, nearby: &[&'o Provider]) -> Vec<Part<'o>> {
    let within =
        |one: &Provider| group.aggregates.met_by(one) || (one.root == root.uuid && group.aggregates.met_by(root));
    let mut combined: Vec<Vec<Taken>> = vec![vec![]];
    for (class, amount) in &group.resources {
        let having = nearby
            .iter()
            .filter(|one| within(one) && one.inventory(class).is_some_and(|own| own.has_room(*amount)))
            .map(|one| (*one, class.clone(), *amount));
        combined = product(&combined, &having.collect::<Vec<_>>());
    }
    // Traits may come from any of them; those that are forbidden must come from none.
    combined.retain(|taken| {
        let has = |name: &String| taken.iter().any(|(one, ..)| one.traits.contains(name.as_str()));
        group.traits.required.iter().all(|choice| choice.iter().any(has)) && !group.traits.forbidden.iter().any(has)
    });
    combined.into_iter().map(|taken| Part { suffix: &group.suffix, taken, at: None }).collect()
}

/// Whether groups go together: room for all of them, apart if that is asked, near each other if that is.
fn fits(os: &OpenStack, candidate: &Candidate, whole: &Whole, knows_trees: bool) -> bool {
    let merged = candidate.by_provider();
    let has_room = |provider: &Provider, class: &Class, amount: i64| {
        let own = provider.inventory(class);
        own.is_some_and(|own| own.max_unit >= amount && (own.used + amount) as f64 <= own.capacity())
    };
    let granular = candidate.parts.iter().filter(|part| !part.suffix.is_empty() && !part.taken.is_empty());
    let granular: Vec<_> = granular.filter_map(|part| part.at.map(|one| &one.uuid)).collect();
    let apart = granular.iter().collect::<BTreeSet<_>>().len() == granular.len();
    let roots: BTreeSet<_> = merged.iter().map(|(one, _)| &one.root).collect();
    merged.iter().all(|(one, taken)| taken.iter().all(|(class, amount)| has_room(one, class, *amount)))
        && (whole.isolate != Some(true) || apart)
        && (knows_trees || roots.len() == merged.len())
        && whole.same_subtrees.iter().all(|suffixes| is_one_subtree(os, candidate, suffixes))
}

/// True if one of the groups' providers is above all the others.
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
