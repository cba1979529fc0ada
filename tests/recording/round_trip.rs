//! What is written is what is read.

use std::sync::Arc;

use alloy::primitives::{Address, B256, U256};
use proptest::prelude::*;
use purser::domain::pool::{Pool, PoolState, V2State, V3State, V4State};
use purser::domain::{AssetId, ChainName};
use purser::recording::{Block, Decoder, Encoder, Entry, Header, Known, Limits, Reader};

use super::scene;

/// Kind of pool by its index.
fn pool(index: usize, state: &Drawn) -> Arc<Pool> {
    let [a, b] = state.amounts;
    let concentrated = V3State {
        sqrt_price_x96: state.price,
        tick: state.tick,
        liquidity: a,
        fee: 500,
        tick_spacing: 10,
        ticks: state.ticks.clone(),
        known: (-state.known, state.known),
    };
    let state = match index % 3 {
        0 => PoolState::V2(V2State { reserves: [a, b], fee: 3_000 }),
        1 => PoolState::V3(concentrated),
        _ => PoolState::V4(V4State {
            id: B256::from(U256::from(index)),
            currencies: [Address::repeat_byte(1), Address::repeat_byte(2)],
            protocol_fees: [state.protocol, 0],
            concentrated,
        }),
    };
    Arc::new(Pool {
        chain: ChainName::new("test"),
        address: Address::from_word(U256::from(index).into()),
        assets: ["A", "B"].map(AssetId::new),
        decimals: [6, 18],
        state,
    })
}

#[derive(Debug, Clone)]
struct Drawn {
    amounts: [u128; 2],
    price: U256,
    tick: i32,
    ticks: Vec<(i32, i128)>,
    known: i32,
    protocol: u16,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    // Few ticks, ranges and fees, so that some stay as they were.
    let ticks = prop_oneof![
        Just(Vec::new()),
        Just(vec![(-10, 7_i128), (10, -7)]),
        prop::collection::vec((any::<i32>(), any::<i128>()), 0..6)
    ];
    (any::<[u128; 2]>(), any::<[u64; 4]>(), any::<i32>(), ticks, 100..102_i32, 0..2_u16).prop_map(
        |(amounts, price, tick, ticks, known, protocol)| Drawn {
            amounts,
            price: U256::from_limbs(price),
            tick,
            ticks,
            known,
            protocol,
        },
    )
}

const POOLS: usize = 6;

type Step = (Vec<(usize, Option<Drawn>)>, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (0..POOLS, prop::option::weighted(0.9, drawn()));
    prop::collection::vec((prop::collection::vec(change, 0..4), any::<bool>()), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_state_survives(steps in steps()) {
        let header = Header { pools: POOLS, ..scene::header() };
        let header = Header::decode(&header.encode().unwrap()).unwrap();
        prop_assert_eq!(&header, &Header { pools: POOLS, ..scene::header() });
        let (mut encoder, mut decoder) = (Encoder::new(POOLS), Decoder::new(&header));
        let mut known: Vec<Option<Arc<Pool>>> = vec![None; POOLS];
        let like = scene::blocks(20);
        for (number, (changes, forced)) in steps.into_iter().enumerate() {
            let mut changed = std::collections::BTreeMap::new();
            for (index, state) in changes {
                let pool = state.map(|state| pool(index, &state));
                known[index].clone_from(&pool);
                changed.insert(index, pool);
            }
            let pools: Vec<Known> = changed.into_iter().collect();
            let block = Block { full: false, pools, ..like[number].clone() };
            let full = forced || number == 0;
            let line = encoder.encode(&block, full).unwrap();
            let read = decoder.decode(&line).unwrap();
            let expected = if full {
                Block { full: true, pools: known.iter().cloned().enumerate().collect(), ..block }
            } else {
                block
            };
            prop_assert_eq!(read, expected);
            prop_assert_eq!(decoder.pools(), known.as_slice());
        }
    }
}

/// What did not move is not written again.
#[test]
fn a_swap_takes_less_room_than_the_pool() {
    let blocks = scene::blocks(60);
    let mut encoder = Encoder::new(scene::pools().len());
    let (mut moved, mut whole) = (0, 0);
    for block in &blocks {
        let text = String::from_utf8(encoder.encode(block, false).unwrap()).unwrap();
        moved +=
            text.matches("\"price\":{\"sqrt_price\"").count() + text.matches("{\"reserves\":[\"").count();
        whole += text.matches("{\"pool\":{").count();
    }
    assert!(moved > whole && whole >= scene::pools().len(), "{moved} moved, {whole} whole");
}

#[tokio::test]
async fn the_recorder_writes_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = scene::blocks(90);
    let limits = Limits { full_every: 25, ..Limits::default() };
    scene::record(folder.path(), &blocks, limits).await;
    let files = scene::files(folder.path());
    assert_eq!(files.len(), 1);
    assert!(files[0].ends_with("test-20260102T030405345Z.jsonl.gz"), "{files:?}");
    let mut reader = Reader::open(&files[0]).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), Entry::Header(Box::new(scene::header())));
    let states = scene::states(&blocks);
    let mut fulls = Vec::new();
    for (place, (block, pools)) in blocks.iter().zip(&states).enumerate() {
        let Some(Ok(Entry::Block(read))) = reader.next() else { panic!("block {place} is missing") };
        if read.full {
            fulls.push(place);
        } else {
            assert_eq!(read.pools, block.pools);
        }
        assert_eq!(
            (read.block, read.at, read.gas, read.inventory, &read.prices, &read.busy, read.held),
            (block.block, block.at, block.gas, block.inventory, &block.prices, &block.busy, block.held)
        );
        assert_eq!(reader.pools(), pools);
    }
    assert!(reader.next().is_none() && !reader.is_cut());
    assert_eq!(fulls, [0, 25, 50, 75]);
}
