//! Quantities with units, and how users write them.
