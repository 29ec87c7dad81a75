//! Records and their files: reader and writer together.
