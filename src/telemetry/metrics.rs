//! The metrics, declared once. Base units, `_total` on counters, no unbounded labels.

use prometheus::{
    CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use crate::domain::{Amount, Timestamp, Usd};

/// Why the registry could not be built or written.
#[derive(Debug, thiserror::Error)]
#[error("metrics: {0}; nothing about the money is affected")]
pub struct MetricsError(#[from] prometheus::Error);

/// Every metric of the daemon.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// Mode: 1 for the active one of `live`, `dry-run`.
    pub mode: IntGaugeVec,
    /// 1 while halted.
    pub halted: IntGauge,
    /// Seconds since the epoch of each task's last success.
    pub task_last_success: IntGaugeVec,
    /// Newest block seen.
    pub head_block: IntGaugeVec,
    /// Newest final block.
    pub finalized_block: IntGaugeVec,
    /// Age of the newest block.
    pub head_age: IntGaugeVec,
    /// JSON-RPC calls to endpoints; brought up to date by [`count_up_to`].
    pub rpc_requests: IntCounterVec,
    /// Balance in base units.
    pub balance_units: GaugeVec,
    /// Balance in dollars.
    pub balance_usd: GaugeVec,
    /// Native coin left for gas, in whole units.
    pub gas_balance: GaugeVec,
    /// Value on its way.
    pub in_flight_usd: GaugeVec,
    /// What conservation cannot explain. Must be zero.
    pub ledger_imbalance: GaugeVec,
    /// Weight minus target, as a ratio.
    pub deviation: GaugeVec,
    /// Operations that ended, by kind and outcome.
    pub operations: IntCounterVec,
    /// Operations not ended, by kind and state.
    pub operations_open: IntGaugeVec,
    /// Age of the oldest open operation.
    pub operation_oldest_age: IntGaugeVec,
    /// Transactions sent.
    pub submissions: IntCounterVec,
    /// Replacements with a higher fee.
    pub replacements: IntCounterVec,
    /// Reorgs that took a transaction of ours out of the chain.
    pub reorgs: IntCounterVec,
    /// Gas paid, in dollars.
    pub gas_usd: CounterVec,
    /// 1 when a price may be used, 0 when it stops whatever needs it.
    pub price_usable: IntGaugeVec,
    /// Age of the price in use.
    pub price_age: IntGaugeVec,
    /// Price in dollars.
    pub price_usd: GaugeVec,
    /// Duration of a whole tick.
    pub tick_duration: Histogram,
    /// Duration of deciding alone.
    pub solver_duration: Histogram,
    /// Decisions by outcome.
    pub decisions: IntCounterVec,
    /// Policy decisions by rule and verdict.
    pub policy_decisions: IntCounterVec,
    /// Re-attestations asked of Iris.
    pub reattestations: IntCounterVec,
    /// Quotes asked of venues, by chain and outcome.
    pub quotes: IntCounterVec,
    /// By how much a venue's last swaps gave less than quoted, as a ratio.
    pub quote_haircut: GaugeVec,
    /// Blocks decided by arbitrage, by outcome.
    pub arbitrage_blocks: IntCounterVec,
    /// From having a block's logs to having its decision.
    pub arbitrage_duration: Histogram,
    /// No route of the last block was worth more, in dollars after gas.
    pub arbitrage_bound: GaugeVec,
    /// Profit of routes that settled, before gas, in dollars.
    pub arbitrage_profit: CounterVec,
    /// Looks at the gaps between chains, by outcome.
    pub cross_chain_decisions: IntCounterVec,
    /// What trades between chains left of an asset, in dollars.
    pub cross_chain_exposure: GaugeVec,
    /// What trades between chains came to before gas, in dollars: profit and loss.
    pub cross_chain_result: CounterVec,
    /// Pools kept in memory, by whether their state is known.
    pub pools: IntGaugeVec,
    /// 1 while the pools in memory are those of the newest block.
    pub pools_usable: IntGaugeVec,
    /// Times all pools were read anew.
    pub pool_snapshots: IntCounterVec,
    /// Blocks that a reorg took back from the pools in memory.
    pub pool_blocks_taken_back: IntCounterVec,
    /// Times a pool in memory was not what the chain has. Must be zero.
    pub pool_mismatches: IntCounterVec,
    /// Blocks recorded for backtests, by chain and whether they were written or dropped.
    pub recorded_blocks: IntCounterVec,
}

impl Metrics {
    /// Builds and registers every metric.
    pub fn new() -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let r = &registry;
        let build = int_gauge_vec(r, "purser_build_info", "Version of the binary; always 1.", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let metrics = Self {
            mode: int_gauge_vec(r, "purser_mode_info", "1 for the active mode.", &["mode"])?,
            halted: int_gauge(r, "purser_halted", "1 while signing is halted.")?,
            task_last_success: int_gauge_vec(
                r,
                "purser_task_last_success_timestamp_seconds",
                "Time of each task's last success.",
                &["task"],
            )?,
            head_block: int_gauge_vec(r, "purser_chain_head_block", "Newest block seen.", &["chain"])?,
            finalized_block: int_gauge_vec(
                r,
                "purser_chain_finalized_block",
                "Newest final block.",
                &["chain"],
            )?,
            head_age: int_gauge_vec(
                r,
                "purser_chain_head_age_seconds",
                "Age of the newest block.",
                &["chain"],
            )?,
            rpc_requests: counter_vec(
                r,
                "purser_rpc_requests_total",
                "JSON-RPC calls to an endpoint by method and outcome.",
                &["chain", "provider", "method", "outcome"],
            )?,
            balance_units: gauge_vec(
                r,
                "purser_balance_units",
                "Balance in base units.",
                &["chain", "asset"],
            )?,
            balance_usd: gauge_vec(r, "purser_balance_usd", "Balance in dollars.", &["chain", "asset"])?,
            gas_balance: gauge_vec(
                r,
                "purser_gas_balance_native",
                "Native coin for gas, whole units.",
                &["chain"],
            )?,
            in_flight_usd: gauge_vec(
                r,
                "purser_inflight_usd",
                "Value on its way to a position.",
                &["chain", "asset"],
            )?,
            ledger_imbalance: gauge_vec(
                r,
                "purser_ledger_imbalance_units",
                "On chain plus in flight minus what the ledger expects; must be 0.",
                &["chain", "asset"],
            )?,
            deviation: gauge_vec(
                r,
                "purser_target_deviation_ratio",
                "Weight minus target weight of a position.",
                &["chain", "asset"],
            )?,
            operations: counter_vec(
                r,
                "purser_operations_total",
                "Operations that ended.",
                &["kind", "outcome"],
            )?,
            operations_open: int_gauge_vec(
                r,
                "purser_operations_open",
                "Operations not ended yet.",
                &["kind", "state"],
            )?,
            operation_oldest_age: int_gauge_vec(
                r,
                "purser_operation_oldest_age_seconds",
                "Age of the oldest open operation.",
                &["kind", "state"],
            )?,
            submissions: counter_vec(r, "purser_tx_submissions_total", "Transactions sent.", &["chain"])?,
            replacements: counter_vec(r, "purser_tx_replacements_total", "Fee bumps sent.", &["chain"])?,
            reorgs: counter_vec(
                r,
                "purser_reorgs_total",
                "Reorgs that removed a transaction of ours.",
                &["chain"],
            )?,
            gas_usd: float_counter_vec(r, "purser_tx_fee_usd_total", "Gas paid, in dollars.", &["chain"])?,
            price_usable: int_gauge_vec(
                r,
                "purser_price_usable",
                "1 when the price may be used.",
                &["asset"],
            )?,
            price_age: int_gauge_vec(r, "purser_price_age_seconds", "Age of the price in use.", &["asset"])?,
            price_usd: gauge_vec(r, "purser_price_usd", "Price in dollars.", &["asset"])?,
            tick_duration: histogram(
                r,
                "purser_tick_duration_seconds",
                "Duration of a tick, scan to decision.",
            )?,
            solver_duration: histogram(r, "purser_solver_duration_seconds", "Duration of deciding.")?,
            decisions: counter_vec(r, "purser_decisions_total", "Decisions by outcome.", &["outcome"])?,
            policy_decisions: counter_vec(
                r,
                "purser_policy_decisions_total",
                "Policy decisions.",
                &["rule", "decision"],
            )?,
            reattestations: counter_vec(
                r,
                "purser_cctp_reattest_total",
                "Expired attestations asked for again.",
                &["source", "destination"],
            )?,
            quotes: counter_vec(
                r,
                "purser_quotes_total",
                "Quotes asked of venues.",
                &["venue", "chain", "outcome"],
            )?,
            quote_haircut: gauge_vec(
                r,
                "purser_quote_haircut_ratio",
                "By how much a venue's last swaps gave less than quoted.",
                &["venue"],
            )?,
            arbitrage_blocks: counter_vec(
                r,
                "purser_arbitrage_blocks_total",
                "Blocks that arbitrage decided, by outcome.",
                &["chain", "outcome"],
            )?,
            arbitrage_duration: histogram(
                r,
                "purser_arbitrage_duration_seconds",
                "From having a block's logs to having its decision.",
            )?,
            arbitrage_bound: gauge_vec(
                r,
                "purser_arbitrage_bound_usd",
                "No route of the last block is worth more, in dollars after gas.",
                &["chain"],
            )?,
            arbitrage_profit: float_counter_vec(
                r,
                "purser_arbitrage_profit_usd_total",
                "Profit of settled routes before gas, in dollars.",
                &["chain"],
            )?,
            cross_chain_decisions: counter_vec(
                r,
                "purser_cross_chain_decisions_total",
                "Looks at the gaps between chains, by outcome.",
                &["outcome"],
            )?,
            cross_chain_exposure: gauge_vec(
                r,
                "purser_cross_chain_exposure_usd",
                "What trades between chains left bought and not sold, or below zero sold and not bought, in dollars.",
                &["asset"],
            )?,
            cross_chain_result: float_counter_vec(
                r,
                "purser_cross_chain_result_usd_total",
                "What trades between chains came to before gas, in dollars, as profit and as loss.",
                &["outcome"],
            )?,
            pools: int_gauge_vec(r, "purser_pools", "Pools kept in memory.", &["chain", "state"])?,
            pools_usable: int_gauge_vec(
                r,
                "purser_pools_usable",
                "1 while the pools in memory are those of the newest block.",
                &["chain"],
            )?,
            pool_snapshots: counter_vec(
                r,
                "purser_pool_snapshots_total",
                "Times all pools were read anew.",
                &["chain"],
            )?,
            pool_blocks_taken_back: counter_vec(
                r,
                "purser_pool_blocks_taken_back_total",
                "Blocks that reorgs took back from the pools in memory.",
                &["chain"],
            )?,
            pool_mismatches: counter_vec(
                r,
                "purser_pool_mismatches_total",
                "Times a pool in memory was not what the chain has; must be 0.",
                &["chain"],
            )?,
            recorded_blocks: counter_vec(
                r,
                "purser_recorded_blocks_total",
                "Blocks recorded for backtests: written, or dropped.",
                &["chain", "outcome"],
            )?,
            registry,
        };
        Ok(metrics)
    }

    /// The text exposition of every metric.
    pub fn render(&self) -> Result<String, MetricsError> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }

    /// Marks a task's success.
    pub fn succeeded(&self, task: &str, at: Timestamp) {
        self.task_last_success.with_label_values(&[task]).set(at.seconds());
    }
}

