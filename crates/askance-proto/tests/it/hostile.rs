//! Peers and resolvers that say anything.

use askance_proto::dns::Data;
use askance_proto::receiver::{Filter, GreylistConfig, Profile};
use askance_record::{Name, Rcode, RrType, Timestamp};
use proptest::prelude::*;

use crate::setting::{CLIENT, OWN, ZONE, config, ip, zone_says};
use crate::world::{Answer, World};

fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "EHLO x.example\r\n",
        "HELO [192.0.2.1]\r\n",
        "MAIL FROM:<a@x.example>\r\n",
        "MAIL FROM:<>\r\n",
        "RCPT TO:<office@northbank.example>\r\n",
        "RCPT TO:<@@@>\r\n",
        "DATA\r\n",
        "From: a@x.example\r\nDKIM-Signature: v=1; s=; d=..; b=\r\n\r\n.\r\n",
        "RSET\r\n",
        "QUIT\r\n",
    ];
    prop_oneof![
        4 => proptest::sample::select(known.map(|text| text.as_bytes().to_vec()).to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..80),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a client says and a resolver answers, the session ends and nothing is left.
    #[test]
    fn hostile_peers_are_survived(
        lines in proptest::collection::vec(line(), 0..40),
        profile in proptest::sample::select(Profile::ALL.to_vec()),
        filters in proptest::sample::subsequence(
            Filter::ALL.to_vec(), 0..=5),
        answers in proptest::collection::vec(0u8..6, 1..20),
    ) {
        let mut config = config(profile);
        config.filters = filters;
        config.enforces = true;
        config.greylist = answers.first().map(|_| GreylistConfig { delay_s: 0, ..GreylistConfig::default() });
        let mut world = World::new(config);
        let id = world.raw(ip(CLIENT), ip(OWN));
        let mut nth = 0;
        let mut resolve = |_: Timestamp, qtype: RrType, qname: &Name| {
            nth += 1;
            let root = Name::parse(".").unwrap();
            match answers[nth % answers.len()] {
                0 => Answer::Silence,
                1 => Answer::Reply(Rcode::SERVFAIL, Vec::new()),
                2 => Answer::Reply(Rcode::NXDOMAIN, Vec::new()),
                3 => Answer::Reply(Rcode::NOERROR, vec![Data::Cname(qname.clone())]),
                4 => Answer::Reply(Rcode::NOERROR, vec![
                    Data::Ptr(root.clone()), Data::Mx { preference: 0, exchange: root }, Data::Txt(vec![vec![0xff; 255]]),
                    Data::A([192, 0, 2, 1].into()),
                ]),
                _ => zone_says(ZONE, qtype, qname),
            }
        };
        for octets in lines {
            world.write(id, &octets);
            let until = world.now.plus_us(500_000);
            world.run(until, &mut resolve);
        }
        world.close(id);
        let until = world.now.plus_us(3_600_000_000);
        world.run(until, &mut resolve);
        prop_assert_eq!(world.receiver.clients(), 0);
    }
}
