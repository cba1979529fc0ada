//! EIP-1559 fees: what to offer, how to raise an offer, and what it may cost at most.

/// What gas costs now, in wei per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeQuote {
    /// Base fee expected in the next block.
    pub base_fee: u128,
    /// Priority fee the node suggests.
    pub priority_fee: u128,
}

/// The two fee fields of a transaction, in wei per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fees {
    /// `maxFeePerGas`.
    pub max_fee_per_gas: u128,
    /// `maxPriorityFeePerGas`; never above the former.
    pub max_priority_fee_per_gas: u128,
}

/// Why fees cannot be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// Beyond any real fee.
    #[error("the gas price is absurdly large; the endpoint's answer is not believed")]
    Absurd,
    /// Above the limit of the configuration.
    #[error(
        "the transaction could cost {cost} wei, above the limit of {cap} wei; wait for cheaper gas or raise \
         the chain's max_gas_usd"
    )]
    TooExpensive {
        /// Worst case in wei, layer 1 part included.
        cost: u128,
        /// Limit in wei.
        cap: u128,
    },
}

/// The base fee after a block, by EIP-1559 (elasticity 2, change denominator 8); `None` on overflow.
pub fn next_base_fee(base_fee: u128, gas_used: u64, gas_limit: u64) -> Option<u128> {
    let (used, target) = (u128::from(gas_used), u128::from(gas_limit.div_euclid(2)));
    if target == 0 || used == target {
        return Some(base_fee);
    }
    let change = base_fee.checked_mul(used.abs_diff(target))?.checked_div(target)?.div_euclid(8);
    if used > target { base_fee.checked_add(change.max(1)) } else { base_fee.checked_sub(change) }
}

/// Raises one field by 12.5 %, rounded up, and by one wei at least. Nodes ask for 10 % on both
/// fields (go-ethereum) up to 12.5 % (Nethermind, Erigon), and for a strict increase.
fn raised(field: u128) -> Option<u128> {
    let step = field.div_euclid(8).checked_add(u128::from(field.rem_euclid(8) != 0))?.max(1);
    field.checked_add(step)
}

impl Fees {
    /// `maxFee = 2 · base + tip`: still payable after six full blocks in a row
    /// (1.125⁶ ≈ 2.03), while only base and tip are charged.
    ///
    /// # Errors
    /// [`FeeError::Absurd`] on overflow.
    pub fn from_quote(quote: &FeeQuote) -> Result<Self, FeeError> {
        let max_fee_per_gas = quote
            .base_fee
            .checked_mul(2)
            .and_then(|doubled| doubled.checked_add(quote.priority_fee))
            .ok_or(FeeError::Absurd)?;
        Ok(Self { max_fee_per_gas, max_priority_fee_per_gas: quote.priority_fee })
    }

    /// Fees of a replacement: both fields at least 12.5 % higher, and at least what is offered for
    /// a new transaction now.
    ///
    /// # Errors
    /// [`FeeError::Absurd`] on overflow.
    pub fn bumped(&self, quote: &FeeQuote) -> Result<Self, FeeError> {
        let now = Self::from_quote(quote)?;
        let tip =
            raised(self.max_priority_fee_per_gas).ok_or(FeeError::Absurd)?.max(now.max_priority_fee_per_gas);
        let max = raised(self.max_fee_per_gas).ok_or(FeeError::Absurd)?.max(now.max_fee_per_gas).max(tip);
        Ok(Self { max_fee_per_gas: max, max_priority_fee_per_gas: tip })
    }

    /// The most a transaction can cost in wei: every unit of gas at the maximum price, plus the
    /// layer 1 part.
    ///
    /// # Errors
    /// [`FeeError::Absurd`] on overflow.
    pub fn worst_cost(&self, gas_limit: u64, l1_fee: u128) -> Result<u128, FeeError> {
        self.max_fee_per_gas
            .checked_mul(u128::from(gas_limit))
            .and_then(|wei| wei.checked_add(l1_fee))
            .ok_or(FeeError::Absurd)
    }

    /// Refuses fees whose worst case is above `cap` wei.
    ///
    /// # Errors
    /// [`FeeError::TooExpensive`] or [`FeeError::Absurd`].
    pub fn within(self, gas_limit: u64, l1_fee: u128, cap: u128) -> Result<Self, FeeError> {
        let cost = self.worst_cost(gas_limit, l1_fee)?;
        if cost > cap { Err(FeeError::TooExpensive { cost, cap }) } else { Ok(self) }
    }

    /// Gives up headroom to stay within `cap` wei: lowers the maximum fee as far as needed, but
    /// never below what the next block charges (base and tip). Only for a first offer: a
    /// replacement must not fall below its bump, so it uses [`Fees::within`].
    ///
    /// # Errors
    /// [`FeeError::TooExpensive`] when even base and tip cost more than `cap`.
    pub fn trimmed(
        self,
        quote: &FeeQuote,
        gas_limit: u64,
        l1_fee: u128,
        cap: u128,
    ) -> Result<Self, FeeError> {
        if self.worst_cost(gas_limit, l1_fee)? <= cap {
            return Ok(self);
        }
        let floor = quote.base_fee.checked_add(quote.priority_fee).ok_or(FeeError::Absurd)?;
        let least = Self { max_fee_per_gas: floor, ..self };
        let cost = least.worst_cost(gas_limit, l1_fee)?;
        let affordable = cap.saturating_sub(l1_fee).checked_div(u128::from(gas_limit)).unwrap_or(0);
        if cost > cap || affordable < floor {
            return Err(FeeError::TooExpensive { cost, cap });
        }
        Ok(Self { max_fee_per_gas: affordable, ..self })
    }
}
