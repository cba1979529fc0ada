//! Jupiter: settings, the client, replies, what of them may be signed, what a simulation must show.

mod client;
mod judging;
mod mutations;
mod replies;
mod routes;
mod settings;
mod signing;
mod simulated;

use purser::chains::solana::associated::{associated_account, create_associated_account};
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::keys::Wallet;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::transaction::Draft;
use purser::chains::solana::{AccountMeta, Address, Blockhash, Hash, Instruction};
use purser::config::jupiter::AGGREGATOR;
use purser::config::solana::TOKEN_PROGRAM;
use purser::venues::jupiter::{Accepted, Exchange, Form, Intent, Refusal, Terms};
use sha2::{Digest, Sha256};

const USDC: Address = Address::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
const USDT: Address = Address::from_str_const("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB");
const STRANGER: Address = Address::from_str_const("Stranger11111111111111111111111111111111111");
const SOLD: u64 = 1_000_000_000;
const QUOTED: u64 = 999_880_004;
const LEAST: u64 = 998_800_000;
const FORMS: [Form; 4] = [Form::Route, Form::SharedAccountsRoute, Form::RouteV2, Form::SharedAccountsRouteV2];

/// The wallet of the recorded replies.
fn wallet() -> Wallet {
    let bytes = solana_keypair::Keypair::new_from_array(*b"purse of the local Solana chain.").to_bytes();
    Wallet::parse(&serde_json::to_string(&bytes.to_vec()).unwrap()).unwrap()
}

const fn owner() -> Address {
    Address::from_str_const("8b6GbSuHLfM3oHdBUuw5BQ9h3Fivi2FnCn7fT5PdCQQk")
}

fn account(owner: &Address, mint: &Address) -> Address {
    associated_account(owner, mint, &TOKEN_PROGRAM)
}

fn exchange() -> Exchange {
    intent().exchange()
}

fn intent() -> Intent {
    Intent {
        wallet: owner(),
        mint_in: USDC,
        token_program_in: TOKEN_PROGRAM,
        mint_out: USDT,
        token_program_out: TOKEN_PROGRAM,
        amount_in: SOLD,
        min_out: LEAST,
        program: AGGREGATOR,
    }
}

const TERMS: Terms = Terms { cosigners: false, max_priority_lamports: 100_000 };

/// A reply as it was recorded.
fn recorded(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/jupiter_replies/");
    std::fs::read(format!("{path}{name}")).unwrap().split_off(1)
}

/// A route, written out byte by byte in the order of the program's IDL: the decoder must not be its own judge.
#[derive(Clone)]
struct Swap {
    form: Form,
    authority: Address,
    source: Address,
    destination: Address,
    other: Option<Address>,
    mint_in: Address,
    mint_out: Address,
    token_programs: [Address; 2],
    amount_in: u64,
    quoted_out: u64,
    slippage_bps: u16,
    platform_fee_bps: u16,
    positive_slippage_bps: u16,
    steps: u32,
    plan: Vec<u8>,
    tail: Vec<u8>,
}

impl Swap {
    fn of(form: Form) -> Self {
        let older = matches!(form, Form::Route | Form::SharedAccountsRoute);
        Self {
            form,
            authority: owner(),
            source: account(&owner(), &USDC),
            destination: account(&owner(), &USDT),
            other: None,
            mint_in: USDC,
            mint_out: USDT,
            token_programs: [TOKEN_PROGRAM; 2],
            amount_in: SOLD,
            quoted_out: QUOTED,
            slippage_bps: 10,
            platform_fee_bps: 0,
            positive_slippage_bps: 0,
            steps: 1,
            // Whirlpool with its direction, all of it, from the first token to the second.
            plan: if older { vec![17, 1, 100, 0, 1] } else { vec![17, 1, 0x10, 0x27, 0, 1] },
            tail: Vec::new(),
        }
    }

