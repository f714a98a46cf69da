//! Agents: what does Neutron's work on its hosts.

use super::attributes::{Absent, ID, Kind, read_only, settable};
use super::convert::to_boolean;
use super::record::Record;
use super::resource::Resource;
use super::{Neutron, errors};
use crate::engine::{Problem, Table};

pub static KIND: Kind = Kind::new(
    "agent",
    "agents",
    &[
        ID,
        read_only("agent_type").filter().sort(),
        read_only("host").filter().sort(),
        settable("admin_state_up").default(Absent::True).convert(to_boolean).filter().sort(),
    ],
);

pub struct Agents;

impl Resource for Agents {
    const KIND: &'static Kind = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.agents
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.agents
    }

    fn not_found(id: &str) -> Problem {
        errors::agent_not_found(id)
    }
}
