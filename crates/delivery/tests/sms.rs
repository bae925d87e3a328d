//! Text messages handed to a provider: a small stand-in of our own, which answers what a test tells it to. No network reaches
//! a real provider from here.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use daemun_delivery::{
    Delivery, DeliveryError, DeliveryOptions, EmailOptions, HttpSmsOptions, NotSigned, Outgoing, Receipt,
    Report, SendFault, SmsOptions, StatusCallback, Timeouts, TwilioCredentials, TwilioOptions, TwilioSender,
};
use daemun_model::message::{Channel, DeliveryState, Message, Secret, Template};
use daemun_model::{FrozenClock, Language, Timestamp};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const SERVICE: &str = "MG00000000000000000000000000000002";
const KEY: &str = "SK00000000000000000000000000000003";
const SID: &str = "SM00000000000000000000000000000004";
const NUMBER: &str = "+821012345678";

/// A provider on this machine. It answers every request alike: with these bytes, or, where there are none, not at all.
struct Provider {
    url: String,
    answer: Arc<Mutex<Option<String>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    async fn start(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { url, answer: Arc::default(), seen: Arc::default() };
        provider.answers(status, body);
        let (answer, seen) = (Arc::clone(&provider.answer), Arc::clone(&provider.seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&answer), Arc::clone(&seen)));
            }
        });
        provider
    }

    /// `status` may hold headers: `429 Slow\r\nRetry-After: 7`.
    fn answers(&self, status: &str, body: &str) {
        let text =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        *self.answer.lock().unwrap() = Some(text);
    }

    /// The only request that came.
    fn request(&self) -> String {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        seen[0].clone()
    }
}

async fn converse(stream: TcpStream, answer: Arc<Mutex<Option<String>>>, seen: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    request.push_str(&String::from_utf8(body).unwrap());
    seen.lock().unwrap().push(request);
    let answer = answer.lock().unwrap().clone();
    match answer {
        Some(text) => stream.write_all(text.as_bytes()).await.unwrap(),
        None => std::future::pending().await,
    }
}

fn try_delivery(sms: SmsOptions) -> Result<Delivery, DeliveryError> {
    Delivery::new(
        DeliveryOptions { email: EmailOptions::None, sms, ..DeliveryOptions::default() },
        Arc::new(FrozenClock::at(Timestamp::from_seconds(1_800_000_000))),
    )
}

fn timeouts() -> Timeouts {
    Timeouts { connect_seconds: 1, total_seconds: 1 }
}

fn twilio(url: &str) -> TwilioOptions {
    TwilioOptions {
        account_sid: ACCOUNT.into(),
        credentials: TwilioCredentials::AuthToken("token".to_owned().into()),
        sender: TwilioSender::Service(SERVICE.into()),
        base_url: url.into(),
        callback: Some(StatusCallback {
            url: "https://id.example.com/delivery/twilio".into(),
            auth_token: "token".to_owned().into(),
        }),
        timeouts: timeouts(),
    }
}

fn http(url: &str) -> HttpSmsOptions {
    HttpSmsOptions {
        url: format!("{url}/send"),
        method: "POST".into(),
        headers: BTreeMap::new(),
        body: r#"{"to": {{ to_national }}, "text": {{ text }}}"#.into(),
        from: Some("0212345678".into()),
        secrets: BTreeMap::from([("key".into(), "k e&y".to_owned().into())]),
        statuses: vec![200, 202],
        accepted: None,
        message_id: None,
        error_code: None,
        timeouts: timeouts(),
    }
}

fn message() -> Message {
    Message {
        channel: Channel::Sms,
        to: NUMBER.into(),
        template: Template::EmailCode,
        language: Language::Ko,
        app_title: "A & B".into(),
        secret: Secret { code: Some("012345".into()), ..Secret::default() },
    }
}

async fn send(sms: SmsOptions) -> Result<Receipt, SendFault> {
    let message = message();
    let outgoing = Outgoing { id: ID, app: "example", message: &message, seconds_left: Some(599) };
    let sent = try_delivery(sms).unwrap().send(&outgoing).await;
    if let Err(fault) = &sent {
        for secret in ["8210", "1234567", "012345", "token", "k e&y"] {
            assert!(!fault.text.contains(secret), "{fault:?}");
        }
    }
    sent
}

