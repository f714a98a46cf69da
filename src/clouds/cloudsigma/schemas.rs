//! Schemas of request bodies for openapi/: the keys that the manual gives each command. The handlers themselves check
//! the values.

use super::drives::ALL_USERS;
use schemars::Schema;
use serde_json::{Map, Value, json};

pub fn profile() -> Schema {
    pairs(&[
        ("email", "Checks for valid email address"),
        ("first_name", ""),
        ("last_name", ""),
        ("nick_name", "Public name"),
        ("title", ""),
        ("company", ""),
        ("address", ""),
        ("postcode", ""),
        ("phone", ""),
        ("currency", "Billing currency. Once set cannot be changed"),
        ("country", "Country code"),
        ("language", "Language code"),
    ])
}

pub fn drive() -> Schema {
    pairs(&[
        ("name", "Drive name"),
        ("size", "Size of drive in bytes, optionally with a k/M/G/T suffix"),
        ("claim:type", "Either `exclusive` (the default) or `shared`"),
        ("readers", &format!("Space-separated list of users allowed to read, or `{ALL_USERS}` for all users")),
        ("encryption:cipher", "Either `none` or `aes-xts-plain` (the default)"),
        ("tags", "Space-separated list: `affinity:ssd`"),
        ("use", "Space-separated list"),
    ])
}

pub fn server() -> Schema {
    pairs(&[
        ("name", "Server name"),
        ("parent", "UUID of parent object, if any"),
        ("cpu", "CPU quota in core MHz"),
        ("smp", "Number of virtual processors, or `auto` to calculate it from cpu; 2.2 GHz per core at most"),
        ("mem", "Virtual memory size in MB"),
        ("ide:0:0", "Drive UUID to connect: ide:BUS[0-1]:UNIT[0-1], block:INDEX[0-7]"),
        ("ide:0:0:media", "`cdrom`, or `disk` (the default)"),
        ("boot", "Devices to boot, e.g. `ide:0:0 ide:1:0`"),
        ("nic:0:model", "`e1000`, `rtl8139` or `virtio`"),
        ("nic:0:dhcp", "A static IP address, or `auto` for one while it runs"),
        ("nic:1:model", "`e1000`, `rtl8139` or `virtio`"),
        ("nic:1:vlan", "The VLAN to which the network interface is attached"),
        ("nic:1:mac", "The MAC address; generated if unset, unique on the VLAN"),
        ("vnc:ip", "A static IP address, or `auto` to reuse nic:0:dhcp"),
        ("vnc:password", "If unset, VNC is disabled"),
        ("vnc:tls", "`on` to require VeNCrypt-style TLS"),
    ])
}

pub fn name() -> Schema {
    pairs(&[("name", "")])
}

pub fn group() -> Schema {
    pairs(&[("name", ""), ("description", "Notes")])
}

pub fn servers() -> Schema {
    pairs(&[("server:0", "Server UUID"), ("server:1", "and so on")])
}

pub fn months() -> Schema {
    pairs(&[("months", "")])
}

pub fn committed() -> Schema {
    let resources = [("cpu", "In core MHz"), ("mem", "In MB"), ("disk", "In GB"), ("xfer", "In GB per month")];
    pairs(&[&resources[..], &TERM].concat())
}

pub fn quantity() -> Schema {
    pairs(&[&[("quantity", "")][..], &TERM].concat())
}

pub fn software() -> Schema {
    let licenses = [("msft_lwa_00135", ""), ("msft_p73_04837", ""), ("msft_tfa_00009", "")];
    pairs(&[&licenses[..], &TERM].concat())
}

const TERM: [(&str, &str); 2] = [("start_time", "Y-m-d H:M; also as start_date"), ("months", "")];

/// An object of strings, which the request writes as lines of `key value`.
fn pairs(keys: &[(&str, &str)]) -> Schema {
    let mut properties = Map::new();
    for (key, description) in keys {
        let mut property = json!({"type": "string"});
        if !description.is_empty() {
            property["description"] = Value::from(*description);
        }
        properties.insert((*key).to_owned(), property);
    }
    let mut schema = Schema::default();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    schema
}
