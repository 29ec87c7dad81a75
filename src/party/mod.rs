//! The people at both ends: callers who wait, hang up and dial again; agents who answer.
