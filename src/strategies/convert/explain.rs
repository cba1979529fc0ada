//! Every quote with its verdict, and every way that was not taken with the reason.

use crate::domain::price::Rounding;
use crate::domain::{Alternative, Amount, DecisionRecord, QuoteView, Quoted, Snapshot, Usd};
use crate::network::{Edge, Network, Node, Way};
use crate::solve::convert::{Part, Split, Unused};
use crate::strategies::convert::{Goal, Request};

/// What explanations are made from.
struct Told<'a> {
    network: &'a Network,
    snapshot: &'a Snapshot,
    request: &'a Request,
}

/// Explains a split.
pub(super) fn solved(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
    split: &Split,
    record: &mut DecisionRecord,
) {
    let told = Told { network, snapshot, request: &goal.request };
    for part in &split.parts {
        let Some(edge) = network.edges.get(part.edge) else { continue };
        told.quotes(edge, &told.taken(edge, part), record);
        record.quotes.push(Quoted {
            route: edge.route(network),
            sold: told.request.amount.with_units(part.units),
            bought: told.bought(edge, part.out),
            verdict: "taken".to_owned(),
        });
        if split.parts.len() > 1 {
            let reason = told.alone(edge, split);
            record.alternatives.push(Alternative { route: edge.route(network), reason });
        }
    }
    for (index, unused) in &split.unused {
        let Some(edge) = network.edges.get(*index) else { continue };
        let why = refusal(unused);
        told.quotes(edge, &format!("refused: {why}"), record);
        let reason = format!("{why}; {}", told.alone(edge, split));
        record.alternatives.push(Alternative { route: edge.route(network), reason });
    }
    told.without_edge(record);
}

/// Lists the quotes where there is no split.
pub(super) fn unsolved(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
    edges: &[usize],
    record: &mut DecisionRecord,
) {
    let told = Told { network, snapshot, request: &goal.request };
    for edge in edges.iter().filter_map(|index| network.edges.get(*index)) {
        told.quotes(edge, "refused: there is no split of the whole amount", record);
    }
    told.without_edge(record);
}

fn refusal(unused: &Unused) -> String {
    match unused {
        Unused::Price { worse_ppm } => {
            format!("its first unit is {worse_ppm} ppm dearer than the last one of the split")
        }
        Unused::Gas { earns, costs } => {
            format!("it would bring {earns} more at the split's price, its gas costs {costs}")
        }
        Unused::Beside { less } => format!("with it the best split is worth {less} less"),
        Unused::Unquotable => "it gives no exact quote for a part of the amount".to_owned(),
    }
}

impl Told<'_> {
    fn target(&self, edge: &Edge) -> Option<&Node> {
        self.network.nodes.get(edge.to)
    }

    fn bought(&self, edge: &Edge, out: u128) -> Option<Amount> {
        self.target(edge).map(|node| node.inventory.with_units(out))
    }

    fn taken(&self, edge: &Edge, part: &Part) -> String {
        let sold = self.request.amount.with_units(part.units);
        let bought = self.bought(edge, part.out).map_or_else(String::new, |bought| bought.to_string());
        format!("taken for {sold}, which bring {bought}")
    }

    /// Every quote of one way: all sizes a venue was asked about, or the pool's own for the whole amount.
    fn quotes(&self, edge: &Edge, verdict: &str, record: &mut DecisionRecord) {
        let route = edge.route(self.network);
        if let Some(view) = self.view(edge) {
            for (sold, bought) in view.samples.iter().rev() {
                record.quotes.push(Quoted {
                    route: route.clone(),
                    sold: self.request.amount.with_units(*sold),
                    bought: self.bought(edge, *bought),
                    verdict: verdict.to_owned(),
                });
            }
            self.refused(view, &route, record);
            return;
        }
        let (bought, verdict) = match edge.arrives(self.request.amount.units()) {
            Ok(out) => (self.bought(edge, out), verdict.to_owned()),
            Err(reason) => (None, format!("{verdict}; {reason}")),
        };
        record.quotes.push(Quoted { route, sold: self.request.amount.clone(), bought, verdict });
    }

    /// The quote an edge was made from.
    fn view(&self, edge: &Edge) -> Option<&QuoteView> {
        let Way::Quoted(way) = &edge.way else { return None };
        let is_of =
            |view: &&QuoteView| view.venue == way.venue && view.router == way.router && self.is_asked(view);
        self.snapshot.quotes.iter().flatten().find(is_of)
    }

    fn is_asked(&self, view: &QuoteView) -> bool {
        let request = self.request;
        view.chain == request.chain && view.from == *request.amount.asset() && view.to == request.to
    }

    /// Sizes a venue gave no quote for.
    fn refused(&self, view: &QuoteView, route: &str, record: &mut DecisionRecord) {
        for (sold, reason) in &view.refused {
            record.quotes.push(Quoted {
                route: route.to_owned(),
                sold: self.request.amount.with_units(*sold),
                bought: None,
                verdict: reason.clone(),
            });
        }
    }

    /// The whole amount by this way alone, against the split.
    fn alone(&self, edge: &Edge, split: &Split) -> String {
        let amount = &self.request.amount;
        if amount.units() > edge.capacity {
            return format!("alone it takes at most {}", amount.with_units(edge.capacity));
        }
        let worth = |out| self.target(edge)?.value_of(out, Rounding::Down)?.checked_sub(edge.fixed());
        match edge.arrives(amount.units()).map(|out| (self.bought(edge, out), worth(out))) {
            Ok((Some(bought), Some(value))) => {
                let less = split.value.saturating_sub(value).max(Usd::ZERO);
                format!("alone for {amount} it gives {bought}, after gas {less} less than what is done")
            }
            Ok(_) => format!("alone for {amount}: a value does not fit"),
            Err(reason) => format!("alone for {amount}: {reason}"),
        }
    }

    /// Ways of the pair that are no edges: unusable pools and quotes, venues that did not answer.
    fn without_edge(&self, record: &mut DecisionRecord) {
        let Request { chain, amount, to, .. } = self.request;
        let pair = format!("{chain} {}→{to}", amount.asset());
        for removed in self.network.removed.iter().filter(|removed| removed.route.ends_with(&pair)) {
            let (route, reason) = (removed.route.clone(), removed.reason.clone());
            for view in self.snapshot.quotes.iter().flatten().filter(|view| self.is_asked(view)) {
                if route.starts_with(&view.venue.to_string()) {
                    for (sold, bought) in view.samples.iter().rev() {
                        let bought = Some(*bought).and_then(|units| self.of_target(units));
                        let (sold, verdict) = (amount.with_units(*sold), format!("refused: {reason}"));
                        record.quotes.push(Quoted { route: route.clone(), sold, bought, verdict });
                    }
                    self.refused(view, &route, record);
                }
            }
            record.alternatives.push(Alternative { route, reason });
        }
        for reason in self.snapshot.quotes.iter().filter_map(|reading| reading.as_ref().err()) {
            let verdict = format!("refused: {reason}");
            let (route, sold) = (pair.clone(), amount.clone());
            record.quotes.push(Quoted { route, sold, bought: None, verdict });
            record.alternatives.push(Alternative { route: "quote".to_owned(), reason: reason.clone() });
        }
    }

    /// Units of what is bought, where its position is known.
    fn of_target(&self, units: u128) -> Option<Amount> {
        let Request { chain, to, .. } = self.request;
        let view = self.snapshot.chains.get(chain)?.as_ref().ok()?;
        view.balances.get(to).map(|balance| balance.on_chain.with_units(units))
    }
}
