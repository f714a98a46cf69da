mod listing;
mod quotas;
mod volumes;
