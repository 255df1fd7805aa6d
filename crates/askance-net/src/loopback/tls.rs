//! TLS of the lab: certificates of its own making, and clients that take any.
//!
//! Real mail servers offer and use TLS with certificates that nobody checks
//! (opportunistic TLS, RFC 7435); the lab does the same. Nothing here protects anything.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use crate::error::NetError;

/// Both roles of TLS.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Makes a key and a certificate for `name`, signed by itself.
    pub(super) fn new(name: &str) -> Result<Self, NetError> {
        let failed = |why: String| NetError::Certificate { name: name.to_owned(), why };
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).map_err(|e| failed(e.to_string()))?;
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| failed(e.to_string()))?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .map_err(|e| failed(e.to_string()))?;
        let client = opportunistic(provider).map_err(|e| failed(e.to_string()))?;
        let name = ServerName::try_from(name.to_owned()).map_err(|e| failed(e.to_string()))?;
        Ok(Self { acceptor: Arc::new(server).into(), connector: Arc::new(client).into(), name })
    }

    /// Does the handshake.
    pub(super) async fn secure(&self, stream: TcpStream, as_server: bool) -> io::Result<TlsStream<TcpStream>> {
        if as_server {
            self.acceptor.accept(stream).await.map(TlsStream::Server)
        } else {
            self.connector.connect(self.name.clone(), stream).await.map(TlsStream::Client)
        }
    }
}

/// A client that takes any certificate, as mail servers do among each other.
pub(crate) fn opportunistic(provider: Arc<CryptoProvider>) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth())
}

/// Takes any certificate, but not a forged signature by its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