/// Dollars for a gauge.
#[allow(clippy::float_arithmetic, reason = "a gauge is a float by protocol; nothing reads it back")]
pub fn dollars(value: Usd) -> f64 {
    value.micros() as f64 / 1e6
}

/// Base units of an amount for a gauge.
#[allow(clippy::cast_precision_loss, reason = "a gauge is a float by protocol; nothing reads it back")]
pub fn base_units(amount: &Amount) -> f64 {
    amount.units() as f64
}

/// A signed number for a gauge; zero stays zero.
#[allow(clippy::cast_precision_loss, reason = "a gauge is a float by protocol; nothing reads it back")]
pub fn signed(number: i128) -> f64 {
    number as f64
}

/// Whole units of an amount for a gauge.
#[allow(clippy::float_arithmetic, reason = "a gauge is a float by protocol; nothing reads it back")]
pub fn whole(amount: &Amount) -> f64 {
    amount.units() as f64 / 10_f64.powi(i32::from(amount.decimals()))
}

/// Millionths as a ratio for a gauge.
#[allow(clippy::float_arithmetic, reason = "a gauge is a float by protocol; nothing reads it back")]
pub fn ratio(ppm: i64) -> f64 {
    ppm as f64 / 1e6
}

/// Price in dollars for a gauge.
#[allow(clippy::float_arithmetic, reason = "a gauge is a float by protocol; nothing reads it back")]
pub fn price(price: crate::domain::Price) -> f64 {
    price.pico() as f64 / 1e12
}

