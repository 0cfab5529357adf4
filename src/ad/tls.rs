//! Whom to trust, and what to say when trust fails.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use super::{AdError, CaCertificate};

/// A client that trusts the given CA only, or what the platform trusts. The host name is verified in both cases.
pub(super) fn client_config(ca: Option<&CaCertificate>) -> Result<Arc<ClientConfig>, AdError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(AdError::TlsSetup)?;
    let builder = match ca {
        Some(ca) => builder.with_root_certificates(roots_of(ca)?),
        None => builder.with_platform_verifier().map_err(AdError::TlsSetup)?,
    };
    Ok(Arc::new(builder.with_no_client_auth()))
}

fn roots_of(ca: &CaCertificate) -> Result<RootCertStore, AdError> {
    let refused = |problem: String| AdError::CaCertificate { file: ca.file.clone(), problem };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&ca.pem) {
        let certificate = certificate.map_err(|error| refused(error.to_string()))?;
        roots.add(certificate).map_err(|error| refused(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(refused("it holds no PEM certificate".to_owned()));
    }
    Ok(roots)
}

/// What went wrong in a handshake, as far as people can do something about it.
pub(super) fn handshake_error(server: &str, error: rustls::Error) -> AdError {
    let server = server.to_owned();
    let rustls::Error::InvalidCertificate(problem) = &error else {
        return AdError::Handshake { server, source: error };
    };
    if let CertificateError::NotValidForNameContext { presented, .. } = problem {
        let presented = if presented.is_empty() { "no name".to_owned() } else { presented.join(", ") };
        return AdError::WrongHostName { server, presented };
    }
    if matches!(problem, CertificateError::NotValidForName) {
        return AdError::WrongHostName { server, presented: "another name".to_owned() };
    }
    if matches!(
        problem,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    ) {
        return AdError::CertificateTime { server, source: error };
    }
    AdError::UntrustedCertificate { server, source: error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_a_certificate_is_refused_by_name() {
        let key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_vec();
        let torn = b"-----BEGIN CERTIFICATE-----\nAAAA\n".to_vec();
        let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
        for pem in [Vec::new(), key, torn, nonsense] {
            let error =
                client_config(Some(&CaCertificate { file: "corp-ca.pem".to_owned(), pem })).unwrap_err();
            assert!(
                matches!(&error, AdError::CaCertificate { file, .. } if file == "corp-ca.pem"),
                "{error:?}"
            );
        }
    }
}
