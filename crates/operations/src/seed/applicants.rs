//! Invented people who wait for approval, with pictures of all kinds that the app has: a moderator's queue to try out.

use std::net::Ipv6Addr;

use daemun_model::app::{Approval, Identifier as SignInWith};
use daemun_model::upload::{Purpose, Visibility};
use daemun_model::{Account, AccountUuid, App, Code, Failure, Language};

use super::Wanted;
use super::invented::Inventor;
use super::picture::{Motif, png};
use crate::account::sign_up;
use crate::audit;
use crate::call::{Call, Client};
use crate::daemun::Daemun;
use crate::upload::{Permit, UploadInput, receive, sign};

/// Places of applicants begin here: no invented member of [`super::seed`] has one of them.
const FIRST: i64 = 900_000_000;
/// Files of a kind of which there may be several.
const SEVERAL: i64 = 2;

/// Lets this many invented people ask to be let in, by the same steps as an app's members: their files arrive, then they
/// sign up. Those who are there from an earlier run are left out. `told` hears how many there are.
///
/// # Errors
/// `forbidden` for whoever is no operator, and where the app asks for no approval; what a sign-up can end in.
pub async fn apply(
    daemun: &Daemun,
    call: &Call,
    password: &str,
    wanted: i64,
    told: impl Fn(i64),
) -> Result<i64, Failure> {
    if wanted == 0 {
        return Ok(0);
    }
    if call.operator.is_none() || call.app.policy.approval != Approval::Required {
        return Err(Code::Forbidden.into());
    }
    let mut line = audit::done(daemun, call, "dev.seed", None);
    line.detail = Some(format!("{wanted} applicants"));
    daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &line).await?)).await?;
    let mut made = 0;
    for number in 0..wanted {
        match apply_one(daemun, call, password, number).await {
            Ok(()) => made += 1,
            Err(Failure::Refused {
                code: Code::EmailTaken | Code::PhoneTaken | Code::UsernameTaken | Code::NicknameTaken,
                ..
            }) => {}
            Err(failure) if is_taken(&failure) => {}
            Err(failure) => return Err(failure),
        }
        told(number + 1);
    }
    Ok(made)
}

/// Whether every fault is that a name is taken: then the applicant is there.
fn is_taken(failure: &Failure) -> bool {
    match failure {
        Failure::Invalid(faults) => faults.iter().all(|fault| fault.reason == daemun_model::Reason::Taken),
        Failure::Refused { .. }
        | Failure::TooManyRequests { .. }
        | Failure::Unavailable { .. }
        | Failure::Broken(_) => false,
    }
}

async fn apply_one(daemun: &Daemun, call: &Call, password: &str, number: i64) -> Result<(), Failure> {
    let now = daemun.clock.now();
    let inventor = Inventor { app: &call.app, wanted: Wanted { accounts: i64::MAX, points: 0 }, now };
    let account = inventor.account(FIRST + number, AccountUuid(daemun.random.uuid_v7(now)));
    // Each from an address of its own, of those that are kept for examples (RFC 3849).
    let [high, low] = [number >> 16, number].map(|part| u16::try_from(part & 0xffff).unwrap_or(0));
    let address = Ipv6Addr::new(0x2001, 0xdb8, high, low, 0, 0, 0, 1).into();
    let client = Client { address, user_agent: Some("Seed/1.0".to_owned()) };
    let own = Call::new(call.app.clone(), client, call.request_id.clone());
    let uploads = files(daemun, &own, number).await?;
    let input = input_of(&call.app, account, (number, password), uploads);
    sign_up::sign_up(daemun.clone(), own, input).await?;
    Ok(())
}

/// What the applicant sends: everything that every contract may ask for.
fn input_of(
    app: &App,
    account: Account,
    (number, password): (i64, &str),
    uploads: Vec<UploadInput>,
) -> sign_up::Input {
    let by_phone = app.policy.sign_in.contains(&SignInWith::PhoneNumber)
        || app.policy.required.iter().any(|field| field == "phone_number");
    let by_password = app.policy.sign_in.iter().any(|with| *with != SignInWith::PhoneNumber);
    sign_up::Input {
        email: account.email,
        preferred_username: account.preferred_username,
        phone_number: by_phone.then(|| format!("+8210{:08}", 10_000_000 + number)),
        password: by_password.then(|| password.to_owned()),
        password_again: by_password.then(|| password.to_owned()),
        name: account.name,
        given_name: account.given_name,
        family_name: account.family_name,
        nickname: account.nickname,
        birthdate: account.birthdate,
        gender: account.gender,
        locale: Some(account.locale.unwrap_or_else(|| Language::Ko.code().to_owned())),
        uploads: Some(uploads),
        ..sign_up::Input::default()
    }
}

/// One file of each kind, and a second where there may be several.
async fn files(daemun: &Daemun, call: &Call, number: i64) -> Result<Vec<UploadInput>, Failure> {
    let mut uploads = Vec::new();
    for (place, (name, kind)) in call.app.policy.uploads.iter().enumerate() {
        let most = i64::try_from(kind.most).unwrap_or(1);
        for order in 0..most.min(SEVERAL) {
            let seen = kind.purpose == Purpose::Picture || kind.visibility == Visibility::Public;
            let motif = if seen { Motif::Person } else { Motif::Paper };
            // A face of the member's own, whatever the picture.
            let salt = if motif == Motif::Paper { 0 } else { place as u64 };
            let picture = png(motif, number.cast_unsigned() * 16 + salt);
            let path = send(daemun, call, name, picture).await?;
            uploads.push(UploadInput { kind: Some(name.clone()), path: Some(path), order: Some(order) });
        }
    }
    Ok(uploads)
}

/// Asks for the permission and sends the file; the path by which it is named.
async fn send(daemun: &Daemun, call: &Call, kind: &str, picture: Vec<u8>) -> Result<String, Failure> {
    let size = i64::try_from(picture.len()).ok();
    let input = sign::Input { kind: Some(kind.to_owned()), content_type: Some("image/png".to_owned()), size };
    let signed = sign::sign(daemun.clone(), call.clone(), input).await?.upload;
    let query = signed.url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let permit = Permit::read(daemun, &signed.path, query)?;
    let body = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(picture))]);
    receive(daemun, &permit, body).await?;
    Ok(signed.path)
}
