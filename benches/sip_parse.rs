//! What a message costs: our scanner against rsip's typed reading, our templates against rsip's building.
//!
//! Read the ratios, not the times: both cases of a pair run in one process on one machine.

use std::hint::black_box;

use busyhour::sip::message::Message;
use busyhour::sip::message::Template;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use rsip::SipMessage;
use rsip::message::HeadersExt;
use rsip::prelude::ToTypedHeader;
use rsip::prelude::UntypedHeader;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 30000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

const INVITE_HEAD: &str = "INVITE sip:{to}@127.0.0.1:5060 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK{id};rport\r\nMax-Forwards: 70\r\n\
    From: <sip:79991234567@127.0.0.1>;tag={id}\r\nTo: <sip:{to}@127.0.0.1>\r\nCall-ID: {id}@127.0.0.1\r\n\
    CSeq: 1 INVITE\r\nContact: <sip:127.0.0.1:5070>\r\nContent-Type: application/sdp\r\n";

fn template() -> Template {
    Template::compile(INVITE_HEAD, &["to", "id"]).expect("a template")
}

fn invite() -> Vec<u8> {
    let mut out = Vec::new();
    template().fill(&[b"100", b"5f0c1a7e00000001"], SDP.as_bytes(), &mut out);
    out
}

fn ok() -> Vec<u8> {
    format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK5f0c1a7e00000001;rport=5070\r\n\
         From: <sip:79991234567@127.0.0.1>;tag=5f0c1a7e00000001\r\nTo: <sip:100@127.0.0.1>;tag=t00000001\r\n\
         Call-ID: 5f0c1a7e00000001@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: <sip:127.0.0.1:5060>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
        SDP.len()
    )
    .into_bytes()
}

/// The fields that a transaction and dialog layer needs, read from rsip's typed headers.
fn read_typed(bytes: &[u8]) -> usize {
    let message = SipMessage::try_from(bytes).expect("rsip reads it");
    let via = message.via_header().expect("Via").typed().expect("typed Via");
    let from = message.from_header().expect("From").typed().expect("typed From");
    let to = message.to_header().expect("To").typed().expect("typed To");
    let cseq = message.cseq_header().expect("CSeq").typed().expect("typed CSeq");
    let call_id = message.call_id_header().expect("Call-ID").value().len();
    via.branch().map_or(0, |branch| branch.value().len())
        + from.tag().map_or(0, |tag| tag.value().len())
        + to.tag().map_or(0, |tag| tag.value().len())
        + cseq.seq as usize
        + call_id
}

/// The same fields from the scanner.
fn read_scanned(bytes: &[u8]) -> usize {
    let message = Message::scan(bytes).expect("the scanner reads it");
    message.via.branch.map_or(0, <[u8]>::len)
        + message.from.tag.map_or(0, <[u8]>::len)
        + message.to.tag.map_or(0, <[u8]>::len)
        + message.cseq.number as usize
        + message.call_id.len()
}

/// An INVITE made of rsip's headers, then printed.
fn build_typed(to: &str, id: &str) -> Vec<u8> {
    let header = |text: String| text;
    let headers: Vec<rsip::Header> = vec![
        rsip::headers::Via::new(header(format!("SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK{id};rport")))
            .into(),
        rsip::headers::MaxForwards::default().into(),
        rsip::headers::From::new(header(format!("<sip:79991234567@127.0.0.1>;tag={id}"))).into(),
        rsip::headers::To::new(header(format!("<sip:{to}@127.0.0.1>"))).into(),
        rsip::headers::CallId::new(header(format!("{id}@127.0.0.1"))).into(),
        rsip::headers::CSeq::new("1 INVITE").into(),
        rsip::headers::Contact::new("<sip:127.0.0.1:5070>").into(),
        rsip::headers::ContentType::new("application/sdp").into(),
        rsip::headers::ContentLength::new(SDP.len().to_string()).into(),
    ];
    let request = rsip::Request {
        method: rsip::Method::Invite,
        uri: rsip::Uri::try_from(format!("sip:{to}@127.0.0.1:5060").as_str()).expect("a URI"),
        version: rsip::Version::V2,
        headers: headers.into(),
        body: SDP.as_bytes().to_vec(),
    };
    request.to_string().into_bytes()
}

fn parse(criterion: &mut Criterion) {
    for (name, bytes) in [("invite", invite()), ("ok", ok())] {
        assert_eq!(read_scanned(&bytes), read_typed(&bytes), "both read the same fields");
        let mut group = criterion.benchmark_group(format!("parse_{name}"));
        group.bench_function("scan", |bencher| bencher.iter(|| read_scanned(black_box(&bytes))));
        group.bench_function("rsip_typed", |bencher| bencher.iter(|| read_typed(black_box(&bytes))));
        group.finish();
    }
}

fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build_invite");
    let template = template();
    let mut out = Vec::with_capacity(2048);
    group.bench_function("template", |bencher| {
        bencher.iter(|| {
            out.clear();
            template.fill(&[black_box(b"100"), black_box(b"5f0c1a7e00000001")], SDP.as_bytes(), &mut out);
            out.len()
        });
    });
    group.bench_function("rsip_build", |bencher| {
        bencher.iter(|| build_typed(black_box("100"), black_box("5f0c1a7e00000001")));
    });
    group.finish();
}

criterion_group!(benches, parse, build);
criterion_main!(benches);
