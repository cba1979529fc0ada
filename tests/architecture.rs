//! The shape of the source tree: import ranks, file lengths.
