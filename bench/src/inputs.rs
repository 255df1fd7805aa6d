//! Inputs made the same way every time: a small population that asks a thousand names.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// 2025-03-03T00:00:00Z.
const START_S: u64 = 1_740_960_000;

/// Writes `records` records of one format.
type Make = fn(&Path, u64) -> Result<()>;

/// Text inputs by name.
pub(crate) const TEXTS: &[(&str, Make)] =
    &[("bind-query.log", bind), ("unbound.log", unbound), ("zeek-dns.log", zeek_tsv), ("zeek-dns.json", zeek_json)];

/// `SplitMix64` (Steele, Lea, Flood 2014): enough for inputs that only have to look various.
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// One lookup of the population.
struct Row {
    s: u64,
    us: u64,
    client: u64,
    port: u64,
    id: u64,
    name: u64,
    aaaa: bool,
}

fn rows(records: u64) -> impl Iterator<Item = Row> {
    let mut draw = Draw(1);
    (0..records).map(move |i| {
        // Small names are asked far more often than large ones, as in any resolver's log.
        let name = draw.next(1000) * draw.next(1000) / 1000;
        Row {
            s: START_S + i / 200,
            us: (i % 200) * 5000 + draw.next(5000),
            client: draw.next(250),
            port: 1024 + draw.next(60_000),
            id: draw.next(65_536),
            name,
            aaaa: draw.next(3) == 0,
        }
    })
}

fn bind(path: &Path, records: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for r in rows(records) {
        let (h, m, s) = (r.s / 3600 % 24, r.s / 60 % 60, r.s % 60);
        writeln!(
            out,
            "{:02}-Mar-2025 {h:02}:{m:02}:{s:02}.{:03} queries: info: client @0x7f91b8005490 192.0.2.{}#{} (host{}.site{}.example): query: host{}.site{}.example IN {} +E(0)K (198.51.100.53)",
            3 + (r.s - START_S) / 86_400,
            r.us / 1000,
            r.client,
            r.port,
            r.name % 7,
            r.name,
            r.name % 7,
            r.name,
            if r.aaaa { "AAAA" } else { "A" },
        )?;
    }
    out.flush()
}

fn unbound(path: &Path, records: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for r in rows(records) {
        writeln!(
            out,
            "[{}] unbound[812:0] info: 192.0.2.{} host{}.site{}.example. {} IN NOERROR 0.{:06} {} 74",
            r.s,
            r.client,
            r.name % 7,
            r.name,
            if r.aaaa { "AAAA" } else { "A" },
            r.us % 40_000,
            u8::from(r.us % 3 == 0),
        )?;
    }
    out.flush()
}

fn zeek_tsv(path: &Path, records: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(
        b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool\n",
    )?;
    for r in rows(records) {
        let (code, kind) = if r.aaaa { (28, "AAAA") } else { (1, "A") };
        writeln!(
            out,
            "{}.{:06}\tC{:x}\t192.0.2.{}\t{}\t198.51.100.53\t53\tudp\t{}\t0.0{:05}\thost{}.site{}.example\t1\tC_INTERNET\t{code}\t{kind}\t0\tNOERROR\tF\tF\tT\tT\t0\t203.0.113.{}\t3600.000000\tF",
            r.s,
            r.us,
            r.s * 1_000_003 + r.us,
            r.client,
            r.port,
            r.id,
            r.us % 40_000,
            r.name % 7,
            r.name,
            r.name % 250,
        )?;
    }
    out.flush()
}

fn zeek_json(path: &Path, records: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for r in rows(records) {
        let (code, kind) = if r.aaaa { (28, "AAAA") } else { (1, "A") };
        writeln!(
            out,
            "{{\"ts\":{}.{:06},\"uid\":\"C{:x}\",\"id.orig_h\":\"192.0.2.{}\",\"id.orig_p\":{},\"id.resp_h\":\"198.51.100.53\",\"id.resp_p\":53,\"proto\":\"udp\",\"trans_id\":{},\"rtt\":0.0{:05},\"query\":\"host{}.site{}.example\",\"qclass\":1,\"qclass_name\":\"C_INTERNET\",\"qtype\":{code},\"qtype_name\":\"{kind}\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"AA\":false,\"TC\":false,\"RD\":true,\"RA\":true,\"Z\":0,\"answers\":[\"203.0.113.{}\"],\"TTLs\":[3600.0],\"rejected\":false}}",
            r.s,
            r.us,
            r.s * 1_000_003 + r.us,
            r.client,
            r.port,
            r.id,
            r.us % 40_000,
            r.name % 7,
            r.name,
            r.name % 250,
        )?;
    }
    out.flush()
}

/// A capture of `records` packets: queries and their responses in turn.
pub(crate) fn pcap(path: &Path, records: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&0xa1b2_c3d4_u32.to_le_bytes())?;
    out.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0])?;
    for r in rows(records / 2) {
        for response in [false, true] {
            let frame = frame(&r, response);
            let us = r.us + if response { 900 } else { 0 };
            let len = u32::try_from(frame.len()).expect("a small frame");
            out.write_all(&u32::try_from(r.s + us / 1_000_000).expect("before 2106").to_le_bytes())?;
            out.write_all(&u32::try_from(us % 1_000_000).expect("below a million").to_le_bytes())?;
            out.write_all(&len.to_le_bytes())?;
            out.write_all(&len.to_le_bytes())?;
            out.write_all(&frame)?;
        }
    }
    out.flush()
}

fn frame(r: &Row, response: bool) -> Vec<u8> {
    let dns = message(r, response);
    let octet = |n: u64| u8::try_from(n).expect("below 256");
    let client = [192, 0, 2, octet(r.client)];
    let server = [198, 51, 100, 53];
    let port = u16::try_from(r.port).expect("below 65536");
    let (src, dst, sport, dport) = if response { (server, client, 53, port) } else { (client, server, port, 53) };
    let udp_len = u16::try_from(dns.len() + 8).expect("a small message");
    let mut out = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    out.extend((udp_len + 20).to_be_bytes());
    out.extend([0, 0, 0, 0, 64, 17, 0, 0]);
    out.extend(src);
    out.extend(dst);
    out.extend(sport.to_be_bytes());
    out.extend(dport.to_be_bytes());
    out.extend(udp_len.to_be_bytes());
    out.extend([0, 0]);
    out.extend(dns);
    out
}

fn message(r: &Row, response: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    out.extend(u16::try_from(r.id).expect("below 65536").to_be_bytes());
    out.extend(if response { [0x81, 0x80] } else { [0x01, 0x00] });
    out.extend([0, 1, 0, u8::from(response), 0, 0, 0, 0]);
    for label in [format!("host{}", r.name % 7), format!("site{}", r.name), "example".to_owned()] {
        out.push(u8::try_from(label.len()).expect("a short label"));
        out.extend(label.bytes());
    }
    out.extend([0, 0, if r.aaaa { 28 } else { 1 }, 0, 1]);
    if response {
        out.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 203, 0, 113]);
        out.push(u8::try_from(r.name % 250).expect("below 250"));
    }
    out
}
