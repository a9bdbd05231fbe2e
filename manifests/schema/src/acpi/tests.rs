//! The tables link to each other and their checksums hold.
