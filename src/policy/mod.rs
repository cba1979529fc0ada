//! Policy: what may be signed. Default deny. Pure.
