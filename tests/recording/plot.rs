//! The plot: well formed, everything on the page, and what it says is what was found.

use purser::backtest::{Backtest, GasMultiple, Settings, plot};

use super::scene;

fn drawn(count: u64, gas: &[&str]) -> String {
    let gas: Vec<GasMultiple> = gas.iter().map(|text| text.parse().unwrap()).collect();
    let mut backtest = Backtest::new(Settings { gas, ..Settings::default() });
    if count > 0 {
        backtest.header(scene::header()).unwrap();
    }
    scene::blocks(count).iter().for_each(|block| backtest.block(block));
    plot::svg(&backtest.report())
}

/// Every tag that is opened is closed, in order.
fn well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').expect("a tag ends");
        assert!(!rest.contains('>'), "{rest}");
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{part}"),
            None if tag.ends_with('/') => {}
            None => open.push(name),
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Numbers of an attribute, wherever it is.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let begin = format!(" {attribute}=\"");
    let parts = svg.split(&begin).skip(1);
    let values = parts.flat_map(|part| part.split('"').next().unwrap().split([' ', ',']));
    values.map(|number| number.parse().unwrap_or_else(|_| panic!("{attribute}: {number}"))).collect()
}

#[test]
fn everything_is_on_the_page_and_says_what_it_is() {
    for (count, gas) in [(300, &["0", "0.5", "1", "2", "5"][..]), (1, &["1"]), (0, &[]), (40, &["1000"])] {
        let svg = drawn(count, gas);
        well_formed(&svg);
        for (attribute, most) in
            [("x", 960.0), ("y", 680.0), ("width", 960.0), ("height", 680.0), ("points", 960.0)]
        {
            for number in numbers(&svg, attribute) {
                assert!((0.0..=most).contains(&number), "{attribute} {number} of {count} blocks");
            }
        }
        for words in [
            "role=\"img\"",
            "<title id=\"title\">",
            "<desc id=\"about\">",
            "US dollars after gas",
            ">block<",
            "times the recorded gas price",
            ">opportunities<",
            "Profit per opportunity",
            "Sensitivity to gas",
        ] {
            assert!(svg.contains(words), "`{words}` is missing");
        }
        assert_eq!(svg.contains("no opportunity in these blocks"), count <= 1, "{count}");
        for multiple in gas {
            assert!(svg.contains(&format!(">{multiple}×<")) || count == 0, "{multiple}");
        }
    }
}

#[test]
fn the_curves_rise_and_the_bound_lies_above() {
    let svg = drawn(300, &["1"]);
    let curve = |colour: &str| {
        let lines = svg.split("<polyline points=\"").skip(1).filter(|line| line.contains(colour));
        let longest = lines.max_by_key(|line| line.len()).unwrap();
        let points = longest.split('"').next().unwrap().split(' ');
        points
            .map(|point| {
                point.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap()
            })
            .collect::<Vec<(f64, f64)>>()
    };
    let (value, bound) = (curve("#0969da"), curve("#9a6700"));
    assert_eq!(value.len(), bound.len());
    for curve in [&value, &bound] {
        assert!(curve.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1));
    }
    // Upwards is less.
    assert!(value.iter().zip(&bound).all(|(value, bound)| bound.1 <= value.1));
    assert!(value.len() > 20 && value[0].1 > value[value.len() - 1].1 + 50.0, "{value:?}");
}
