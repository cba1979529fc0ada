//! Constant-product pools, and the aggregator that routes to them.

pub mod aggregator;
pub mod math;
pub mod program;

use borsh::{BorshDeserialize, BorshSerialize};
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;

use crate::cctp::genesis::{account, lookup_table};
use crate::genesis::{Genesis, USDC_MINT, USDT_MINT, WHOLE};
use crate::ids::{POOL_PROGRAM, named};
use crate::program::State;
use crate::token::Mint;

/// What a pool keeps. Its vaults belong to the pool's own address.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pool {
    /// One token.
    pub mint_a: Pubkey,
    /// The other token.
    pub mint_b: Pubkey,
    /// Where the pool keeps the one.
    pub vault_a: Pubkey,
    /// Where it keeps the other.
    pub vault_b: Pubkey,
    /// What it keeps of every input.
    pub fee_bps: u16,
    /// The name that its address is made of.
    pub name: String,
}

impl State for Pool {
    const NAME: &'static str = "Pool";
    const PROGRAM: Pubkey = POOL_PROGRAM;
}

impl Pool {
    /// The vaults for input and output of a swap that takes `mint`.
    pub fn vaults(&self, mint: &Pubkey) -> Option<(Pubkey, Pubkey)> {
        match mint {
            mint if *mint == self.mint_a => Some((self.vault_a, self.vault_b)),
            mint if *mint == self.mint_b => Some((self.vault_b, self.vault_a)),
            _ => None,
        }
    }
}

/// A pool of the network.
#[derive(Debug, Clone, Copy)]
pub struct PoolSpec {
    /// Its name, which is also its label in routes.
    pub name: &'static str,
    /// What it keeps of every input.
    pub fee_bps: u16,
    /// Minor units of each of its tokens at the start.
    pub depth: u64,
}

/// The pools of USDC and USDT.
pub const POOLS: [PoolSpec; 2] = [
    PoolSpec { name: "Deep", fee_bps: 1, depth: 50_000_000 * WHOLE },
    PoolSpec { name: "Shallow", fee_bps: 5, depth: 200_000 * WHOLE },
];

fn find(seeds: &[&[u8]]) -> (Pubkey, u8) {
    Pubkey::find_program_address(seeds, &POOL_PROGRAM)
}

/// The address of a pool, and its bump.
pub fn pool_address(name: &str) -> (Pubkey, u8) {
    find(&[b"pool", name.as_bytes()])
}

fn vault_address(pool: &Pubkey, mint: &Pubkey) -> Pubkey {
    find(&[b"vault", pool.as_ref(), mint.as_ref()]).0
}

impl PoolSpec {
    /// The pool's address and state.
    pub fn pool(&self) -> (Pubkey, Pool) {
        let (address, _) = pool_address(self.name);
        let pool = Pool {
            mint_a: USDC_MINT.address,
            mint_b: USDT_MINT.address,
            vault_a: vault_address(&address, &USDC_MINT.address),
            vault_b: vault_address(&address, &USDT_MINT.address),
            fee_bps: self.fee_bps,
            name: self.name.to_owned(),
        };
        (address, pool)
    }
}

/// The mint of this address, if a pool can hold it.
pub fn pooled_mint(address: &Pubkey) -> Option<Mint> {
    [USDC_MINT, USDT_MINT].into_iter().find(|mint| mint.address == *address)
}

/// The lookup table of the pools, which every route names: its address, and what it holds.
pub fn table() -> AddressLookupTableAccount {
    let pools = POOLS.iter().flat_map(|spec| {
        let (address, pool) = spec.pool();
        [address, pool.vault_a, pool.vault_b]
    });
    let addresses = pools.chain([POOL_PROGRAM, USDC_MINT.address, USDT_MINT.address]).collect();
    AddressLookupTableAccount { key: named("lookup table of the pools"), addresses }
}

/// Adds the pools.
pub fn add(genesis: &mut Genesis) {
    let table = table();
    genesis.account(table.key, lookup_table(table.addresses));
    for spec in POOLS {
        let (address, pool) = spec.pool();
        genesis.account(address, account(&pool));
        genesis.hold(USDC_MINT, pool.vault_a, &address, spec.depth);
        genesis.hold(USDT_MINT, pool.vault_b, &address, spec.depth);
    }
}
