//! `GET /order` and `GET /build`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use solana_instruction::{AccountMeta, Instruction};
use solana_message::VersionedMessage;
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use super::Jupiter;
use super::plan::{People, Plan, plan};
use super::quote::{DEFAULT_SLIPPAGE_BPS, Quote, Wish, quote};
use super::settings::Tamper;
use crate::client::{compute_limit, message, to_base64};
use crate::pool::pooled_mint;
use crate::steer::Steer;

/// Compute units that an order's transaction may take.
const UNITS: u32 = 200_000;
/// Lamports of a signature.
const SIGNATURE_LAMPORTS: u64 = 5_000;

/// What the server remembers of an order.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What the taker must sign, byte for byte.
    pub message: VersionedMessage,
    /// What is swapped.
    pub quote: Quote,
    /// Where the output goes.
    pub destination: Pubkey,
}

/// The query of an order or a build. Members that change nothing here are
/// accepted and ignored, as the API does it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    input_mint: String,
    output_mint: String,
    amount: String,
    taker: Option<String>,
    receiver: Option<String>,
    payer: Option<String>,
    swap_mode: Option<String>,
    slippage_bps: Option<String>,
    dexes: Option<String>,
    exclude_dexes: Option<String>,
    exclude_routers: Option<String>,
    priority_fee_lamports: Option<u64>,
    destination_token_account: Option<String>,
}

/// Why a request is answered with 400.
pub type Reason = String;

fn address(name: &str, text: &str) -> Result<Pubkey, Reason> {
    text.parse().map_err(|_| format!("Invalid {name}"))
}

fn list(text: Option<&String>) -> Vec<String> {
    text.map(|text| text.split(',').map(|label| label.trim().to_owned()).collect()).unwrap_or_default()
}

impl Query {
    fn wish(&self) -> Result<Wish, Reason> {
        if self.swap_mode.as_deref().is_some_and(|mode| mode != "ExactIn") {
            return Err("Only ExactIn is supported".into());
        }
        let amount = self.amount.parse().ok().filter(|amount| *amount > 0).ok_or("Invalid amount")?;
        let slippage_bps = match self.slippage_bps.as_deref() {
            None | Some("rtse") => DEFAULT_SLIPPAGE_BPS,
            Some(text) => text.parse().ok().filter(|bps| *bps <= 10_000).ok_or("Invalid slippageBps")?,
        };
        let (only, except) = (list(self.dexes.as_ref()), list(self.exclude_dexes.as_ref()));
        if !only.is_empty() && !except.is_empty() {
            return Err("dexes and excludeDexes are mutually exclusive".into());
        }
        Ok(Wish {
            input: address("inputMint", &self.input_mint)?,
            output: address("outputMint", &self.output_mint)?,
            amount,
            slippage_bps,
            only,
            except,
        })
    }

    fn people(&self) -> Result<Option<People>, Reason> {
        let optional =
            |name, text: &Option<String>| text.as_deref().map(|text| address(name, text)).transpose();
        let Some(taker) = optional("taker", &self.taker)? else { return Ok(None) };
        let receiver = optional("receiver", &self.receiver)?;
        if receiver == Some(taker) {
            return Err("receiver must differ from taker".into());
        }
        let payer = optional("payer", &self.payer)?.unwrap_or(taker);
        let account = optional("destinationTokenAccount", &self.destination_token_account)?;
        Ok(Some(People { taker, payer, receiver, account }))
    }
}

fn unanswered(error: impl ToString) -> Reason {
    format!("Failed to get quotes: {}", error.to_string())
}

impl Jupiter {
    async fn quoted(&self, query: &Query) -> Result<Quote, Reason> {
        let wish = query.wish()?;
        if list(query.exclude_routers.as_ref()).iter().any(|router| router == "metis") {
            return Err("No routes found".into());
        }
        for mint in [&wish.input, &wish.output] {
            if pooled_mint(mint).is_none() {
                return Err(format!("The token {mint} is not tradable"));
            }
        }
        let quote = quote(&self.client, &wish).await.map_err(unanswered)?;
        quote.ok_or_else(|| "No routes found".into())
    }

