//! Whom a run calls: parsing, resolving, and the rule that traffic stays on this machine unless the user names
//! a target and says that it may be tested.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;

use crate::cli::Failure;
use crate::endpoint::caller;
use crate::endpoint::caller::Transport;

const DEFAULT_PORT: u16 = 5060;

/// Reads `sip:[USER@]HOST[:PORT][;transport=tcp]` and finds its address; `transport`: what it is sent over if it does not
/// say.
///
/// # Errors
/// Exit code 2 with the form that is wanted, the name that does not resolve, or the confirmation that is missing.
pub fn resolve(
    text: &str,
    authorised: Option<&str>,
    transport: Transport,
) -> Result<caller::Target, Failure> {
    let (place, said) = split_transport(text)?;
    let (user, host, port) = parse(place)?;
    let address = (host.as_str(), port).to_socket_addrs().ok().and_then(|mut found| found.next());
    let address = address.ok_or_else(|| {
        Failure::Usage(format!(
            "--target {text}: no address for \"{host}\"; check the name, or give an IP address"
        ))
    })?;
    confirm(&host, address, authorised)?;
    let shown = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(_)) => format!("[{host}]:{port}"),
        _ => format!("{host}:{port}"),
    };
    Ok(caller::Target { user, host: shown, address, transport: said.unwrap_or(transport) })
}

/// The URI without its `transport`, and what that says.
fn split_transport(text: &str) -> Result<(&str, Option<Transport>), Failure> {
    let Some((place, parameters)) = text.split_once(';') else { return Ok((text, None)) };
    let transport = match parameters.to_ascii_lowercase().as_str() {
        "transport=udp" => Transport::Udp,
        "transport=tcp" => Transport::Tcp,
        _ => {
            return Err(Failure::Usage(format!(
                "--target {text}: only transport=udp or transport=tcp may follow, as \
                 \"sip:100@127.0.0.1:5060;transport=tcp\" (in quotes: the shell ends a command at ;)"
            )));
        }
    };
    Ok((place, Some(transport)))
}

fn parse(text: &str) -> Result<(Option<String>, String, u16), Failure> {
    let wrong = || {
        Failure::Usage(format!("--target {text}: expected sip:[USER@]HOST[:PORT], as sip:100@127.0.0.1:5060"))
    };
    let rest = text.strip_prefix("sip:").ok_or_else(wrong)?;
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()).filter(|user| !user.is_empty()), place),
        None => (None, rest),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner.split_once(']').ok_or_else(wrong)?;
            (host, after.strip_prefix(':'))
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = port.map_or(Ok(DEFAULT_PORT), |port| port.parse().map_err(|_| wrong()))?;
    let bad = |byte: u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"<>;?".contains(&byte);
    if host.is_empty() || text.bytes().any(bad) {
        return Err(wrong());
    }
    Ok((user, host.to_owned(), port))
}

/// Outside loopback the user must say, naming the host, that they may load-test it.
fn confirm(host: &str, address: SocketAddr, authorised: Option<&str>) -> Result<(), Failure> {
    if address.ip().is_loopback() || authorised == Some(host) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--target {host} ({address}) is outside this machine. A load test can take a telephone system down and cost \
         money: if it is yours to test, say so with --i-am-authorised-to-test {host}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_host_and_port_are_told_apart() {
        let target = resolve("sip:100@127.0.0.1:5080", None, Transport::Udp).unwrap();
        assert_eq!((target.user.as_deref(), target.host.as_str()), (Some("100"), "127.0.0.1:5080"));
        assert_eq!(resolve("sip:127.0.0.1", None, Transport::Udp).unwrap().address.port(), 5060);
        assert_eq!(resolve("sip:[::1]:5070", None, Transport::Udp).unwrap().host, "[::1]:5070");
    }

    #[test]
    fn a_target_says_what_it_is_called_over_or_leaves_it_to_the_scenario() {
        for (uri, default, expected) in [
            ("sip:100@127.0.0.1", Transport::Udp, Transport::Udp),
            ("sip:100@127.0.0.1", Transport::Tcp, Transport::Tcp),
            ("sip:100@127.0.0.1;transport=TCP", Transport::Udp, Transport::Tcp),
            ("sip:100@127.0.0.1;transport=udp", Transport::Tcp, Transport::Udp),
        ] {
            let target = resolve(uri, None, default).unwrap();
            assert_eq!((target.transport, &*target.host), (expected, "127.0.0.1:5060"), "{uri}");
        }
        for wrong in ["sip:127.0.0.1;transport=tls", "sip:127.0.0.1;lr"] {
            let message = resolve(wrong, None, Transport::Udp).unwrap_err().to_string();
            assert!(message.contains("only transport=udp or transport=tcp"), "{message}");
        }
    }

    #[test]
    fn what_is_no_sip_address_is_refused_with_the_form() {
        for wrong in ["127.0.0.1", "sip:", "sip:host:port", "sip:a b", "sip:[::1", "sip:h?x=y"] {
            let message = resolve(wrong, None, Transport::Udp).unwrap_err().to_string();
            assert!(message.contains("sip:[USER@]HOST[:PORT]"), "{wrong}: {message}");
        }
    }

    #[test]
    fn outside_loopback_asks_for_a_word_that_names_the_host() {
        for said in [None, Some("198.51.100.7")] {
            let message = resolve("sip:192.0.2.1", said, Transport::Udp).unwrap_err().to_string();
            assert!(message.contains("--i-am-authorised-to-test 192.0.2.1"), "{message}");
        }
        assert!(resolve("sip:192.0.2.1", Some("192.0.2.1"), Transport::Udp).is_ok());
    }
}
