//! Formulas of traffic theory, one file each; nothing but arithmetic.
