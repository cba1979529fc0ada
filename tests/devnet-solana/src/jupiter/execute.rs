//! `POST /execute`.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use solana_transaction::versioned::VersionedTransaction;

use super::Jupiter;
use super::order::Placed;
use super::settings::Execution;
use crate::client::{from_base64, sign};
use crate::error::Error;
use crate::steer::Steer;

const MISSING_ORDER: i32 = -1;
const INVALID_TRANSACTION: i32 = -2;
const INVALID_MESSAGE: i32 = -3;
const NOT_LANDED: i32 = -1_000;
const NOT_FULLY_SIGNED: i32 = -1_003;

/// The body of the request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Body {
    signed_transaction: String,
    request_id: String,
    #[serde(rename = "lastValidBlockHeight")]
    _last_valid_block_height: Option<String>,
}

/// An HTTP status and the body.
type Answer = (StatusCode, Value);

fn refusal(code: i32, words: &str) -> Answer {
    (StatusCode::BAD_REQUEST, json!({ "error": words, "code": code }))
}

fn failed(code: i32, words: &str, signature: &str) -> Answer {
    let body = json!({ "status": "Failed", "signature": signature, "error": words, "code": code });
    (StatusCode::OK, body)
}

impl Jupiter {
    /// The answer of `POST /execute`.
    pub async fn execute(&self, body: &Body) -> Answer {
        let placed = self.handle.with(|state| state.orders.get(&body.request_id).cloned());
        let Some(placed) = placed else { return refusal(MISSING_ORDER, "missing cached order") };
        let Some(mut transaction) = from_base64(&body.signed_transaction) else {
            return refusal(INVALID_TRANSACTION, "invalid signed transaction");
        };
        if transaction.message != placed.message {
            return refusal(INVALID_MESSAGE, "invalid message bytes");
        }
        // Where the market maker is no signer nothing changes.
        let _ = sign(&mut transaction, &self.maker);
        if transaction.sanitize().is_err() || !transaction.verify_with_results().iter().all(|valid| *valid) {
            return refusal(NOT_FULLY_SIGNED, "not fully signed");
        }
        let signature = transaction.signatures[0].to_string();
        match self.handle.settings().execution {
            Execution::Failed(code) => return failed(code, "transaction failed to land", &signature),
            Execution::Invented => return self.success(&placed, &signature, placed.quote.paid, 0),
            Execution::Honest | Execution::LandedButFailed(_) => {}
        }
        let landed = self.land(&placed, &transaction).await;
        match (landed, self.handle.settings().execution) {
            (Ok(_), Execution::LandedButFailed(code)) => {
                failed(code, "transaction failed to land", &signature)
            }
            (Ok((paid, slot)), _) => self.success(&placed, &signature, paid, slot),
            (Err(error), _) => failed(NOT_LANDED, &error.to_string(), &signature),
        }
    }

    /// Sends the transaction; answers what the destination gained, and the slot.
    async fn land(&self, placed: &Placed, transaction: &VersionedTransaction) -> Result<(u64, u64), Error> {
        let signature = self.client.send(transaction, false).await?;
        self.client.confirm(&signature).await?;
        let recorded = self.client.transaction(&signature).await?;
        let keys = recorded["transaction"]["message"]["accountKeys"].as_array().cloned().unwrap_or_default();
        let destination = placed.destination.to_string();
        let index = keys.iter().position(|key| *key == *destination);
        let amount = |list: &str| {
            let entries = recorded["meta"][list].as_array().cloned().unwrap_or_default();
            let entry = entries.into_iter().find(|entry| {
                entry["accountIndex"].as_u64().map(|at| at as usize) == index && index.is_some()
            });
            entry
                .and_then(|entry| entry["uiTokenAmount"]["amount"].as_str()?.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let paid = amount("postTokenBalances").saturating_sub(amount("preTokenBalances"));
        Ok((paid, recorded["slot"].as_u64().unwrap_or(0)))
    }

    fn success(&self, placed: &Placed, signature: &str, paid: u64, slot: u64) -> Answer {
        let wish = &placed.quote.wish;
        let (amount, paid) = (wish.amount.to_string(), paid.to_string());
        let body = json!({
            "status": "Success",
            "signature": signature,
            "slot": slot.to_string(),
            "code": 0,
            "totalInputAmount": amount,
            "totalOutputAmount": paid,
            "inputAmountResult": amount,
            "outputAmountResult": paid,
            "swapEvents": [{
                "inputMint": wish.input.to_string(),
                "inputAmount": amount,
                "outputMint": wish.output.to_string(),
                "outputAmount": paid,
            }],
        });
        (StatusCode::OK, body)
    }
}
