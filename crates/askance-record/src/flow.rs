//! One transport connection or flow, as a flow log shows it.

use std::net::IpAddr;

use crate::{At, Recycle, Timestamp};

/// One flow: who opened what to whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowRecord {
    /// When it began.
    pub start: Timestamp,
    /// When it ended, where known.
    pub end: Option<Timestamp>,
    /// Where the record stands.
    pub at: At,
    /// Who opened it.
    pub src: Option<IpAddr>,
    /// Its port.
    pub src_port: Option<u16>,
    /// To whom.
    pub dst: Option<IpAddr>,
    /// The port there.
    pub dst_port: Option<u16>,
    /// `tcp`, `udp`, `icmp` or the producer's word, lower case.
    pub proto: String,
    /// Packets in both directions, where known.
    pub packets: Option<u64>,
    /// Octets in both directions, where known.
    pub bytes: Option<u64>,
    /// The producer's state word (Zeek's `conn_state`, conntrack's state), as written.
    pub state: String,
    /// True where the record shows that the connection was established, false where it shows
    /// that it was not, `None` where it does not tell.
    pub established: Option<bool>,
}

impl Recycle for FlowRecord {
    fn recycle(&mut self) {
        let mut proto = core::mem::take(&mut self.proto);
        let mut state = core::mem::take(&mut self.state);
        proto.clear();
        state.clear();
        *self = Self { proto, state, ..Self::default() };
    }
}
