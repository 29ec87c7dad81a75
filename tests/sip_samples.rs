//! The scanner against published messages: RFC 3665's call flows and RFC 4475's torture messages.
//!
//! The messages are not ours to distribute. `BUSYHOUR_SIP_SAMPLES` names a folder that holds `rfc3665/*.sip` with
//! `rfc3665/fields.tsv` (file, branch, From tag, To tag, Call-ID, `CSeq` number, method, body length; `-` for none)
//! and `rfc4475/*.dat`; without it these tests say that they were skipped.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use busyhour::sip::message::Message;
use busyhour::sip::typed::Inspection;
use busyhour::sip::typed::inspect;

fn samples() -> Option<PathBuf> {
    let folder = env::var_os("BUSYHOUR_SIP_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: BUSYHOUR_SIP_SAMPLES does not name a folder of samples");
    }
    folder
}

fn text(field: Option<&[u8]>) -> String {
    field.map_or_else(|| "-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// The columns of `fields.tsv` as the scanner sees them.
fn fields(datagram: &[u8]) -> String {
    let message = match Message::scan(datagram) {
        Ok(message) => message,
        Err(malformed) => return malformed.to_string(),
    };
    [
        text(message.via.branch),
        text(message.from.tag),
        text(message.to.tag),
        text(Some(message.call_id)),
        message.cseq.number.to_string(),
        text(Some(message.cseq.token)),
        message.body.len().to_string(),
    ]
    .join("\t")
}

#[test]
fn all_messages_of_rfc_3665_have_every_field_right() {
    let Some(folder) = samples().map(|folder| folder.join("rfc3665")) else { return };
    let table = fs::read_to_string(folder.join("fields.tsv")).expect("fields.tsv");
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 177);
    for row in rows {
        let (file, expected) = row.split_once('\t').expect("a file name first");
        let datagram = fs::read(folder.join(file)).expect("the message of the row");
        assert_eq!(fields(&datagram), expected, "{file}");
        let message = Message::scan(&datagram).expect("a valid message");
        assert_eq!(inspect(&message), Ok(Inspection::of_scanned(&message)), "{file}, read strictly");
    }
}

/// RFC 4475 3.1.1 without `longreq`: branch, tags, Call-ID, `CSeq` and body length as the RFC prints them.
const VALID: [(&str, &str); 12] = [
    ("wsinv", "390skdjuw\t98asjd8\t1918181833n\twsinv.ndaksdj@192.0.2.1\t9\tINVITE\t150"),
    (
        "intmeth",
        "z9hG4bK-.!%66*_+`'~\t_token~1'+`*%!-.\t-\tintmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\t139122385\t\
         !interesting-Method0123456789_*+`.%indeed'~\t0",
    ),
    ("esc01", "z9hG4bKkdjuw\t938\t-\tesc01.239409asdfakjkn23onasd0-3234\t234234\tINVITE\t150"),
    (
        "escnull",
        "z9hG4bKkdjuw\t839923423\t-\tescnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd\t14398234\tREGISTER\t0",
    ),
    (
        "esc02",
        "z9hG4bK209%fzsnel234\tf232jadfj23\t-\tesc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf\t29344\tRE%47IST%45R\t0",
    ),
    ("lwsdisp", "z9hG4bKkdjuw\t323\t-\tlwsdisp.1234abcd@funky.example.com\t60\tOPTIONS\t0"),
    ("dblreq", "z9hG4bKkdjuw23492\t43251j3j324\t-\tdblreq.0ha0isndaksdj99sdfafnl3lk233412\t8\tREGISTER\t0"),
    ("semiuri", "z9hG4bKkdjuw\t33242\t-\tsemiuri.0ha0isndaksdj\t8\tOPTIONS\t0"),
    ("transports", "z9hG4bKkdjuw\t323\t-\ttransports.kijh4akdnaqjkwendsasfdj\t60\tOPTIONS\t0"),
    (
        "mpart01",
        "z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-\t2fb0dcc9\t-\t\
         3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..\t1\tMESSAGE\t553",
    ),
    ("unreason", "z9hG4bK1324923\t11141343\t2229\tunreason.1234ksdfak3j2erwedfsASdf\t35\tINVITE\t154"),
    ("noreason", "z9hG4bK2398ndaoe\t39ansfi3\t902jndnke3\tnoreason.asndj203insdf99223ndf\t35\tINVITE\t0"),
];

fn torture(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name).with_extension("dat")).expect("a torture message")
}

#[test]
fn the_valid_messages_of_rfc_4475_have_every_field_right() {
    let Some(folder) = samples().map(|folder| folder.join("rfc4475")) else { return };
    for (name, expected) in VALID {
        assert_eq!(fields(&torture(&folder, name)), expected, "{name}");
    }
    let tag = format!("1{}2424", "298".repeat(50));
    let call_id = format!("longreq.one{}longcallid", "really".repeat(20));
    let expected = format!("-\t{tag}\t-\t{call_id}\t3882340\tINVITE\t150");
    assert_eq!(fields(&torture(&folder, "longreq")), expected);
    let long = torture(&folder, "longreq");
    assert_eq!(Message::scan(&long).expect("longreq").vias().count(), 34);
}

/// The lenient scanner takes what it can match and answer; these it must not take.
#[test]
fn all_torture_messages_scan_without_a_panic_and_the_hopeless_are_refused() {
    let Some(folder) = samples().map(|folder| folder.join("rfc4475")) else { return };
    let mut read = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let datagram = fs::read(entry.expect("an entry").path()).expect("a file");
        let _ = Message::scan(&datagram);
        read += 1;
    }
    assert_eq!(read, 49);
    for name in ["badvers", "bigcode", "clerr", "insuf", "lwsruri", "mcl01", "mismatch01", "ncl", "quotbal"] {
        let datagram = torture(&folder, name);
        assert!(Message::scan(&datagram).is_err(), "{name}");
    }
}
