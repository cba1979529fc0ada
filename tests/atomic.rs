//! Calldata of AtomicRoute: what is written is read back, and nothing else is.

use std::path::Path;

use alloy::primitives::aliases::{I24, U24};
use alloy::primitives::{Address, B256, Bytes, address, keccak256};
use alloy::sol;
use alloy::sol_types::SolCall;
use proptest::prelude::*;
use purser::act::effect_of;
use purser::chains::evm::Call;
use purser::config::{ChainConfig, Config};
use purser::domain::plan::Cost;
use purser::domain::pool::PoolKey;
use purser::domain::{Amount, AssetId, ChainName, Funding, RouteLeg, RouteStep, Usd};
use purser::policy::{Effect, LegEffect};
use purser::venues::atomic::{RouteCall, RouteError};

// The contract's types once more, in the words of its source.
sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct OneLeg {
        uint8 factory; uint8 tokenIn; uint8 tokenOut; uint24 fee; int24 tickSpacing; uint128 amountIn; uint128 minOut;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct OneRoute {
        address[] tokens; uint128 amountIn; uint128 minProfit; uint64 deadline; uint64 lastBlock; uint8 funding;
        uint8 lenderFactory; uint24 lenderFee; address lenderToken; OneLeg[] legs;
    }
    function execute(OneRoute route) external returns (uint256 profit);
}

const CONTRACT: Address = address!("00000000000000000000000000000000000a70a1");
const ASSETS: [&str; 4] = ["USDC", "USDT", "WETH", "DAI"];
const DEADLINE: u64 = 1_900_000_000;
/// `amountIn` for all there is.
const ALL: u128 = u128::MAX;

/// A chain with four tokens: asset `n` of [`ASSETS`] has the address of `n + 1` repeated.
fn chain() -> ChainConfig {
    let mut text = String::from(
        "mode = \"dry-run\"\ndata_dir = \"data\"\n[wallet]\nkeystore = \"k\"\npassword = { env = \"P\" }\n\
         [chains.base]\nchain_id = 8453\nrpc = [\"https://base.example\"]\nmax_gas_usd = 1\n[rebalance]\n\
         schedule = \"0 0 6 * * *\"\ntargets = [{ chain = \"base\", asset = \"USDC\", weight = 100 }]\n[policy]\n\
         max_operation_usd = 100\nmax_day_usd = 500\nmax_gas_day_usd = 20\nmax_fee = 0.1\n",
    );
    for (index, asset) in ASSETS.iter().enumerate() {
        text += &format!("[assets.{asset}]\ncoingecko = \"a\"\nkraken = \"b\"\ndepeg_band = 1\n");
        text += &format!(
            "[chains.base.tokens.{asset}]\naddress = \"{}\"\ndecimals = 6\n",
            token(u8::try_from(index).unwrap())
        );
    }
    text += "[assets.ETH]\ncoingecko = \"a\"\nkraken = \"b\"\n";
    Config::from_bytes(text.as_bytes(), Path::new("/etc/purser"), []).unwrap().config.chains["base"].clone()
}

fn token(index: u8) -> Address {
    Address::repeat_byte(index + 1)
}

fn amount(asset: usize, units: u128) -> Amount {
    Amount::new(AssetId::new(ASSETS[asset]), 6, units)
}

fn any_leg() -> impl Strategy<Value = RouteLeg> {
    let assets = (0..4_usize, 0..4_usize);
    (any::<u8>(), 0..1_u32 << 24, -(1_i32 << 23)..1_i32 << 23, assets, 0..ALL, any::<bool>(), any::<u128>())
        .prop_map(|(factory, fee, tick_spacing, (sold, bought), units, takes_rest, least)| RouteLeg {
            pool: PoolKey::Contract(Address::repeat_byte(9)),
            factory,
            fee,
            tick_spacing,
            amount_in: amount(sold, units),
            takes_rest,
            quoted_out: amount(bought, least),
            min_out: amount(bought, least),
        })
}

