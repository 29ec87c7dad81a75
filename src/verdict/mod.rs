//! Numbers to judgement: gates, validity.
