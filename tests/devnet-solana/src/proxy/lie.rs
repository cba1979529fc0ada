//! What a proxy tells in place of the node's answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::{Rpc, RpcError};
use serde_json::{Value, json};

use super::settings::{ProxySettings, Statuses};

/// Code of a `minContextSlot` that is not reached.
const SLOT_NOT_REACHED: i64 = -32_016;

/// The sysvar with the recent blockhashes.
const RECENT_BLOCKHASHES: &str = "SysvarRecentB1ockHashes11111111111111111111";

/// Shifts the number at `path`, if there is one.
fn shift_at(value: &mut Value, path: &str, shift: i64) {
    if let Some(value) = value.pointer_mut(path)
        && let Some(number) = value.as_u64()
    {
        *value = json!(number.saturating_add_signed(shift));
    }
}

/// The slot that a read must have reached, if it names one.
pub fn min_context_slot(params: &Value) -> Option<u64> {
    params.as_array()?.iter().find_map(|param| param["minContextSlot"].as_u64())
}

/// The refusal of a request that asks for a newer slot than the proxy shows.
///
/// # Errors
/// If the node does not tell its slot.
pub async fn too_new(
    node: &Rpc,
    settings: &ProxySettings,
    params: &Value,
) -> Result<Option<Value>, RpcError> {
    let Some(wanted) = min_context_slot(params) else { return Ok(None) };
    let shift = slot_shift(settings);
    let commitment = json!([{ "commitment": "processed" }]);
    let slot = node.call("getSlot", commitment).await?.as_u64().unwrap_or(0).saturating_add_signed(shift);
    Ok((slot < wanted).then(|| {
        json!({
            "code": SLOT_NOT_REACHED,
            "message": "Minimum context slot has not been reached",
            "data": { "contextSlot": slot },
        })
    }))
}

fn slot_shift(settings: &ProxySettings) -> i64 {
    settings.slot_shift.saturating_sub_unsigned(settings.lag)
}

/// `minContextSlot` taken out: the node's own slot says nothing about what the
/// proxy shows.
pub fn without_minimum(mut params: Value) -> Value {
    for param in params.as_array_mut().into_iter().flatten() {
        if let Some(members) = param.as_object_mut() {
            members.remove("minContextSlot");
        }
    }
    params
}

/// Puts invented accounts in place of those that were asked for.
pub fn invent(settings: &ProxySettings, method: &str, params: &Value, honest: &mut Value) {
    let asked = match method {
        "getMultipleAccounts" => params[0].as_array().cloned().unwrap_or_default(),
        _ => return,
    };
    let shown = honest.get_mut("value").and_then(Value::as_array_mut);
    for (address, account) in asked.iter().zip(shown.into_iter().flatten()) {
        if let Some(invented) = address.as_str().and_then(|address| settings.invented.get(address)) {
            account.clone_from(invented);
        }
    }
}

/// `honest` as the settings want it told.
///
/// # Errors
/// If the node does not answer what the lie needs.
pub async fn told(
    node: &Rpc,
    settings: &ProxySettings,
    method: &str,
    mut honest: Value,
) -> Result<Value, RpcError> {
    let slots = slot_shift(settings);
    let heights = settings.height_shift.saturating_sub_unsigned(settings.lag);
    let newest = honest["context"]["slot"].as_u64();
    shift_at(&mut honest, "/context/slot", slots);
    match method {
        "getSlot" => shift_at(&mut honest, "", slots),
        "getBlockHeight" => shift_at(&mut honest, "", heights),
        "getEpochInfo" => {
            shift_at(&mut honest, "/absoluteSlot", slots);
            shift_at(&mut honest, "/slotIndex", slots);
            shift_at(&mut honest, "/blockHeight", heights);
        }
        "getLatestBlockhash" => {
            if settings.lag > 0
                && let Some(shown) = honest.pointer_mut("/value/blockhash")
                && let Some(old) = blockhash(node, settings.lag).await?
            {
                *shown = json!(old);
            }
            let shift = settings.last_valid_shift.saturating_sub_unsigned(settings.lag);
            shift_at(&mut honest, "/value/lastValidBlockHeight", shift);
        }
        "getSignatureStatuses" => {
            let shown = newest.unwrap_or(u64::MAX).saturating_sub(settings.lag);
            let list = honest.get_mut("value").and_then(Value::as_array_mut);
            for status in list.into_iter().flatten() {
                tell_status(status, settings, shown, slots);
            }
        }
        "getTransaction" if settings.lag > 0 => {
            let slot = node.call("getSlot", json!([{ "commitment": "processed" }])).await?;
            let shown = slot.as_u64().unwrap_or(u64::MAX).saturating_sub(settings.lag);
            if honest["slot"].as_u64().is_some_and(|slot| slot > shown) {
                honest = Value::Null;
            }
        }
        _ => {}
    }
    Ok(honest)
}

/// The blockhash of `age` slots ago, from the chain's own list of recent ones:
/// a count of 8 bytes, then hash and fee of 40 bytes each, the newest first.
async fn blockhash(node: &Rpc, age: u64) -> Result<Option<String>, RpcError> {
    let options = json!({ "encoding": "base64", "commitment": "processed" });
    let list = node.call("getAccountInfo", json!([RECENT_BLOCKHASHES, options])).await?;
    let data = list["value"]["data"][0].as_str().and_then(|text| STANDARD.decode(text).ok());
    let listed = data.as_deref().and_then(|data| data.get(8..)).unwrap_or_default();
    // A chain younger than that shows its oldest.
    let entries: Vec<_> = listed.chunks_exact(40).collect();
    let hash = usize::try_from(age).ok().and_then(|age| entries.get(age)).or(entries.last());
    Ok(hash.map(|hash| bs58::encode(&hash[..32]).into_string()))
}

fn tell_status(status: &mut Value, settings: &ProxySettings, shown: u64, shift: i64) {
    match settings.statuses {
        Statuses::Missing => *status = Value::Null,
        Statuses::Invented => {
            let ok = json!({ "Ok": null });
            let slot = shown.saturating_sub(32);
            *status = json!({
                "slot": slot, "confirmations": null, "err": null, "status": ok,
                "confirmationStatus": "finalized",
            });
        }
        Statuses::Honest | Statuses::Failed => {
            if status["slot"].as_u64().is_some_and(|slot| slot > shown) {
                *status = Value::Null;
            }
            if status.is_null() {
                return;
            }
            shift_at(status, "/slot", shift.max(0));
            if settings.statuses == Statuses::Failed {
                let error = json!({ "InstructionError": [0, { "Custom": 1 }] });
                status["err"] = error.clone();
                status["status"] = json!({ "Err": error });
            }
        }
    }
}