fn any_step() -> impl Strategy<Value = RouteStep> {
    let numbers = (any::<u128>(), any::<u128>(), any::<u64>(), any::<bool>());
    (0..4_usize, numbers, prop::collection::vec(any_leg(), 0..7)).prop_map(
        |(base, (loan, min_profit, last_block, borrows), legs)| RouteStep {
            chain: ChainName::new("base"),
            contract: CONTRACT,
            block: 1,
            last_block,
            funding: if borrows { Funding::PoolManager } else { Funding::Inventory },
            loan: amount(base, loan),
            legs,
            profit: amount(base, min_profit),
            min_profit: amount(base, min_profit),
            profit_usd: Usd::ZERO,
            loan_usd: Usd::ZERO,
            cost: Cost::default(),
        },
    )
}

/// What the step says, leg by leg.
fn legs_of(step: &RouteStep) -> Vec<LegEffect> {
    let of = |amount: &Amount| {
        let index = ASSETS.iter().position(|asset| *asset == amount.asset().as_str()).unwrap();
        token(u8::try_from(index).unwrap())
    };
    let legs = step.legs.iter().map(|leg| LegEffect {
        factory: leg.factory,
        token_in: of(&leg.amount_in),
        token_out: of(&leg.min_out),
        fee: leg.fee,
        tick_spacing: leg.tick_spacing,
        amount_in: if leg.takes_rest { None } else { Some(leg.amount_in.units()) },
        min_out: leg.min_out.units(),
    });
    legs.collect()
}