fn int_gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    let metric = IntGauge::new(name, help)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn int_gauge_vec(
    r: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Result<IntGaugeVec, prometheus::Error> {
    let metric = IntGaugeVec::new(Opts::new(name, help), labels)?;
    r.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn gauge_vec(r: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, prometheus::Error> {
    let metric = GaugeVec::new(Opts::new(name, help), labels)?;
    r.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counter_vec(
    r: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Result<IntCounterVec, prometheus::Error> {
    let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
    r.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn float_counter_vec(
    r: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Result<CounterVec, prometheus::Error> {
    let metric = CounterVec::new(Opts::new(name, help), labels)?;
    r.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn histogram(registry: &Registry, name: &str, help: &str) -> Result<Histogram, prometheus::Error> {
    let buckets = vec![
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
        10.0, 30.0,
    ];
    let metric = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// Brings a counter up to `total`, which is counted elsewhere and only grows.
pub fn count_up_to(family: &IntCounterVec, labels: &[&str], total: u64) {
    let counter = family.with_label_values(labels);
    counter.inc_by(total.saturating_sub(counter.get()));
}

/// Sets one gauge of a family; `labels` has as many values as the family has labels.
pub fn set(family: &GaugeVec, labels: &[&str], value: f64) {
    let gauge: Gauge = family.with_label_values(labels);
    gauge.set(value);
}
