//! OpenStack in process: a folder a service, a file a resource, as in src/clouds/openstack.

#[path = "../support/any_request/mod.rs"]
mod any_request;
#[path = "../support/mod.rs"]
mod support;

mod cinder;
mod front;
mod glance;
mod keystone;
mod neutron;
mod nova;
mod placement;
mod requests_never_break;
mod rewinding;
mod small_cloud;
