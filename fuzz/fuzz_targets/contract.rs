//! A contract file is any text: its faults are told, and one without faults has its document and its page.
#![no_main]

use daemun_contract::ast::Contract;
use daemun_model::app::AppId;
use daemun_model::{App, Language};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match daemun_contract::load("fuzz.yaml", text) {
        Ok(loaded) => {
            for route in &loaded.contract.routes {
                assert!(!route.paths.is_empty() && !route.alternatives.is_empty());
            }
            let document = daemun_contract::openapi::document(&loaded.contract, &app(&loaded.contract), None);
            assert!(daemun_contract::docs::page(&document, Language::Ko).contains("</html>"));
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a fault");
            let lines = text.lines().count().max(1);
            for fault in faults {
                assert!((1..=lines + 1).contains(&fault.line) && fault.column >= 1, "{fault}");
                assert!(!fault.message.is_empty());
            }
        }
    }
    // Any JSON makes a page, too.
    if let Ok(document) = serde_json::from_str(text) {
        assert!(daemun_contract::docs::page(&document, Language::En).contains("</html>"));
    }
});

fn app(contract: &Contract) -> App {
    App {
        id: AppId::default(),
        name: "fuzz".to_owned(),
        title: contract.title.clone(),
        mount: "/fuzz".to_owned(),
        public_url: "https://id.example.com/fuzz".to_owned(),
        language: contract.language,
        timezone: contract.timezone,
        policy: contract.policy.clone(),
        tokens: contract.tokens.clone(),
        attributes: contract.attributes.clone(),
    }
}
