//! What the demonstration prints, made from the daemon's JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn dollars(value: &Value) -> String {
    value.as_f64().map_or_else(|| "–".to_owned(), |usd| format!("${usd:.4}"))
}

/// One line: every operation's route and state.
pub(super) fn states(operations: &[Value]) -> String {
    let each = operations.iter().map(|shown| {
        let operation = &shown["operation"];
        format!("{}: {}", text(operation, "route"), text(operation, "state"))
    });
    each.collect::<Vec<_>>().join("   ")
}

/// An operation's life: every move with its time, every transaction with its fate.
pub(super) fn timeline(shown: &Value) -> String {
    let operation = &shown["operation"];
    let mut out = format!(
        "\n{}  {}  {}  → {}",
        text(operation, "id"),
        text(operation, "route"),
        text(operation, "amount"),
        text(operation, "state")
    );
    for entry in shown["timeline"].as_array().into_iter().flatten() {
        let reason = text(entry, "reason");
        let _ = write!(
            out,
            "\n    {}  {:<10} {:<8} {reason}",
            text(entry, "at"),
            text(entry, "to"),
            text(entry, "leg")
        );
    }
    for attempt in shown["attempts"].as_array().into_iter().flatten() {
        let _ = write!(
            out,
            "\n    {:<8} on {:<9} nonce {:<3} {}  {}",
            text(attempt, "leg"),
            text(attempt, "chain"),
            attempt["nonce"],
            text(attempt, "hash"),
            text(attempt, "state")
        );
    }
    out
}

/// Quoted and realised cost of each operation.
pub(super) fn costs(operations: &[Value]) -> String {
    let mut out = format!("{:<34} {:>12} {:>12}", "route", "quoted", "realised");
    for shown in operations {
        let operation = &shown["operation"];
        let _ = write!(
            out,
            "\n{:<34} {:>12} {:>12}",
            text(operation, "route"),
            dollars(&operation["quoted_usd"]),
            dollars(&operation["realised_usd"])
        );
    }
    out
}

/// One line per asset.
pub(super) fn conservation(conservation: &Value) -> String {
    let Some(assets) = conservation.as_object() else { return "unknown".to_owned() };
    assets.iter().map(|(asset, units)| format!("{asset:<6} {units}")).collect::<Vec<_>>().join("\n")
}

/// Whether every asset is accounted for to the unit.
pub(super) fn is_conserved(conservation: &Value) -> bool {
    conservation
        .as_object()
        .is_some_and(|assets| !assets.is_empty() && assets.values().all(|units| units.as_i64() == Some(0)))
}

/// Whether a route is of a kind.
type Kind = fn(&str) -> bool;

/// What the demonstration is for and the operations do not show.
pub(super) fn missing(operations: &[Value], decisions: &[Value]) -> Vec<&'static str> {
    let shows = |kind: &Kind| {
        operations.iter().any(|shown| {
            let operation = &shown["operation"];
            text(operation, "state") == "settled" && kind(text(operation, "route"))
        })
    };
    let wanted: [(&str, Kind); 6] = [
        ("a fast CCTP transfer", |route| route.starts_with("cctp-fast ")),
        ("a standard CCTP transfer", |route| route.starts_with("cctp-standard ")),
        ("a transfer to Solana", |route| route.ends_with("→solana")),
        ("a transfer from Solana", |route| route.contains(" solana→")),
        ("a swap at Jupiter", |route| route.starts_with("jupiter ")),
        ("a swap at Uniswap", |route| route.starts_with("uniswap-")),
    ];
    let mut missing: Vec<_> =
        wanted.into_iter().filter(|(_, kind)| !shows(kind)).map(|(what, _)| what).collect();
    let swaps = swaps(operations);
    if !swaps.iter().any(|swap| swap.venue == "1inch" && !swaps.iter().any(|other| shares(swap, other))) {
        missing.push("a swap at 1inch alone");
    }
    if !decisions.iter().any(|decision| is_split(&decision["decision"], &swaps)) {
        missing.push("a swap that is split over two venues because that is cheaper than either alone");
    }
    missing
}

/// A settled swap.
struct Swap<'a> {
    plan: &'a str,
    venue: &'a str,
    place: &'a str,
}

fn swaps(operations: &[Value]) -> Vec<Swap<'_>> {
    let settled = operations
        .iter()
        .map(|shown| &shown["operation"])
        .filter(|operation| text(operation, "kind") == "swap" && text(operation, "state") == "settled");
    let swap = |operation| {
        let (venue, place) = text(operation, "route").split_once(' ')?;
        Some(Swap { plan: text(operation, "plan"), venue, place })
    };
    settled.filter_map(swap).collect()
}

/// Whether two venues share what one plan swaps in one place.
fn shares(one: &Swap<'_>, other: &Swap<'_>) -> bool {
    (one.plan, one.place) == (other.plan, other.place) && one.venue != other.venue
}

/// Whether a decision had a swap split that has settled, and its record says what each of the two venues
/// quoted and how much more each alone would have cost.
fn is_split(decision: &Value, swaps: &[Swap<'_>]) -> bool {
    let list = |key: &str| decision[key].as_array().map_or(&[][..], Vec::as_slice);
    let is_recorded = |swap: &Swap<'_>| {
        let of_swap =
            |entry: &Value| text(entry, "route").starts_with(&format!("{} {} ", swap.venue, swap.place));
        let taken = list("quotes").iter().any(|quote| of_swap(quote) && text(quote, "verdict") == "taken");
        let alone = list("alternatives").iter().any(|alternative| {
            let reason = text(alternative, "reason");
            of_swap(alternative)
                && reason.starts_with("alone for ")
                && reason.ends_with(" more than the split")
        });
        taken && alone
    };
    let of_plan = |swap: &&Swap<'_>| swap.plan == text(&decision["outcome"], "plan") && is_recorded(swap);
    swaps.iter().filter(of_plan).any(|one| swaps.iter().filter(of_plan).any(|other| shares(one, other)))
}

/// The object for programs.
pub(super) fn summary(
    reached: bool,
    conservation: &Value,
    operations: &[Value],
    decisions: &[Value],
) -> Value {
    let operations: Vec<Value> = operations
        .iter()
        .map(|shown| {
            let operation = &shown["operation"];
            json!({
                "id": operation["id"],
                "plan": operation["plan"],
                "kind": operation["kind"],
                "route": operation["route"],
                "amount": operation["amount"],
                "state": operation["state"],
                "quoted_usd": operation["quoted_usd"],
                "realised_usd": operation["realised_usd"],
            })
        })
        .collect();
    let decisions: Vec<Value> = decisions
        .iter()
        .map(|shown| {
            let decision = &shown["decision"];
            let list = |key: &str| decision[key].as_array().cloned().unwrap_or_default();
            json!({
                "number": shown["number"],
                "plan": decision["outcome"]["plan"],
                "quotes": list("quotes"),
                "alternatives": list("alternatives"),
            })
        })
        .collect();
    json!({
        "targets_reached": reached,
        "conservation": conservation,
        "operations": operations,
        "decisions": decisions,
    })
}
