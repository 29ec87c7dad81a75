//! RTP without sockets: packets, tones, streams, reception statistics.
