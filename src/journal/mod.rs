//! The journal: the only SQL of the project.