fn queued() -> Receipt {
    Receipt { provider_id: Some(SID.into()), state: Some(DeliveryState::Queued) }
}

const CREATED: &str = r#"{"sid":"SM00000000000000000000000000000004","status":"queued","error_code":null,"to":"+821012345678"}"#;

#[tokio::test]
async fn twilio_is_asked_as_its_document_says() {
    let provider = Provider::start("201 Created", CREATED).await;
    assert_eq!(send(SmsOptions::Twilio(twilio(&provider.url))).await, Ok(queued()));
    let request = provider.request();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut head: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
    assert_eq!(head.remove(0), format!("POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1"));
    head.retain(|line| !line.starts_with("host:") && !line.starts_with("content-length:"));
    head.sort_unstable();
    assert_eq!(
        head,
        [
            "accept: */*",
            // AC…01:token
            "authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0b2tlbg==",
            "content-type: application/x-www-form-urlencoded",
            concat!("user-agent: daemun/", env!("CARGO_PKG_VERSION")),
        ]
    );
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        form,
        [
            ("To", NUMBER),
            ("Body", "[A & B] 인증 코드: 012345"),
            ("MessagingServiceSid", SERVICE),
            ("StatusCallback", "https://id.example.com/delivery/twilio/01900000-0000-7000-8000-000000000001"),
            ("ValidityPeriod", "599"),
        ]
    );
}

/// Twilio's published OpenAPI document, served by Prism, which answers 422 to what the document does not allow:
/// `npx prism mock --errors twilio_api_v2010.json`, then `DAEMUN_TEST_TWILIO=http://127.0.0.1:4010`.
#[tokio::test]
async fn twilio_s_own_document_allows_what_is_asked() {
    let Some(url) = std::env::var_os("DAEMUN_TEST_TWILIO") else { return };
    let patient = Timeouts { connect_seconds: 5, total_seconds: 30 };
    let twilio = TwilioOptions { timeouts: patient, ..twilio(url.to_str().unwrap()) };
    let sent = send(SmsOptions::Twilio(twilio.clone())).await;
    assert!(sent.as_ref().is_ok_and(|receipt| receipt.state.is_some()), "{sent:?}");
    let number = TwilioSender::From("+821000000000".into());
    let key = TwilioCredentials::ApiKey { sid: KEY.into(), secret: "x".to_owned().into() };
    let other = TwilioOptions { sender: number, credentials: key, callback: None, ..twilio };
    let sent = send(SmsOptions::Twilio(other)).await;
    assert!(sent.is_ok(), "{sent:?}");
}

#[tokio::test]
async fn twilio_takes_an_api_key_and_a_number_too() {
    let provider = Provider::start("201 Created", CREATED).await;
    let options = TwilioOptions {
        credentials: TwilioCredentials::ApiKey { sid: KEY.into(), secret: "x".to_owned().into() },
        sender: TwilioSender::From("+821000000000".into()),
        callback: None,
        ..twilio(&provider.url)
    };
    assert_eq!(send(SmsOptions::Twilio(options)).await, Ok(queued()));
    let request = provider.request();
    // SK…03:x
    assert!(request.contains("Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMzp4\r\n"), "{request}");
    assert!(request.contains("&From=%2B821000000000&") && !request.contains("StatusCallback"), "{request}");
}

