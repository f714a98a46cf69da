//! The indexes of a table find what a look at every row finds, whatever was done to the table.

use nephos::engine::{AnyTable, Id, Index, Row, Table, UndoEntry};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Port {
    id: Id,
    project: Id,
    device: Option<String>,
    groups: Vec<String>,
    name: String,
}

const BY_DEVICE: Index<Port> = Index::new("device", |port, key| port.device.iter().for_each(|device| key(device)));
const BY_GROUP: Index<Port> = Index::new("group", |port, key| port.groups.iter().for_each(|group| key(group)));
const BY_NAME: Index<Port> = Index::ordered("name", |port, key| key(&port.name));
/// An index with several keys of a row, also the same one twice.
const BY_WORD: Index<Port> = Index::ordered("word", |port, key| port.groups.iter().for_each(|group| key(group)));

impl Row for Port {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_DEVICE, BY_GROUP, BY_NAME, BY_WORD]
    }
}

fn port(id: &str, device: &str, groups: &[&str], name: &str) -> Port {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    let device = Some(device.to_owned()).filter(|device| !device.is_empty());
    Port { id: id.into(), project: "demo".into(), device, groups, name: name.into() }
}

fn ports(rows: &[Port]) -> Table<Port> {
    let mut table = Table::default();
    rows.iter().for_each(|row| _ = table.insert(row.clone()));
    table
}

fn ids<'p>(rows: impl Iterator<Item = &'p Port>) -> Vec<&'p str> {
    rows.map(|row| &*row.id).collect()
}

#[test]
fn rows_of_a_key_come_newest_first() {
    let table = ports(&[port("a", "vm", &[], ""), port("b", "", &[], ""), port("c", "vm", &[], "")]);
    assert_eq!(ids(table.by(&BY_DEVICE, "vm")), ["c", "a"]);
    assert_eq!(ids(table.by(&BY_DEVICE, "vm").rev()), ["a", "c"]);
    assert!(table.by(&BY_DEVICE, "").next().is_none() && table.by(&BY_DEVICE, "other").next().is_none());
}

#[test]
fn a_row_is_found_by_each_of_its_keys_and_once_by_a_key_that_it_has_twice() {
    let table = ports(&[port("a", "", &["web", "ssh", "web"], ""), port("b", "", &["ssh"], "")]);
    assert_eq!(ids(table.by(&BY_GROUP, "web")), ["a"]);
    assert_eq!(ids(table.by(&BY_GROUP, "ssh")), ["b", "a"]);
    assert_eq!(ids(table.by(&BY_WORD, "ssh")), ["b", "a"]);
    assert_eq!(ids(table.range(&BY_WORD, "", None)), ["a", "b", "a"]);
}

#[test]
fn a_row_that_is_changed_in_place_is_found_by_its_new_keys_at_once() {
    let mut table = ports(&[port("a", "vm", &[], "one"), port("b", "vm", &[], "two"), port("c", "vm", &[], "two")]);
    let copy = table.clone();
    if let Some(row) = table.get_mut("b") {
        (row.device, row.name) = (Some("other".into()), "zero".into());
    }
    let unfinished = table.clone();
    for table in [&table, &unfinished] {
        assert_eq!((ids(table.by(&BY_DEVICE, "vm")), ids(table.by(&BY_DEVICE, "other"))), (vec!["c", "a"], vec!["b"]));
        assert_eq!(ids(table.range(&BY_NAME, "", None)), ["a", "c", "b"]);
        assert_eq!(ids(table.range(&BY_NAME, "t", Some("two"))), [] as [&str; 0]);
    }
    // And still when another row is changed, and when it is changed back.
    if let Some(row) = table.get_mut("a") {
        row.device = Some("other".into());
    }
    assert_eq!(ids(table.by(&BY_DEVICE, "other")), ["b", "a"]);
    if let Some(row) = table.get_mut("b") {
        row.device = Some("vm".into());
    }
    assert_eq!((ids(table.by(&BY_DEVICE, "vm")), ids(table.by(&BY_DEVICE, "other"))), (vec!["c", "b"], vec!["a"]));
    assert_eq!(ids(copy.by(&BY_DEVICE, "vm")), ["c", "b", "a"]);
}

#[test]
fn an_undo_puts_the_indexes_back() {
    let mut table = ports(&[port("a", "vm", &["web"], "one"), port("b", "", &[], "two")]);
    table.take_undo();
    if let Some(row) = table.get_mut("a") {
        (row.device, row.name) = (None, "uno".into());
    }
    table.remove("b");
    table.insert(port("c", "vm", &[], "three"));
    let undo = table.take_undo();
    assert_eq!((ids(table.by(&BY_DEVICE, "vm")), ids(table.range(&BY_NAME, "", None))), (vec!["c"], vec!["c", "a"]));
    table.undo(&undo);
    assert_eq!(ids(table.by(&BY_DEVICE, "vm")), ["a"]);
    assert_eq!(ids(table.range(&BY_NAME, "", None)), ["a", "b"]);
}

#[test]
fn a_range_lists_keys_in_order_from_a_marker_on() {
    let names = ["photo/2", "photo/10", "readme", "photo", "photo/1", "photos"];
    let table = ports(&names.map(|name| port(name, "", &[], name)));
    assert_eq!(ids(table.range(&BY_NAME, "photo/", None)), ["photo/1", "photo/10", "photo/2"]);
    assert_eq!(ids(table.range(&BY_NAME, "photo/", Some("photo/10"))), ["photo/2"]);
    assert_eq!(ids(table.range(&BY_NAME, "photo", Some("photo/2"))), ["photos"]);
    assert_eq!(ids(table.range(&BY_NAME, "photo/", Some("a"))).len(), 3);
    assert!(table.range(&BY_NAME, "photo/", Some("z")).next().is_none());
    // What is below a common prefix is passed over at once.
    assert_eq!(ids(table.range(&BY_NAME, "", Some("photo/\u{10ffff}"))), ["photos", "readme"]);
}

