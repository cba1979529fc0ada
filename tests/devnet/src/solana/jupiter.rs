//! What the Jupiter server can be told to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::misbehave::Fault;

/// Settings of the Jupiter server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JupiterSettings {
    /// Fault of every endpoint.
    pub fault: Fault,
    /// Fault of single endpoints, by path: `/swap/v2/order`, `/swap/v2/execute`, `/swap/v2/build`.
    pub path_faults: BTreeMap<String, Fault>,
    /// Seconds of the window that requests are counted in.
    pub window_s: u64,
    /// Requests per window without a key.
    pub keyless: u32,
    /// Requests per window by key. Other keys are answered with 401.
    pub keys: BTreeMap<String, u32>,
    /// Requests of `/execute` per window, keyed or not.
    pub executes: u32,
    /// What is wrong with orders and builds.
    pub tamper: Option<Tamper>,
    /// Orders need the signature of a market maker as well, who signs when they are executed.
    pub cosigned: bool,
    /// What becomes of executions.
    pub execution: Execution,
    /// The honest price of a compute unit, in millionths of a lamport.
    pub compute_price: u64,
    /// By how much a quote, which is an order without a taker, is above what the pools pay, in millionths.
    pub quote_off_ppm: u32,
}

/// What is wrong with an order or a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tamper {
    /// `transaction` is null although there is a taker. Orders only.
    NullTransaction,
    /// `transaction` is empty, with an error code. Orders only.
    EmptyTransaction,
    /// An instruction of a program that has no business there.
    ForeignProgram,
    /// The taker's input account is handed to a stranger.
    SetAuthority,
    /// A stranger may spend what the taker holds of the input.
    Approve,
    /// The output goes to a stranger's token account.
    OtherRecipient,
    /// The swap lets a stranger spend the input, which only shows when it is run.
    HiddenApproval,
    /// It uses a lookup table that does not exist.
    MissingTable,
    /// A compute unit costs this many millionths of a lamport.
    SpikedPrice(u64),
    /// The quote promises so many basis points more than the transaction asks
    /// of the pool.
    WorseOutput(u16),
}

/// What becomes of `/execute`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Execution {
    /// The transaction is sent, and the answer is true.
    #[default]
    Honest,
    /// The transaction is not sent; the answer is `Failed` with this code.
    Failed(i32),
    /// The transaction is not sent; the answer is `Success`.
    Invented,
    /// The transaction lands; the answer is `Failed` with this code.
    LandedButFailed(i32),
}

impl Default for JupiterSettings {
    fn default() -> Self {
        Self {
            fault: Fault::Healthy,
            path_faults: BTreeMap::new(),
            window_s: 60,
            keyless: 30,
            keys: BTreeMap::from([("local-key".to_owned(), 600)]),
            executes: 1_200,
            tamper: None,
            cosigned: false,
            execution: Execution::Honest,
            compute_price: 1_000,
            quote_off_ppm: 0,
        }
    }
}
