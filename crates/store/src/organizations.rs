//! Organisations, their e-mail domains, and who belongs to them.

use daemun_model::{AccountUuid, AppId, Organization, Timestamp};

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

impl FromRow for Organization {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.next()?, name: row.next()?, region: row.next()? })
    }
}

/// Every organisation of an app, in no particular order: the engines do not agree on that of texts.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: AppId) -> Result<Vec<Organization>, DbError> {
    sql("SELECT id, name, region FROM organizations WHERE app = $1").bind(app).heavy().all(on).await
}

/// Every domain of every organisation of an app, as organisation and domain.
///
/// # Errors
/// When the database does not answer.
pub async fn list_domains(on: &mut impl Executor, app: AppId) -> Result<Vec<(String, String)>, DbError> {
    sql("SELECT organization, domain FROM organization_domains WHERE app = $1")
        .bind(app)
        .heavy()
        .all(on)
        .await
}

/// The organisation of this id.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &mut impl Executor, app: AppId, id: &str) -> Result<Option<Organization>, DbError> {
    sql("SELECT id, name, region FROM organizations WHERE app = $1 AND id = $2")
        .bind(app)
        .bind(id)
        .inline()
        .optional(on)
        .await
}

/// The domains of an organisation, sorted: they are ASCII.
///
/// # Errors
/// When the database does not answer.
pub async fn find_domains(on: &mut impl Executor, app: AppId, id: &str) -> Result<Vec<String>, DbError> {
    let mut domains: Vec<String> =
        sql("SELECT domain FROM organization_domains WHERE app = $1 AND organization = $2")
            .bind(app)
            .bind(id)
            .inline()
            .all(on)
            .await?;
    domains.sort_unstable();
    Ok(domains)
}

/// Adds an organisation, and tells whether its id and its name were free.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    tx: &mut Tx,
    app: AppId,
    organization: &Organization,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("INSERT INTO organizations (app, id, name, region, key, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING")
    .bind(app)
    .bind(&organization.id)
    .bind(&organization.name)
    .bind(&organization.region)
    .bind(organization.key())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Lets go of an organisation's name, so that another can have it in the same transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn release_name(tx: &mut Tx, app: AppId, id: &str) -> Result<(), DbError> {
    // No name is kept under such a key: that of a name has a line break.
    sql("UPDATE organizations SET key = id WHERE app = $1 AND id = $2")
        .bind(app)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Changes name and region, and tells whether no other organisation has them.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &mut Tx, app: AppId, organization: &Organization) -> Result<bool, DbError> {
    let won = sql("UPDATE organizations SET name = $1, region = $2, key = $3 WHERE app = $4 AND id = $5 \
             AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.app = $4 AND o.key = $3 AND o.id <> $5)")
    .bind(&organization.name)
    .bind(&organization.region)
    .bind(organization.key())
    .bind(app)
    .bind(&organization.id)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Makes these the domains of an organisation.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_domains(tx: &mut Tx, app: AppId, id: &str, domains: &[String]) -> Result<(), DbError> {
    sql("DELETE FROM organization_domains WHERE app = $1 AND organization = $2")
        .bind(app)
        .bind(id)
        .execute(tx)
        .await?;
    for domain in domains {
        sql("INSERT INTO organization_domains (app, organization, domain) VALUES ($1, $2, $3)")
            .bind(app)
            .bind(id)
            .bind(domain)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Notes where an account belongs, in place of where it did.
///
/// # Errors
/// When the database does not answer.
pub async fn join(tx: &mut Tx, app: AppId, account: AccountUuid, id: &str) -> Result<(), DbError> {
    sql("INSERT INTO account_organizations (account, app, organization) VALUES ($1, $2, $3) \
         ON CONFLICT (account) DO UPDATE SET organization = excluded.organization")
    .bind(account)
    .bind(app)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets where an account belongs.
///
/// # Errors
/// When the database does not answer.
pub async fn leave(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM account_organizations WHERE account = $1 AND app = $2")
        .bind(account)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(())
}

/// Where an account belongs.
///
/// # Errors
/// When the database does not answer.
pub async fn find_of_account(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Option<Organization>, DbError> {
    sql("SELECT o.id, o.name, o.region FROM account_organizations a \
         JOIN organizations o ON o.app = a.app AND o.id = a.organization \
         WHERE a.account = $1 AND a.app = $2")
    .bind(account)
    .bind(app)
    .inline()
    .optional(on)
    .await
}
