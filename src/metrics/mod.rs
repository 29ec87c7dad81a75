//! Records to numbers, in constant memory.
