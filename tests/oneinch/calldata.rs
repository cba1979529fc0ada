//! `swap` of the router: read strictly, written canonically.

use alloy::primitives::{Address, Bytes, U256, hex};
use alloy::sol_types::SolCall;
use devnet::abi::IAggregationRouterV6;
use proptest::prelude::*;
use purser::chains::evm::Call;
use purser::venues::oneinch::AggregatorSwap;

use super::{ROUTER, USDC, swap};

fn decoded(data: Vec<u8>) -> Result<AggregatorSwap, &'static str> {
    AggregatorSwap::decode(&Call::new(ROUTER, data)).map_err(|error| error.0)
}

fn bytes() -> Vec<u8> {
    swap().call().data.to_vec()
}

/// Replaces the word at `index` behind the selector.
fn with_word(index: usize, word: U256) -> Vec<u8> {
    let mut data = bytes();
    data[4 + index * 32..36 + index * 32].copy_from_slice(&word.to_be_bytes::<32>());
    data
}

#[test]
fn the_selector_and_the_layout_are_the_routers() {
    let data = bytes();
    assert_eq!(data[..4], hex!("07ed2379"));
    let call = IAggregationRouterV6::swapCall::abi_decode_validate(&data).unwrap();
    assert_eq!((call.desc.srcToken, call.desc.amount), (USDC, U256::from(1_000_000_000)));
    assert_eq!(call.data, swap().data);
}

#[test]
fn padding_and_a_tag_may_follow_and_no_more() {
    let tail = |extra: usize| [bytes(), vec![0xab; extra]].concat();
    // The data has 99 bytes, so 29 of padding are there already.
    for extra in [0, 4, 35] {
        assert_eq!(decoded(tail(extra)), Ok(swap()), "{extra}");
    }
    assert_eq!(decoded(tail(36)), Err("too much follows the arguments"));
    let unpadded = bytes()[..324 + 99].to_vec();
    assert_eq!(decoded(unpadded.clone()), Ok(swap()));
    assert_eq!(decoded(unpadded[..324 + 98].to_vec()), Err("the executor's data ends too early"));
}

#[test]
fn whatever_else_is_in_a_word_is_refused() {
    let wide = U256::from(1) << 160;
    for index in 0..5 {
        assert_eq!(decoded(with_word(index, wide)), Err("a word is not an address"), "{index}");
    }
    for index in [5, 6] {
        assert_eq!(decoded(with_word(index, U256::from(1) << 128)), Err("an amount is beyond any token"));
        assert_eq!(decoded(with_word(index, U256::ZERO)), Err("an amount is zero"));
    }
    for flag in [1_u64, 2, 4, 8, 1 << 40] {
        let refused = decoded(with_word(7, U256::from(flag)));
        assert_eq!(refused, Err("its flags allow a partial fill, a permit or native coin"));
    }
    assert_eq!(decoded(with_word(8, U256::from(320))), Err("its data is not where it belongs"));
    assert_eq!(decoded(with_word(9, U256::MAX)), Err("the executor's data is too long"));
    assert_eq!(decoded(with_word(9, U256::from(32 * 1024))), Err("the executor's data ends too early"));
    assert_eq!(decoded(with_word(4, U256::ZERO)), Err("nobody is named to receive"));
    let itself = U256::from_be_slice(USDC.as_slice());
    assert_eq!(decoded(with_word(2, itself)), Err("a token is swapped for itself"));
}

#[test]
fn other_functions_are_refused() {
    // unoswap, ethUnoswap, clipperSwap, swap of version 5, approve.
    for selector in ["83800a8e", "a76dfc3b", "d2d374e5", "12aa3caf", "095ea7b3"] {
        let data = [hex::decode(selector).unwrap(), bytes().split_off(4)].concat();
        assert_eq!(decoded(data), Err("not swap(executor, description, data)"), "{selector}");
    }
    for length in 0..324 {
        assert!(decoded(bytes()[..length].to_vec()).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        accounts in any::<[[u8; 20]; 4]>(), amount_in in 1_u128.., min_out in 1_u128..,
        data in proptest::collection::vec(any::<u8>(), 0..300), tail in proptest::collection::vec(any::<u8>(), 0..32),
    ) {
        let [executor, token_in, source_receiver, recipient] = accounts.map(Address::from);
        prop_assume!(!recipient.is_zero() && token_in != swap().token_out);
        let written = AggregatorSwap {
            executor, token_in, source_receiver, recipient, amount_in, min_out, data: Bytes::from(data), ..swap()
        };
        let data = [written.call().data.to_vec(), tail].concat();
        prop_assert_eq!(decoded(data), Ok(written));
    }

    #[test]
    fn noise_is_read_without_harm(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        let with_selector = [hex!("07ed2379").to_vec(), data].concat();
        if let Ok(swap) = decoded(with_selector) {
            prop_assert!(swap.amount_in > 0 && swap.min_out > 0);
        }
    }
}
