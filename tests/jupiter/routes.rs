//! The aggregator's instructions: read strictly, their floor never more than the program demands.

use proptest::prelude::*;
use purser::config::jupiter::AGGREGATOR;
use purser::venues::jupiter::{Form, Route};

use super::{FORMS, QUOTED, SOLD, STRANGER, Swap, USDC, USDT, account, discriminator, owner};

fn decoded(swap: &Swap) -> Result<Route, &'static str> {
    Route::decode(&swap.instruction()).map_err(|error| error.0)
}

#[test]
fn every_form_is_read() {
    for form in FORMS {
        let route = decoded(&Swap::of(form)).unwrap();
        assert_eq!((route.form, route.program, route.authority), (form, AGGREGATOR, owner()));
        assert_eq!(route.source, account(&owner(), &USDC), "{form:?}");
        assert_eq!((route.destination, route.own_destination), (account(&owner(), &USDT), route.destination));
        assert_eq!(route.mint_in, (form != Form::Route).then_some(USDC));
        assert_eq!((route.mint_out, route.amount_in, route.quoted_out), (USDT, SOLD, QUOTED));
        assert_eq!((route.slippage_bps, route.platform_fee_bps, route.positive_slippage_bps), (10, 0, 0));
    }
}

#[test]
fn only_exact_in_routes_are_known() {
    for name in [
        "exact_out_route",
        "shared_accounts_exact_out_route",
        "exact_out_route_v2",
        "shared_accounts_exact_out_route_v2",
        "route_with_token_ledger",
        "shared_accounts_route_with_token_ledger",
        "set_token_ledger",
        "claim",
        "claim_token",
        "close_token",
        "create_token_account",
    ] {
        for form in FORMS {
            let mut instruction = Swap::of(form).instruction();
            instruction.data[..8].copy_from_slice(&discriminator(name));
            let error = Route::decode(&instruction).unwrap_err();
            assert_eq!(error.0, "it is none of the exact-in routes", "{name}");
        }
    }
}

#[test]
fn what_is_cut_off_is_refused() {
    for form in FORMS {
        let whole = Swap::of(form).instruction();
        // Of a newer plan only the least that its steps take is asked for: nothing behind it is judged.
        let newer = usize::from(matches!(form, Form::RouteV2 | Form::SharedAccountsRouteV2));
        for length in 0..whole.data.len() - newer {
            let mut cut = whole.clone();
            cut.data.truncate(length);
            assert!(Route::decode(&cut).is_err(), "{form:?} with {length} bytes");
        }
        let mut few = whole.clone();
        few.accounts.truncate(if form == Form::Route { 8 } else { 9 });
        assert!(Route::decode(&few).is_err(), "{form:?} with few accounts");
        let mut shifted = whole;
        shifted.accounts.insert(0, shifted.accounts[0].clone());
        assert!(Route::decode(&shifted).is_err(), "{form:?} with its accounts shifted");
    }
}

/// The program ignores what follows its arguments, so a harmless end must not stand for them.
#[test]
fn nothing_can_hide_behind_the_arguments() {
    for form in [Form::Route, Form::SharedAccountsRoute] {
        let mut forged = Swap::of(form);
        let honest = forged.data().split_off(forged.data().len() - 19);
        (forged.amount_in, forged.tail) = (u64::MAX, honest);
        assert_eq!(decoded(&forged), Err("bytes follow its arguments"));
    }
    for form in [Form::RouteV2, Form::SharedAccountsRouteV2] {
        let mut forged = Swap::of(form);
        forged.tail = Swap::of(form).data();
        forged.amount_in = u64::MAX;
        assert_eq!(decoded(&forged).unwrap().amount_in, u64::MAX, "what stands first counts");
    }
}

