mod listing;
mod volumes;
