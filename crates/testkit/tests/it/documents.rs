//! Every contract that comes with the repository does what its examples say, on the engine under test.

use std::path::{Path, PathBuf};

use daemun_contract::examples::{Advance, Caught, Examples, Messages, Target, play};
use daemun_server::trial::TrialOperator;
use daemun_testkit::{Setup, TestServer};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::MEMBERS;

/// The outbox and the clock of a test's server, as the player takes them.
struct Ours<'s>(&'s TestServer);

impl Messages for Ours<'_> {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Caught>, String>> {
        let caught = async {
            let entries = self.0.messages().await.into_iter();
            let caught = entries.map(|entry| Caught {
                to: entry.to,
                subject: entry.subject,
                text: entry.text.unwrap_or_default(),
                code: entry.code,
                link: entry.link,
            });
            Ok(caught.collect())
        };
        caught.boxed()
    }
}

impl Advance for Ours<'_> {
    fn advance(&self, seconds: i64) {
        self.0.advance(seconds);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The contracts of a folder that have examples.
fn with_examples(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut contracts: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| Examples::beside(path).is_file())
        .collect();
    contracts.sort();
    assert!(!contracts.is_empty(), "{folder} holds no contract with examples");
    contracts
}

/// Plays the examples of a contract's file against a server of its own; what differs, as the player tells it.
async fn differences(contract: &Path) -> Option<String> {
    let text = std::fs::read_to_string(contract).unwrap();
    let examples = Examples::load_beside(contract).unwrap();
    let name = examples.contract.clone();
    // The contract for operators is served beside that of an app.
    let for_operators = text.contains("\ncallers: api_keys");
    let (served, text) = if for_operators { ("members", MEMBERS) } else { (name.as_str(), text.as_str()) };
    let setup = match std::fs::read_to_string(contract.with_extension("demo.yaml")) {
        Ok(rows) => Setup::default().contract_with_demo(served, text, &rows),
        Err(_) => Setup::default().contract(served, text),
    };
    let server = setup.start().await;
    let ours = Ours(&server);
    let base_url = server.url(&format!("/{served}{}", if for_operators { "/admin" } else { "" }));
    let api_key = match for_operators {
        true => Some(crate::admin::key_of_server(&server).await),
        false => None,
    };
    let operator = TrialOperator::of(server.daemun(), &server.app(served));
    let target =
        Target { base_url, messages: Some(&ours), clock: Some(&ours), operator: Some(&operator), api_key };
    let report = play(&examples, &target).await;
    server.stop().await;
    (!report.is_good()).then(|| format!("{}:\n{report}", contract.display()))
}

async fn play_all(folder: &str) {
    let mut told = Vec::new();
    for contract in with_examples(folder) {
        told.extend(differences(&contract).await);
    }
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_companies_contracts_answer_as_their_documents_print() {
    play_all("contracts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_that_the_guide_builds_does_what_the_guide_says() {
    play_all("docs/bookshop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_no_company_has_are_served_from_their_files_alone() {
    play_all("crates/testkit/tests/contracts").await;
}