#[test]
fn older_plans_are_read_step_by_step() {
    for form in [Form::Route, Form::SharedAccountsRoute] {
        let with = |steps: u32, plan: &[u8]| {
            decoded(&Swap::of(form).with(|swap| (swap.steps, swap.plan) = (steps, plan.to_vec())))
        };
        // Raydium, Symmetry with two ids, SolFi with its direction.
        let three = [&[7, 60, 0, 1][..], &[29], &[9; 16], &[40, 0, 1], &[61, 1, 100, 1, 2]].concat();
        assert_eq!(with(3, &three).unwrap().amount_in, SOLD);
        assert!(with(2, &three).is_err() && with(4, &three).is_err());
        let unknown = "its route uses a kind of exchange that is not known";
        for kind in [47, 75, 96, 178, 255] {
            assert_eq!(with(1, &[kind, 100, 0, 1]), Err(unknown), "{kind}");
        }
        assert!(with(0, &[]).is_err() && with(65, &three).is_err() && with(u32::MAX, &three).is_err());
    }
    // In the newer form the plan is behind everything that is judged, so any kind will do.
    for form in [Form::RouteV2, Form::SharedAccountsRouteV2] {
        let with = |steps: u32, plan: &[u8]| {
            decoded(&Swap::of(form).with(|swap| (swap.steps, swap.plan) = (steps, plan.to_vec())))
        };
        assert!(with(1, &[178, 0, 0x10, 0x27, 0, 1]).is_ok());
        assert!(with(0, &[]).is_err() && with(2, &[178, 0, 0x10, 0x27, 0, 1]).is_err());
        assert!(with(65, &[1; 1_000]).is_err());
    }
}

#[test]
fn another_account_that_receives_is_told() {
    for form in [Form::Route, Form::RouteV2] {
        let other = account(&STRANGER, &USDT);
        let route = decoded(&Swap::of(form).with(|swap| swap.other = Some(other))).unwrap();
        assert_eq!((route.destination, route.own_destination), (other, account(&owner(), &USDT)));
    }
}

#[test]
fn figures_that_make_no_sense_are_refused() {
    for form in FORMS {
        let with = |change: fn(&mut Swap)| decoded(&Swap::of(form).with(change));
        assert_eq!(with(|swap| swap.amount_in = 0), Err("an amount is zero"));
        assert_eq!(with(|swap| swap.quoted_out = 0), Err("an amount is zero"));
        assert_eq!(with(|swap| swap.slippage_bps = 10_001), Err("a share is more than the whole"));
        assert_eq!(with(|swap| swap.slippage_bps = 10_000).unwrap().floor(), 0);
    }
}

#[test]
fn fees_count_against_the_floor() {
    let floor = |change: fn(&mut Swap)| {
        decoded(&Swap::of(Form::RouteV2).with(|swap| {
            (swap.quoted_out, swap.slippage_bps) = (1_000_001, 0);
            change(swap);
        }))
        .unwrap()
        .floor()
    };
    assert_eq!(floor(|_| ()), 1_000_001);
    assert_eq!(floor(|swap| swap.slippage_bps = 50), 995_000);
    assert_eq!(floor(|swap| swap.platform_fee_bps = 2), 999_800);
    assert_eq!(floor(|swap| swap.positive_slippage_bps = 5_000), 500_000);
    assert_eq!(floor(|swap| (swap.slippage_bps, swap.platform_fee_bps) = (50, 2)), 994_801);
    let old = Swap::of(Form::Route).with(|swap| (swap.slippage_bps, swap.platform_fee_bps) = (0, 255));
    assert_eq!(decoded(&old).unwrap().floor(), QUOTED * 9_745 / 10_000);
}

proptest! {
    #[test]
    fn the_floor_is_never_above_the_programs(
        quoted in 1_u64.., slippage in 0_u16..=10_000, fee in 0_u16..=10_000,
    ) {
        let swap = Swap::of(Form::RouteV2).with(|swap| {
            (swap.quoted_out, swap.slippage_bps, swap.platform_fee_bps) = (quoted, slippage, fee);
        });
        let floor = u128::from(decoded(&swap).unwrap().floor());
        let demanded = (u128::from(quoted) * u128::from(10_000 - slippage)).div_ceil(10_000);
        let kept = demanded - (demanded * u128::from(fee)).div_ceil(10_000);
        prop_assert!(floor <= kept && floor + 2 >= kept, "{floor} and {kept}");
    }

    #[test]
    fn noise_is_read_without_harm(form in 0_usize..4, data in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut instruction = Swap::of(FORMS[form]).instruction();
        instruction.data.truncate(8);
        instruction.data.extend(data);
        if let Ok(route) = Route::decode(&instruction) {
            prop_assert!(route.amount_in > 0 && route.floor() <= route.quoted_out);
        }
    }
}