/// One thing that can be done to a table.
#[derive(Clone, Debug)]
enum Step {
    Insert(Port),
    /// Changed in place, perhaps again and again.
    Change(String, Port),
    Put(Port),
    Remove(String),
    /// Ends a change and keeps it.
    Commit,
    /// Ends a change and takes it back.
    Undo,
    /// Takes back the last change that was kept.
    Rewind,
    /// Goes on with a copy.
    Fork,
    /// Goes on with a table that is loaded from what this one saves.
    Load,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = || prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    let device = prop::sample::select(vec!["", "vm", "router"]);
    let groups = prop::collection::vec(prop::sample::select(vec!["web", "ssh", "db"]), 0..3);
    let name = prop::sample::select(vec!["", "x", "x/1", "x/2", "y"]);
    let any_port = (id(), device, groups, name).prop_map(|(id, device, groups, name)| port(id, device, &groups, name));
    let step = prop_oneof![
        3 => any_port.clone().prop_map(Step::Insert),
        5 => (id(), any_port.clone()).prop_map(|(id, port)| Step::Change(id.into(), port)),
        1 => any_port.prop_map(Step::Put),
        2 => id().prop_map(|id| Step::Remove(id.into())),
        2 => Just(Step::Commit),
        1 => Just(Step::Undo),
        1 => Just(Step::Rewind),
        1 => Just(Step::Fork),
        1 => Just(Step::Load),
    ];
    prop::collection::vec(step, 0..40)
}

/// A table, and its rows before each change that can be undone.
#[derive(Default)]
struct Tested {
    table: Table<Port>,
    kept: Vec<(Vec<UndoEntry>, Vec<Port>)>,
    before: Vec<Port>,
}

impl Tested {
    fn rows(&self) -> Vec<Port> {
        self.table.all().cloned().collect()
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Insert(row) => _ = self.table.insert(row),
            Step::Change(id, new) => {
                if let Some(row) = self.table.get_mut(&id) {
                    *row = Port { id: row.id.clone(), ..new };
                }
            }
            Step::Put(row) => _ = self.table.put(serde_json::json!(row)),
            Step::Remove(id) => _ = self.table.remove(&id),
            Step::Commit => {
                let undo = self.table.take_undo();
                let rows = self.rows();
                let before = std::mem::replace(&mut self.before, rows);
                self.kept.push((undo, before));
            }
            Step::Undo => {
                let undo = self.table.take_undo();
                self.table.undo(&undo);
                assert_eq!(self.rows(), self.before);
            }
            Step::Rewind => {
                self.take(Step::Undo);
                if let Some((undo, before)) = self.kept.pop() {
                    self.table.undo(&undo);
                    assert_eq!(self.rows(), before);
                    self.before = before;
                }
            }
            Step::Fork => {
                self.take(Step::Commit);
                self.table = self.table.clone();
            }
            Step::Load => {
                let mut loaded = Table::default();
                loaded.load(self.table.save().unwrap()).unwrap();
                *self = Tested { table: loaded, kept: vec![], before: vec![] };
                self.take(Step::Commit);
                self.kept.clear();
            }
        }
    }
}

fn assert_finds_what_a_scan_finds(table: &Table<Port>) {
    for key in ["", "vm", "router", "web", "ssh", "db", "x", "x/1", "none"] {
        let scan = |has: &dyn Fn(&Port) -> bool| ids(table.all().filter(|row| has(row)));
        let of_group = scan(&|row| row.groups.iter().any(|group| group == key));
        assert_eq!(ids(table.by(&BY_DEVICE, key)), scan(&|row| row.device.as_deref() == Some(key)));
        assert_eq!(ids(table.by(&BY_GROUP, key)), of_group);
        assert_eq!(ids(table.by(&BY_GROUP, key).rev()), of_group.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(ids(table.by(&BY_NAME, key)), scan(&|row| row.name == key));
    }
    for prefix in ["", "x", "x/", "y", "none"] {
        for after in [None, Some(""), Some("x"), Some("x/1"), Some("x/9"), Some("z")] {
            let fits = |row: &&Port| row.name.starts_with(prefix) && after.is_none_or(|after| *row.name > *after);
            let mut scan: Vec<_> = table.all().rev().filter(fits).collect();
            scan.sort_by_key(|row| &row.name);
            assert_eq!(ids(table.range(&BY_NAME, prefix, after)), ids(scan.into_iter()), "{prefix:?} {after:?}");
        }
    }
}

proptest! {
    #[test]
    fn indexes_find_what_a_scan_finds(steps in steps()) {
        let mut tested = Tested::default();
        let mut forks = vec![];
        for step in steps {
            if matches!(step, Step::Fork | Step::Load) {
                // Left with a row handed out whose keys are not listed yet.
                forks.push((tested.rows(), tested.table.clone()));
            }
            tested.take(step);
            assert_finds_what_a_scan_finds(&tested.table);
        }
        for (rows, fork) in forks {
            prop_assert_eq!(fork.all().cloned().collect::<Vec<_>>(), rows);
            assert_finds_what_a_scan_finds(&fork);
        }
    }
}
