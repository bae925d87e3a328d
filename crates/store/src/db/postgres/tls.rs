//! Encrypted connections: `sslmode=require` always checks who the server is.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::db::error::DbError;

/// Takes out of the URL what the driver does not know: `sslrootcert`, the file of certificates to trust, and the
/// stricter names of `sslmode=require`.
pub fn split(url: &str) -> Result<(String, Option<PathBuf>), DbError> {
    let Some((address, options)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let mut roots = None;
    let mut kept = Vec::new();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("sslrootcert", path)) if path.contains('%') => {
                let text = "sslrootcert in the database URL must be a plain path, without %";
                return Err(DbError::Url(text.to_owned()));
            }
            Some(("sslrootcert", path)) => roots = Some(PathBuf::from(path)),
            Some(("sslmode", "verify-full" | "verify-ca")) => kept.push("sslmode=require"),
            _ => kept.push(option),
        }
    }
    Ok((format!("{address}?{}", kept.join("&")), roots))
}

/// A connector that trusts the certificates in the file, or those of this machine.
pub fn connector(roots: Option<PathBuf>) -> Result<MakeRustlsConnect, DbError> {
    let mut trusted = RootCertStore::empty();
    match roots {
        Some(path) => {
            let fault = |error: &dyn std::fmt::Display| {
                DbError::Url(format!("sslrootcert {}: {error}", path.display()))
            };
            for certificate in CertificateDer::pem_file_iter(&path).map_err(|error| fault(&error))? {
                let certificate = certificate.map_err(|error| fault(&error))?;
                trusted.add(certificate).map_err(|error| fault(&error))?;
            }
        }
        None => {
            trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if trusted.is_empty() {
        let text = "sslmode=require needs certificates to trust: name their file with sslrootcert=PATH";
        return Err(DbError::Url(text.to_owned()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| DbError::Url(error.to_string()))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_gets_only_what_it_knows() {
        let url = "postgres://u@h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem&connect_timeout=3";
        let (url, roots) = split(url).unwrap();
        assert_eq!(url, "postgres://u@h/d?sslmode=require&connect_timeout=3");
        assert_eq!(roots, Some(PathBuf::from("/etc/ca.pem")));
        assert_eq!(split("postgres://u@h/d").unwrap(), ("postgres://u@h/d".to_owned(), None));
    }

    #[test]
    fn nobody_to_trust_is_an_error() {
        let missing = connector(Some(PathBuf::from("/nonexistent/ca.pem"))).err().unwrap();
        assert!(missing.to_string().starts_with("sslrootcert /nonexistent/ca.pem: "), "{missing}");
    }
}
