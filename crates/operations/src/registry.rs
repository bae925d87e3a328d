//! Every operation that a contract can name.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::operation::Operation;
use crate::{
    account, administrator, api_key, approval, audit, catalog, email, friend, keys, organization, outbox,
    password, point, product_key, room, served, session, statistics, system, time_setting, upload,
};

static REGISTRY: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    vec![
        account::sign_up::operation(),
        account::show::operation(),
        account::search::operation(),
        account::update::operation(),
        account::delete::operation(),
        account::verify_password::operation(),
        account::list::operation(),
        account::find::operation(),
        account::find_email::operation(),
        account::import::operation(),
        account::export::operation(),
        account::list_sessions::operation(),
        account::edit::operation(),
        account::send_reset::operation(),
        account::suspend::operation(),
        account::restore::operation(),
        account::end_sessions::operation(),
        account::open_sign_in::operation(),
        account::erase::operation(),
        session::sign_in::operation(),
        session::request_code::operation(),
        session::redeem_code::operation(),
        session::refresh::operation(),
        session::verify::operation(),
        session::sign_out::operation(),
        session::list::operation(),
        session::revoke::operation(),
        password::change::operation(),
        password::request_reset::operation(),
        password::check_reset_code::operation(),
        password::reset::operation(),
        email::request_code::operation(),
        email::check_code::operation(),
        email::request_verification::operation(),
        email::verify::operation(),
        organization::list::operation(),
        organization::email_domains::operation(),
        organization::save::operation(),
        organization::import::operation(),
        organization::export::operation(),
        organization::list_all::operation(),
        catalog::interests::operation(),
        catalog::professions::operation(),
        catalog::list::operation(),
        catalog::save::operation(),
        catalog::order::operation(),
        catalog::sign_image::operation(),
        approval::list::operation(),
        approval::reasons::operation(),
        approval::approve::operation(),
        approval::reject::operation(),
        approval::reopen::operation(),
        product_key::check::operation(),
        product_key::register::operation(),
        product_key::generate::operation(),
        product_key::import::operation(),
        product_key::list::operation(),
        product_key::export::operation(),
        friend::list::operation(),
        friend::requests::operation(),
        friend::request_or_cancel::operation(),
        friend::accept::operation(),
        friend::reject::operation(),
        friend::remove::operation(),
        room::list::operation(),
        room::create::operation(),
        room::show::operation(),
        room::enter_or_leave::operation(),
        time_setting::create::operation(),
        time_setting::show::operation(),
        time_setting::update::operation(),
        time_setting::delete::operation(),
        point::grant::operation(),
        point::ledger::operation(),
        upload::sign::operation(),
        upload::list::operation(),
        upload::link::operation(),
        api_key::create::operation(),
        api_key::list::operation(),
        api_key::revoke::operation(),
        audit::search::operation(),
        audit::export::operation(),
        outbox::search::operation(),
        outbox::show::operation(),
        outbox::retry::operation(),
        statistics::overview::operation(),
        served::list::operation(),
        served::show::operation(),
        system::show::operation(),
        keys::list::operation(),
        keys::rotate::operation(),
        keys::revoke::operation(),
        administrator::list::operation(),
        administrator::show::operation(),
        administrator::change_role::operation(),
        administrator::disable::operation(),
        administrator::reset::operation(),
        administrator::end_sessions::operation(),
        administrator::invite::operation(),
        administrator::list_invitations::operation(),
        administrator::withdraw_invitation::operation(),
    ]
});

static BY_NAME: LazyLock<HashMap<&'static str, &'static Operation>> =
    LazyLock::new(|| REGISTRY.iter().map(|operation| (operation.name, operation)).collect());

/// Every operation, in the order of the documentation.
pub fn registry() -> &'static [Operation] {
    &REGISTRY
}

/// The operation of a name such as `account.sign_up`.
pub fn find(name: &str) -> Option<&'static Operation> {
    BY_NAME.get(name).copied()
}
