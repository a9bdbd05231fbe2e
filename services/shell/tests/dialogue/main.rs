//! What somebody who types sees.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod answers;
mod completion;
mod editing;
mod fake;
mod laws;
mod mistakes;
mod paging;
mod pools;
