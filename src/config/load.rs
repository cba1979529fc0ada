//! Reading the file: unknown keys, known values, provenance, validation.