    /// The answer of `GET /order`.
    ///
    /// # Errors
    /// Why it is answered with 400.
    pub async fn order(&self, query: &Query) -> Result<Value, Reason> {
        let (people, quote) = (query.people()?, self.quoted(query).await?);
        let settings = self.handle.settings();
        let above = u128::from(quote.paid) * u128::from(settings.quote_off_ppm) / 1_000_000;
        let mut reply = quote.json(quote.paid.saturating_add(above as u64));
        let request = self.next_id();
        extend(
            &mut reply,
            json!({
                "mode": if query.priority_fee_lamports.is_some() { "manual" } else { "ultra" },
                "feeMint": quote.wish.output.to_string(),
                "feeBps": 0,
                "platformFee": { "amount": "0", "feeBps": 0, "feeMint": quote.wish.output.to_string() },
                "swapType": "aggregator",
                "router": "metis",
                "gasless": false,
                "requestId": request,
                "totalTime": 1,
                "taker": query.taker,
                "transaction": null,
                "lastValidBlockHeight": null,
                "signatureFeeLamports": 0, "signatureFeePayer": null,
                "prioritizationFeeLamports": 0, "prioritizationFeePayer": null,
                "rentFeeLamports": 0, "rentFeePayer": null,
            }),
        );
        let Some(people) = people else { return Ok(reply) };
        let price = match query.priority_fee_lamports {
            Some(lamports) => lamports.saturating_mul(1_000_000) / u64::from(UNITS),
            None => settings.compute_price,
        };
        let mut plan = plan(&quote, &people, price, settings.tamper).ok_or("No routes found")?;
        if settings.cosigned {
            plan.swap.accounts.push(AccountMeta::new_readonly(self.maker.pubkey(), true));
        }
        extend(&mut reply, quote.json(plan.promised));
        let payer = people.payer.to_string();
        let price = u64::from_le_bytes(std::array::from_fn(|index| plan.price.data[index + 1]));
        let priority = u128::from(price) * u128::from(UNITS) / 1_000_000;
        extend(
            &mut reply,
            json!({
                "signatureFeeLamports": SIGNATURE_LAMPORTS, "signatureFeePayer": payer,
                "prioritizationFeeLamports": priority as u64, "prioritizationFeePayer": payer,
                "rentFeePayer": payer,
            }),
        );
        if settings.tamper == Some(Tamper::NullTransaction) {
            return Ok(reply);
        }
        if let Some((code, words)) = self.obstacle(&quote, &people, settings.tamper).await? {
            extend(
                &mut reply,
                json!({
                    "transaction": "", "errorCode": code, "errorMessage": words, "error": words,
                }),
            );
            return Ok(reply);
        }
        let (transaction, height) = self.assemble(&people, &plan).await?;
        extend(
            &mut reply,
            json!({
                "transaction": to_base64(&transaction), "lastValidBlockHeight": height.to_string(),
            }),
        );
        let destination = plan.swap.accounts[4].pubkey;
        let own = plan.swap.accounts[3].pubkey;
        let destination = if destination == plan.swap.program_id { own } else { destination };
        let placed = Placed { message: transaction.message, quote, destination };
        self.handle.with(|state| state.orders.insert(request, placed));
        Ok(reply)
    }

    /// Why no transaction can be built, with the API's code.
    async fn obstacle(
        &self,
        quote: &Quote,
        people: &People,
        tamper: Option<Tamper>,
    ) -> Result<Option<(u32, &'static str)>, Reason> {
        let source = pooled_mint(&quote.wish.input).map(|mint| mint.ata(&people.taker));
        let held = match source {
            Some(source) => self.client.tokens(&source).await.map_err(unanswered)?,
            None => None,
        };
        let short = held.unwrap_or(0) < quote.wish.amount;
        if short || tamper == Some(Tamper::EmptyTransaction) {
            return Ok(Some((1, "Insufficient funds")));
        }
        let params = json!([people.payer.to_string(), { "commitment": "processed" }]);
        let lamports = self.client.rpc().call("getBalance", params).await.map_err(unanswered)?;
        let poor = lamports["value"].as_u64().unwrap_or(0) < SIGNATURE_LAMPORTS;
        Ok(poor.then_some((2, "Insufficient SOL for gas")))
    }

    async fn assemble(&self, people: &People, plan: &Plan) -> Result<(VersionedTransaction, u64), Reason> {
        let (blockhash, height) = self.client.blockhash().await.map_err(unanswered)?;
        let mut all = vec![compute_limit(UNITS), plan.price.clone()];
        all.extend(plan.setup.iter().cloned());
        all.push(plan.swap.clone());
        all.extend(plan.other.iter().cloned());
        let message =
            message(&people.payer, &all, std::slice::from_ref(&plan.table), blockhash).map_err(unanswered)?;
        let wanted = message.header().num_required_signatures.into();
        let signatures = vec![Signature::default(); wanted];
        Ok((VersionedTransaction { signatures, message }, height))
    }

    /// The answer of `GET /build`.
    ///
    /// # Errors
    /// Why it is answered with 400.
    pub async fn build(&self, query: &Query) -> Result<Value, Reason> {
        let people = query.people()?.ok_or("taker is required")?;
        let quote = self.quoted(query).await?;
        let settings = self.handle.settings();
        let plan = plan(&quote, &people, settings.compute_price, settings.tamper).ok_or("No routes found")?;
        let addresses: Vec<String> = plan.table.addresses.iter().map(Pubkey::to_string).collect();
        let (blockhash, height) = self.client.blockhash().await.map_err(unanswered)?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut reply = quote.json(plan.promised);
        if let Value::Object(members) = &mut reply {
            members.retain(|name, _| !name.ends_with("UsdValue") && name != "priceImpact");
        }
        extend(
            &mut reply,
            json!({
                "computeBudgetInstructions": [instruction(&plan.price)],
                "setupInstructions": plan.setup.iter().map(instruction).collect::<Vec<_>>(),
                "swapInstruction": instruction(&plan.swap),
                "cleanupInstruction": null,
                "otherInstructions": plan.other.iter().map(instruction).collect::<Vec<_>>(),
                "tipInstruction": null,
                "addressesByLookupTableAddress": { plan.table.key.to_string(): addresses },
                "blockhashWithMetadata": {
                    "blockhash": blockhash.to_bytes().to_vec(),
                    "lastValidBlockHeight": height,
                    "fetchedAt": {
                        "secs_since_epoch": now.as_secs(), "nanos_since_epoch": now.subsec_nanos(),
                    },
                },
            }),
        );
        Ok(reply)
    }
}

fn extend(reply: &mut Value, more: Value) {
    if let (Value::Object(members), Value::Object(more)) = (reply, more) {
        members.extend(more);
    }
}

fn instruction(instruction: &Instruction) -> Value {
    let accounts = instruction.accounts.iter().map(|meta| {
        json!({
            "pubkey": meta.pubkey.to_string(),
            "isSigner": meta.is_signer,
            "isWritable": meta.is_writable,
        })
    });
    json!({
        "programId": instruction.program_id.to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "data": STANDARD.encode(&instruction.data),
    })
}
