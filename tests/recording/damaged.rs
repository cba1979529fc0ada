//! Files that end early, are no recordings, or say what cannot be.

use std::io::{Cursor, Read, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use purser::backtest::{Backtest, Settings, plot};
use purser::recording::{Block, Encoder, Entry, ReadError, Reader};

use super::scene;

fn plain(blocks: &[Block]) -> Vec<u8> {
    let mut encoder = Encoder::new(scene::pools().len());
    let mut bytes = scene::header().encode().unwrap();
    for block in blocks {
        bytes.push(b'\n');
        bytes.extend(encoder.encode(block, false).unwrap());
    }
    bytes.push(b'\n');
    bytes
}

fn reader(bytes: impl Into<Vec<u8>>) -> Reader {
    Reader::new(Cursor::new(bytes.into())).unwrap()
}

/// The blocks that can be read, and whether the end is cut off.
fn read(bytes: &[u8]) -> (Vec<Block>, bool) {
    let mut reader = reader(bytes);
    let mut blocks = Vec::new();
    for entry in &mut reader {
        if let Entry::Block(block) = entry.unwrap() {
            blocks.push(*block);
        }
    }
    (blocks, reader.is_cut())
}

fn refusal(bytes: impl Into<Vec<u8>>) -> String {
    let mut reader = reader(bytes);
    let refused = reader.find_map(Result::err).map(|error| error.to_string());
    assert!(reader.next().is_none(), "nothing follows an error");
    refused.expect("it is refused")
}

#[test]
fn a_plain_file_is_read_up_to_its_last_whole_line() {
    let blocks = scene::blocks(12);
    let bytes = plain(&blocks);
    let header = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (all, cut) = read(&bytes);
    assert_eq!((all.as_slice(), cut), (blocks.as_slice(), false));
    for end in header..bytes.len() {
        let (some, cut) = read(&bytes[..end]);
        let newlines = bytes[header..end].iter().filter(|byte| **byte == b'\n').count();
        // A line that lacks nothing but its end is whole.
        let lacks_newline = bytes[end] == b'\n' && bytes[end - 1] != b'\n';
        assert_eq!(some.len(), newlines + usize::from(lacks_newline), "at {end}");
        assert_eq!(cut, bytes[end - 1] != b'\n' && !lacks_newline, "at {end}");
        assert_eq!(some, blocks[..some.len()]);
    }
}

#[tokio::test]
async fn a_daemon_killed_while_it_writes_leaves_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = scene::blocks(40);
    scene::record(folder.path(), &blocks, purser::recording::Limits::default()).await;
    let bytes = std::fs::read(&scene::files(folder.path())[0]).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for end in (bytes.len() / 4..bytes.len()).step_by(37) {
        let (some, cut) = read(&bytes[..end]);
        assert!(cut, "at {end} the compressed file has no end");
        // As much of it as can be decompressed at all.
        let mut text = Vec::new();
        let _ = GzDecoder::new(&bytes[..end]).read_to_end(&mut text);
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        assert!((lines - 1..=lines).contains(&some.len()), "{} of {lines} lines", some.len());
        assert_eq!(
            some.last().map(|block| block.block),
            blocks[..some.len()].last().map(|block| block.block)
        );
        seen.insert(some.len());
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn files_that_lie_one_after_the_other_are_read_through() {
    let blocks = scene::blocks(5);
    let packed = || {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&plain(&blocks)).unwrap();
        packer.finish().unwrap()
    };
    let (all, cut) = read(&[packed(), packed()].concat());
    assert_eq!((all.len(), cut), (10, false));
}

#[test]
fn what_is_no_recording_says_so() {
    for foreign in ["{}\n", "hello\nworld\n", "[1,2]", "\u{0}\u{1}", "{\"recording\":\"mine\"}\n", "\n"] {
        let said = refusal(foreign);
        assert!(said.contains("line 1") || said.contains("line 2"), "{said}");
    }
    assert_eq!(refusal(""), "line 1: the file is empty");
    let text = String::from_utf8(plain(&[])).unwrap();
    let newer = text.replacen("\"recording\":1", "\"recording\":2", 1);
    assert_eq!(refusal(newer), "line 1: the recording is of version 2; this build reads version 1");
    let many = text.replacen("\"pools\":5", "\"pools\":4000000000", 1);
    assert!(refusal(many).contains("4000000000 pools are more than"), "room is not made for them");
    // A bomb is no recording either.
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&vec![b' '; 1 << 20]).unwrap();
    let bomb = packer.finish().unwrap();
    let error = reader(bomb).with_limit(4_096).next().unwrap().unwrap_err();
    assert!(matches!(error, ReadError::TooLong { line: 1, limit: 4_096 }), "{error}");
}

