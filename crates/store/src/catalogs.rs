//! Catalogues of an app, and what members chose of them.

use daemun_model::{AccountUuid, AppId, Catalog, CatalogItem};

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// An item as an operator keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What members see of it.
    pub item: CatalogItem,
    /// Where it stands: the smallest first, of equal ones by name.
    pub position: i64,
    /// Whether it is neither listed nor chosen anew.
    pub retired: bool,
}

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let Item(item) = Item::from_row(row)?;
        Ok(Self { item, position: row.next()?, retired: row.next()? })
    }
}

struct Item(CatalogItem);

impl FromRow for Item {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self(CatalogItem { id: row.next()?, emoji: row.next()?, name: row.next()?, image: row.next()? }))
    }
}

/// Keeps an item, in place of the one with its id.
///
/// # Errors
/// When the database does not answer.
pub async fn save(tx: &mut Tx, app: AppId, catalog: Catalog, kept: &Kept) -> Result<(), DbError> {
    sql("INSERT INTO catalog_items (app, catalog, id, emoji, name, image, position, retired) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (app, catalog, id) DO UPDATE SET emoji = excluded.emoji, name = excluded.name, \
             image = excluded.image, position = excluded.position, retired = excluded.retired")
    .bind(app)
    .bind(catalog.as_str())
    .bind(&kept.item.id)
    .bind(kept.item.emoji.as_deref())
    .bind(&kept.item.name)
    .bind(kept.item.image.as_deref())
    .bind(kept.position)
    .bind(kept.retired)
    .execute(tx)
    .await?;
    Ok(())
}

/// The picture of an item: none where there is no such item, too.
///
/// # Errors
/// When the database does not answer.
pub async fn find_image(
    on: &mut impl Executor,
    app: AppId,
    catalog: Catalog,
    id: &str,
) -> Result<Option<String>, DbError> {
    let found: Option<Option<String>> =
        sql("SELECT image FROM catalog_items WHERE app = $1 AND catalog = $2 AND id = $3")
            .bind(app)
            .bind(catalog.as_str())
            .bind(id)
            .inline()
            .optional(on)
            .await?;
    Ok(found.flatten())
}

/// Every item of a catalogue in its order, the retired ones too.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: AppId, catalog: Catalog) -> Result<Vec<Kept>, DbError> {
    sql("SELECT id, emoji, name, image, position, retired FROM catalog_items \
         WHERE app = $1 AND catalog = $2 ORDER BY position, name, id")
    .bind(app)
    .bind(catalog.as_str())
    .all(on)
    .await
}

/// Whether an item can be chosen: it is there and not retired.
///
/// # Errors
/// When the database does not answer.
pub async fn is_offered(
    on: &mut impl Executor,
    app: AppId,
    catalog: Catalog,
    id: &str,
) -> Result<bool, DbError> {
    let found: Option<bool> =
        sql("SELECT retired FROM catalog_items WHERE app = $1 AND catalog = $2 AND id = $3")
            .bind(app)
            .bind(catalog.as_str())
            .bind(id)
            .inline()
            .optional(on)
            .await?;
    Ok(found == Some(false))
}

/// What an account chose of a catalogue, in its member's order.
///
/// # Errors
/// When the database does not answer.
pub async fn list_chosen(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
    catalog: Catalog,
) -> Result<Vec<CatalogItem>, DbError> {
    let items: Vec<Item> = sql("SELECT i.id, i.emoji, i.name, i.image FROM chosen_items c \
         JOIN catalog_items i ON i.app = c.app AND i.catalog = c.catalog AND i.id = c.item \
         WHERE c.account = $1 AND c.catalog = $2 AND c.app = $3 ORDER BY c.position")
    .bind(account)
    .bind(catalog.as_str())
    .bind(app)
    .inline()
    .all(on)
    .await?;
    Ok(items.into_iter().map(|Item(item)| item).collect())
}

/// Makes these items, in this order, what an account chose of a catalogue.
///
/// # Errors
/// When the database does not answer.
pub async fn choose(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    catalog: Catalog,
    ids: &[String],
) -> Result<(), DbError> {
    sql("DELETE FROM chosen_items WHERE account = $1 AND catalog = $2 AND app = $3")
        .bind(account)
        .bind(catalog.as_str())
        .bind(app)
        .execute(tx)
        .await?;
    for (position, id) in (0_i64..).zip(ids) {
        sql("INSERT INTO chosen_items (account, catalog, position, app, item) VALUES ($1, $2, $3, $4, $5)")
            .bind(account)
            .bind(catalog.as_str())
            .bind(position)
            .bind(app)
            .bind(id)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Forgets what an account chose.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM chosen_items WHERE account = $1 AND app = $2")
        .bind(account)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(())
}
