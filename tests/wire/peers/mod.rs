//! Our SIP and RTP against other people's. What is compared is always two or three books kept by different hands.

mod keys;
mod namespaces;
mod phones;
mod registered;
mod ringing;
mod rtp_echo;
mod sipp_answers;
mod sipp_calls;
mod sipp_turned_away;
mod tcp;
mod transfers;
mod two_phones;
