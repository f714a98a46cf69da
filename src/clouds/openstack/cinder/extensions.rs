//! `GET /extensions`: the extensions of the API (cinder/api/extensions.py).

use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/extensions", "cinder.extension.list", list).summary("Lists API extensions."),
    get("/extensions/{alias}", "cinder.extension.show", show).summary("Shows an API extension."),
];

struct Extension {
    name: &'static str,
    alias: &'static str,
    description: &'static str,
    updated: &'static str,
}

const fn extension(
    name: &'static str,
    alias: &'static str,
    updated: &'static str,
    description: &'static str,
) -> Extension {
    Extension { name, alias, description, updated }
}

fn list(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("extensions", EXTENSIONS, view))
}

fn show(call: &Call, _os: &OpenStack) -> Answer {
    let found = EXTENSIONS.iter().find(|extension| extension.alias == call.param("alias"));
    let extension = found.ok_or_else(errors::not_here)?;
    Ok(Response::one("extension", |o| view(o, extension)))
}

fn view(o: &mut Object, extension: &Extension) {
    o.set("name", extension.name);
    o.set("alias", extension.alias);
    o.set("description", extension.description);
    o.set("updated", extension.updated);
    o.list("links", |_| {});
}

const EXTENSIONS: &[Extension] = &[
    extension("AdminActions", "os-admin-actions", "2012-08-25T00:00:00+00:00", "Enable admin actions."),
    extension("AvailabilityZones", "os-availability-zone", "2013-06-27T00:00:00+00:00", "Describe Availability Zones."),
    extension("Backups", "backups", "2012-12-12T00:00:00+00:00", "Backups support."),
    extension("Capabilities", "capabilities", "2015-08-31T00:00:00+00:00", "Capabilities support."),
    extension("Cgsnapshots", "cgsnapshots", "2014-08-18T00:00:00+00:00", "cgsnapshots support."),
    extension("Consistencygroups", "consistencygroups", "2014-08-18T00:00:00+00:00", "consistency groups support."),
    extension("ExtendedServices", "os-extended-services", "2014-01-10T00:00:00-00:00", "Extended services support."),
    extension(
        "ExtendedSnapshotAttributes",
        "os-extended-snapshot-attributes",
        "2012-06-19T00:00:00+00:00",
        "Extended SnapshotAttributes support.",
    ),
    extension("Hosts", "os-hosts", "2011-06-29T00:00:00+00:00", "Admin-only host administration."),
    extension("Qos_specs_manage", "qos-specs", "2013-08-02T00:00:00+00:00", "QoS specs support."),
    extension("QuotaClasses", "os-quota-class-sets", "2012-03-12T00:00:00+00:00", "Quota classes management support."),
    extension("Quotas", "os-quota-sets", "2011-08-08T00:00:00+00:00", "Quota management support."),
    extension(
        "SchedulerHints",
        "OS-SCH-HNT",
        "2013-04-18T00:00:00+00:00",
        "Pass arbitrary key/value pairs to the scheduler.",
    ),
    extension("Scheduler_stats", "scheduler-stats", "2014-09-07T00:00:00+00:00", "Scheduler stats support."),
    extension("Services", "os-services", "2012-10-28T00:00:00-00:00", "Services support."),
    extension(
        "SnapshotActions",
        "os-snapshot-actions",
        "2013-07-16T00:00:00+00:00",
        "Enable snapshot manager actions.",
    ),
    extension(
        "SnapshotManage",
        "os-snapshot-manage",
        "2014-12-31T00:00:00+00:00",
        "Allows existing backend storage to be 'managed' by Cinder.",
    ),
    extension(
        "SnapshotUnmanage",
        "os-snapshot-unmanage",
        "2014-12-31T00:00:00+00:00",
        "Enable volume unmanage operation.",
    ),
    extension("TypesExtraSpecs", "os-types-extra-specs", "2011-08-24T00:00:00+00:00", "Type extra specs support."),
    extension("TypesManage", "os-types-manage", "2011-08-24T00:00:00+00:00", "Types manage support."),
    extension(
        "UsedLimits",
        "os-used-limits",
        "2013-10-03T00:00:00+00:00",
        "Provide data on limited resources that are being used.",
    ),
    extension("VolumeActions", "os-volume-actions", "2012-05-31T00:00:00+00:00", "Enable volume actions."),
    extension(
        "VolumeEncryptionMetadata",
        "os-volume-encryption-metadata",
        "2013-07-10T00:00:00+00:00",
        "Volume encryption metadata retrieval support.",
    ),
    extension(
        "VolumeHostAttribute",
        "os-vol-host-attr",
        "2011-11-03T00:00:00+00:00",
        "Expose host as an attribute of a volume.",
    ),
    extension(
        "VolumeImageMetadata",
        "os-vol-image-meta",
        "2012-12-07T00:00:00+00:00",
        "Show image metadata associated with the volume.",
    ),
    extension(
        "VolumeManage",
        "os-volume-manage",
        "2014-02-10T00:00:00+00:00",
        "Allows existing backend storage to be 'managed' by Cinder.",
    ),
    extension(
        "VolumeMigStatusAttribute",
        "os-vol-mig-status-attr",
        "2013-08-08T00:00:00+00:00",
        "Expose migration_status as an attribute of a volume.",
    ),
    extension(
        "VolumeTenantAttribute",
        "os-vol-tenant-attr",
        "2011-11-03T00:00:00+00:00",
        "Expose the internal project_id as an attribute of a volume.",
    ),
    extension(
        "VolumeTransfer",
        "os-volume-transfer",
        "2013-05-29T00:00:00+00:00",
        "Volume transfer management support.",
    ),
    extension("VolumeTypeAccess", "os-volume-type-access", "2014-06-26T00:00:00Z", "Volume type access support."),
    extension(
        "VolumeTypeEncryption",
        "encryption",
        "2013-07-01T00:00:00+00:00",
        "Encryption support for volume types.",
    ),
    extension("VolumeUnmanage", "os-volume-unmanage", "2012-05-31T00:00:00+00:00", "Enable volume unmanage operation."),
];
