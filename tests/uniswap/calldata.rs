//! Addresses and SwapRouter02 calldata.

use alloy::primitives::{Address, Bytes, U256, address, hex};
use alloy::sol_types::SolCall;
use devnet::abi::{IUniswapV2, IUniswapV3};
use proptest::prelude::*;
use purser::chains::evm::Call;
use purser::domain::Venue;
use purser::venues::uniswap::address::{ordered, v2_pair, v3_pool};
use purser::venues::uniswap::{RouterSwap, SwapError, quoter};

const USDC: Address = address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
const USDT: Address = address!("dAC17F958D2ee523a2206206994597C13D831ec7");
const WETH: Address = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
const ROUTER: Address = address!("68b3465833fb72A70ecDF485E0e4C7bD8665Fc45");
const WALLET: Address = address!("00000000000000000000000000000000000a11ce");

fn swap(venue: Venue) -> RouterSwap {
    RouterSwap {
        router: ROUTER,
        deadline: 1_900_000_000,
        venue,
        token_in: USDC,
        token_out: USDT,
        fee: if venue == Venue::UniswapV2 { 3_000 } else { 100 },
        amount_in: 1_000_000_000,
        min_out: 999_000_000,
        recipient: WALLET,
    }
}

#[test]
fn addresses_of_well_known_pools() {
    let v2_factory = address!("5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f");
    let v3_factory = address!("1F98431c8aD98523631AE4a59f267346ea31F984");
    assert_eq!(v2_pair(v2_factory, WETH, USDC), address!("B4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"));
    assert_eq!(v2_pair(v2_factory, USDC, WETH), address!("B4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"));
    assert_eq!(v3_pool(v3_factory, WETH, USDC, 500), address!("88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"));
    assert_eq!(v3_pool(v3_factory, USDT, USDC, 100), address!("3416cF6C708Da44DB2624D63ea0AAef7113527C6"));
    assert_eq!(ordered(USDT, USDC), [USDC, USDT]);
}

#[test]
fn selectors_are_those_of_swap_router_02() {
    for (venue, inner) in [(Venue::UniswapV2, hex!("472b43f3")), (Venue::UniswapV3, hex!("04e45aaf"))] {
        let call = swap(venue).call().unwrap();
        assert_eq!(call.to, ROUTER);
        assert_eq!(call.data[..4], hex!("5ae401dc"));
        let outer = IUniswapV3::multicallCall::abi_decode(&call.data).unwrap();
        assert_eq!(outer.deadline, U256::from(1_900_000_000_u64));
        assert_eq!(outer.data.len(), 1);
        assert_eq!(outer.data[0][..4], inner);
    }
    assert_eq!(quoter::call(ROUTER, USDC, USDT, 100, 5).unwrap().data[..4], hex!("c6a5026a"));
}

