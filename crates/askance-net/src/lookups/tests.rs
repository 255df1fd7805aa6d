//! Lookups against servers on loopback that do as they are told.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket as StdUdpSocket};
use std::thread::{JoinHandle, spawn};

use askance_proto::Outcome;
use askance_proto::dns::{Data, Message, Record};
use askance_record::{Name, Rcode, RrType};

use super::*;
use crate::block_on;

fn question(n: usize) -> Question {
    Question::new(Name::parse(&format!("mail{n}.hotel-brand.example")).unwrap(), RrType::A)
}

/// The answer to a query: one address, or as many as do not fit into a datagram.
fn answer(query: &[u8], addresses: u8, octets_max: usize) -> Vec<u8> {
    let query = Message::decode(query).unwrap();
    let (owner, _) = query.question.clone().unwrap();
    let mut response = query.response(Rcode::NOERROR);
    response.header.recursion_available = true;
    let record = |last| Record { owner: owner.clone(), ttl_s: 60, data: Data::A([192, 0, 2, last].into()) };
    response.answers = (1..=addresses).map(record).collect();
    response.encode_within(octets_max)
}

/// Sockets for both transports at one port of an address.
fn sockets(address: &str) -> (StdUdpSocket, TcpListener, SocketAddr) {
    for _ in 0..50 {
        let stream = TcpListener::bind((address, 0)).unwrap();
        let at = stream.local_addr().unwrap();
        if let Ok(datagrams) = StdUdpSocket::bind(at) {
            return (datagrams, stream, at);
        }
    }
    panic!("no port is free for both transports");
}

/// Answers a number of datagrams.
fn answering(
    socket: StdUdpSocket,
    count: usize,
    octets: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
) -> JoinHandle<()> {
    spawn(move || {
        let mut buffer = [0; 1500];
        for _ in 0..count {
            let (length, from) = socket.recv_from(&mut buffer).unwrap();
            for octets in octets(&buffer[..length]) {
                socket.send_to(&octets, from).unwrap();
            }
        }
    })
}

fn ask(servers: &[SocketAddr], questions: &[Question]) -> Vec<Heard> {
    let mut told = 0;
    let heard = block_on(Lookups::new(servers, 4).ask(questions, &mut || told += 1)).unwrap().unwrap();
    assert_eq!(told, questions.len());
    heard
}

#[test]
fn many_questions_come_back_in_their_order() {
    let (socket, _stream, at) = sockets("127.0.0.1");
    let questions: Vec<Question> = (0..100).map(question).collect();
    let server = answering(socket, questions.len(), |query| vec![answer(query, 1, 1232)]);
    let heard = ask(&[at], &questions);
    server.join().unwrap();
    let own =
        heard.iter().zip(&questions).filter(|(h, q)| h.reply.question == **q && h.reply.outcome == Outcome::Answered);
    assert_eq!(own.count(), 100);
}

#[test]
fn a_truncated_answer_is_fetched_over_tcp() {
    let (socket, listener, at) = sockets("127.0.0.1");
    let datagrams = answering(socket, 1, |query| vec![answer(query, 200, 512)]);
    let streams = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut query).unwrap();
        let octets = answer(&query, 200, 65_535);
        stream.write_all(&u16::try_from(octets.len()).unwrap().to_be_bytes()).unwrap();
        stream.write_all(&octets).unwrap();
    });
    let heard = ask(&[at], &[question(1)]);
    datagrams.join().unwrap();
    streams.join().unwrap();
    assert_eq!((heard[0].reply.outcome, heard[0].reply.addresses().count()), (Outcome::Answered, 200));
}

#[test]
fn what_is_forged_is_passed_over() {
    let (socket, _stream, at) = sockets("127.0.0.1");
    let server = answering(socket, 1, |query| {
        let mut forged = answer(query, 9, 1232);
        forged[0] ^= 1;
        vec![b"junk".to_vec(), forged, answer(query, 1, 1232)]
    });
    let heard = ask(&[at], &[question(1)]);
    server.join().unwrap();
    assert_eq!((heard[0].strays, heard[0].reply.addresses().count()), (2, 1));
}

#[test]
fn where_nobody_listens_the_next_one_is_asked() {
    let (gone, _, closed) = sockets("127.0.0.1");
    drop(gone);
    let (socket, _stream, at) = sockets("127.0.0.1");
    let server = answering(socket, 1, |query| vec![answer(query, 1, 1232)]);
    let heard = ask(&[closed, at], &[question(1)]);
    server.join().unwrap();
    assert_eq!(heard[0].reply.outcome, Outcome::Answered);
    assert_eq!(ask(&[closed], &[question(1)])[0].reply.outcome, Outcome::Timeout);
}

#[test]
fn the_system_s_resolvers_are_read_as_the_c_library_does() {
    let check = |text: &str, expected: &str| {
        let found: Vec<String> = resolvers_of(text).iter().map(ToString::to_string).collect();
        assert_eq!(found.join(" "), expected, "{text:?}");
    };
    check("# none\nsearch corp.example\n", "127.0.0.1:53");
    check(
        "nameserver 192.0.2.53\n  nameserver\t2001:db8::53 # second\nnameserver nonsense\n",
        "192.0.2.53:53 [2001:db8::53]:53",
    );
    check(
        "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4",
        "192.0.2.1:53 192.0.2.2:53 192.0.2.3:53",
    );
}