#[test]
fn a_line_that_cannot_be_is_named() {
    let blocks = scene::blocks(3);
    let bytes = plain(&blocks);
    let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
    let with = |line: &str| [lines[0], lines[1], line, ""].join("\n");
    let state = |index: usize, state: &str| {
        with(&lines[3].replace("\"pools\":[", &format!("\"pools\":[[{index},{state}],")).replace(",]", "]"))
    };
    assert!(lines[3].ends_with("\"pools\":[]}"), "the third block changes nothing: {}", lines[3]);
    for (bytes, words) in [
        ([lines[0], lines[3], ""].join("\n"), "line 2: the first block has not all pools"),
        (with("{\"block\":"), "line 3: EOF while parsing"),
        (with(&lines[3].replace("\"at\"", "\"when\"")), "line 3: unknown field `when`"),
        (with(&lines[3].replace("\"inventory\":\"", "\"inventory\":\"-")), "line 3: expected an integer"),
        (with(&lines[3].replace("\"pools\"", "\"full\":true,\"pools\"")), "has 0 of the 5 pools"),
        (state(5, "null"), "line 3: pool 5: the header has fewer"),
        (state(2, "{\"reserves\":[\"1\",\"2\"]}"), "line 3: pool 2: it has no reserves"),
        (
            state(0, "{\"price\":{\"sqrt_price\":\"0x1\",\"tick\":0,\"liquidity\":\"1\"}}"),
            "pool 0: it has no price",
        ),
        (state(0, "{\"balance\":1}"), "unknown variant `balance`"),
    ] {
        let said = refusal(bytes);
        assert!(said.contains(words), "`{words}` is not in `{said}`");
    }
    // The second pool in the place of the first.
    let other = serde_json::to_string(&scene::pools()[1]).unwrap();
    assert!(
        refusal(state(0, &format!("{{\"pool\":{other}}}")))
            .contains("pool 0: it is another pool than before")
    );
    let twice = with(&lines[3].replace("\"pools\":[", "\"pools\":[[1,null],[0,null]"));
    assert!(refusal(twice).contains("line 3: pool 0 is not in order"));
}

/// What takes the place of a number.
fn numbers() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..1_000_u64).prop_map(|number| number.to_string()),
        any::<u128>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        (0..128_u32).prop_map(|power| (1_u128 << power).to_string()),
        Just(String::new()),
    ]
}

/// `text` with each number at one of `places` replaced.
fn mutated(text: &str, places: &[(prop::sample::Index, String)]) -> String {
    let bytes = text.as_bytes();
    let begins =
        |at: &usize| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[*at - 1].is_ascii_alphanumeric());
    let starts: Vec<usize> = (0..bytes.len()).filter(begins).collect();
    let mut chosen: Vec<(usize, &str)> =
        places.iter().map(|(index, number)| (*index.get(&starts), number.as_str())).collect();
    chosen.sort_unstable();
    chosen.dedup_by_key(|(start, _)| *start);
    let mut out = text.to_owned();
    for (start, number) in chosen.into_iter().rev() {
        let length = text[start..].bytes().take_while(u8::is_ascii_digit).count();
        out.replace_range(start..start + length, number);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever numbers a file has, it is refused or replayed, and drawn.
    #[test]
    fn no_number_is_too_much(places in prop::collection::vec((any::<prop::sample::Index>(), numbers()), 1..6)) {
        let text = String::from_utf8(plain(&scene::blocks(4))).unwrap();
        let mut backtest = Backtest::new(Settings { gas: vec!["3".parse().unwrap()], ..Settings::default() });
        for entry in reader(mutated(&text, &places)) {
            match entry {
                Ok(Entry::Header(header)) => backtest.header(*header).unwrap(),
                Ok(Entry::Block(block)) => backtest.block(&block),
                Err(_) => break,
            }
        }
        prop_assert!(plot::svg(&backtest.report()).ends_with("</svg>\n"));
    }
}
