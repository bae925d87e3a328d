//! What a checked code proves: that whoever sits in this network reads the mails of this address.

use std::net::IpAddr;

use daemun_model::app::VerifyEmail;
use daemun_model::{Email, Failure, Organization};
use daemun_store::codes::Purpose;
use daemun_store::proofs::{self, Proven};

use crate::call::Call;
use crate::daemun::Daemun;

/// The proof that a sign-up with this address needs, in an organisation where one is named.
pub(crate) fn of_sign_up(call: &Call, address: &str, organization: Option<&Organization>) -> Option<Proven> {
    let email = Email::parse(address).ok()?;
    let organization = organization.map(|organization| organization.id.clone()).unwrap_or_default();
    Some(Proven { organization, ..proven(call, Purpose::ProveEmail, &email) })
}

/// Whether an address is proven, where the app asks for that before a sign-up. Who has not proven theirs is not told
/// which other names are taken.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn holds(
    daemun: &Daemun,
    call: &Call,
    address: Option<&str>,
    organization: Option<&Organization>,
) -> Result<bool, Failure> {
    if call.app.policy.verify_email != VerifyEmail::Proven {
        return Ok(true);
    }
    match address.and_then(|address| of_sign_up(call, address, organization)) {
        Some(proof) => Ok(proofs::is_live(&mut daemun.reader(), &proof, daemun.clock.now()).await?),
        None => Ok(false),
    }
}

/// The proof of an address for the network that calls.
pub(crate) fn proven(call: &Call, purpose: Purpose, email: &Email) -> Proven {
    Proven::new(call.app.id, purpose, email.key().to_owned(), network(call.client.address))
}

/// The network that a client sits in: its IPv4 /24 or IPv6 /64. Addresses in it change without the person changing.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_is_a_24_or_a_64() {
        for (address, expected) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
