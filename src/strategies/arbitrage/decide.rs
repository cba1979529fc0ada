//! One decision per block.

use std::sync::Arc;

use crate::domain::plan::{Certificate, Cost};
use crate::domain::pool::{Pool, PoolKey};
use crate::domain::price::Rounding;
use crate::domain::snapshot::{BlockRef, GasPrice, Prices, Reading, price_of};
use crate::domain::{
    Amount, AssetId, DecisionRecord, Funding, Plan, Price, RouteLeg, RouteStep, Step, Timestamp, Usd,
};
use crate::solve::arbitrage::{ChainMarket, Found, NoRoute, RouteTerms, Swap, Worth};
use crate::strategies::arbitrage::{Changes, Goal, RouteGas};
use crate::strategies::decision::{Considered, Decision, blank_of};

/// Decimals of the native coin of EVM chains.
const WEI_DECIMALS: u8 = 18;
/// Most swaps of a route: about two million units of gas.
const MOST_SWAPS: usize = 24;
/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// What is known of a chain at one block.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The block.
    pub block: BlockRef,
    /// Now.
    pub at: Timestamp,
    /// The pools, always in the same order; `None` for one whose state is not known.
    pub pools: &'a [Option<Arc<Pool>>],
    /// Prices.
    pub prices: &'a Prices,
    /// What gas costs.
    pub gas: GasPrice,
    /// What the wallet has of the base asset and nothing else needs.
    pub inventory: u128,
}

/// Arbitrage on one chain, with what it remembers from block to block.
pub struct Arbitrage {
    goal: Goal,
    market: Option<ChainMarket>,
    /// Pools that are open to routes.
    pools: Vec<Option<Arc<Pool>>>,
    /// What was not taken over yet.
    changes: Changes,
}

/// What the block's numbers are in base units of the base asset.
struct Scale {
    base: Price,
    /// Of a million units of gas.
    gas: Usd,
    /// Of one transaction, whatever it does.
    fixed: Usd,
}

impl Arbitrage {
    /// Remembers nothing yet.
    pub const fn new(goal: Goal) -> Self {
        Self { goal, market: None, pools: Vec::new(), changes: Changes::any() }
    }

    /// What it is for.
    pub const fn goal(&self) -> &Goal {
        &self.goal
    }

    /// Which pools operations of ours are about to change; none is routed through until they are done.
    pub fn set_busy(&mut self, busy: impl IntoIterator<Item = PoolKey>) {
        let busy = busy.into_iter().collect();
        if self.goal.busy != busy {
            // What opens or closes is a change of pools that may not have changed themselves.
            self.changes.add(None);
            self.goal.busy = busy;
        }
    }

    /// Passes over a block without a decision; `changed` is as for [`Arbitrage::decide`].
    pub fn skip(&mut self, changed: Option<&[usize]>) {
        self.changes.add(changed);
    }

    /// Decides at one block; `changed` names the pools that are not as they were at the last one, `None` when any may
    /// be another.
    pub fn decide(&mut self, view: &View<'_>, changed: Option<&[usize]>) -> Decision {
        self.changes.add(changed);
        let mut record = blank_of(view.at, vec![(self.goal.chain.clone(), view.block.into())]);
        let considered = self.consider(view, &mut record);
        Decision::of(record, considered)
    }

    /// The decision itself; `Err` is a refusal.
    fn consider(&mut self, view: &View<'_>, record: &mut DecisionRecord) -> Result<Considered, String> {
        let scale = self.scale(view)?;
        self.take_over(view, &scale)?;
        let goal = &self.goal;
        let market = self.market.as_mut().ok_or("no pool is known")?;
        let mut most = scale.base.units_for(goal.max_loan, goal.base_decimals).unwrap_or(u128::MAX);
        if goal.funding == Funding::Inventory {
            most = most.min(view.inventory);
        }
        let approve = if goal.funding == Funding::Inventory { goal.gas.approve } else { 0 };
        let cost = |gas| scale.base_units(goal, scale.gas_usd(gas));
        // Once for each kind: there are many pools.
        let (single, managed) = (cost(goal.gas.pool), cost(goal.gas.managed));
        let terms = RouteTerms {
            cost: &|pool| RouteGas::pick(pool, single, managed),
            fixed: scale.base_units(
                goal,
                scale.gas_usd(goal.gas.fixed.saturating_add(approve)).saturating_add(scale.fixed),
            ),
            most,
            most_swaps: MOST_SWAPS,
            lends: &|_| false,
        };
        let found = match market.best(&self.pools, &terms) {
            Ok(found) => found,
            Err(reason @ NoRoute::Nothing { .. }) => return Ok(Considered::Nothing(reason.to_string())),
            Err(reason @ (NoRoute::Unproven { .. } | NoRoute::Rounds)) => return Err(reason.to_string()),
        };
        let certificate = certificate(goal, &scale, &found);
        record.certificate = Some(certificate);
        Ok(match self.step(view, &scale, &found)? {
            Ok(step) => Considered::Plan(Plan {
                decided_at: view.at,
                expires_at: view.at.plus(self.goal.plan_valid),
                steps: vec![Step::Route(step)],
                certificate,
            }),
            Err(reason) => Considered::Nothing(reason),
        })
    }

