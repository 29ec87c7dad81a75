//! Is anybody there? One keep-alive, and an ear for the kernel's word that nobody listens.

use std::io;
use std::net::TcpStream;
use std::net::UdpSocket;

use crate::sip::hop::Hop;
use crate::sip::hop::Transport;
use crate::time::Duration;

/// How long a refusal by the target's own kernel may take to come back.
const KNOCK: Duration = Duration::from_millis(300);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// Knocks at `hop` with a keep-alive (RFC 5626, 3.5.1), or by connecting. It is no request, so that no peer counts it as a
/// call (SIPp does count an OPTIONS); silence is the usual answer.
///
/// # Errors
/// `ConnectionRefused` if nothing listens there; whatever the network says if there is no way.
pub fn knock(hop: Hop) -> io::Result<()> {
    let address = hop.address;
    if hop.transport == Transport::Tcp {
        return TcpStream::connect_timeout(&address, CONNECT).map(drop);
    }
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(KNOCK))?;
    socket.send(b"\r\n\r\n")?;
    match socket.recv(&mut [0; 2048]) {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
        heard => heard.map(drop),
    }
}
