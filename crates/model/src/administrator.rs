//! Administrators: people who run this server. They belong to it as a whole and to no app.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::AppId;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::permission::{Permission, Permissions};

/// The number under which the server itself keeps what administrators do: their audit, their limits, their mails. No
/// app of a configuration can have it.
pub const CONSOLE: AppId = AppId(0);

/// What an administrator is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Whose server it is: may do everything. There is always at least one.
    Owner,
    /// Keeps the apps running: everything but administrators, API keys and the server itself.
    Operator,
    /// Lets new members in.
    Moderator,
    /// Looks at everything and changes nothing.
    Auditor,
}

impl Role {
    /// Every role, the one that may do most first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Operator, Self::Moderator, Self::Auditor];

    /// The name that the command line, forms and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Moderator => "moderator",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// What it may do.
    pub fn permissions(self) -> Permissions {
        Permission::ALL.into_iter().filter(|permission| self.may(*permission)).collect()
    }

    /// The table of docs/operating.md. Whoever adds a permission decides here whose it is.
    const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::AccountsRead | Permission::ApprovalsRead | Permission::PointsRead => true,
            Permission::ApprovalsWrite => matches!(self, Self::Owner | Self::Operator | Self::Moderator),
            Permission::ProductKeysRead
            | Permission::AuditRead
            | Permission::OutboxRead
            | Permission::SystemRead => matches!(self, Self::Owner | Self::Operator | Self::Auditor),
            Permission::AccountsWrite
            | Permission::AccountsImport
            | Permission::AccountsErase
            | Permission::AccountsExport
            | Permission::CatalogWrite
            | Permission::OrganizationsWrite
            | Permission::ProductKeysWrite
            | Permission::PointsWrite
            | Permission::OutboxWrite => matches!(self, Self::Owner | Self::Operator),
            Permission::ApiKeysWrite | Permission::AdministratorsWrite | Permission::SystemWrite => {
                matches!(self, Self::Owner)
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether an administrator can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// With password and second factor.
    Active,
    /// Not before the link that was sent has been used: the second factor was reset.
    Waiting,
    /// Not any more.
    Disabled,
}

impl Standing {
    /// The name that the command line and templates use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Waiting => "waiting",
            Self::Disabled => "disabled",
        }
    }
}

/// One administrator. Nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Administrator {
    /// The identifier everywhere.
    pub uuid: Uuid,
    /// The e-mail address as typed.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they are there for.
    pub role: Role,
    /// The language of their console and mails, where they chose one.
    pub language: Option<Language>,
    /// Whether they can sign in.
    pub standing: Standing,
    /// When they joined.
    pub created_at: Timestamp,
    /// Who asked them: `cli`, `set-up` or `administrator:UUID`.
    pub created_by: String,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When they were disabled.
    pub disabled_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_name_of_its_own() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.as_str()), Some(role));
        }
        assert_eq!(Role::from_name("root"), None);
    }

    #[test]
    fn each_permission_of_each_role_is_as_the_table_says() {
        let table = Permission::ALL.map(|permission| {
            let may = Role::ALL.map(|role| if role.permissions().hold(permission) { 'x' } else { '-' });
            format!("{} {}", may.iter().collect::<String>(), permission.as_str())
        });
        // owner, operator, moderator, auditor
        assert_eq!(
            table.join("\n"),
            "xxxx accounts:read\nxx-- accounts:write\nxx-- accounts:import\nxx-- accounts:erase\nxx-- accounts:export\n\
             xxxx approvals:read\nxxx- approvals:write\nxx-- catalog:write\nxx-- organizations:write\n\
             xx-x product_keys:read\nxx-- product_keys:write\nxxxx points:read\nxx-- points:write\n\
             xx-x audit:read\nxx-x outbox:read\nxx-- outbox:write\nx--- api_keys:write\n\
             x--- administrators:write\nxx-x system:read\nx--- system:write"
        );
    }

    #[test]
    fn who_only_looks_holds_no_permission_that_changes_anything() {
        assert!(Role::Auditor.permissions().iter().all(|permission| permission.as_str().ends_with(":read")));
    }
}
