//! RFC 3261 in its own words, sans-IO: messages, SDP, transactions, dialogs, digest.
