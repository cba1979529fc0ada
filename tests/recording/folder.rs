//! The folder: files one after the other, bounded, and a disk that takes nothing more.

use purser::domain::Timestamp;
use purser::recording::{Entry, Limits, Reader, Recorder};
use purser::telemetry::Metrics;

use super::scene;

fn written(metrics: &Metrics, outcome: &str) -> u64 {
    metrics.recorded_blocks.with_label_values(&[scene::CHAIN, outcome]).get()
}

#[tokio::test]
async fn files_follow_each_other_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let mine = [
        "notes.txt",
        "test-2026.jsonl.gz",
        "test-b-20200102T030405678Z.jsonl.gz",
        "test-20200102T030405678Z.json",
    ];
    for name in mine {
        std::fs::write(folder.path().join(name), vec![7; 30_000]).unwrap();
    }
    // One of an earlier start.
    let earlier = folder.path().join("test-20200102T030405678Z.jsonl.gz");
    std::fs::write(&earlier, vec![7; 30_000]).unwrap();
    let blocks = scene::blocks(200);
    let limits = Limits { file_bytes: 4_000, folder_bytes: 20_000, ..Limits::default() };
    scene::record(folder.path(), &blocks, limits).await;
    assert!(!earlier.exists());
    let mut files = scene::files(folder.path());
    for name in mine {
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap().len(), 30_000, "{name} is not ours");
    }
    files.retain(|file| !mine.iter().any(|name| file.ends_with(name)));
    let sizes: Vec<u64> = files.iter().map(|file| file.metadata().unwrap().len()).collect();
    // A file ends after the line with which it is full.
    assert!(sizes.len() > 2 && sizes.iter().all(|size| *size < 5_500), "{sizes:?}");
    assert!(sizes.iter().sum::<u64>() <= 20_000 + 1_500, "{sizes:?}");
    // Each can be read alone, and together they are the newest blocks without a gap.
    let mut numbers = Vec::new();
    for file in &files {
        let mut reader = Reader::open(file).unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), Entry::Header(Box::new(scene::header())));
        for entry in reader {
            let Entry::Block(block) = entry.unwrap() else { panic!("one header per file") };
            numbers.push(block.block.number);
        }
    }
    let last: Vec<u64> =
        (blocks.last().unwrap().block.number + 1 - numbers.len() as u64..).take(numbers.len()).collect();
    assert_eq!(numbers, last);
}

#[tokio::test]
async fn another_day_begins_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut blocks = scene::blocks(3);
    blocks[2].at = Timestamp::from_millis(blocks[2].at.millis() + 86_400_000);
    scene::record(folder.path(), &blocks, Limits::default()).await;
    let names: Vec<String> = scene::files(folder.path())
        .iter()
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["test-20260102T030405345Z.jsonl.gz", "test-20260103T030409345Z.jsonl.gz"]);
}

#[tokio::test]
async fn a_folder_that_takes_nothing_stops_no_decision() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let metrics = Metrics::new().unwrap();
    let mut recorder =
        Recorder::start(&file.join("below"), scene::header(), Limits::default(), metrics.clone()).unwrap();
    let blocks = scene::blocks(30);
    // The writer gives up after the first block, whenever it comes to it.
    let decisions = loop {
        let decisions = scene::live(&blocks, scene::goal(), &mut recorder);
        if written(&metrics, "dropped") > 0 {
            break decisions;
        }
    };
    assert!(decisions.iter().flatten().any(|decision| decision.plan.is_some()));
    recorder.close().await;
    assert_eq!(written(&metrics, "written"), 0);
}

#[tokio::test]
async fn a_dropped_block_costs_no_state() {
    let blocks = scene::blocks(400);
    let states = scene::states(&blocks);
    let mut dropped = 0;
    // How many are dropped is the scheduler's choice; what is written must be right whatever it is.
    for queue in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::new().unwrap();
        let limits = Limits { queue, ..Limits::default() };
        let mut recorder = Recorder::start(folder.path(), scene::header(), limits, metrics.clone()).unwrap();
        for (block, pools) in blocks.iter().zip(&states) {
            let indices: Vec<usize> = block.pools.iter().map(|(index, _)| *index).collect();
            let view = purser::strategies::arbitrage::View {
                block: block.block,
                at: block.at,
                pools,
                prices: &block.prices,
                gas: block.gas,
                inventory: block.inventory,
            };
            recorder.block(&view, &scene::goal(), (!block.full).then_some(&indices), block.held);
        }
        recorder.close().await;
        let mut reader = Reader::open(&scene::files(folder.path())[0]).unwrap();
        let mut count = 0;
        while let Some(entry) = reader.next() {
            let Entry::Block(block) = entry.unwrap() else { continue };
            let place = usize::try_from(block.block.number - blocks[0].block.number).unwrap();
            assert_eq!(reader.pools(), states[place], "block {place}");
            count += 1;
        }
        assert_eq!(count, written(&metrics, "written"));
        assert_eq!(count + written(&metrics, "dropped"), 400);
        dropped += written(&metrics, "dropped");
    }
    assert!(dropped > 0, "a queue of one was never full");
}
