//! Logs are events of a pool, or an error: nothing in between.

use alloy::primitives::aliases::{I24, U24, U112, U160};
use alloy::primitives::{Address, B256, I256, Log, U256};
use alloy::sol_types::SolEvent;
use purser::config::PoolKind;
use purser::domain::pool::PoolKey;
use purser::network::pool::event::PoolEvent;
use purser::venues::uniswap::events::{EventError, decode, key, signatures};

mod pair {
    alloy::sol! {
        event Sync(uint112 reserve0, uint112 reserve1);
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);
        event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    }
}

mod v3 {
    alloy::sol! {
        event Initialize(uint160 sqrtPriceX96, int24 tick);
        event Swap(
            address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
            uint160 sqrtPriceX96, uint128 liquidity, int24 tick
        );
        event Mint(
            address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper,
            uint128 amount, uint256 amount0, uint256 amount1
        );
        event Burn(
            address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount,
            uint256 amount0, uint256 amount1
        );
        event SetFeeProtocol(
            uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8 feeProtocol1New
        );
    }
}

mod v4 {
    alloy::sol! {
        event ModifyLiquidity(
            bytes32 indexed id, address indexed sender, int24 tickLower, int24 tickUpper,
            int256 liquidityDelta, bytes32 salt
        );
        event ProtocolFeeUpdated(bytes32 indexed id, uint24 protocolFee);
        event Donate(bytes32 indexed id, address indexed sender, uint256 amount0, uint256 amount1);
    }
}

const POOL: Address = Address::repeat_byte(7);
const WHO: Address = Address::repeat_byte(9);
const ID: B256 = B256::repeat_byte(5);

fn log(event: &impl SolEvent) -> Log {
    Log { address: POOL, data: event.encode_log_data() }
}

fn tick(tick: i32) -> I24 {
    I24::try_from(tick).unwrap()
}

fn burn(amount: u128) -> v3::Burn {
    v3::Burn {
        owner: WHO,
        tickLower: tick(-60),
        tickUpper: tick(120),
        amount,
        amount0: U256::ZERO,
        amount1: U256::ONE,
    }
}

/// One log of every event that changes a pool, and what it is.
fn telling() -> Vec<(PoolKind, Log, PoolEvent)> {
    let sync = pair::Sync { reserve0: U112::MAX, reserve1: U112::from(5) };
    let swap = v3::Swap {
        sender: WHO,
        recipient: POOL,
        amount0: I256::MINUS_ONE,
        amount1: I256::ONE,
        sqrtPriceX96: U160::from(1_u8) << 96,
        liquidity: u128::MAX,
        tick: tick(-887_272),
    };
    let mint = v3::Mint {
        sender: WHO,
        owner: WHO,
        tickLower: tick(-10),
        tickUpper: tick(10),
        amount: 7,
        amount0: U256::ONE,
        amount1: U256::ONE,
    };
    let modify = v4::ModifyLiquidity {
        id: ID,
        sender: WHO,
        tickLower: tick(-10),
        tickUpper: tick(10),
        liquidityDelta: I256::try_from(-7).unwrap(),
        salt: B256::ZERO,
    };
    let fees = v4::ProtocolFeeUpdated { id: ID, protocolFee: U24::from(1_000 | (77 << 12)) };
    let provided = |delta| PoolEvent::Provided { lower: -10, upper: 10, delta };
    vec![
        (PoolKind::V2, log(&sync), PoolEvent::Reserves([u128::MAX >> 16, 5])),
        (
            PoolKind::V3,
            log(&v3::Initialize { sqrtPriceX96: U160::ONE, tick: tick(1) }),
            PoolEvent::Initialised,
        ),
        (
            PoolKind::V3,
            log(&swap),
            PoolEvent::Swapped {
                sqrt_price_x96: U256::from(1_u8) << 96,
                tick: -887_272,
                liquidity: u128::MAX,
            },
        ),
        (PoolKind::V3, log(&mint), provided(7)),
        (PoolKind::V3, log(&burn(9)), PoolEvent::Provided { lower: -60, upper: 120, delta: -9 }),
        (PoolKind::V4, log(&modify), provided(-7)),
        (PoolKind::V4, log(&fees), PoolEvent::ProtocolFees([1_000, 77])),
    ]
}