    fn name(&self) -> &'static str {
        match self.form {
            Form::Route => "route",
            Form::SharedAccountsRoute => "shared_accounts_route",
            Form::RouteV2 => "route_v2",
            Form::SharedAccountsRouteV2 => "shared_accounts_route_v2",
        }
    }

    fn data(&self) -> Vec<u8> {
        let mut data = discriminator(self.name()).to_vec();
        if matches!(self.form, Form::SharedAccountsRoute | Form::SharedAccountsRouteV2) {
            data.push(3);
        }
        let plan = [self.steps.to_le_bytes().as_slice(), &self.plan].concat();
        let amounts = [self.amount_in.to_le_bytes(), self.quoted_out.to_le_bytes()].concat();
        match self.form {
            Form::Route | Form::SharedAccountsRoute => {
                data.extend(plan);
                data.extend(amounts);
                data.extend(self.slippage_bps.to_le_bytes());
                data.push(u8::try_from(self.platform_fee_bps).unwrap());
            }
            Form::RouteV2 | Form::SharedAccountsRouteV2 => {
                data.extend(amounts);
                for bps in [self.slippage_bps, self.platform_fee_bps, self.positive_slippage_bps] {
                    data.extend(bps.to_le_bytes());
                }
                data.extend(plan);
            }
        }
        data.extend(&self.tail);
        data
    }

    fn instruction(&self) -> Instruction {
        let read = |key: Address| AccountMeta::new_readonly(key, false);
        let write = |key: Address| AccountMeta::new(key, false);
        let signs = AccountMeta::new_readonly(self.authority, true);
        let pool = |seed: u8| Address::from([seed; 32]);
        let (source, destination) = (write(self.source), write(self.destination));
        let (sold, bought) = (read(self.mint_in), read(self.mint_out));
        let [program_in, program_out] = self.token_programs.map(read);
        let (events, program) = (read(pool(0xe0)), read(AGGREGATOR));
        let other = self.other.map_or(program.clone(), write);
        let fixed = match self.form {
            Form::Route => vec![
                read(TOKEN_PROGRAM),
                signs,
                source,
                destination,
                other,
                bought,
                program.clone(),
                events,
                program,
            ],
            Form::SharedAccountsRoute => vec![
                read(TOKEN_PROGRAM),
                read(pool(0xa0)),
                signs,
                source,
                write(pool(0xa1)),
                write(pool(0xa2)),
                destination,
                sold,
                bought,
                program.clone(),
                program.clone(),
                events,
                program,
            ],
            Form::RouteV2 => vec![
                signs,
                source,
                destination,
                sold,
                bought,
                program_in,
                program_out,
                other,
                events,
                program,
            ],
            Form::SharedAccountsRouteV2 => vec![
                read(pool(0xa0)),
                signs,
                source,
                write(pool(0xa1)),
                write(pool(0xa2)),
                destination,
                sold,
                bought,
                program_in,
                program_out,
                events,
                program,
            ],
        };
        let accounts = [fixed, vec![read(pool(0xb0)), write(pool(0xb1)), write(pool(0xb2))]].concat();
        Instruction { program_id: AGGREGATOR, accounts, data: self.data() }
    }

    /// The same with one thing changed.
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// `sha256("global:" ‖ name)[..8]`.
fn discriminator(name: &str) -> [u8; 8] {
    Sha256::digest(format!("global:{name}"))[..8].try_into().unwrap()
}

fn creation() -> Instruction {
    create_associated_account(&owner(), &owner(), &USDT, &TOKEN_PROGRAM)
}

const BUDGET: ComputeBudget = ComputeBudget { limit: 200_000, price: 1_000 };

/// The bytes of a transaction of `instructions`, compute budget in front, paid by `payer`.
fn transaction(payer: Address, instructions: Vec<Instruction>, budget: ComputeBudget) -> Vec<u8> {
    let blockhash = Blockhash { hash: Hash::new_from_array([7; 32]), slot: 10, last_valid_block_height: 160 };
    let draft = Draft { payer, instructions, tables: Vec::new() };
    draft.compile(budget, &blockhash).unwrap().bytes().unwrap()
}

fn resolved(payer: Address, instructions: Vec<Instruction>) -> Resolved {
    Resolved::decode(&transaction(payer, instructions, BUDGET), &[]).unwrap()
}

fn judge(instructions: Vec<Instruction>) -> Result<Accepted, Refusal> {
    intent().judge(&resolved(owner(), instructions), &TERMS)
}
