//! The wire's own book: packets as tshark sees them, independent of both sides.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::Running;
use super::run;

const FIELDS: [&str; 7] = [
    "udp.srcport",
    "udp.dstport",
    "sip.Method",
    "sip.Status-Code",
    "sip.CSeq.method",
    "sip.Call-ID",
    "sip.Reason",
];

/// tshark that prints [`FIELDS`] of every packet, reading `sip_port` as SIP.
fn tshark(sip_port: u16) -> Command {
    let mut command = Command::new("tshark");
    command.args(["-n", "-d", &format!("udp.port=={sip_port},sip")]);
    command.args(["-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    command
}

/// Reads a capture file.
pub fn read_pcap(file: &Path, sip_port: u16) -> Vec<Packet> {
    let finished = run(tshark(sip_port).arg("-r").arg(file), Duration::from_secs(60)).expect_code(&[0]);
    finished.stdout.lines().filter_map(packet).collect()
}

/// A capture under way.
pub struct Capture {
    tshark: Running,
}

/// One packet: SIP's fields are empty for RTP.
#[derive(Debug, Clone)]
pub struct Packet {
    pub from: u16,
    pub to: u16,
    /// A request's method.
    pub method: String,
    /// A response's status.
    pub status: String,
    /// The method that the CSeq names.
    pub transaction: String,
    pub call_id: String,
    pub reason: String,
}

impl Capture {
    /// Starts capturing UDP on an interface, and returns once packets are seen. `sip_port` is read as SIP.
    pub fn start(interface: &str, filter: &str, sip_port: u16) -> Self {
        let mut command = tshark(sip_port);
        command.args(["-l", "-B", "32", "-i", interface, "-f", filter, "--log-level", "message"]);
        let mut tshark = Running::start(&mut command);
        tshark.wait_for("Capture started", Duration::from_secs(30));
        Self { tshark }
    }

    /// Stops and returns every packet, in order.
    pub fn stop(self) -> Vec<Packet> {
        // The kernel hands packets over in batches; the last one must not be cut off.
        self.tshark.leave_for(Duration::from_millis(1500));
        self.tshark.signal("INT");
        let finished = self.tshark.finish(Duration::from_secs(600));
        finished.stdout.lines().filter_map(packet).collect()
    }
}

fn packet(line: &str) -> Option<Packet> {
    let fields = line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let [from, to, method, status, transaction, call_id, reason] = fields.try_into().ok()?;
    let [from, to] = [from, to].map(|port| port.parse().ok());
    Some(Packet { from: from?, to: to?, method, status, transaction, call_id, reason })
}

/// Final status of each call's INVITE on the wire, by Call-ID.
fn final_statuses(packets: &[Packet]) -> BTreeMap<String, String> {
    let finals = packets.iter().filter(|p| p.transaction == "INVITE" && p.status.as_str() >= "200");
    finals.map(|packet| (packet.call_id.clone(), packet.status.clone())).collect()
}

/// Calls that sent an INVITE on the wire.
pub fn calls(packets: &[Packet]) -> BTreeSet<String> {
    packets.iter().filter(|packet| packet.method == "INVITE").map(|packet| packet.call_id.clone()).collect()
}

/// Calls, and calls that ended in 200 and in 503, as packets show them.
pub fn calls_answered_refused(packets: &[Packet]) -> (u64, u64, u64) {
    let finals = final_statuses(packets);
    let count = |status: &str| finals.values().filter(|found| *found == status).count() as u64;
    (calls(packets).len() as u64, count("200"), count("503"))
}
