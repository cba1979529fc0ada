//! Recordings of blocks, and what is decided from them. Input: the bytes of a file, plain or compressed.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use purser::backtest::{Backtest, Settings, plot};
use purser::recording::{Encoder, Entry, Reader};

/// Longest line.
const LIMIT: u64 = 1 << 20;
/// Blocks that are decided.
const BLOCKS: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let Ok(reader) = Reader::new(Cursor::new(bytes.to_vec())) else { return };
    let mut backtest = Backtest::new(Settings::default());
    let mut encoder = None;
    for entry in reader.with_limit(LIMIT).take(BLOCKS) {
        match entry {
            Ok(Entry::Header(header)) => {
                encoder = Some(Encoder::new(header.pools.min(1 << 10)));
                // Room for a million pools is made in no time, but not a thousand times a second.
                if header.pools > 1 << 10 || backtest.header(*header).is_err() {
                    return;
                }
            }
            Ok(Entry::Block(block)) => {
                backtest.block(&block);
                if let Some(encoder) = &mut encoder {
                    encoder.encode(&block, true).unwrap();
                }
            }
            Err(_) => break,
        }
    }
    let svg = plot::svg(&backtest.report());
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
});
