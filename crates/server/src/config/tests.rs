use std::io::Write;

use super::*;

fn from_file(toml: &str) -> Result<Loaded, String> {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(toml.as_bytes()).unwrap();
    let path = file.path().to_owned();
    let name = path.display().to_string();
    load(&Origins { file: Some(path), ..Origins::default() })
        .map_err(|error| error.to_string().replace(&name, "daemun.toml"))
}

fn from_environment(variables: &[(&str, &str)]) -> Result<Loaded, String> {
    let environment =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Origins { environment, ..Origins::default() }).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_are_a_whole_configuration() {
    let loaded = from_environment(&[]).unwrap();
    assert_eq!(loaded.mode, Mode::Demo);
    assert_eq!(loaded.config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(loaded.config.passwords.memory_kib, 19_456);
    assert_eq!(loaded.config.delivery.email.kind, EmailKind::Dev, "a demo shows its messages");
}

#[test]
fn a_file_replaces_defaults_and_the_environment_replaces_the_file() {
    let loaded = from_file("[server]\nlisten = \"127.0.0.1:9000\"\nrequest_seconds = 20\n").unwrap();
    assert_eq!(loaded.config.server.listen.port(), 9000);
    assert_eq!(loaded.config.server.request_seconds, 20);
    assert_eq!(loaded.config.delivery.email.kind, EmailKind::None, "only a demo shows its messages");

    let loaded = from_environment(&[
        ("DAEMUN__SERVER__LISTEN", "127.0.0.1:9001"),
        ("DAEMUN__SERVER__REQUEST_SECONDS", "21"),
        ("DAEMUN__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
        ("DAEMUN__KEYS__MASTER", "00123456789012345678901234567890"),
        ("UNRELATED", "x"),
    ])
    .unwrap();
    assert_eq!(loaded.config.server.listen.port(), 9001);
    assert_eq!(loaded.config.server.request_seconds, 21);
    assert_eq!(loaded.config.server.trusted_proxies, ["10.0.0.0/8", "127.0.0.1"]);
    let master = loaded.config.keys.master.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&master), "00123456789012345678901234567890");
}

#[test]
fn the_command_line_replaces_everything() {
    let loaded = load(&Origins {
        environment: vec![("DAEMUN__SERVER__LISTEN".into(), "127.0.0.1:9001".into())],
        listen: Some("127.0.0.1:9002".into()),
        data: Some("/var/lib/daemun".into()),
        database: Some("postgres://db/daemun".into()),
        ..Origins::default()
    })
    .unwrap();
    assert_eq!(loaded.config.server.listen.port(), 9002);
    assert_eq!(loaded.config.server.data, Path::new("/var/lib/daemun"));
    assert!(loaded.config.database.url.is_some());
}

#[test]
fn unknown_keys_are_all_told_with_what_was_meant() {
    let error = from_file(
        "[server]\nlistn = \"127.0.0.1:1\"\n[[app]]\nname = \"a\"\ncontarct = \"a\"\n[delivery.emial]\nkind = \"dev\"\n[wholly]\nother = 1\n",
    );
    let outside = from_file("listen = \"127.0.0.1:1\"\n").unwrap_err();
    assert_eq!(
        outside,
        "daemun.toml: unknown key listen\n  hint: did you mean server.listen or metrics.listen?"
    );
    assert_eq!(
        error.unwrap_err(),
        "daemun.toml: unknown key app[0].contarct\n  hint: did you mean app[0].contract?\n\
         daemun.toml: unknown key delivery.emial\n  hint: did you mean delivery.email?\n\
         daemun.toml: unknown key server.listn\n  hint: did you mean server.listen?\n\
         daemun.toml: unknown key wholly"
    );
    assert_eq!(
        from_environment(&[("DAEMUN__SERVER__LISTN", "x")]).unwrap_err(),
        "the environment: unknown key DAEMUN__SERVER__LISTN\n  hint: did you mean DAEMUN__SERVER__LISTEN?"
    );
}

