//! What a receiver knows of a session when it checks something.

use core::net::IpAddr;

use askance_record::Name;

use crate::receiver::ClientName;

/// What a receiver knows of a session when it checks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The server's own address of the connection.
    pub own: IpAddr,
    /// Whether the server looks up IPv6 addresses of hosts too.
    pub ipv6: bool,
    /// The search list of the server's `resolv.conf`, for programs that apply it themselves.
    pub search: Vec<Name>,
    /// The client's address.
    pub client: IpAddr,
    /// What the client's address is called, once looked up.
    pub client_name: ClientName,
    /// The name that the client gave itself; empty before.
    pub helo: String,
    /// The reverse path; empty for `<>`.
    pub sender: String,
    /// Whether the server itself is responsible for the reverse path's domain.
    pub sender_is_local: bool,
    /// The forward path in question.
    pub recipient: String,
}

impl Facts {
    /// A session just begun.
    pub fn new(own: IpAddr, client: IpAddr) -> Self {
        Self {
            own,
            ipv6: true,
            search: Vec::new(),
            client,
            client_name: ClientName::default(),
            helo: String::new(),
            sender: String::new(),
            sender_is_local: false,
            recipient: String::new(),
        }
    }

    /// The name that the client gave itself; none where it is an address literal or no name.
    pub fn helo_name(&self) -> Option<Name> {
        let literal = self.helo.starts_with('[') || self.helo.parse::<IpAddr>().is_ok();
        if literal { None } else { Name::parse(&self.helo).ok() }
    }

    /// The domain of the reverse path that a program would look up: none for `<>`, its own, a literal, or no name.
    pub fn foreign_sender_domain(&self) -> Option<Name> {
        if self.sender_is_local { None } else { self.sender_domain() }
    }

    /// The domain of the reverse path; none for `<>`, a literal, or no name.
    pub fn sender_domain(&self) -> Option<Name> {
        domain_of(&self.sender)
    }

    /// The domain of the forward path in question.
    pub fn recipient_domain(&self) -> Option<Name> {
        domain_of(&self.recipient)
    }
}

/// The domain of a mailbox; none where it has none, is a literal, or is no name.
pub(crate) fn domain_of(mailbox: &str) -> Option<Name> {
    let (_, domain) = mailbox.rsplit_once('@')?;
    if domain.starts_with('[') { None } else { Name::parse(domain).ok() }
}
