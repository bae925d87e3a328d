//! Encrypted connections to PostgreSQL.

use std::path::{Path, PathBuf};

use daemun_store::{Db, DbOptions, sql};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_postgres::NoTls;

/// A certificate authority, and a server's certificate and key from it.
struct Identity {
    authority: String,
    certificate: String,
    key: String,
}

fn identity() -> Identity {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    Identity { authority: issuer.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
}

/// Lets the private server speak TLS from now on.
async fn encrypt(url: &str, identity: &Identity) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    for (file, text) in [("test.crt", &identity.certificate), ("test.key", &identity.key)] {
        let copy = format!(
            "COPY (SELECT unnest(string_to_array('{}', chr(10)))) TO PROGRAM 'umask 077; cat > {file}'",
            text.trim_end()
        );
        client.batch_execute(&copy).await.unwrap();
    }
    for setting in ["ssl_cert_file = 'test.crt'", "ssl_key_file = 'test.key'", "ssl = on"] {
        client.batch_execute(&format!("ALTER SYSTEM SET {setting}")).await.unwrap();
    }
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    // The postmaster takes its time.
    for _ in 0..100 {
        let row = client.query_one("SHOW ssl", &[]).await.unwrap();
        if row.get::<_, String>(0) == "on" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the server did not turn TLS on");
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_required_encryption_is_with_the_right_server_or_not_at_all() {
    let Some(place) = daemun_testpg::database().filter(|place| place.is_private()) else { return };
    let identity = identity();
    encrypt(place.url(), &identity).await;
    let folder = tempfile::tempdir().unwrap();
    let right = write(folder.path(), "right.pem", &identity.authority);
    let wrong = write(folder.path(), "wrong.pem", &self::identity().authority);
    let open = async |options: String| {
        Db::open(&format!("{}?{options}", place.url()), DbOptions::default()).await.unwrap()
    };
    let is_encrypted = async |db: &Db| {
        sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").one::<bool>(&mut db.reader()).await
    };
    let known = open(format!("sslmode=verify-full&sslrootcert={}", right.display())).await;
    assert!(is_encrypted(&known).await.unwrap());
    let stranger = open(format!("sslmode=require&sslrootcert={}", wrong.display())).await;
    assert!(stranger.ping().await.is_err());
    let plain = open("sslmode=disable".to_owned()).await;
    assert!(!is_encrypted(&plain).await.unwrap());
}
