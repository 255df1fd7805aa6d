//! Whom commands ask about names: the resolver that was named, or the system's.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::net::{IpAddr, SocketAddr};

use askance_net::resolvers_of;

use crate::diagnose::CliError;

/// What the system's resolvers are named in.
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// What is read of that file, octets.
const RESOLV_CONF_OCTETS_MAX: u64 = 64 << 10;

/// The resolver of `--resolver`, or those of the system.
pub(crate) fn servers(named: Option<&str>) -> Result<Vec<SocketAddr>, CliError> {
    if let Some(text) = named {
        return Ok(vec![address(text)?]);
    }
    let mut octets = Vec::new();
    match File::open(RESOLV_CONF).and_then(|f| f.take(RESOLV_CONF_OCTETS_MAX).read_to_end(&mut octets)) {
        // As the C library: without the file, the resolver on this machine.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(CliError::io(RESOLV_CONF, error)),
        _ => Ok(resolvers_of(&String::from_utf8_lossy(&octets))),
    }
}

/// `ADDR[:PORT]`, at port 53 unless said.
fn address(text: &str) -> Result<SocketAddr, CliError> {
    let port_53 = |address: IpAddr| SocketAddr::new(address, 53);
    let read = text.parse().or_else(|_| text.trim_matches(['[', ']']).parse().map(port_53));
    read.map_err(|_| {
        let help = "an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353; to ask for a resolver's name \
                    would take a resolver";
        CliError::usage(format!("--resolver {text:?} is not an address"), help)
    })
}
