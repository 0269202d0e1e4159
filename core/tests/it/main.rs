//! All tests of the core, one binary.
