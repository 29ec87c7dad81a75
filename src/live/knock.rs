//! Is anybody there? One OPTIONS, and an ear for the kernel's word that nobody listens.

use std::io;
use std::net::SocketAddr;
use std::net::UdpSocket;

use crate::time::Duration;

/// How long a refusal by the target's own kernel may take to come back.
const KNOCK: Duration = Duration::from_millis(300);

/// Knocks at `address`, which the user calls `host`. Silence is no refusal: a telephone system may well not
/// answer OPTIONS.
///
/// # Errors
/// `ConnectionRefused` if nothing listens there; whatever the network says if there is no way.
pub fn knock(host: &str, address: SocketAddr) -> io::Result<()> {
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(KNOCK))?;
    let local = socket.local_addr()?;
    socket.send(options(host, local).as_bytes())?;
    match socket.recv(&mut [0; 2048]) {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
        heard => heard.map(drop),
    }
}

fn options(host: &str, local: SocketAddr) -> String {
    let (ip, port) = (local.ip(), local.port());
    format!(
        "OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK-knock-{port:x}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:busyhour@{local}>;tag=knock\r\nTo: <sip:{host}>\r\n\
         Call-ID: knock-{port:x}@{ip}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:busyhour@{local}>\r\nContent-Length: 0\r\n\r\n"
    )
}
