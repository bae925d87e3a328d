//! The parts of the console, and which of them a path leads to. Whoever adds a screen begins here.

use std::sync::Arc;

use daemun_model::app::Approval;
use daemun_model::{App, Permission};

use super::CONSOLE;

/// A part of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// How the apps do.
    Overview,
    /// The members of an app.
    Accounts,
    /// Who waits to be let in.
    Approvals,
    /// Who administers the server.
    Administrators,
    /// The schools and companies that members belong to.
    Organizations,
    /// The keys of products that members register.
    ProductKeys,
    /// What members choose from.
    Catalogs,
    /// What members were given.
    Points,
    /// Mails and text messages.
    Messages,
    /// Who did what.
    Audit,
    /// The keys of programs.
    ApiKeys,
    /// What administrators did beyond the apps.
    ServerAudit,
    /// The keys of programs that run the server.
    ServerKeys,
    /// The apps, with their contracts.
    Apps,
    /// How the server does.
    System,
    /// The administrator's own password, second factor and sessions.
    Me,
    /// Where a password is asked for again.
    Confirm,
    /// Where somebody leaves.
    SignOut,
}

/// To what a section belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// To one app: `/console/{app}/{name}`.
    App,
    /// To the server: `/console/{name}`.
    Server,
    /// To who is signed in: as [`Scope::Server`], and in no list of sections.
    Own,
}

impl Section {
    /// Every section, in the order of the navigation.
    pub(crate) const ALL: [Self; 18] = [
        Self::Overview,
        Self::Accounts,
        Self::Approvals,
        Self::Organizations,
        Self::ProductKeys,
        Self::Catalogs,
        Self::Points,
        Self::Messages,
        Self::Audit,
        Self::ApiKeys,
        Self::Administrators,
        Self::ServerAudit,
        Self::ServerKeys,
        Self::Apps,
        Self::System,
        Self::Me,
        Self::Confirm,
        Self::SignOut,
    ];

    /// Its name in paths: `""` for the first screen. Its title is the text `section-NAME`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Accounts => "accounts",
            Self::Approvals => "approvals",
            Self::Administrators => "administrators",
            Self::Organizations => "organizations",
            Self::ProductKeys => "product-keys",
            Self::Catalogs => "catalogs",
            Self::Points => "points",
            Self::Messages => "messages",
            Self::Audit => "audit",
            Self::ApiKeys => "api-keys",
            Self::ServerAudit => "server-audit",
            Self::ServerKeys => "server-keys",
            Self::Apps => "apps",
            Self::System => "system",
            Self::Me => "me",
            Self::Confirm => "confirm",
            Self::SignOut => "sign-out",
        }
    }

    /// To what it belongs.
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::Overview
            | Self::Administrators
            | Self::ServerAudit
            | Self::ServerKeys
            | Self::Apps
            | Self::System => Scope::Server,
            Self::Accounts
            | Self::Approvals
            | Self::Organizations
            | Self::ProductKeys
            | Self::Catalogs
            | Self::Points
            | Self::Messages
            | Self::Audit
            | Self::ApiKeys => Scope::App,
            Self::Me | Self::Confirm | Self::SignOut => Scope::Own,
        }
    }

    /// What one needs to see it at all; what its acts need beyond that, their operations ask.
    pub(crate) const fn needs(self) -> Option<Permission> {
        match self {
            // Whoever sees members sees what they choose from and belong to.
            Self::Accounts | Self::Organizations | Self::Catalogs => Some(Permission::AccountsRead),
            Self::Approvals => Some(Permission::ApprovalsRead),
            Self::Administrators => Some(Permission::AdministratorsWrite),
            Self::ProductKeys => Some(Permission::ProductKeysRead),
            Self::Points => Some(Permission::PointsRead),
            Self::Messages => Some(Permission::OutboxRead),
            Self::Audit | Self::ServerAudit => Some(Permission::AuditRead),
            Self::ApiKeys | Self::ServerKeys => Some(Permission::ApiKeysWrite),
            Self::Apps | Self::System => Some(Permission::SystemRead),
            Self::Overview | Self::Me | Self::Confirm | Self::SignOut => None,
        }
    }

    /// Whether an app has any use for it. A section that is of no use is in no navigation; its path still works.
    pub(crate) fn suits(self, app: &App) -> bool {
        match self {
            Self::Approvals => app.policy.approval == Approval::Required,
            Self::Overview
            | Self::Accounts
            | Self::Administrators
            | Self::Organizations
            | Self::ProductKeys
            | Self::Catalogs
            | Self::Points
            | Self::Messages
            | Self::Audit
            | Self::ApiKeys
            | Self::ServerAudit
            | Self::ServerKeys
            | Self::Apps
            | Self::System
            | Self::Me
            | Self::Confirm
            | Self::SignOut => true,
        }
    }

    /// Its icon: the name of a symbol in `templates/console/icons.html`.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Accounts => "people",
            Self::Approvals => "check",
            Self::Administrators => "shield",
            Self::Organizations => "building",
            Self::ProductKeys => "key",
            Self::Catalogs => "list",
            Self::Points => "coin",
            Self::Messages => "mail",
            Self::Audit | Self::ServerAudit => "log",
            Self::ApiKeys | Self::ServerKeys => "shield",
            Self::Apps => "grid",
            Self::System => "gear",
            Self::Me | Self::Confirm | Self::SignOut => "person",
        }
    }
}

/// Where a path leads.
pub(crate) struct Place<'p> {
    pub(crate) section: Section,
    /// The app, where the section belongs to one.
    pub(crate) app: Option<Arc<App>>,
    /// What follows.
    pub(crate) rest: Vec<&'p str>,
}

impl<'p> Place<'p> {
    /// The place of a path's segments. Sections of the server win over an app of the same name.
    pub(crate) fn find(segments: &[&'p str], apps: &[Arc<App>]) -> Option<Self> {
        let first = segments.first().copied().unwrap_or_default();
        let of_server =
            Section::ALL.into_iter().find(|section| section.scope() != Scope::App && section.name() == first);
        if let Some(section) = of_server {
            return Some(Self { section, app: None, rest: segments.get(1..).unwrap_or_default().to_vec() });
        }
        let app = apps.iter().find(|app| app.name == first)?;
        // An app by itself is the first thing one wants of it.
        let second = segments.get(1).copied().unwrap_or(Section::Accounts.name());
        let section = Section::ALL
            .into_iter()
            .find(|section| section.scope() == Scope::App && section.name() == second)?;
        let rest = segments.get(2..).unwrap_or_default().to_vec();
        Some(Self { section, app: Some(Arc::clone(app)), rest })
    }

    /// How the log calls it: never the path, which may name a member.
    pub(crate) fn route(&self) -> String {
        let name = self.section.name();
        match self.section.scope() {
            Scope::App => format!("{CONSOLE}/{{app}}/{name}"),
            Scope::Server | Scope::Own => format!("{CONSOLE}/{name}"),
        }
    }
}
