//! JSON-RPC envelopes: strict, by id, and each exactly once.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::chains::rpc::dialect::Dialect;
use crate::chains::rpc::failure::{NodeError, RpcError};
use crate::chains::rpc::text::printable;

/// A call's result, or the node's refusal.
pub type Reply = Result<Value, NodeError>;

/// The replies in `body` to the calls with ids `1..=count`, in that order. `dialect` knows the
/// node's refusals; `redact` takes what is secret out of its texts.
///
/// # Errors
/// [`RpcError`] when the body is not exactly that, when the batch was refused as a whole, or when any
/// reply says that too much is asked.
pub fn replies(
    body: &[u8],
    count: usize,
    dialect: &Dialect,
    redact: impl Fn(&str) -> String,
) -> Result<Vec<Reply>, RpcError> {
    let malformed = |reason: &str| RpcError::Malformed(reason.to_owned());
    let envelopes: OneOrMany = serde_json::from_slice(body).map_err(|_| malformed("it is not JSON-RPC"))?;
    let envelopes = match envelopes {
        OneOrMany::One(envelope) => match (count, envelope.refusal(dialect, &redact)?) {
            (1, _) => vec![envelope],
            // The whole batch was refused.
            (_, Some(error)) => return Err(RpcError::Node(error)),
            (_, None) => return Err(malformed("a batch was answered by one object")),
        },
        OneOrMany::Many(envelopes) => envelopes,
    };
    if envelopes.len() != count {
        return Err(malformed("the number of replies is not the number of calls"));
    }
    let mut replies: Vec<Option<Reply>> = vec![None; count];
    for envelope in envelopes {
        let refusal = envelope.refusal(dialect, &redact)?;
        let index = envelope.id.as_u64().and_then(|id| usize::try_from(id).ok());
        let slot = index
            .and_then(|id| id.checked_sub(1))
            .and_then(|index| replies.get_mut(index))
            .filter(|slot| slot.is_none())
            .ok_or_else(|| malformed("a reply has an id that was not asked, or twice"))?;
        *slot = Some(match (refusal, envelope.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => Ok(result),
            (None, None) => return Err(malformed("a reply has neither result nor error")),
        });
    }
    replies.into_iter().map(|reply| reply.ok_or_else(|| malformed("a reply is missing"))).collect()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Envelope>),
    One(Envelope),
}

#[derive(Deserialize)]
struct Envelope {
    jsonrpc: String,
    #[serde(default)]
    id: Value,
    // `null` is a result (no such receipt); absence is not.
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    #[serde(default)]
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    message: String,
    #[serde(default)]
    data: Option<Value>,
}

impl Envelope {
    /// The error object, if there is one. A rate limit fails the whole exchange.
    fn refusal(
        &self,
        dialect: &Dialect,
        redact: &impl Fn(&str) -> String,
    ) -> Result<Option<NodeError>, RpcError> {
        if self.jsonrpc != "2.0" {
            return Err(RpcError::Malformed("it is not JSON-RPC 2.0".to_owned()));
        }
        let Some(error) = &self.error else { return Ok(None) };
        if (dialect.is_rate_limit)(error.code, &error.message) {
            return Err(RpcError::RateLimited(None));
        }
        Ok(Some(NodeError {
            code: error.code,
            message: printable(&redact(&error.message)),
            data: error.data.as_ref().and_then(dialect.error_data),
        }))
    }
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
