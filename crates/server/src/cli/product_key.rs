//! `daemun product-key …`: the keys that come with a product.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use daemun_model::{ListedKey, ProductKey, ProductKeyState};
use daemun_operations::product_key::{export, generate, import, list};
use daemun_operations::{Call, Daemun};
use serde_json::json;

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, bytes, count, line, note, object, refused, value};

/// The most keys that one call of an operation takes.
const PORTION: usize = 10_000;

#[derive(Debug, Subcommand)]
pub(super) enum ProductKeyCommand {
    /// Make keys and print them, one a line.
    Generate {
        #[command(flatten)]
        target: Target,
        /// How many.
        #[arg(long, value_name = "COUNT", default_value_t = 1)]
        count: u32,
    },
    /// Import keys: one a line, or the first column of a CSV file.
    Import {
        #[command(flatten)]
        target: Target,
        /// The file; - for the standard input.
        file: PathBuf,
    },
    /// Write all keys as CSV.
    Export {
        #[command(flatten)]
        target: Target,
        /// Only those that nobody registered, or that somebody did.
        #[arg(long)]
        state: Option<State>,
        /// The file; it is not written over. Without it the standard output.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// List keys.
    List {
        #[command(flatten)]
        target: Target,
        /// Only those that nobody registered, or that somebody did.
        #[arg(long)]
        state: Option<State>,
        /// The most keys.
        #[arg(long, value_name = "COUNT", default_value_t = 1000)]
        limit: usize,
    },
}

/// Which app.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum State {
    /// Nobody registered it.
    Free,
    /// Somebody did.
    Used,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Used => "used",
        }
    }
}

pub(super) async fn run(place: &Located, command: ProductKeyCommand) -> Result<(), Failed> {
    match command {
        ProductKeyCommand::Generate { target, count } => {
            let (daemun, call) = operator_call(place, target.app.as_deref()).await?;
            make(&daemun, &call, count, target.form()).await
        }
        ProductKeyCommand::Import { target, file } => {
            let keys = read(&file)?;
            let (daemun, call) = operator_call(place, target.app.as_deref()).await?;
            bring(&daemun, &call, &keys, target.form()).await
        }
        ProductKeyCommand::Export { target, state, output } => {
            let (daemun, call) = operator_call(place, target.app.as_deref()).await?;
            let keys = all(&daemun, &call, state, usize::MAX).await?;
            match (target.form(), output) {
                (Form::Json, None) => value(&json!(keys)),
                (Form::Json, Some(file)) => write(&file, json!(keys).to_string().as_bytes()),
                (Form::Table, None) => bytes(csv(&keys).as_bytes()),
                (Form::Table, Some(file)) => {
                    write(&file, csv(&keys).as_bytes())?;
                    note(&format!("{} written to {}", count(keys.len(), "product key"), file.display()))
                }
            }
        }
        ProductKeyCommand::List { target, state, limit } => {
            let (daemun, call) = operator_call(place, target.app.as_deref()).await?;
            let keys = all(&daemun, &call, state, limit).await?;
            match target.form() {
                Form::Json => value(&json!(keys)),
                Form::Table => table(keys),
            }
        }
    }
}

impl Target {
    const fn form(&self) -> Form {
        Form::of(self.json)
    }
}

async fn make(daemun: &Daemun, call: &Call, count: u32, form: Form) -> Result<(), Failed> {
    if count == 0 {
        return Err(Failed::Usage("--count is at least 1".to_owned()));
    }
    let mut left = i64::from(count);
    let mut made = Vec::new();
    while left > 0 {
        let portion = left.min(i64::try_from(PORTION).unwrap_or(i64::MAX));
        let input = generate::Input { count: Some(portion) };
        let done = generate::generate(daemun.clone(), call.clone(), input).await;
        made.extend(done.map_err(|failure| refused(&failure))?.product_keys);
        left -= portion;
    }
    match form {
        Form::Json => value(&json!(made)),
        Form::Table => made.iter().try_for_each(|key| line(key)),
    }
}

async fn bring(daemun: &Daemun, call: &Call, keys: &[String], form: Form) -> Result<(), Failed> {
    let (mut imported, mut known) = (0, 0);
    for portion in keys.chunks(PORTION) {
        let input = import::Input { keys: Some(portion.to_vec()) };
        let done = import::import(daemun.clone(), call.clone(), input).await;
        let done = done.map_err(|failure| refused(&failure))?;
        imported += done.imported;
        known += done.known;
    }
    object(&json!({ "imported": imported, "known": known }), form)
}

