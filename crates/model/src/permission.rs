//! What administrators and API keys may do. An operation for them names the one permission it needs; roles and keys
//! are sets of these.

use std::fmt;

/// One permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Find and list accounts and what hangs on them.
    AccountsRead,
    /// Suspend and restore accounts, edit them, end their sessions.
    AccountsWrite,
    /// Bring accounts in with the hashes of their passwords.
    AccountsImport,
    /// Delete accounts for good.
    AccountsErase,
    /// Take all accounts out as a file.
    AccountsExport,
    /// See who waits for approval, with what they sent.
    ApprovalsRead,
    /// Approve and reject.
    ApprovalsWrite,
    /// Change the lists that members choose from.
    CatalogWrite,
    /// Change organisations and their domains.
    OrganizationsWrite,
    /// See product keys and who uses them.
    ProductKeysRead,
    /// Make product keys and bring them in.
    ProductKeysWrite,
    /// See the ledger of points.
    PointsRead,
    /// Grant points.
    PointsWrite,
    /// Read the audit.
    AuditRead,
    /// See messages and what became of them.
    OutboxRead,
    /// Send messages again.
    OutboxWrite,
    /// Make and revoke API keys. Of keys only the server's have it.
    ApiKeysWrite,
    /// Invite administrators and change their roles. Of keys only the server's have it.
    AdministratorsWrite,
    /// See how the server does, its apps and its keys. Of keys only the server's have it.
    SystemRead,
    /// Rotate and revoke signing keys. Of keys only the server's have it.
    SystemWrite,
}

impl Permission {
    /// Every permission, in the order of the documentation.
    pub const ALL: [Self; 20] = [
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::AccountsImport,
        Self::AccountsErase,
        Self::AccountsExport,
        Self::ApprovalsRead,
        Self::ApprovalsWrite,
        Self::CatalogWrite,
        Self::OrganizationsWrite,
        Self::ProductKeysRead,
        Self::ProductKeysWrite,
        Self::PointsRead,
        Self::PointsWrite,
        Self::AuditRead,
        Self::OutboxRead,
        Self::OutboxWrite,
        Self::ApiKeysWrite,
        Self::AdministratorsWrite,
        Self::SystemRead,
        Self::SystemWrite,
    ];

    /// The name that the command line, API keys and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::AccountsImport => "accounts:import",
            Self::AccountsErase => "accounts:erase",
            Self::AccountsExport => "accounts:export",
            Self::ApprovalsRead => "approvals:read",
            Self::ApprovalsWrite => "approvals:write",
            Self::CatalogWrite => "catalog:write",
            Self::OrganizationsWrite => "organizations:write",
            Self::ProductKeysRead => "product_keys:read",
            Self::ProductKeysWrite => "product_keys:write",
            Self::PointsRead => "points:read",
            Self::PointsWrite => "points:write",
            Self::AuditRead => "audit:read",
            Self::OutboxRead => "outbox:read",
            Self::OutboxWrite => "outbox:write",
            Self::ApiKeysWrite => "api_keys:write",
            Self::AdministratorsWrite => "administrators:write",
            Self::SystemRead => "system:read",
            Self::SystemWrite => "system:write",
        }
    }

    /// The permission of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    /// Whether the key of an app can have it. What reaches beyond the app is for keys of the server, which can have every
    /// permission.
    pub const fn suits_keys_of_apps(self) -> bool {
        !matches!(self, Self::ApiKeysWrite | Self::AdministratorsWrite | Self::SystemRead | Self::SystemWrite)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u32);

impl Permissions {
    /// All of them: who sits at the command line.
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// Whether a permission is among them.
    pub const fn hold(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Those that are among them, in the order of the documentation.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.hold(*permission))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their names with spaces between them, as they are kept.
    pub fn to_text(self) -> String {
        self.iter().map(Permission::as_str).collect::<Vec<_>>().join(" ")
    }

    /// What [`Self::to_text`] wrote. A name that this version does not know grants nothing.
    pub fn from_text(text: &str) -> Self {
        text.split_ascii_whitespace().filter_map(Permission::from_name).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permissions").field(&self.to_text()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_name_and_a_place_of_its_own() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_name(permission.as_str()), Some(permission));
            let alone: Permissions = [permission].into_iter().collect();
            assert_eq!(alone.iter().collect::<Vec<_>>(), [permission]);
        }
        assert_eq!(Permissions::all().iter().count(), Permission::ALL.len());
        assert!(Permissions::default().is_empty());
    }

    #[test]
    fn a_set_is_kept_as_text_and_an_unknown_name_grants_nothing() {
        let set: Permissions = [Permission::PointsWrite, Permission::AccountsRead].into_iter().collect();
        assert_eq!(set.to_text(), "accounts:read points:write");
        assert_eq!(Permissions::from_text("accounts:read points:write"), set);
        assert_eq!(Permissions::from_text("accounts:rule  points:write").to_text(), "points:write");
    }
}
