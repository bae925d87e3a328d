//! Addresses as limits see them: an IPv6 network of /64 is one, since its owner chooses among the rest at will.

use std::net::IpAddr;

use ipnet::IpNet;

/// A list of networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads addresses (`192.0.2.1`) and networks (`10.0.0.0/8`, `2001:db8::/32`), none wider than /8, with IPv6 /16:
    /// `0.0.0.0/0` would be everybody.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse<T: AsRef<str>>(entries: &[T]) -> Result<Self, String> {
        let read = |entry: &T| {
            let entry = entry.as_ref().trim();
            let network = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
            network.ok().filter(|network| !is_too_wide(network)).ok_or_else(|| entry.to_owned())
        };
        entries.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address lies in one of them.
    pub fn hold(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

const fn is_too_wide(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => network.prefix_len() < 16,
    }
}

/// What an address is counted under: itself, or its IPv6 /64.
pub(super) fn subject_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Networks, subject_of};

    #[test]
    fn an_ipv4_address_counts_alone_and_an_ipv6_address_with_its_64() {
        for (address, expected) in [
            ("192.0.2.77", "192.0.2.77"),
            ("::ffff:192.0.2.77", "192.0.2.77"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(subject_of(address.parse().unwrap()), expected);
        }
    }

    #[test]
    fn networks_are_read_and_hold_their_addresses() {
        let networks = Networks::parse(&["192.0.2.0/24", " 2001:db8::/32", "10.0.0.1"]).unwrap();
        for (address, held) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.3.1", false),
            ("2001:db8:5::1", true),
            ("10.0.0.1", true),
            ("10.0.0.2", false),
        ] {
            assert_eq!(networks.hold(address.parse().unwrap()), held, "{address}");
        }
        for wrong in ["10.0.0.0/33", "here", "", "0.0.0.0/0", "0.0.0.0/7", "::/0"] {
            assert_eq!(Networks::parse(&["10.0.0.0/8", wrong]), Err(wrong.to_owned()));
        }
    }
}
