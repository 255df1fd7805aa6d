//! One conversation: a probe on a socket.

use core::time::Duration;
use std::io;

use askance_proto::survey::{Ask, Assignment, Certificate, ConnectFailure, Probe, ProbeInput, ProbeOutput, Visit};
use askance_record::Timestamp;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::Line;

/// Most octets that are read at once.
const READ_OCTETS: usize = 4096;

enum Stream {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
    /// Lost in a handshake.
    Gone,
}

/// Holds the conversation that `ask` asks for, to its end.
pub(super) async fn hold(line: &Line, assignment: Assignment, ask: Ask, began: Timestamp) -> Visit {
    let connect_us = ask.patience.connect_us;
    let mut probe = Probe::new(ask, began);
    let connecting = line.connect(assignment.target, assignment.visit.source);
    let mut stream = match timeout(line.pace.real_duration(connect_us), connecting).await {
        Ok(Ok(stream)) => Stream::Plain(stream),
        failed => {
            let why = failed.map_or(ConnectFailure::Timeout, |result| why_not(&result.map(|_| ())));
            probe.handle(now(line, began), &ProbeInput::ConnectFailed(why));
            return probe.into_visit();
        }
    };
    probe.handle(now(line, began), &ProbeInput::Connected);
    let mut buffer = [0; READ_OCTETS];
    loop {
        let output = probe.poll();
        let wait = left(line, &probe, began);
        match output {
            ProbeOutput::Over => break,
            ProbeOutput::Write(octets) => {
                if !matches!(timeout(wait, stream.write(&octets)).await, Ok(Ok(()))) {
                    // What the peer said before it closed still counts.
                    let last = timeout(wait, stream.read(&mut buffer)).await;
                    if let Ok(Ok(n @ 1..)) = last {
                        probe.handle(now(line, began), &ProbeInput::Octets(&buffer[..n]));
                    }
                    probe.handle(now(line, began), &ProbeInput::Closed);
                }
            }
            ProbeOutput::StartTls => {
                let secured = timeout(wait, stream.secure(line, assignment)).await;
                let input = match &secured {
                    Ok(Ok(certificate)) => ProbeInput::Secured(certificate.clone()),
                    Ok(Err(error)) => ProbeInput::SecureFailed(&error.to_string()),
                    Err(_) => ProbeInput::SecureFailed("no handshake in time"),
                };
                probe.handle(now(line, began), &input);
            }
            ProbeOutput::Wait { .. } => match timeout(wait, stream.read(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => probe.handle(now(line, began), &ProbeInput::Closed),
                Ok(Ok(n)) => probe.handle(now(line, began), &ProbeInput::Octets(&buffer[..n])),
                Err(_) => probe.handle(now(line, began), &ProbeInput::Timer),
            },
        }
    }
    probe.into_visit()
}

fn now(line: &Line, began: Timestamp) -> Timestamp {
    line.pace.now().unwrap_or(began)
}

/// How long the present wait may last: a microsecond more, so that the time has come when it is over.
fn left(line: &Line, probe: &Probe, began: Timestamp) -> Duration {
    let until = probe.due();
    line.pace.real_duration(until.us().saturating_sub(now(line, began).us())) + Duration::from_micros(1)
}

fn why_not(result: &io::Result<()>) -> ConnectFailure {
    match result.as_ref().map_err(io::Error::kind) {
        Err(io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset) => ConnectFailure::Refused,
        Err(io::ErrorKind::TimedOut) => ConnectFailure::Timeout,
        Err(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => ConnectFailure::Unreachable,
        _ => ConnectFailure::Ours,
    }
}

impl Stream {
    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(octets).await,
            Self::Secured(stream) => {
                stream.write_all(octets).await?;
                stream.flush().await
            }
            Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Secured(stream) => stream.read(buffer).await,
            Self::Gone => Ok(0),
        }
    }

    /// Does the handshake as a client that names no host (RFC 6066 §3 has no address there); gives the certificate.
    async fn secure(&mut self, line: &Line, assignment: Assignment) -> io::Result<Option<Certificate>> {
        let Self::Plain(stream) = core::mem::replace(self, Self::Gone) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let secured = line.tls.connect(ServerName::from(assignment.target), stream).await?;
        let first = secured.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = first.and_then(|der| Certificate::from_der(der));
        *self = Self::Secured(Box::new(secured));
        Ok(certificate)
    }
}
