//! The model of the Python systems beside ours: CVXPY in a process of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use purser::solve::arbitrage::Instance;
use serde_json::{Value, json};

/// Most pools it is given: beyond that it takes minutes.
const POOLS: usize = 1_000;

/// Solves the instance with `python` and prints what that took. Silent about instances that are too large.
pub fn print(python: &Path, name: &str, instance: &Instance, objective: f64) {
    if instance.pools.len() > POOLS {
        return;
    }
    let rows: Vec<Value> = instance
        .pools
        .iter()
        .map(|pool| {
            let most = pool.available.map(|most| if most.is_finite() { json!(most) } else { Value::Null });
            json!({
                "tokens": pool.tokens,
                "reserves": pool.reserves,
                "available": most,
                "keeps": pool.keeps,
                "weight": pool.weight,
            })
        })
        .collect();
    let text = json!({ "values": instance.values, "pools": rows }).to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/baseline/cvxpy_model.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", python.display()));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let number = |member: &str| answer[member].as_f64();
    match (number("milliseconds"), number("objective")) {
        (Some(time), Some(found)) => eprintln!(
            "  {name}: CVXPY {time:.0} ms, {} after {}, value {:.1e} from ours",
            answer["status"],
            answer["solver"],
            (found - objective) / objective
        ),
        _ => eprintln!("  {name}: CVXPY found nothing: {answer}"),
    }
}
