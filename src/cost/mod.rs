//! What the loss costs, in exact decimals.
