//! Operations carried out: prepare, simulate, submit, confirm, recover.