#[tokio::test]
async fn twilio_refuses_for_good_or_for_now() {
    let body = |code: u32| {
        format!(
            r#"{{"code":{code},"message":"The 'To' number {NUMBER} is bad","more_info":"x","status":400}}"#
        )
    };
    for (status, body, permanent, code, retry_after) in [
        ("400 Bad Request", body(21211), true, Some("21211"), None),
        ("400 Bad Request", body(21610), true, Some("21610"), None),
        ("401 Unauthorized", body(20003), true, Some("20003"), None),
        ("404 Not Found", String::new(), true, None, None),
        ("429 Too Many Requests\r\nRetry-After: 7", body(20429), false, Some("20429"), Some(7)),
        ("500 Internal Server Error", body(20500), false, Some("20500"), None),
        ("503 Service Unavailable\r\nRetry-After: 3600", "<html>".to_owned(), false, None, Some(3600)),
        ("502 Bad Gateway", "\0\u{1}garbage{".to_owned(), false, None, None),
        // Pages of somebody in between: nobody took the message.
        ("200 OK", "<html>sign in to this network</html>".to_owned(), false, None, None),
        ("302 Found\r\nLocation: https://example.com/", String::new(), false, None, None),
    ] {
        let provider = Provider::start(status, &body).await;
        let fault = send(SmsOptions::Twilio(twilio(&provider.url))).await.unwrap_err();
        assert_eq!(
            (fault.permanent, fault.code.as_deref(), fault.retry_after),
            (permanent, code, retry_after),
            "{status}: {fault:?}"
        );
        assert!(fault.text.starts_with(&format!("Twilio answered {}", &status[..3])), "{fault:?}");
        assert_eq!(provider.seen.lock().unwrap().len(), 1, "no redirect is followed, nothing is repeated");
    }
}

