//! Whether a connection was established, by what a producer wrote of its state.

/// By a state word: of conntrack, `ss`, or Zeek's `conn_state`.
///
/// # Source
/// Zeek `base/protocols/conn/main.zeek` (`conn_state`); RFC 9293 §3.3.2.
pub(crate) fn established_by_state(state: &[u8]) -> Option<bool> {
    const YES: [&[u8]; 20] = [
        b"ESTABLISHED",
        b"ESTAB",
        b"SF",
        b"S1",
        b"S2",
        b"S3",
        b"RSTO",
        b"RSTR",
        b"TIME_WAIT",
        b"TIME-WAIT",
        b"CLOSE_WAIT",
        b"CLOSE-WAIT",
        b"FIN_WAIT",
        b"FIN_WAIT1",
        b"FIN_WAIT2",
        b"FIN-WAIT-1",
        b"FIN-WAIT-2",
        b"LAST_ACK",
        b"LAST-ACK",
        b"CLOSING",
    ];
    const NO: [&[u8]; 12] = [
        b"S0",
        b"REJ",
        b"SH",
        b"SHR",
        b"RSTOS0",
        b"RSTRH",
        b"SYN_SENT",
        b"SYN-SENT",
        b"SYN_RECV",
        b"SYN-RECV",
        b"REFUSED",
        b"TIMEOUT",
    ];
    let is = |words: &[&[u8]]| words.iter().any(|word| word.eq_ignore_ascii_case(state));
    if is(&YES) { Some(true) } else { is(&NO).then_some(false) }
}

/// By conntrack's `CLOSE`, which a reset leaves behind at any stage: three packets are no
/// more than SYN, SYN-ACK and reset, seven are more than a handshake with retries.
pub(crate) fn established_by_reset(state: &[u8], packets: Option<u64>) -> Option<bool> {
    if !state.eq_ignore_ascii_case(b"CLOSE") {
        return None;
    }
    match packets? {
        0..=3 => Some(false),
        4..=6 => None,
        _ => Some(true),
    }
}

/// By the union of TCP flags in one direction, as nfdump prints them (`...AP.SF`).
///
/// Data or an orderly end after an acknowledgement come only after the handshake. A SYN
/// without one never got there. A SYN with an ACK alone may be either side's.
pub(crate) fn established_by_flags(flags: &[u8]) -> Option<bool> {
    if flags.is_empty() || !flags.iter().all(|b| matches!(b, b'.' | b'A'..=b'Z')) {
        return None;
    }
    let has = |flag: u8| flags.contains(&flag);
    if has(b'A') && (has(b'P') || has(b'F')) {
        return Some(true);
    }
    let refused = has(b'R') && has(b'A') && !has(b'S');
    ((has(b'S') && !has(b'A')) || refused).then_some(false)
}
