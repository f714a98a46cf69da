//! The one table that everything which costs something is computed from: the prices of section 11.3, with the
//! names, units and least quantities that section 11 gives with them.

use super::money::Money;

pub const CURRENCIES: [&str; 3] = ["EUR", "GBP", "USD"];

/// Something that can be subscribed to.
pub struct Price {
    /// `cpu`: as subscriptions, usage and prices name it.
    pub resource: &'static str,
    pub label: &'static str,
    pub unit: &'static str,
    /// How many of the units the price is for: 1,000 core MHz.
    per: i64,
    /// For a month, or for each part of one that it is paid for.
    subscribed: Money,
    /// How often a month's subscription is paid: addresses and networks have a price a week, as the manual's
    /// examples of 11.12 and 11.14 are computed.
    times_a_month: i64,
    /// For a minute of use that no subscription covers; nothing for what cannot be had so.
    burst: Option<Money>,
    /// How many decimals the prices are written with.
    pub decimals: usize,
    /// The least quantity, and what it is called in the refusal of a smaller one.
    pub least: Option<(i64, &'static str)>,
}

pub static CPU: Price = Price {
    resource: "cpu",
    label: "CPU",
    unit: "core MHz",
    per: 1_000,
    subscribed: Money::milli(200),
    times_a_month: 1,
    burst: Some(Money::milli(1_500)),
    decimals: 3,
    least: Some((2_000, "CPU")),
};

pub static MEM: Price = Price {
    resource: "mem",
    label: "Memory",
    unit: "MB",
    per: 1_024,
    subscribed: Money::milli(200),
    times_a_month: 1,
    burst: Some(Money::ZERO),
    decimals: 3,
    least: Some((1_024, "memory")),
};

pub static XFER: Price = Price {
    resource: "xfer",
    label: "Committed data transfer",
    unit: "GB per month",
    per: 1,
    subscribed: Money::milli(10),
    times_a_month: 1,
    burst: Some(Money::milli(10)),
    decimals: 2,
    least: None,
};

pub static DISK: Price = Price {
    resource: "disk",
    label: "Disk",
    unit: "GB",
    per: 1,
    subscribed: Money::milli(200),
    times_a_month: 1,
    burst: Some(Money::milli(200)),
    decimals: 3,
    least: None,
};

pub static IP: Price = Price {
    resource: "ip",
    label: "Static IP address admin",
    unit: "IPs",
    per: 1,
    subscribed: Money::milli(2_000),
    times_a_month: 4,
    burst: None,
    decimals: 2,
    least: None,
};

pub static VLAN: Price = Price {
    resource: "vlan",
    label: "Private network VLAN",
    unit: "VLANs",
    per: 1,
    subscribed: Money::milli(5_000),
    times_a_month: 4,
    burst: None,
    decimals: 2,
    least: None,
};

/// 11.15
pub static SOFTWARE: [Price; 3] = [
    software("msft_lwa_00135", "Windows Web Server 2008", 10_000),
    software("msft_p73_04837", "Windows Server 2008 Standard", 20_000),
    software("msft_tfa_00009", "Microsoft SQL Server 2008 Web Edition", 15_000),
];

const fn software(resource: &'static str, label: &'static str, thousandths: i64) -> Price {
    Price {
        resource,
        label,
        unit: "licenses",
        per: 1,
        subscribed: Money::milli(thousandths),
        times_a_month: 1,
        burst: None,
        decimals: 2,
        least: None,
    }
}

/// In the order of section 11.3.
pub fn all() -> impl Iterator<Item = &'static Price> {
    [&CPU, &MEM, &XFER, &DISK, &IP, &VLAN].into_iter().chain(&SOFTWARE)
}

pub fn of(resource: &str) -> Option<&'static Price> {
    all().find(|price| price.resource == resource)
}

impl Price {
    /// What a subscription costs.
    pub fn subscription(&self, quantity: i64, months: i64) -> Money {
        self.subscribed.times(quantity, self.per).times(months * self.times_a_month, 1)
    }

    /// What a minute of use costs that no subscription covers.
    pub fn burst(&self, quantity: i64) -> Money {
        self.burst.unwrap_or_default().times(quantity, self.per)
    }

    /// The lines of the price list: `cpu:sub 0.200`, `cpu:burst 1.500`; `ip 2.00`.
    pub fn lines(&self) -> Vec<(String, String)> {
        let (name, decimals) = (self.resource, self.decimals);
        let written = |price: Money| format!("{price:.decimals$}");
        match self.burst {
            None => vec![(name.to_owned(), written(self.subscribed))],
            Some(burst) => {
                vec![(format!("{name}:sub"), written(self.subscribed)), (format!("{name}:burst"), written(burst))]
            }
        }
    }
}