proptest! {
    #[test]
    fn a_step_is_written_and_read_back(step in any_step(), deadline in any::<u64>()) {
        let meant = RouteCall::from_step(&step, &chain(), deadline).unwrap();
        let call = meant.call().unwrap();
        let read = RouteCall::decode(call.to, &call.data).unwrap();
        prop_assert_eq!(&read, &meant);
        prop_assert_eq!((read.contract, read.route.deadline, read.route.last_block), (CONTRACT, deadline, step.last_block));
        prop_assert_eq!((read.route.loan, read.route.min_profit), (step.loan.units(), step.min_profit.units()));
        prop_assert_eq!(read.route.funding, step.funding);
        prop_assert_eq!(read.route.legs, legs_of(&step));
        // What the contract reads from the same bytes.
        let route = executeCall::abi_decode_validate(&call.data).unwrap().route;
        prop_assert_eq!(route.tokens[0], meant.route.base);
        prop_assert_eq!(u8::from(step.funding == Funding::PoolManager), route.funding);
        prop_assert_eq!((route.lenderFactory, route.lenderFee, route.lenderToken), (0, U24::ZERO, Address::ZERO));
        for (found, planned) in route.legs.iter().zip(&meant.route.legs) {
            prop_assert_eq!(route.tokens[usize::from(found.tokenIn)], planned.token_in);
            prop_assert_eq!(route.tokens[usize::from(found.tokenOut)], planned.token_out);
            prop_assert_eq!(found.amountIn, planned.amount_in.unwrap_or(ALL));
            prop_assert_eq!((found.minOut, found.factory), (planned.min_out, planned.factory));
        }
        let distinct: std::collections::BTreeSet<_> = route.tokens.iter().collect();
        prop_assert_eq!(distinct.len(), route.tokens.len());
        // And what policy judges.
        let Ok(Effect::Route(effect)) = effect_of(call.to, &call.data) else { panic!("no route") };
        prop_assert_eq!((effect.base, effect.loan, effect.legs.len()), (meant.route.base, meant.route.loan, meant.route.legs.len()));
        prop_assert_eq!((effect.min_profit, effect.deadline, effect.last_block), (meant.route.min_profit, deadline, meant.route.last_block));
        for (found, planned) in effect.legs.iter().zip(&meant.route.legs) {
            prop_assert_eq!((found.token_in, found.token_out, found.amount_in, found.min_out),
                (planned.token_in, planned.token_out, planned.amount_in, planned.min_out));
            prop_assert_eq!((found.factory, found.fee, found.tick_spacing),
                (planned.factory, planned.fee, planned.tick_spacing));
        }
    }

    /// Whatever is accepted is what would be written, so no byte goes unread.
    #[test]
    fn other_bytes_are_refused_or_say_something_else(
        step in any_step(), at: prop::sample::Index, flip in 1..=255_u8, cut in 0..70_usize,
    ) {
        let meant = RouteCall::from_step(&step, &chain(), DEADLINE).unwrap();
        let call = meant.call().unwrap();
        let mut changed = call.data.to_vec();
        let at = at.index(changed.len());
        changed[at] ^= flip;
        let changed = Bytes::from(changed);
        if let Ok(read) = RouteCall::decode(call.to, &changed) {
            prop_assert_ne!(&read, &meant);
            prop_assert_eq!(read.call().unwrap().data, changed);
        }
        let shorter = call.data.slice(..call.data.len().saturating_sub(cut + 1));
        prop_assert!(RouteCall::decode(call.to, &shorter).is_err());
        let longer = [&call.data[..], &vec![0; cut + 1][..]].concat();
        prop_assert!(RouteCall::decode(call.to, &longer.into()).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(data in prop::collection::vec(any::<u8>(), 0..900)) {
        let selector = executeCall::SELECTOR;
        prop_assert!(RouteCall::decode(CONTRACT, &[&selector[..], &data].concat().into()).is_err());
        prop_assert!(RouteCall::decode(CONTRACT, &data.into()).is_err());
    }
}

/// Two swaps there and back, as the contract's own types.
fn ordinary() -> OneRoute {
    let leg = |factory, token_in, token_out, amount_in| OneLeg {
        factory,
        tokenIn: token_in,
        tokenOut: token_out,
        fee: U24::from(500),
        tickSpacing: if factory == 255 { I24::try_from(10).unwrap() } else { I24::ZERO },
        amountIn: amount_in,
        minOut: 990,
    };
    OneRoute {
        tokens: vec![token(0), token(1)],
        amountIn: 1000,
        minProfit: 5,
        deadline: DEADLINE,
        lastBlock: 77,
        funding: 0,
        lenderFactory: 0,
        lenderFee: U24::ZERO,
        lenderToken: Address::ZERO,
        legs: vec![leg(1, 0, 1, 1000), leg(255, 1, 0, ALL)],
    }
}

fn encoded(route: OneRoute) -> Bytes {
    executeCall { route }.abi_encode().into()
}

fn refused(change: impl FnOnce(&mut OneRoute)) {
    let mut route = ordinary();
    change(&mut route);
    assert_ne!(route, ordinary());
    let read = RouteCall::decode(CONTRACT, &encoded(route.clone()));
    assert!(matches!(read, Err(RouteError::Foreign { .. })), "{read:?} of {route:?}");
    assert!(effect_of(CONTRACT, &encoded(route)).is_err(), "policy must see no effect at all");
}

#[test]
fn routes_that_the_daemon_would_not_write_are_refused() {
    let read = RouteCall::decode(CONTRACT, &encoded(ordinary())).unwrap();
    assert_eq!((read.route.legs[0].amount_in, read.route.legs[1].amount_in), (Some(1000), None));
    refused(|route| route.funding = 2);
    refused(|route| route.funding = 255);
    refused(|route| route.lenderFactory = 1);
    refused(|route| route.lenderFee = U24::from(1));
    refused(|route| route.lenderToken = token(0));
    refused(|route| route.tokens.clear());
    refused(|route| route.tokens.truncate(1));
    refused(|route| route.tokens.push(token(2)));
    refused(|route| route.tokens.push(token(1)));
    refused(|route| route.tokens[1] = token(0));
    refused(|route| route.legs[0].tokenOut = 2);
    refused(|route| route.legs[1].tokenIn = 255);
    // The same route with its other tokens in another order.
    refused(|route| {
        route.tokens.insert(1, token(2));
        route.legs[0].tokenOut = 2;
        route.legs[1].tokenIn = 2;
        route.legs.push(OneLeg { tokenIn: 1, tokenOut: 0, ..ordinary().legs.remove(0) });
    });
}

/// Every single bit of an ordinary call, among them all that no field of the contract reads.
#[test]
fn no_bit_is_free() {
    let data = encoded(ordinary());
    let meant = RouteCall::decode(CONTRACT, &data).unwrap();
    let (mut other, mut foreign) = (0_u32, 0_u32);
    for bit in 0..data.len() * 8 {
        let mut changed = data.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        match RouteCall::decode(CONTRACT, &changed.into()) {
            Ok(read) => {
                assert_ne!(read, meant, "bit {bit}");
                other += 1;
            }
            Err(_) => foreign += 1,
        }
    }
    // Two tokens of 160 bits; of the route two numbers of 128, two of 64 and one bit of the funding; of both swaps 8,
    // 24, 23 (the sign has more than one bit), 128 and 128 bits, and the lowest of each place of a token.
    assert_eq!(other, 2 * 160 + (2 * 128 + 2 * 64 + 1) + 2 * (8 + 24 + 23 + 128 + 128) + 2 * 2);
    assert_eq!(usize::try_from(other + foreign).unwrap(), data.len() * 8);
}

#[test]
fn padding_and_moved_parts_are_refused() {
    let data = encoded(ordinary());
    // The struct one word further on, with the word between them unread.
    let mut moved = data.to_vec();
    moved[35] = 64;
    moved.splice(36..36, [0; 32]);
    assert_eq!(executeCall::abi_decode(&moved).unwrap().route, ordinary(), "a contract reads the same");
    assert!(RouteCall::decode(CONTRACT, &moved.into()).is_err());
    // A dirty bit above a number of eight, and above an address.
    for at in [4 + 32 + 5 * 32, 4 + 32 + 11 * 32] {
        let mut dirty = data.to_vec();
        assert_eq!(dirty[at], 0);
        dirty[at] = 1;
        assert!(RouteCall::decode(CONTRACT, &dirty.into()).is_err(), "{at}");
    }
    let other_function = [&[0; 4][..], &data[4..]].concat();
    assert!(RouteCall::decode(CONTRACT, &other_function.into()).is_err());
    assert!(RouteCall::decode(CONTRACT, &Bytes::new()).is_err());
}

#[test]
fn what_does_not_fit_the_contract_is_not_written() {
    let good = RouteCall::decode(CONTRACT, &encoded(ordinary())).unwrap();
    let with = |change: fn(&mut RouteCall)| {
        let mut call = good.clone();
        change(&mut call);
        call.call().map(|Call { data, .. }| data)
    };
    let size = |what| Err(RouteError::Size { what });
    assert_eq!(with(|_| {}), Ok(encoded(ordinary())));
    assert_eq!(with(|call| call.route.legs[0].fee = 1 << 24), size("fee"));
    assert!(with(|call| call.route.legs[0].fee = (1 << 24) - 1).is_ok());
    assert_eq!(with(|call| call.route.legs[1].tick_spacing = 1 << 23), size("tick spacing"));
    assert_eq!(with(|call| call.route.legs[1].tick_spacing = -(1 << 23) - 1), size("tick spacing"));
    assert!(with(|call| call.route.legs[1].tick_spacing = -(1 << 23)).is_ok());
    // It would be read as "all there is".
    assert_eq!(with(|call| call.route.legs[0].amount_in = Some(ALL)), size("amount"));
    // The base and one new token for each leg: 256 have an index, one more has none.
    let many = |call: &mut RouteCall, count: u16| {
        let leg = |number: u16| LegEffect {
            token_out: Address::from_word(B256::from(
                alloy::primitives::U256::from(number) + alloy::primitives::U256::from(9),
            )),
            token_in: call.route.base,
            ..call.route.legs[0]
        };
        call.route.legs = (0..count).map(leg).collect();
    };
    let mut call = good.clone();
    many(&mut call, 255);
    let data = call.call().unwrap().data;
    assert_eq!(RouteCall::decode(CONTRACT, &data), Ok(call.clone()));
    many(&mut call, 256);
    assert_eq!(call.call(), Err(RouteError::Size { what: "tokens" }));
}

#[test]
fn a_token_the_chain_lacks_is_named() {
    let mut config = chain();
    let step = RouteStep {
        chain: ChainName::new("base"),
        contract: CONTRACT,
        block: 1,
        last_block: 2,
        funding: Funding::Inventory,
        loan: amount(0, 5),
        legs: Vec::new(),
        profit: amount(0, 1),
        min_profit: amount(0, 1),
        profit_usd: Usd::ZERO,
        loan_usd: Usd::ZERO,
        cost: Cost::default(),
    };
    assert!(RouteCall::from_step(&step, &config, DEADLINE).is_ok());
    config.tokens.remove("USDC");
    let missing = RouteCall::from_step(&step, &config, DEADLINE).unwrap_err();
    assert_eq!(missing, RouteError::UnknownToken { asset: AssetId::new("USDC") });
    assert!(missing.to_string().contains("nothing was sent"), "{missing}");
}

#[test]
fn the_selector_is_that_of_the_signature() {
    let signature = "execute((address[],uint128,uint128,uint64,uint64,uint8,uint8,uint24,address,\
                     (uint8,uint8,uint8,uint24,int24,uint128,uint128)[]))";
    let good = RouteCall::decode(CONTRACT, &encoded(ordinary())).unwrap();
    assert_eq!(good.call().unwrap().data[..4], keccak256(signature)[..4]);
    assert_eq!(executeCall::SIGNATURE, signature);
}

/// The canonical type of an ABI's parameter, with tuples written out.
fn canonical(parameter: &serde_json::Value) -> String {
    let kind = parameter["type"].as_str().unwrap();
    match kind.strip_prefix("tuple") {
        Some(suffix) => {
            let parts: Vec<String> =
                parameter["components"].as_array().unwrap().iter().map(canonical).collect();
            format!("({}){suffix}", parts.join(","))
        }
        None => kind.to_owned(),
    }
}

fn names(parameter: &serde_json::Value) -> Vec<&str> {
    let parts = parameter["components"].as_array().unwrap().iter();
    parts.map(|part| part["name"].as_str().unwrap()).collect()
}

/// Against the contract's own ABI, where the artifact lies beside the source.
#[test]
fn the_layout_is_that_of_the_contract() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi").join("AtomicRoute.json");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let artifact: serde_json::Value = serde_json::from_str(&text).unwrap();
    let functions = artifact["abi"].as_array().unwrap();
    let function = |name: &str| {
        functions.iter().find(|entry| entry["type"] == "function" && entry["name"] == name).unwrap()
    };
    let execute = &function("execute")["inputs"][0];
    assert_eq!(format!("execute({})", canonical(execute)), executeCall::SIGNATURE);
    assert_eq!(
        names(execute),
        [
            "tokens",
            "amountIn",
            "minProfit",
            "deadline",
            "lastBlock",
            "funding",
            "lenderFactory",
            "lenderFee",
            "lenderToken",
            "legs"
        ]
    );
    let legs = execute["components"].as_array().unwrap().last().unwrap();
    assert_eq!(names(legs), ["factory", "tokenIn", "tokenOut", "fee", "tickSpacing", "amountIn", "minOut"]);
    let answers =
        [("owner", "address"), ("poolManager", "address"), ("factories", "(address,uint8,uint24,bytes32)[]")];
    for (name, answer) in answers {
        assert_eq!(canonical(&function(name)["outputs"][0]), answer, "{name}");
    }
    let profit = &function("execute")["outputs"];
    assert_eq!((profit.as_array().unwrap().len(), canonical(&profit[0]).as_str()), (1, "uint256"));
}