fn any_swap() -> impl Strategy<Value = RouterSwap> {
    let address = || {
        any::<[u8; 20]>().prop_map(Address::from).prop_filter("placeholder", |address| {
            *address > address!("0000000000000000000000000000000000000002")
        })
    };
    (
        any::<bool>(),
        1..u64::MAX,
        address(),
        address(),
        address(),
        1..1_000_000_u32,
        1..u128::MAX,
        1..u128::MAX,
    )
        .prop_filter("two tokens", |(_, _, token_in, token_out, ..)| token_in != token_out)
        .prop_map(|(is_v2, deadline, token_in, token_out, recipient, fee, amount_in, min_out)| {
            RouterSwap {
                router: ROUTER,
                deadline,
                venue: if is_v2 { Venue::UniswapV2 } else { Venue::UniswapV3 },
                token_in,
                token_out,
                fee: if is_v2 { 3_000 } else { fee },
                amount_in,
                min_out,
                recipient,
            }
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(swap in any_swap()) {
        prop_assert_eq!(RouterSwap::decode(&swap.call().unwrap()), Ok(swap));
    }

    /// A changed byte is either refused or shows in the values; nothing hides in the encoding.
    #[test]
    fn no_byte_goes_unread(swap in any_swap(), at: prop::sample::Index, flip in 1..=255_u8) {
        let call = swap.call().unwrap();
        let mut data = call.data.to_vec();
        let at = at.index(data.len());
        data[at] ^= flip;
        if let Ok(read) = RouterSwap::decode(&Call { to: call.to, data: data.into() }) {
            prop_assert_ne!(read, swap);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..600)) {
        let data = [&hex!("5ae401dc")[..], &data].concat();
        let call = Call { to: ROUTER, data: data.into() };
        prop_assert!(RouterSwap::decode(&call).is_err());
    }
}

fn wrapped(inner: Vec<Vec<u8>>) -> Call {
    let data = inner.into_iter().map(Bytes::from).collect();
    let outer = IUniswapV3::multicallCall { deadline: U256::from(9), data };
    Call { to: ROUTER, data: outer.abi_encode().into() }
}

fn v2_inner(path: Vec<Address>, amount_in: U256, min_out: U256, to: Address) -> Vec<u8> {
    IUniswapV3::swapExactTokensForTokensCall { amountIn: amount_in, amountOutMin: min_out, path, to }
        .abi_encode()
}

fn refused(call: &Call) -> String {
    RouterSwap::decode(call).unwrap_err().to_string()
}

#[test]
fn foreign_calldata_is_refused() {
    let (some, path) = (U256::from(5), vec![USDC, USDT]);
    let good = v2_inner(path.clone(), some, some, WALLET);
    assert!(RouterSwap::decode(&wrapped(vec![good.clone()])).is_ok());

    let two = wrapped(vec![good.clone(), good.clone()]);
    assert!(refused(&two).contains("exactly one inner call"));
    assert!(refused(&wrapped(vec![])).contains("exactly one inner call"));
    assert!(refused(&Call { to: ROUTER, data: good.clone().into() }).contains("not multicall"));
    let other = IUniswapV2::getPairCall { a: USDC, b: USDT }.abi_encode();
    assert!(refused(&wrapped(vec![other])).contains("not an exact-input swap"));
    let long = v2_inner(vec![USDC, WETH, USDT], some, some, WALLET);
    assert!(refused(&wrapped(vec![long])).contains("not one pair"));
    let huge = v2_inner(path.clone(), U256::ONE << 128, some, WALLET);
    assert!(refused(&wrapped(vec![huge])).contains("beyond any token"));
    // Zero means "whatever the router holds".
    let zero = v2_inner(path.clone(), U256::ZERO, some, WALLET);
    assert!(refused(&wrapped(vec![zero])).contains("is zero"));
    let unprotected = v2_inner(path.clone(), some, U256::ZERO, WALLET);
    assert!(refused(&wrapped(vec![unprotected])).contains("is zero"));
    for placeholder in [0_u8, 1, 2] {
        let to = Address::with_last_byte(placeholder);
        let call = wrapped(vec![v2_inner(path.clone(), some, some, to)]);
        assert_eq!(RouterSwap::decode(&call), Err(SwapError::Recipient { recipient: to }));
    }
    let itself = v2_inner(vec![USDC, USDC], some, some, WALLET);
    assert!(refused(&wrapped(vec![itself])).contains("for itself"));
    let mut trailing = good.clone();
    trailing.extend([0; 32]);
    assert!(RouterSwap::decode(&wrapped(vec![trailing])).is_err());
    let mut call = wrapped(vec![good]);
    call.data = [call.data.as_ref(), &[0; 32]].concat().into();
    assert!(RouterSwap::decode(&call).is_err());
}

#[test]
fn a_price_limit_is_refused() {
    let params = IUniswapV3::ExactInputSingleParams {
        tokenIn: USDC,
        tokenOut: USDT,
        fee: alloy::primitives::aliases::U24::from(100),
        recipient: WALLET,
        amountIn: U256::from(5),
        amountOutMinimum: U256::from(4),
        sqrtPriceLimitX96: alloy::primitives::aliases::U160::from(7),
    };
    let call = wrapped(vec![IUniswapV3::exactInputSingleCall { params }.abi_encode()]);
    assert!(refused(&call).contains("price limit"));
}

#[test]
fn unprotected_swaps_cannot_be_written() {
    let good = swap(Venue::UniswapV3);
    let error = |swap: RouterSwap| swap.call().unwrap_err();
    assert!(matches!(error(RouterSwap { min_out: 0, ..good }), SwapError::Zero { .. }));
    assert!(matches!(error(RouterSwap { amount_in: 0, ..good }), SwapError::Zero { .. }));
    assert!(matches!(error(RouterSwap { deadline: 0, ..good }), SwapError::Zero { .. }));
    assert!(matches!(error(RouterSwap { recipient: Address::ZERO, ..good }), SwapError::Recipient { .. }));
    assert!(matches!(error(RouterSwap { fee: 1 << 24, ..good }), SwapError::Fee { .. }));
    assert!(matches!(error(RouterSwap { fee: 500, ..swap(Venue::UniswapV2) }), SwapError::Fee { .. }));
}
