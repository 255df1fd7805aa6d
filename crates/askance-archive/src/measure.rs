//! How many octets a lookup takes in the archive, on logs as resolvers write them.

use std::net::{IpAddr, Ipv4Addr};

use askance_record::{
    Answer, At, Batch, Flags, Host, Lookup, Name, Rcode, RrClass, RrType, Side, SourceId, Timestamp, Transport, Unit,
    Vantage,
};

use crate::samples::{ledger_of, meta};
use crate::{Archive, ArchiveWriter, Table};

/// What a kind of log shows.
#[derive(Clone, Copy)]
struct Kind {
    step_us: i64,
    port: bool,
    id: bool,
    answers: bool,
    line_octets: u64,
}

/// dnsmasq, unbound: whole seconds, no port, no identifier, no answers on the query's line.
const DNSMASQ: Kind = Kind { step_us: 1_000_000, port: false, id: false, answers: false, line_octets: 75 };
/// BIND query log: milliseconds and a port.
const BIND: Kind = Kind { step_us: 1_000, port: true, id: false, answers: false, line_octets: 130 };
/// Zeek `dns.log`: microseconds, everything.
const ZEEK: Kind = Kind { step_us: 1, port: true, id: true, answers: true, line_octets: 180 };

struct Rng(u64);

impl Rng {
    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick(&mut self, n: u64) -> usize {
        pick(self.next(), n)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Zipf-like: rank r with a density that falls as 1/r.
    fn rank(&mut self, n: f64) -> u64 {
        let rank = libm_exp(self.unit() * libm_ln(n));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and n")]
        let rank = rank as u64;
        rank - 1
    }
}

fn pick(x: u64, n: u64) -> usize {
    usize::try_from(x % n).expect("small")
}

fn libm_exp(x: f64) -> f64 {
    // 2^(x / ln 2) by squaring; a test needs no more than a few digits.
    let mut y = 1.0 + x / 1_048_576.0;
    for _ in 0..20 {
        y *= y;
    }
    y
}

fn libm_ln(n: f64) -> f64 {
    let (mut lo, mut hi) = (0.0, 64.0);
    for _ in 0..60 {
        let mid = f64::midpoint(lo, hi);
        if libm_exp(mid) < n { lo = mid } else { hi = mid }
    }
    lo
}

fn fill(lookup: &mut Lookup, kind: Kind, rng: &mut Rng, i: u64, clock_us: i64, byte: u64) {
    let rank = rng.rank(60_000.0);
    let client = rng.rank(400.0);
    let label = ["www", "api", "cdn", "mail", "img"][pick(rank, 5)];
    let zone = (rank / 3).wrapping_mul(0x9e37_79b9) % 1_000_000;
    lookup.ts = Timestamp::from_us(clock_us - clock_us.rem_euclid(kind.step_us));
    lookup.at = At { source: SourceId(0), byte, unit: Unit::Line(i + 1) };
    lookup.vantage = Vantage::ResolverClient;
    let [.., hi, lo] = client.to_be_bytes();
    lookup.client = Host::Ip(IpAddr::V4(Ipv4Addr::new(10, 1, hi, lo)));
    lookup.server = Host::Ip(IpAddr::V4(Ipv4Addr::new(10, 1, 0, 53)));
    lookup.transport = kind.port.then_some(Transport::Udp);
    let any16 = |x: u64| u16::try_from(x & 0xffff).expect("masked");
    lookup.client_port = kind.port.then(|| any16(rng.next()) | 1024);
    lookup.id = kind.id.then(|| any16(rng.next()));
    lookup.qname =
        Name::parse(&format!("{label}.site-{zone}.{}", ["com", "net", "org.example"][pick(rank, 3)])).expect("name");
    lookup.qtype = Some([RrType::A, RrType::A, RrType::AAAA, RrType::HTTPS, RrType::PTR][rng.pick(5)]);
    lookup.qclass = Some(RrClass::IN);
    lookup.flags = Some(Flags::RD | Flags::EDNS);
    if kind.answers {
        lookup.side = Side::Both;
        lookup.rcode = Some(if rank.is_multiple_of(17) { Rcode::NXDOMAIN } else { Rcode::NOERROR });
        lookup.answers_known = true;
        let ttl = u32::try_from(rng.below(300)).expect("small");
        lookup.ttl_min_s = Some(ttl);
        lookup.rtt_us = Some(200 + rng.below(60_000));
        let data = Ipv4Addr::from_bits(u32::try_from(zone).expect("small").wrapping_mul(2_654_435_761)).to_string();
        lookup.answers.push(Answer { owner: None, rtype: Some(RrType::A), ttl_s: Some(ttl), data });
    }
}

fn octets_a_row(kind: Kind, rows: u64) -> f64 {
    let dir = tempfile::tempdir().expect("folder");
    let mut writer = ArchiveWriter::open_or_create(dir.path()).expect("archive");
    let mut source = writer.begin(meta("synthetic.log"));
    let mut rng = Rng(1);
    let (mut clock_us, mut byte) = (1_772_323_200_000_000i64, 0u64);
    let mut batch = Batch::with_room(8192);
    for i in 0..rows {
        if batch.room() == 0 {
            source.push(&batch).expect("room on disk");
            batch.clear();
        }
        clock_us += i64::try_from(rng.below(172_800)).expect("small");
        byte += kind.line_octets + rng.below(30);
        fill(batch.lookups.push(), kind, &mut rng, i, clock_us, byte);
    }
    source.push(&batch).expect("room on disk");
    let rows_in = usize::try_from(rows).expect("small");
    source.finish("00", byte, &ledger_of(rows_in)).expect("commit");
    let archive = Archive::open(dir.path()).expect("readable");
    if slow() {
        by_column(&archive);
    }
    archive.files(Table::Lookups).map(|(_, f)| f.octets).sum::<u64>() as f64 / rows as f64
}

#[expect(clippy::disallowed_methods, reason = "slow tests are asked for by a variable")]
fn slow() -> bool {
    std::env::var_os("ASKANCE_SLOW").is_some()
}

#[expect(clippy::print_stderr, reason = "a measurement to read")]
fn tell(text: &str) {
    eprintln!("{text}");
}

fn by_column(archive: &Archive) {
    use parquet::file::reader::FileReader as _;
    let mut columns = std::collections::BTreeMap::<String, f64>::new();
    for (path, entry) in archive.files(Table::Lookups) {
        let file = std::fs::File::open(path).expect("listed");
        let reader = parquet::file::serialized_reader::SerializedFileReader::new(file).expect("parquet");
        for group in reader.metadata().row_groups() {
            for column in group.columns() {
                let name = column.column_path().string();
                *columns.entry(name).or_default() += column.compressed_size() as f64 / entry.rows as f64;
            }
        }
    }
    tell(&format!("{columns:.3?}"));
}

#[test]
fn a_lookup_takes_few_octets() {
    let rows = if slow() { 1_000_000 } else { 20_000 };
    for (name, kind, most) in [("dnsmasq", DNSMASQ, 9.0), ("bind", BIND, 12.0), ("zeek", ZEEK, 30.0)] {
        let octets = octets_a_row(kind, rows);
        tell(&format!("{name}: {octets:.2} octets a lookup of {rows}"));
        assert!(octets < most, "{name}: {octets}");
    }
}