/// The keys of a file. A line that holds none is told before anything is imported.
fn read(file: &Path) -> Result<Vec<String>, Failed> {
    let mut text = String::new();
    if file == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text)?;
    } else {
        text =
            fs::read_to_string(file).map_err(|error| Failed::Told(format!("{}: {error}", file.display())))?;
    }
    let keys = keys_of(&text).map_err(|(number, found)| {
        let name = file.display();
        Failed::Told(format!(
            "{name}:{number}: `{found}` is no product key: 1 to 64 letters, digits and dashes"
        ))
    })?;
    if keys.is_empty() { Err(Failed::Told(format!("{}: no keys", file.display()))) } else { Ok(keys) }
}

/// The first column of every line but a heading, or the number and text of the line that is at fault.
fn keys_of(text: &str) -> Result<Vec<String>, (usize, String)> {
    let mut keys = Vec::new();
    for (place, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let first = line.split([',', ';', '\t']).next().unwrap_or_default();
        let first = first.trim().trim_matches('"').trim();
        let heading =
            place == 0 && matches!(first.to_lowercase().as_str(), "key" | "product_key" | "product key");
        if first.is_empty() && line.trim().is_empty() || heading {
            continue;
        }
        if ProductKey::parse(first).is_none() {
            return Err((place + 1, first.chars().take(80).collect()));
        }
        keys.push(first.to_owned());
    }
    Ok(keys)
}

async fn all(
    daemun: &Daemun,
    call: &Call,
    state: Option<State>,
    limit: usize,
) -> Result<Vec<ListedKey>, Failed> {
    let mut keys = Vec::new();
    let mut cursor = None;
    while keys.len() < limit {
        let state = state.map(|state| state.as_str().to_owned());
        let input = export::Input { state, cursor: cursor.take(), limit: None };
        let done = export::export(daemun.clone(), call.clone(), input).await;
        let list::Output { product_keys, page } = done.map_err(|failure| refused(&failure))?;
        keys.extend(product_keys);
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    keys.truncate(limit);
    Ok(keys)
}

const fn word(state: ProductKeyState) -> &'static str {
    match state {
        ProductKeyState::Free => "free",
        ProductKeyState::Used => "used",
        ProductKeyState::Unknown => "unknown",
    }
}

/// No field needs quotes. A dash in front would look like a formula to a spreadsheet, and means nothing.
fn csv(keys: &[ListedKey]) -> String {
    let mut text = String::from("product_key,state,account,registered_at,created_at\r\n");
    for key in keys {
        let fields = [
            key.key.trim_start_matches('-').to_owned(),
            word(key.state).to_owned(),
            key.account.map(|number| number.to_string()).unwrap_or_default(),
            key.registered_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            key.created_at.to_rfc3339(),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn write(file: &Path, content: &[u8]) -> Result<(), Failed> {
    let told = |error: io::Error| Failed::Told(format!("{}: {error}", file.display()));
    let mut file = fs::File::create_new(file).map_err(told)?;
    Ok(file.write_all(content)?)
}

fn table(keys: Vec<ListedKey>) -> Result<(), Failed> {
    let mut rows = Rows::new(&["product_key", "state", "account", "registered_at", "created_at"]);
    for key in keys {
        rows.add(vec![
            key.key.into(),
            word(key.state).into(),
            key.account.into(),
            key.registered_at.map(|at| at.to_rfc3339()).into(),
            key.created_at.to_rfc3339().into(),
        ]);
    }
    rows.print(Form::Table)
}

#[cfg(test)]
mod tests {
    use super::keys_of;

    #[test]
    fn keys_are_read_from_lines_and_from_csv() {
        let keys = keys_of("\u{feff}Product_Key,state\r\nAAAA-1,free\r\n\r\n\"b-2\";x\nC3").unwrap();
        assert_eq!(keys, ["AAAA-1", "b-2", "C3"]);
        assert_eq!(keys_of("key").unwrap(), [] as [&str; 0]);
        assert_eq!(keys_of("a\nb c\n"), Err((2, "b c".to_owned())));
        assert_eq!(keys_of("a\n,b\n"), Err((2, String::new())));
    }
}
