//! The price table that all amounts are computed from: the prices of section 11.3, with the names, units and minimum
//! quantities of section 11.

use super::money::Money;

/// The currencies that an account can have.
pub const CURRENCIES: [&str; 3] = ["EUR", "GBP", "USD"];

/// A resource that can be subscribed to, with its prices.
pub struct Price {
    /// Its name in subscriptions, usage and prices: `cpu`.
    pub resource: &'static str,
    /// Its name in the forms of the refusals and the usage record.
    pub label: &'static str,
    pub unit: &'static str,
    /// The number of units that the prices are for: 1,000 core MHz.
    per: i64,
    /// The subscription price for a month, or for each of the `times_a_month` parts of one.
    subscribed: Money,
    /// The number of payments in a month. The manual's examples (11.12, 11.14) compute addresses and networks with a
    /// price per week.
    times_a_month: i64,
    /// The price of a minute of use that no subscription covers. None for resources without burst use.
    burst: Option<Money>,
    /// The number of decimals in the price list.
    pub decimals: usize,
    /// The minimum quantity, and the name of the resource in the refusal of a smaller one.
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

/// The licenses of section 11.15.
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

/// All prices, in the order of section 11.3.
pub fn all() -> impl Iterator<Item = &'static Price> {
    [&CPU, &MEM, &XFER, &DISK, &IP, &VLAN].into_iter().chain(&SOFTWARE)
}

/// The price of the resource with this name.
pub fn of(resource: &str) -> Option<&'static Price> {
    all().find(|price| price.resource == resource)
}

impl Price {
    /// The cost of a subscription of `quantity` for `months`.
    pub fn subscription(&self, quantity: i64, months: i64) -> Money {
        self.subscribed.times(quantity, self.per).times(months * self.times_a_month, 1)
    }

    /// The cost of a minute of burst use.
    pub fn burst(&self, quantity: i64) -> Money {
        self.burst.unwrap_or_default().times(quantity, self.per)
    }

    /// The lines of the price list as name and price: `cpu:sub 0.200`, `cpu:burst 1.500`; `ip 2.00`.
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