    /// Prices in base units of the base asset.
    fn scale(&self, view: &View<'_>) -> Reading<Scale> {
        let price = |asset: &AssetId| price_of(view.prices, asset).map_err(|error| error.to_string());
        let (base, native) = (price(&self.goal.base)?, price(&self.goal.native)?);
        let per_gas = view.gas.base_fee.checked_add(view.gas.priority_fee).filter(|wei| *wei > 0);
        let per_gas = per_gas.ok_or("the gas price reads zero, which is not a price")?;
        let wei = |wei: u128| {
            let usd = native.value(&Amount::new(self.goal.native.clone(), WEI_DECIMALS, wei), Rounding::Up);
            usd.ok_or("the gas price is absurd")
        };
        // A million units, so that rounding to micro-dollars does not matter.
        let million = wei(per_gas.checked_mul(WHOLE).ok_or("the gas price is absurd")?)?;
        Ok(Scale { base, gas: million, fixed: wei(view.gas.l1_fee)? })
    }

    /// Brings the market up to date with the block's pools.
    fn take_over(&mut self, view: &View<'_>, scale: &Scale) -> Reading<()> {
        let changed = self.changes.take();
        let open = |pool: &Option<Arc<Pool>>| -> Option<Arc<Pool>> {
            let key = pool.as_ref()?.key();
            let is_open = self.goal.pools.contains_key(&key) && !self.goal.busy.contains(&key);
            if is_open { pool.clone() } else { None }
        };
        // A table of another length is another table, and its market is made anew below.
        let is_other = self.pools.len() != view.pools.len() || self.market.is_none();
        self.pools.resize(view.pools.len(), None);
        let all = || (0..view.pools.len()).collect();
        let looked_at = changed.filter(|_| !is_other).unwrap_or_else(all);
        let mut moved: Vec<usize> = Vec::new();
        for index in looked_at {
            let (Some(pool), Some(known)) = (view.pools.get(index), self.pools.get_mut(index)) else {
                continue;
            };
            let pool = open(pool);
            if *known != pool {
                *known = pool;
                moved.push(index);
            }
        }
        if let Some(market) = self.market.as_mut().filter(|market| market.size().0 == self.pools.len()) {
            match market.update(&self.pools, &moved) {
                Ok(true) => return Ok(()),
                // It has to be made anew.
                Ok(false) | Err(_) => self.market = None,
            }
        }
        let worth = |asset: &AssetId| {
            let price = price_of(view.prices, asset).ok()?;
            let pools = self.pools.iter().flatten();
            let decimals = pools.flat_map(|pool| pool.assets.iter().zip(pool.decimals));
            let decimals = decimals.into_iter().find(|(known, _)| *known == asset)?.1;
            // A thousand whole units, so that rounding to micro-dollars does not matter.
            let whole = 10_u128.checked_pow(u32::from(decimals))?.checked_mul(1_000)?;
            let usd = price.value(&Amount::new(asset.clone(), decimals, whole), Rounding::Down)?;
            Some(Worth { units: whole, base: scale.base_units(&self.goal, usd) })
        };
        let market = ChainMarket::new(&self.pools, &self.goal.base, worth);
        self.market = Some(market.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// The route as a step. The inner error says why it does not pay, the outer one why it is refused.
    fn step(
        &self,
        view: &View<'_>,
        scale: &Scale,
        found: &Found,
    ) -> Result<Result<RouteStep, String>, String> {
        let goal = &self.goal;
        let base = |units: u128| Amount::new(goal.base.clone(), goal.base_decimals, units);
        let loan = found.route.loans.first().map_or(0, |loan| loan.lent);
        let profit = base(found.route.profit);
        let value = |amount: &Amount, rounding| scale.base.value(amount, rounding);
        let profit_usd = value(&profit, Rounding::Down).ok_or("the profit is absurd")?;
        let loan_usd = value(&base(loan), Rounding::Up).ok_or("the loan is absurd")?;
        let gas_usd = self.gas_usd(scale, found).ok_or("the gas is absurd")?;
        let net = profit_usd.saturating_sub(gas_usd);
        if net < goal.min_profit {
            let reason = format!(
                "the best route leaves {profit_usd} before {gas_usd} of gas, less than the {} worth a transaction",
                goal.min_profit
            );
            return Ok(Err(reason));
        }
        if profit_usd > goal.max_profit {
            let reason = format!(
                "the best route would leave {profit_usd}, more than the {} that is believed: a pool or token on \
                 its way may be a trap ({})",
                goal.max_profit,
                self.names(found)
            );
            return Err(reason);
        }
        let kept = u128::from(goal.keep_ppm).checked_mul(profit.units()).map(|scaled| scaled.div_ceil(WHOLE));
        let kept = kept.ok_or("the profit is absurd")?.max(1);
        let legs = found.route.swaps.iter().map(|swap| self.leg(swap));
        Ok(Ok(RouteStep {
            chain: goal.chain.clone(),
            contract: goal.contract,
            block: view.block.number,
            last_block: if goal.sees_blocks { view.block.number.saturating_add(goal.blocks) } else { 0 },
            funding: goal.funding,
            loan: base(loan),
            legs: legs.collect::<Option<_>>().ok_or("a pool of the route is not known")?,
            profit,
            min_profit: base(kept),
            profit_usd,
            loan_usd,
            cost: Cost { gas: gas_usd, ..Cost::default() },
        }))
    }

    fn leg(&self, swap: &Swap) -> Option<RouteLeg> {
        let pool = self.pools.get(swap.pool)?.as_ref()?;
        let (key, [asset0, asset1], [decimals0, decimals1]) = (pool.key(), &pool.assets, pool.decimals);
        let terms = self.goal.pools.get(&key)?;
        let (token0, token1) = ((asset0, decimals0), (asset1, decimals1));
        let (sold, bought) = if swap.zero_for_one { (token0, token1) } else { (token1, token0) };
        let quoted_out = Amount::new(bought.0.clone(), bought.1, swap.amount_out);
        let keeps = WHOLE.checked_sub(u128::from(self.goal.slippage_ppm))?;
        let least = swap.amount_out.checked_mul(keeps)?.checked_div(WHOLE)?.max(1);
        Some(RouteLeg {
            pool: key,
            factory: terms.factory,
            fee: terms.fee,
            tick_spacing: terms.tick_spacing,
            amount_in: Amount::new(sold.0.clone(), sold.1, swap.amount_in),
            takes_rest: swap.takes_rest,
            min_out: quoted_out.with_units(least),
            quoted_out,
        })
    }

    /// What the route's transactions cost in gas.
    fn gas_usd(&self, scale: &Scale, found: &Found) -> Option<Usd> {
        let goal = &self.goal;
        let pools = found.route.swaps.iter().map(|swap| self.pools.get(swap.pool)?.as_deref());
        let mut gas = goal.gas.fixed;
        for pool in pools {
            gas = gas.checked_add(goal.gas.of(pool?))?;
        }
        let loan = found.route.loans.first().map_or(0, |loan| loan.lent);
        if goal.funding == Funding::Inventory && loan > 0 {
            gas = gas.checked_add(goal.gas.approve)?;
        }
        scale.gas_usd(gas).checked_add(scale.fixed)
    }

    /// The pools of a route, for the operator.
    fn names(&self, found: &Found) -> String {
        let keys =
            found.route.swaps.iter().filter_map(|swap| Some(self.pools.get(swap.pool)?.as_ref()?.key()));
        keys.map(|key| key.to_string()).collect::<Vec<_>>().join(", ")
    }
}

impl Scale {
    /// `usd` in base units of the base asset, rounded up; as many as there can be where it has no price.
    fn base_units(&self, goal: &Goal, usd: Usd) -> u128 {
        self.base.units_for(usd, goal.base_decimals).map_or(u128::MAX, |units| units.saturating_add(1))
    }

    /// What so many units of gas cost, rounded up.
    fn gas_usd(&self, units: u64) -> Usd {
        let million = self.gas.micros().max(0).unsigned_abs();
        let cost = million.saturating_mul(u128::from(units)).div_ceil(WHOLE);
        Usd::from_micros(i128::try_from(cost).unwrap_or(i128::MAX))
    }
}

/// What the route is worth after gas, and what none can be worth more than. Rounded against ourselves.
fn certificate(goal: &Goal, scale: &Scale, found: &Found) -> Certificate {
    let usd = |units, rounding| {
        let amount = Amount::new(goal.base.clone(), goal.base_decimals, units);
        scale.base.value(&amount, rounding).unwrap_or(Usd::ZERO)
    };
    Certificate { value: usd(found.value, Rounding::Down), bound: usd(found.bound, Rounding::Up) }
}