#[tokio::test]
async fn what_twilio_created_is_sent_however_it_says_so() {
    for (body, expected) in [
        ("", Receipt::default()),
        ("garbage", Receipt::default()),
        (r#"{"sid":"a b\n","status":"?"}"#, Receipt::default()),
        (
            r#"{"sid":"SM00000000000000000000000000000004","status":"failed","error_code":30001}"#,
            Receipt { provider_id: Some(SID.into()), state: Some(DeliveryState::Failed) },
        ),
    ] {
        let provider = Provider::start("201 Created", body).await;
        assert_eq!(send(SmsOptions::Twilio(twilio(&provider.url))).await, Ok(expected), "{body}");
    }
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_tried_again() {
    let provider = Provider::start("201 Created", CREATED).await;
    *provider.answer.lock().unwrap() = None;
    let fault = send(SmsOptions::Twilio(twilio(&provider.url))).await.unwrap_err();
    assert_eq!((fault.permanent, fault.text.as_str()), (false, "the SMS provider did not answer in time"));
    *provider.answer.lock().unwrap() = Some(String::new());
    let fault = send(SmsOptions::Twilio(twilio(&provider.url))).await.unwrap_err();
    assert_eq!((fault.permanent, fault.text.as_str()), (false, "the connection to the SMS provider broke"));
    *provider.answer.lock().unwrap() = Some("220 mail.example.com ESMTP\r\n\r\n".into());
    assert!(!send(SmsOptions::Twilio(twilio(&provider.url))).await.unwrap_err().permanent);
    // Nothing listens on the discard port.
    let fault = send(SmsOptions::Twilio(twilio("http://127.0.0.1:9"))).await.unwrap_err();
    assert!(!fault.permanent && fault.text.starts_with("the SMS provider cannot be reached: "), "{fault:?}");
}

#[test]
fn settings_that_twilio_cannot_work_with_are_refused_at_the_start() {
    let good = twilio("https://api.twilio.com");
    let bad_key = TwilioCredentials::ApiKey { sid: ACCOUNT.into(), secret: "x".to_owned().into() };
    for (options, reason) in [
        (TwilioOptions { account_sid: "AC1".into(), ..good.clone() }, "`account_sid` is not AC and 32"),
        (TwilioOptions { credentials: bad_key, ..good.clone() }, "`api_key` is not SK and 32"),
        (
            TwilioOptions { sender: TwilioSender::Service(ACCOUNT.into()), ..good.clone() },
            "`messaging_service_sid` is not MG",
        ),
        (TwilioOptions { sender: TwilioSender::From(" ".into()), ..good.clone() }, "`from` is empty"),
        (TwilioOptions { base_url: "http://api.twilio.com".into(), ..good.clone() }, "`base_url` must begin"),
        (TwilioOptions { base_url: "twilio".into(), ..good.clone() }, "`base_url` is no URL"),
    ] {
        let error = try_delivery(SmsOptions::Twilio(options)).unwrap_err().to_string();
        assert!(error.starts_with("delivery of text messages: ") && error.contains(reason), "{error}");
    }
    let delivery = try_delivery(SmsOptions::Twilio(good.clone())).unwrap();
    assert!(
        delivery.sends(Channel::Sms) && !delivery.keeps_secrets(Channel::Sms) && delivery.awaits_reports()
    );
    let silent = try_delivery(SmsOptions::Twilio(TwilioOptions { callback: None, ..good.clone() })).unwrap();
    assert!(!silent.awaits_reports());
    assert_eq!(format!("{delivery:?}"), "Delivery(email: none, sms: twilio)");
    assert!(!format!("{good:?}").contains("token\""), "{good:?}");
}

/// The signature of this form for [`ID`], made by the way that Twilio describes, with openssl:
/// `printf '%s' "$URL$PAIRS" | openssl dgst -sha1 -hmac token -binary | base64`.
const SIGNATURE: &str = "9aI4ESE1uiCkLFTS433LClZcsQk=";
/// That form.
const FORM: &str = "MessageSid=SM00000000000000000000000000000004&MessageStatus=undelivered&ErrorCode=30003&To=%2B821012345678";

#[test]
fn only_what_twilio_signed_is_believed() {
    let delivery = try_delivery(SmsOptions::Twilio(twilio("https://api.twilio.com"))).unwrap();
    let report = |id: Uuid, signature: &str, form: &str| delivery.report(id, signature, form.as_bytes());
    assert_eq!(
        report(ID, SIGNATURE, FORM),
        Ok(Some(Report {
            provider_id: SID.into(),
            state: DeliveryState::Undelivered,
            error_code: Some("30003".into()),
        }))
    );
    for (id, signature, form) in [
        (Uuid::from_u128(2), SIGNATURE, FORM.to_owned()),
        (ID, SIGNATURE, FORM.replace("undelivered", "delivered")),
        (ID, SIGNATURE, format!("{FORM}&x=y")),
        (ID, SIGNATURE, String::new()),
        (ID, "", FORM.to_owned()),
        (ID, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", FORM.to_owned()),
        (ID, &SIGNATURE[..20], FORM.to_owned()),
    ] {
        assert_eq!(report(id, signature, &form), Err(NotSigned), "{form}");
    }
    let silent = TwilioOptions { callback: None, ..twilio("https://api.twilio.com") };
    let silent = try_delivery(SmsOptions::Twilio(silent)).unwrap();
    assert_eq!(silent.report(ID, SIGNATURE, FORM.as_bytes()), Err(NotSigned));
    let dev = try_delivery(SmsOptions::Dev).unwrap();
    assert_eq!(dev.report(ID, SIGNATURE, FORM.as_bytes()), Err(NotSigned));
}

#[tokio::test]
async fn any_provider_is_asked_as_its_templates_say() {
    let provider = Provider::start("202 Accepted", r#"{"result":"ok","data":[{"id":4711}]}"#).await;
    let options = HttpSmsOptions {
        headers: BTreeMap::from([
            ("X-Key".into(), "Bearer {{ secret.key }}".to_owned().into()),
            ("X-Mac".into(), "{{ (timestamp ~ ' ' ~ id) | hmac_sha256_hex(secret.key) }}".to_owned().into()),
        ]),
        body: r#"{"to": {{ to_national }}, "from": {{ from }}, "text": {{ text }}, "at": {{ timestamp }}, "d": {{ date }}}"#
            .into(),
        accepted: Some("answer.result == 'ok'".into()),
        message_id: Some("answer.data[0].id".into()),
        ..http(&provider.url)
    };
    let receipt = send(SmsOptions::Http(options)).await.unwrap();
    assert_eq!(receipt, Receipt { provider_id: Some("4711".into()), state: None });
    let request = provider.request();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /send HTTP/1.1\r\n"), "{head}");
    for line in [
        "content-type: application/json",
        "x-key: Bearer k e&y",
        // printf '%s' '1800000000000 01900000000070008000000000000001' | openssl dgst -sha256 -hmac 'k e&y'
        "x-mac: b099026631a26d7baf66b75452756714a7d7cfd7647a17279ed6a3d9872b12c3",
    ] {
        assert!(head.lines().any(|there| there == line), "{line} is not in\n{head}");
    }
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).unwrap(),
        serde_json::json!({
            "to": "01012345678", "from": "0212345678", "text": "[A & B] 인증 코드: 012345",
            "at": 1_800_000_000_000_i64, "d": "2027-01-15T08:00:00.000000Z",
        })
    );
}

#[tokio::test]
async fn a_form_and_a_url_are_percent_encoded() {
    let provider = Provider::start("200 OK", "").await;
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let options = HttpSmsOptions {
        url: format!("{}/send?user={{{{ from }}}}&to={{{{ to }}}}", provider.url),
        headers: BTreeMap::from([("content-type".into(), form.to_owned().into())]),
        body: "key={{ secret.key }}&receiver={{ to_digits }}&msg={{ text }}".into(),
        ..http(&provider.url)
    };
    assert_eq!(send(SmsOptions::Http(options)).await, Ok(Receipt::default()));
    let request = provider.request();
    assert!(request.starts_with("POST /send?user=0212345678&to=%2B821012345678 HTTP/1.1\r\n"), "{request}");
    assert!(
        request.ends_with(
            "\r\n\r\nkey=k%20e%26y&receiver=821012345678&msg=%5BA%20%26%20B%5D%20%EC%9D%B8%EC%A6%9D%20%EC%BD%94%EB%93%9C%3A%20012345"
        ),
        "{request}"
    );
}

#[tokio::test]
async fn an_answer_means_what_the_configuration_says() {
    for (status, body, permanent, code) in [
        ("200 OK", r#"{"result":"no","code":"-101"}"#, true, Some("-101")),
        ("200 OK", r#"{"result":"no","code":"number +8210 bad"}"#, true, None),
        ("200 OK", "<html>", false, None),
        ("200 OK", r#"{"code":7}"#, true, Some("7")),
        ("201 Created", r#"{"result":"ok"}"#, false, None),
        ("400 Bad Request", r#"{"code":"E1"}"#, true, Some("E1")),
        ("403 Forbidden", "", true, None),
        ("429 Slow\r\nRetry-After: 30", "", false, None),
        ("500 Oops", r#"{"result":"ok"}"#, false, None),
        ("301 Moved\r\nLocation: /", "", false, None),
    ] {
        let provider = Provider::start(status, body).await;
        let options = HttpSmsOptions {
            accepted: Some("answer.result == 'ok'".into()),
            error_code: Some("answer.code".into()),
            ..http(&provider.url)
        };
        let fault = send(SmsOptions::Http(options)).await.unwrap_err();
        assert_eq!((fault.permanent, fault.code.as_deref()), (permanent, code), "{status} {body}: {fault:?}");
        assert_eq!(fault.retry_after, status.contains("Retry-After").then_some(30));
    }
}

#[test]
fn templates_that_cannot_work_are_refused_at_the_start() {
    let good = http("https://sms.example.com");
    let header = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned().into())]);
    for (options, reason) in [
        (HttpSmsOptions { body: "{{ to".into(), ..good.clone() }, "`body`, line 1: syntax error"),
        (HttpSmsOptions { body: "{}\n{{ too }}".into(), ..good.clone() }, "`body`, line 2: undefined value"),
        (HttpSmsOptions { body: r#"{"text": "{{ text }}"}"#.into(), ..good.clone() }, "`body` is no JSON"),
        (
            HttpSmsOptions { url: "http://sms.example.com".into(), ..good.clone() },
            "`url` must begin with https",
        ),
        (
            HttpSmsOptions { url: "{{ secret.none }}".into(), ..good.clone() },
            "`url`, line 1: undefined value",
        ),
        (HttpSmsOptions { method: "BREW".into(), ..good.clone() }, "`method` is not"),
        (HttpSmsOptions { headers: header("a b", "x"), ..good.clone() }, "is no name of a header"),
        (HttpSmsOptions { headers: header("x", "{{ text }}"), ..good.clone() }, "cannot stand in a header"),
        (HttpSmsOptions { statuses: vec![], ..good.clone() }, "`statuses`"),
        (HttpSmsOptions { statuses: vec![500], ..good.clone() }, "`statuses`"),
        (
            HttpSmsOptions { accepted: Some("answer. ==".into()), ..good.clone() },
            "`accepted`, line 1: syntax",
        ),
        (HttpSmsOptions { error_code: Some("a b".into()), ..good.clone() }, "`error_code`, line 1: syntax"),
    ] {
        let error = try_delivery(SmsOptions::Http(options)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains("k e&y"), "{error}");
    }
    assert!(try_delivery(SmsOptions::Http(good)).is_ok());
}
