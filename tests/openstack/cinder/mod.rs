mod backups;
mod faults;
mod listing;
mod messages;
mod quotas;
mod snapshots;
mod volumes;
