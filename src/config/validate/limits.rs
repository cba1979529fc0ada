//! Rules of limits, of the work's bounds and of the log.

use tracing_subscriber::EnvFilter;

use super::Check;
use crate::config::path::KeyPath;
use crate::config::{Mode, SecretRef, UsdSetting};
use crate::domain::Usd;

/// One, in millionths.
const WHOLE: u32 = 1_000_000;

pub(super) fn check(check: &mut Check<'_>) {
    policy(check);
    execution(check);
    let level = EnvFilter::try_new(&check.config.log.level).is_ok();
    let message = "not a log filter; expected such as `info` or `purser=debug,info`";
    check.refuse_if(!level, &KeyPath::dotted("log.level"), message);
    let password = match &check.config.wallet.password {
        SecretRef::Env(name) => !name.is_empty(),
        SecretRef::File(path) => !path.as_os_str().is_empty(),
    };
    check.refuse_if(!password, &KeyPath::dotted("wallet.password"), "the reference is empty");
    let paths = [("data_dir", &check.config.data_dir), ("wallet.keystore", &check.config.wallet.keystore)];
    for (key, path) in paths {
        check.refuse_if(path.as_os_str().is_empty(), &KeyPath::dotted(key), "the path is empty");
    }
}

fn policy(check: &mut Check<'_>) {
    let policy = &check.config.policy;
    let path = KeyPath::dotted("policy");
    let zero = |limit: UsdSetting| limit.usd() == Usd::ZERO;
    let live = match check.config.mode {
        Mode::Live => true,
        Mode::DryRun => false,
    };
    let limits = [
        ("max_operation_usd", policy.max_operation_usd),
        ("max_day_usd", policy.max_day_usd),
        ("max_gas_day_usd", policy.max_gas_day_usd),
    ];
    for (key, limit) in limits {
        check.refuse_if(live && zero(limit), &path.key(key), "live mode needs a limit above 0");
    }
    for (name, chain) in &check.config.chains {
        let path = KeyPath::dotted("chains").key(name).key("max_gas_usd");
        check.refuse_if(live && zero(chain.max_gas_usd), &path, "live mode needs a limit above 0");
    }
    let order = policy.max_operation_usd <= policy.max_day_usd;
    check.refuse_if(!order, &path.key("max_operation_usd"), "expected at most `max_day_usd`");
    check.refuse_if(policy.max_fee.ppm() >= WHOLE, &path.key("max_fee"), "expected less than 100");
    for (index, recipient) in policy.recipients.iter().enumerate() {
        let path = path.key("recipients").index(index);
        check.refuse_if(recipient.is_zero(), &path, "the zero address is no recipient: what it gets is lost");
    }
}

fn execution(check: &mut Check<'_>) {
    let execution = &check.config.execution;
    let path = KeyPath::dotted("execution");
    let positive = [
        ("poll_ms", execution.poll_ms),
        ("drain_seconds", execution.drain_seconds),
        ("plan_seconds", execution.plan_seconds),
        ("bump_seconds", execution.bump_seconds),
        ("max_attempts", u64::from(execution.max_attempts)),
        ("stuck_seconds", execution.stuck_seconds),
        ("swap_deadline_seconds", execution.swap_deadline_seconds),
    ];
    for (key, value) in positive {
        check.refuse_if(value == 0, &path.key(key), "expected at least 1");
    }
    check.refuse_if(execution.slippage.ppm() >= WHOLE, &path.key("slippage"), "expected less than 100");
}
