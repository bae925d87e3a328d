//! `approval.reasons`: reasons for turning somebody away, ready to be taken or changed.

use daemun_model::{Code, Failure, Language, Permission, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// What applicants are turned away for where the app says nothing else: in Korean and in English.
const USUAL: [(&str, &str); 5] = [
    (
        "제출하신 사진을 알아보기 어렵습니다. 선명한 사진으로 다시 신청해 주세요.",
        "The photo is hard to make out. Please apply again with a clear one.",
    ),
    (
        "제출하신 서류를 확인할 수 없습니다. 전체가 보이는 서류로 다시 신청해 주세요.",
        "The document cannot be read. Please apply again with one that shows all of it.",
    ),
    (
        "입력하신 정보가 제출하신 서류와 다릅니다.",
        "What you entered differs from the document that you sent.",
    ),
    ("가입 조건에 해당하지 않습니다.", "You do not meet the conditions of membership."),
    ("이미 가입하신 계정이 있습니다.", "You have an account already."),
];

/// In which language.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `ko` or `en`: the applicant's; the app's where it is left out.
    #[schemars(extend("enum" = ["ko", "en", null]))]
    pub language: Option<String>,
}

/// The reasons.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Sentences for the applicant, which `approval.reject` takes as its reason.
    pub reasons: Vec<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("approval.reasons", "List reasons for turning an applicant away", reasons)
        .needs(Permission::ApprovalsRead)
        .reads_only()
        .fails(&[Code::Invalid])
}

/// List reasons for turning an applicant away: the app's own (`rejection_reasons`), else the usual ones.
///
/// # Errors
/// Those of [`operation`].
pub async fn reasons(_daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let language = input
        .language
        .as_deref()
        .and_then(|typed| faults.take("language", Language::from_tag(typed).ok_or(Reason::NotAChoice)));
    faults.finish()?;
    let language = language.unwrap_or(call.app.language);
    let usual = || {
        USUAL.iter().map(|(ko, en)| match language {
            Language::Ko => (*ko).to_owned(),
            Language::En => (*en).to_owned(),
        })
    };
    let own = &call.app.policy.rejection_reasons;
    Ok(Output { reasons: if own.is_empty() { usual().collect() } else { own.clone() } })
}
