//! Zeek's `conn.log`.
//!
//! A row is written when its connection is over: after the last segment of a stream, after a
//! minute of silence of a datagram flow, at the end for what is open still. Repeated SYNs of one
//! attempt are one row.
//!
//! # Source
//! Zeek `base/protocols/conn/main.zeek` (`conn_state`, `history`), `base/init-bare.zeek`
//! (`udp_inactivity_timeout`).

use std::collections::{BTreeMap, VecDeque};
use std::io;

use askance_record::Timestamp;

use super::super::out::Out;
use super::super::sight::{End, Over, Packet, Pair};
use super::super::stamp;
use super::Keeper;
use super::zeek::{Table, UDP_SILENCE_US, UNSET, connection};

const COLUMNS: [(&str, &str); 21] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
];

/// One connection or flow.
#[derive(Debug)]
struct Conn {
    first: Timestamp,
    last: Timestamp,
    ends: [Totals; 2],
    history: String,
}

#[derive(Debug, Default)]
struct Totals {
    packets: u64,
    payload: u64,
    ip_octets: u64,
    fin: bool,
    rst: bool,
    syn: bool,
}

/// Writes `conn.log`.
#[derive(Debug)]
pub(super) struct ZeekConn {
    seed: u64,
    table: Table,
    /// By the pair, and whether it is TCP.
    open: BTreeMap<(Pair, bool), Conn>,
    /// Datagram flows in the order of their packets.
    touched: VecDeque<(Timestamp, Pair)>,
}

impl ZeekConn {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, table: Table::new("conn", &COLUMNS), open: BTreeMap::new(), touched: VecDeque::new() }
    }

    fn close(&mut self, out: &mut Out, now: Timestamp, key: (Pair, bool)) -> io::Result<()> {
        let Some(conn) = self.open.remove(&key) else { return Ok(()) };
        let (pair, tcp) = key;
        let mut fields = connection(self.seed, conn.first, conn.first, pair);
        fields.push(if tcp { "tcp" } else { "udp" }.to_owned());
        fields.extend(conn.fields(tcp, pair.server.port()));
        self.table.row(out, now, &fields)
    }

    /// Ends datagram flows that are silent for too long at `now`.
    fn silence(&mut self, out: &mut Out, now: Timestamp) -> io::Result<()> {
        while let Some(&(at, pair)) = self.touched.front()
            && at.plus_us(UDP_SILENCE_US) < now
        {
            self.touched.pop_front();
            if self.open.get(&(pair, false)).is_some_and(|conn| conn.last == at) {
                self.close(out, at.plus_us(UDP_SILENCE_US), (pair, false))?;
            }
        }
        Ok(())
    }
}

impl Keeper for ZeekConn {
    fn packet(&mut self, out: &mut Out, packet: &Packet<'_>) -> io::Result<()> {
        self.silence(out, packet.at)?;
        let tcp = packet.over != Over::Udp;
        let turned = Pair { client: packet.pair.server, server: packet.pair.client };
        // A datagram may be the answer in a flow that the other end began.
        let (pair, by) = if !tcp && self.open.contains_key(&(turned, false)) {
            (turned, packet.by.other())
        } else {
            (packet.pair, packet.by)
        };
        let conn = self.open.entry((pair, tcp)).or_insert_with(|| Conn {
            first: packet.at,
            last: packet.at,
            ends: [Totals::default(), Totals::default()],
            history: String::new(),
        });
        conn.add(by, packet);
        if !tcp {
            self.touched.push_back((packet.at, pair));
        }
        Ok(())
    }

    fn over(&mut self, out: &mut Out, pair: Pair, at: Timestamp) -> io::Result<()> {
        self.close(out, at, (pair, true))
    }

    fn finish(&mut self, out: &mut Out) -> io::Result<()> {
        let mut left: Vec<_> = self.open.iter().map(|(key, conn)| (conn.last, *key)).collect();
        left.sort_unstable();
        for (last, key) in left {
            self.close(out, last, key)?;
        }
        self.table.finish(out)
    }

    fn keeps_streams_whole(&self) -> bool {
        true
    }

    fn has_no_names(&self) -> bool {
        true
    }
}

impl Conn {
    fn add(&mut self, by: End, packet: &Packet<'_>) {
        self.last = self.last.max(packet.at);
        let heads = if packet.pair.client.is_ipv4() { 20 } else { 40 };
        let totals = &mut self.ends[by as usize];
        let payload = packet.payload.len() as u64;
        let packets = match packet.over {
            Over::Udp => 1,
            Over::Tcp(_) => payload.div_ceil(u64::from(packet.segment_octets_max())).max(1),
        };
        totals.packets += packets;
        totals.payload += payload;
        totals.ip_octets += payload + packets * heads;
        let mut letters = Vec::with_capacity(3);
        match packet.over {
            Over::Udp => {
                totals.ip_octets += 8;
                letters.push('d');
            }
            Over::Tcp(segment) => {
                // A SYN carries the largest segment size.
                totals.ip_octets += packets * if segment.syn { 24 } else { 20 };
                totals.fin |= segment.fin;
                totals.rst |= segment.rst;
                totals.syn |= segment.syn;
                if segment.syn {
                    letters.push(if segment.ack.is_some() { 'h' } else { 's' });
                }
                if segment.ack.is_some() && !segment.syn && !segment.rst && packet.payload.is_empty() && !segment.fin {
                    letters.push('a');
                }
                if !packet.payload.is_empty() {
                    letters.push('d');
                }
                if segment.fin {
                    letters.push('f');
                }
                if segment.rst {
                    letters.push('r');
                }
            }
        }
        for letter in letters {
            let letter = if by == End::Client { letter.to_ascii_uppercase() } else { letter };
            if !self.history.contains(letter) {
                self.history.push(letter);
            }
        }
    }

    /// `conn_state`.
    fn state(&self, tcp: bool) -> &'static str {
        let [client, server] = &self.ends;
        if !tcp {
            return if server.packets > 0 { "SF" } else { "S0" };
        }
        match (client.fin, server.fin) {
            _ if server.rst && !server.syn => "REJ",
            _ if server.rst => "RSTR",
            _ if client.rst => "RSTO",
            (true, true) => "SF",
            (true, false) => "S2",
            (false, true) => "S3",
            _ if server.syn => "S1",
            _ if client.syn => "S0",
            _ => "OTH",
        }
    }

    fn fields(&self, tcp: bool, port: u16) -> [String; 14] {
        let [client, server] = &self.ends;
        let unset = || UNSET.to_owned();
        let answered = server.packets > 0;
        let has_payload = client.payload + server.payload > 0;
        // Zeek tells the service from what is said, never from the port alone.
        let service = match port {
            53 if has_payload => "dns".to_owned(),
            25 | 587 if server.payload > 0 => "smtp".to_owned(),
            80 if client.payload > 0 => "http".to_owned(),
            _ => unset(),
        };
        let measured = answered || client.packets > 1;
        let counted = |n: u64| if measured { n.to_string() } else { unset() };
        let duration = stamp::seconds(self.last.us() - self.first.us());
        [
            service,
            if measured { duration } else { unset() },
            counted(client.payload),
            counted(server.payload),
            self.state(tcp).to_owned(),
            unset(),
            unset(),
            "0".to_owned(),
            self.history.clone(),
            client.packets.to_string(),
            client.ip_octets.to_string(),
            server.packets.to_string(),
            server.ip_octets.to_string(),
            unset(),
        ]
    }
}
