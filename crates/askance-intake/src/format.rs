//! The formats that intake reads.

use core::fmt;
use core::str::FromStr;

/// A format that intake reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Classic pcap, either byte order, micro- or nanoseconds.
    Pcap,
    /// pcapng.
    PcapNg,
    /// dnstap messages in a Frame Streams file.
    Dnstap,
    /// BIND 9 query log.
    BindQuery,
    /// Unbound query and reply log.
    Unbound,
    /// dnsmasq query log.
    Dnsmasq,
    /// Zeek `dns.log`, TSV or JSON.
    ZeekDns,
    /// Zeek `conn.log`, TSV or JSON.
    ZeekConn,
    /// Any delimited text with a column map.
    CsvMap,
    /// Flow records as delimited text with a header.
    FlowCsv,
    /// Postfix log.
    Postfix,
    /// Exim main log.
    Exim,
    /// `OpenSMTPD` log.
    OpenSmtpd,
    /// Sendmail log.
    Sendmail,
}

impl Format {
    /// All formats, in the order in which `askance formats` lists them.
    pub const ALL: [Self; 14] = [
        Self::Pcap,
        Self::PcapNg,
        Self::Dnstap,
        Self::BindQuery,
        Self::Unbound,
        Self::Dnsmasq,
        Self::ZeekDns,
        Self::ZeekConn,
        Self::CsvMap,
        Self::FlowCsv,
        Self::Postfix,
        Self::Exim,
        Self::OpenSmtpd,
        Self::Sendmail,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::PcapNg => "pcapng",
            Self::Dnstap => "dnstap",
            Self::BindQuery => "bind-query",
            Self::Unbound => "unbound",
            Self::Dnsmasq => "dnsmasq",
            Self::ZeekDns => "zeek-dns",
            Self::ZeekConn => "zeek-conn",
            Self::CsvMap => "csv-map",
            Self::FlowCsv => "flow-csv",
            Self::Postfix => "postfix",
            Self::Exim => "exim",
            Self::OpenSmtpd => "opensmtpd",
            Self::Sendmail => "sendmail",
        }
    }

    /// One line for people.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Pcap => "packet capture (tcpdump, dumpcap, dnscap); UDP, TCP, fragments, VLAN",
            Self::PcapNg => "packet capture (Wireshark, tcpdump); several sections and interfaces",
            Self::Dnstap => "dnstap file (BIND, Unbound, Knot, NSD, PowerDNS, dnsdist, CoreDNS)",
            Self::BindQuery => "BIND 9 query log, every time form",
            Self::Unbound => "Unbound log-queries and log-replies",
            Self::Dnsmasq => "dnsmasq and Pi-hole log-queries, plain, extra or proto",
            Self::ZeekDns => "Zeek dns.log, TSV or JSON",
            Self::ZeekConn => "Zeek conn.log, TSV or JSON",
            Self::CsvMap => "any delimited text, with --csv-map naming its columns",
            Self::FlowCsv => "flow records with a header line (nfdump -o csv, or start,src,dst,...)",
            Self::Postfix => "Postfix log (syslog or maillog_file)",
            Self::Exim => "Exim main log",
            Self::OpenSmtpd => "OpenSMTPD log",
            Self::Sendmail => "Sendmail log",
        }
    }

    /// What the format holds: `dns`, `flow` or `mail`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::ZeekConn | Self::FlowCsv => "flow",
            Self::Postfix | Self::Exim | Self::OpenSmtpd | Self::Sendmail => "mail",
            _ => "dns",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|f| f.as_str() == text).ok_or(())
    }
}
