//! The client's address behind reverse proxies.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses (`127.0.0.1`) and networks (`10.0.0.0/8`, `fd00::/8`).
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse<T: AsRef<str>>(entries: &[T]) -> Result<Self, String> {
        entries
            .iter()
            .map(|entry| {
                let entry = entry.as_ref().trim();
                entry
                    .parse::<IpNet>()
                    .or_else(|_| entry.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| entry.to_owned())
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn holds(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client that the connection's peer speaks for.
    ///
    /// Every proxy appends the address it saw, so the list is read from the right: the first address that is no
    /// trusted proxy is the client, what stands left of it anyone can have written. A list with a value that is
    /// no address counts as the peer's own address: a forged header must never escape the limits per address.
    pub fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if self.0.is_empty() || !self.holds(peer) {
            return peer;
        }
        let mut nearest = peer;
        // Several header lines are one list, in their order (RFC 9110 section 5.3).
        let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        for line in lines.into_iter().rev() {
            let Ok(line) = line.to_str() else { return peer };
            for entry in line.rsplit(',') {
                let Some(address) = address_of(entry.trim()) else { return peer };
                if !self.holds(address) {
                    return address;
                }
                nearest = address;
            }
        }
        nearest
    }
}

/// An address, with or without a port, as proxies write them: `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`,
/// `[2001:db8::1]:443`.
fn address_of(entry: &str) -> Option<IpAddr> {
    let unbracketed = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    unbracketed
        .parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        TrustedProxies::parse(trusted).unwrap().client_of(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_name_an_address() {
        assert_eq!(client(&[], "192.0.2.7", &["1.1.1.1"]), "192.0.2.7");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.7", &["1.1.1.1"]), "192.0.2.7");
    }

    #[test]
    fn the_first_address_from_the_right_that_is_no_proxy_is_the_client() {
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["6.6.6.6", "203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9", "10.0.0.2"]), "203.0.113.9");
    }

    #[test]
    fn without_the_header_or_with_proxies_only_the_farthest_proxy_is_the_client() {
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn what_is_no_address_counts_as_the_peers() {
        for forged in ["", "unknown", "203.0.113.9, nonsense", "_hidden", "1.2.3.4.5", "203.0.113.9,"] {
            assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[forged]), "10.0.0.1", "{forged:?}");
        }
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client(&["::1"], "::1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client(&["::1"], "::1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(client(&["127.0.0.0/8"], "::ffff:127.0.0.1", &["::ffff:203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn an_entry_that_is_no_network_is_named() {
        assert_eq!(TrustedProxies::parse(&["10.0.0.0/8", "10.0.0.0/99"]).unwrap_err(), "10.0.0.0/99");
    }
}