#[test]
fn events_are_what_they_say() {
    for (kind, log, event) in telling() {
        assert_eq!(decode(kind, &log), Ok(Some(event)));
        assert!(signatures(kind).contains(&log.topics()[0]));
    }
}

#[test]
fn events_that_change_nothing_are_passed_over() {
    let transfer = pair::Transfer { from: WHO, to: POOL, value: U256::ONE };
    let approval = pair::Approval { owner: WHO, spender: POOL, value: U256::ONE };
    let mint = pair::Mint { sender: WHO, amount0: U256::ONE, amount1: U256::ONE };
    for log in [log(&transfer), log(&approval), log(&mint)] {
        assert_eq!(decode(PoolKind::V2, &log), Ok(None));
        assert_eq!(decode(PoolKind::V3, &log), Err(EventError::Unknown));
    }
    let share =
        v3::SetFeeProtocol { feeProtocol0Old: 0, feeProtocol1Old: 0, feeProtocol0New: 4, feeProtocol1New: 4 };
    assert_eq!(decode(PoolKind::V3, &log(&share)), Ok(None));
    let gift = v4::Donate { id: ID, sender: WHO, amount0: U256::ONE, amount1: U256::ONE };
    assert_eq!(decode(PoolKind::V4, &log(&gift)), Ok(None));
}

#[test]
fn anything_else_is_an_error() {
    for (kind, log, event) in telling() {
        let with = |change: &dyn Fn(&mut Vec<B256>, &mut Vec<u8>)| {
            let (mut topics, mut data) = (log.topics().to_vec(), log.data.data.to_vec());
            change(&mut topics, &mut data);
            decode(kind, &Log::new_unchecked(POOL, topics, data.into()))
        };
        assert_eq!(with(&|topics, _| topics.clear()), Err(EventError::Unknown));
        assert_eq!(with(&|topics, _| topics[0] = B256::repeat_byte(1)), Err(EventError::Unknown));
        assert_eq!(with(&|topics, _| topics.push(B256::ZERO)), Err(EventError::Malformed));
        assert_eq!(with(&|_, data| data.push(0)), Err(EventError::Malformed));
        assert_eq!(with(&|_, data| data.extend([0; 32])), Err(EventError::Malformed));
        assert_eq!(with(&|_, data| data.truncate(data.len() - 1)), Err(EventError::Malformed));
        // A word with room to spare, which must be empty: the last of a swap, the first of the others.
        let is_swap = matches!(event, PoolEvent::Swapped { .. });
        let soiled = with(&|_, data| {
            let at = if is_swap { data.len() - 32 } else { 0 };
            data[at] ^= 0x40;
        });
        assert_eq!(soiled, Err(EventError::Malformed));
        for other in [PoolKind::V2, PoolKind::V3, PoolKind::V4].into_iter().filter(|other| *other != kind) {
            assert_eq!(decode(other, &log), Err(EventError::Unknown));
        }
    }
    assert_eq!(decode(PoolKind::V3, &log(&burn(u128::MAX))), Err(EventError::Range));
}

#[test]
fn a_log_is_of_its_contract_or_of_the_id_it_names() {
    let fees = log(&v4::ProtocolFeeUpdated { id: ID, protocolFee: U24::ZERO });
    assert_eq!(key(&fees, &[]), Some(PoolKey::Contract(POOL)));
    assert_eq!(key(&fees, &[POOL]), Some(PoolKey::Managed { manager: POOL, id: ID }));
    let bare = Log::new_unchecked(POOL, vec![ID], Default::default());
    assert_eq!(key(&bare, &[POOL]), None);
}