#[test]
fn a_wrong_type_names_key_and_place_and_never_the_value() {
    let error = from_file("[server]\nrequest_seconds = \"hunter2\"\n").unwrap_err();
    assert_eq!(error, "daemun.toml: server.request_seconds: expected an integer");
    let error = from_environment(&[("DAEMUN__SERVER__REQUEST_SECONDS", "hunter2")]).unwrap_err();
    assert!(error.contains("request_seconds") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line() {
    let error = from_file("[server]\nlisten = \n").unwrap_err();
    assert!(error.starts_with("daemun.toml:2:") && !error.contains('\n'), "{error}");
    let error = from_file("[keys]\nmaster = \"hunter2\" hunter2\n").unwrap_err();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn an_address_that_is_none_is_told_with_one_that_is() {
    let error = from_file("[server]\nlisten = \"8080\"\n").unwrap_err();
    assert_eq!(error, "server.listen: is no address such as 127.0.0.1:8080");
}

#[test]
fn weaker_values_than_allowed_are_refused_with_the_reason() {
    let error = from_file("[passwords]\nmemory_kib = 4096\niterations = 1\n[retention]\naudit_days = 1\n")
        .unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 3, "{error}");
    assert!(lines[0].starts_with("passwords: m = 4096 KiB with t = 1 is weaker than OWASP's"), "{error}");
    assert!(lines[1].starts_with("passwords.memory_kib: 4096 is not between"), "{error}");
    assert!(lines[2].starts_with("retention.audit_days: 1 is not between"), "{error}");
}

#[test]
fn what_keeps_administrators_signed_in_for_too_long_is_refused_with_the_reason() {
    let error = from_file(
        "[console]\nsession_minutes = 1441\nidle_minutes = 61\nconfirmation_minutes = 31\nsecond_factor_minutes = 16\n\
         link_hours = 25\ninvitation_days = 0\n",
    )
    .unwrap_err();
    let told: Vec<_> =
        error.lines().map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect();
    assert_eq!(
        told,
        [
            "console.session_minutes: 1441 is not between 5 and 1440",
            "console.idle_minutes: 61 is not between 1 and 60",
            "console.confirmation_minutes: 31 is not between 1 and 30",
            "console.second_factor_minutes: 16 is not between 1 and 15",
            "console.link_hours: 25 is not between 1 and 24",
            "console.invitation_days: 0 is not between 1 and 14",
        ],
        "{error}"
    );
    assert!(error.contains("NIST SP 800-63B-4 (2.2.3)"), "{error}");
    let error = from_file("[console]\nsession_minutes = 20\n").unwrap_err();
    assert_eq!(error, "console.idle_minutes: is longer than session_minutes: no session lives so long");
}

#[test]
fn administrators_have_the_times_of_the_configuration_and_by_default_those_of_the_core() {
    let of = |text: &str| {
        format!("{:?}", from_file(text).unwrap().config.console.settings("http://127.0.0.1:8080"))
    };
    assert_eq!(of(""), format!("{:?}", daemun_operations::administrator::ConsoleSettings::default()));
    let other = of("[console]\nsession_minutes = 60\nidle_minutes = 5\nconfirmation_minutes = 1\n");
    assert!(other.contains("absolute: 3600, idle: 300, confirmed: 60,"), "{other}");
    assert!(of("[console]\ntimezone = \"UTC\"\n").contains("timezone: UTC"));
    let error = from_file("[console]\ntimezone = \"Seoul\"\n").unwrap_err();
    assert_eq!(
        error,
        "console.timezone: `Seoul` is no time zone\n  hint: use an IANA name, such as Asia/Seoul or UTC"
    );
}

#[test]
fn what_would_fail_at_the_start_is_told_before() {
    let error = from_file("[log]\nfilter = \"daemun=loud\"\n[keys]\nmaster = \"short\"\n[delivery.email]\nkind = \"smtp\"\nhost = \"x\"\nusername = \"x\"\n").unwrap_err();
    for told in [
        "log.filter: ",
        "keys.master: ",
        "delivery.email.from: is needed",
        "DAEMUN__DELIVERY__EMAIL__PASSWORD",
    ] {
        assert!(error.contains(told), "{told} is not in:\n{error}");
    }
}

#[test]
fn a_way_for_text_messages_that_lacks_something_is_told_before() {
    let twilio = |lines: &str| from_file(&format!("[delivery.sms]\nkind = \"twilio\"\n{lines}"));
    let error = twilio("timeout_seconds = 61\n").unwrap_err();
    assert_eq!(
        error,
        "delivery.sms.timeout_seconds: 61 is not between 1 and 60: a message must be through before another node may take it\n\
         delivery.sms.account_sid: is needed for kind = \"twilio\"\n\
         delivery.sms.auth_token: is needed for kind = \"twilio\", or api_key is\n  \
         hint: it is best set as DAEMUN__DELIVERY__SMS__AUTH_TOKEN\n\
         delivery.sms: needs one of from and messaging_service_sid for kind = \"twilio\""
    );
    let half = twilio("account_sid = \"x\"\nfrom = \"x\"\nmessaging_service_sid = \"x\"\napi_key = \"x\"\n")
        .unwrap_err();
    assert!(
        half.contains("api_key and api_key_secret belong together") && half.contains("needs one of"),
        "{half}"
    );
    twilio("account_sid = \"x\"\nfrom = \"x\"\nauth_token = \"x\"\n").unwrap();
    let error = from_file("[delivery.sms]\nkind = \"http\"\n").unwrap_err();
    assert_eq!(error, "delivery.sms.url: is needed for kind = \"http\"");
    let loaded = from_environment(&[
        ("DAEMUN__DELIVERY__SMS__KIND", "http"),
        ("DAEMUN__DELIVERY__SMS__URL", "https://sms.example.com"),
        ("DAEMUN__DELIVERY__SMS__SECRETS__KEY", "0123"),
    ])
    .unwrap();
    let key = &loaded.config.delivery.sms.secrets["key"];
    assert_eq!(secrecy::ExposeSecret::expose_secret(key), "0123");
    assert!(!format!("{loaded:?}").contains("0123"));
}

#[test]
fn the_dev_outbox_stays_on_this_machine() {
    let error = from_environment(&[("DAEMUN__SERVER__LISTEN", "0.0.0.0:8080")]).unwrap_err();
    assert!(error.contains("dev outbox") && error.contains("0.0.0.0:8080"), "{error}");
    from_environment(&[
        ("DAEMUN__SERVER__LISTEN", "0.0.0.0:8080"),
        ("DAEMUN__DELIVERY__EMAIL__KIND", "none"),
        ("DAEMUN__DELIVERY__SMS__KIND", "none"),
    ])
    .unwrap();
}

#[test]
fn apps_must_not_stand_in_each_others_way() {
    let error = from_file(
        "[[app]]\nname = \"one\"\nhosts = [\"api.example.com\"]\n\
         [[app]]\nname = \"Two\"\nmount = \"/one/\"\nhosts = [\"API.example.com\", \"https://x\"]\n\
         [[app]]\nname = \"three\"\ncolor = \"red\"\nmount = \"/healthz\"\nallowed_origins = [\"https://x/\"]\npublic_url = \"x\"\n",
    )
    .unwrap_err();
    for told in [
        "app \"Two\": name: only a-z",
        "\"/one\" is another app's",
        "\"API.example.com\" is another app's",
        "\"https://x\" is no host name",
        "\"/healthz\" is no path",
        "\"red\" is no colour",
        "\"https://x/\" is no origin",
        "\"x\" is no URL",
    ] {
        assert!(error.contains(told), "{told} is not in:\n{error}");
    }
}

#[test]
fn secrets_are_never_printed() {
    let loaded = from_environment(&[("DAEMUN__KEYS__MASTER", "correct horse battery staple 12345")]).unwrap();
    assert!(!format!("{loaded:?}").contains("horse"));
}

#[test]
fn the_limits_of_the_defaults_are_those_of_the_operations() {
    let loaded = from_environment(&[]).unwrap();
    let (read, built_in) = (loaded.config.limits.limits(), daemun_operations::Limits::default());
    assert_eq!(format!("{read:?}"), format!("{built_in:?}"));
}

#[test]
fn limits_may_be_stricter_and_not_weaker() {
    let stricter = [
        ("PASSWORD_DELAYS", "3:2,10:5, 20:60, 30:900"),
        ("PASSWORD_FAILURES_PER_ACCOUNT", "50"),
        ("EXEMPT_ADDRESSES", "192.0.2.1, 2001:db8::/32"),
        ("SENDS_PER_HOUR", "3"),
    ];
    let name = |key: &str| format!("DAEMUN__LIMITS__{key}");
    for (key, value) in stricter {
        assert!(from_environment(&[(name(key).as_str(), value)]).is_ok(), "{key} = {value}");
    }
    for (key, value, told) in [
        ("PASSWORD_DELAYS", "5:1", "must be four delays"),
        ("PASSWORD_DELAYS", "5:1,10:5,20:30,50", "must be four delays"),
        ("PASSWORD_DELAYS", "6:1,10:5,20:30,50:900", "after 5 failures at least 1 seconds"),
        ("PASSWORD_DELAYS", "5:1,10:5,20:30,50:899", "after 50 failures at least 900 seconds"),
        ("PASSWORD_DELAYS", "10:5,5:1,20:30,50:900", "must rise"),
        ("PASSWORD_DELAYS", "5:1,10:5,20:30,50:90000", "at most a day"),
        ("PASSWORD_FAILURES_PER_ACCOUNT", "101", "101 is not between 10 and 100"),
        ("PASSWORD_FAILURES_PER_ADDRESS", "0", "0 is not between 5 and 100"),
        ("PASSWORD_FAILURES_MINUTES", "9", "9 is not between 10 and 1440"),
        ("KNOWN_ADDRESS_DAYS", "1", "1 is not between 30 and 1825"),
        ("EXEMPT_ADDRESSES", "10.0.0.0/8,here", "\"here\" is no address"),
        ("EXEMPT_ADDRESSES", "0.0.0.0/0", "\"0.0.0.0/0\" is no address"),
        ("WRONG_CODES_PER_HOUR", "21", "21 is not between 5 and 20"),
        ("SEND_PAUSE_SECONDS", "59", "59 is not between 60 and 3600"),
        ("SENDS_PER_HOUR", "6", "6 is not between 1 and 5"),
        ("SENDS_PER_DAY", "11", "11 is not between 1 and 10"),
        ("SENDS_PER_ADDRESS_AND_HOUR", "1001", "1001 is not between 1 and 1000"),
        ("SENDS_PER_APP_AND_DAY", "0", "0 is not between 1 and 100000000"),
        ("OPEN_REFUSALS_PER_HOUR", "21", "21 is not between 1 and 20"),
        ("SIGN_UPS_PER_ADDRESS_AND_HOUR", "0", "0 is not between 1 and 1000"),
    ] {
        let error = from_environment(&[(name(key).as_str(), value)]).unwrap_err();
        assert!(error.contains(told), "{key} = {value}: {error}");
    }
}

#[test]
fn a_bucket_that_lacks_something_is_told_before() {
    let s3 = |lines: &str| from_file(&format!("[files]\nkind = \"s3\"\n{lines}"));
    assert_eq!(
        s3("endpoint = \"http://s3.example.com\"\nprefix = \"/x\"\ntimeout_seconds = 0\n").unwrap_err(),
        "files.timeout_seconds: 0 is not between 1 and 60: a request waits for it\n\
         files.bucket: is needed for kind = \"s3\"\n  \
         hint: the name of a bucket that is there\n\
         files.access_key_id: is needed for kind = \"s3\"\n  \
         hint: the half of a key that is no secret\n\
         files.secret_access_key: is needed for kind = \"s3\"\n  \
         hint: it is best set as DAEMUN__FILES__SECRET_ACCESS_KEY\n\
         files.endpoint: must begin with https://: members' papers go there\n\
         files.prefix: is not of the form \"daemun/\": letters, digits, `_`, `-`, and `/` at the end"
    );
    let whole = "endpoint = \"https://s3.example.com\"\nbucket = \"x\"\naccess_key_id = \"x\"\nsecret_access_key = \"x\"\n";
    s3(whole).unwrap();
    from_environment(&[
        ("DAEMUN__FILES__KIND", "s3"),
        ("DAEMUN__FILES__ENDPOINT", "https://s3.example.com"),
        ("DAEMUN__FILES__BUCKET", "members"),
        ("DAEMUN__FILES__ACCESS_KEY_ID", "0123"),
        ("DAEMUN__FILES__SECRET_ACCESS_KEY", "0456"),
    ])
    .unwrap();
}
