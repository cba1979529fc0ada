//! Files: plain, compressed, with columns of their own, and what is none.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use purser::solve::arbitrage::{Instance, Market, MarketError, Pool};

const PLAIN: &str = r#"{"n":2,"c":[1.0,2.0],"pools":[[0,1,10.0,5.0,0.997,0.8]]}"#;

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plain_and_compressed_are_the_same() {
    let plain = Instance::read(PLAIN.as_bytes()).unwrap();
    assert_eq!(Instance::read(&packed(PLAIN)).unwrap(), plain);
    let pool = Pool {
        tokens: [0, 1],
        reserves: [10.0, 5.0],
        available: [f64::INFINITY; 2],
        keeps: 0.997,
        weight: 0.8,
    };
    assert_eq!((plain.values, plain.pools), (vec![1.0, 2.0], vec![pool]));
}

#[test]
fn columns_say_what_a_row_is() {
    let text = r#"{"n":2,"c":[1.0,1.0],"pools":[[0.99,1,0,3.0,4.0,10.0,20.0]],
        "columns":["gamma","token_i","token_j","real_reserve_i","real_reserve_j","virtual_reserve_i","virtual_reserve_j"]}"#;
    let pool =
        Pool { tokens: [1, 0], reserves: [10.0, 20.0], available: [3.0, 4.0], keeps: 0.99, weight: 0.5 };
    assert_eq!(Instance::read(text.as_bytes()).unwrap().pools, [pool]);
}

#[test]
fn what_is_no_instance_says_why() {
    let cut = &packed(PLAIN)[..20];
    for (bytes, words) in [
        (&b""[..], "line 1 column 0"),
        (b"[]", "it is no instance"),
        (br#"{"n":2,"c":[1],"pools":[]}"#, "`n` says 2 tokens, `c` has the values of 1"),
        (br#"{"n":1,"c":[1],"pools":[[0,1]]}"#, "pool 0 has 2 numbers where 6 are due"),
        (br#"{"n":1,"c":["x"],"pools":[]}"#, "line 1 column 15"),
        (br#"{"n":1,"c":[1],"pools":[[0.5,1,1,1,1,0.5]]}"#, "names the token 0.5"),
        (br#"{"n":1,"c":[1],"pools":[[-1,1,1,1,1,0.5]]}"#, "names the token -1"),
        (br#"{"n":1,"c":[1],"pools":[],"columns":["gamma"]}"#, "`columns` lacks reserve_i"),
        (cut, "it cannot be decompressed"),
    ] {
        let error = Instance::read(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "`{words}` is not in `{error}`");
    }
}

/// Every number out of its range is named.
#[test]
fn numbers_out_of_range_are_refused() {
    let good = Instance::read(PLAIN.as_bytes()).unwrap();
    let refused = |change: fn(&mut Instance), words: &str| {
        let mut instance = good.clone();
        change(&mut instance);
        let error = Market::new(&instance.values, &instance.pools).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(words), "`{words}` is not in `{error}`");
        error
    };
    refused(|it| it.values[1] = 0.0, "token 1 is worth 0");
    refused(|it| it.values[0] = f64::NAN, "token 0 is worth NaN");
    refused(|it| it.pools[0].tokens = [1, 1], "pool 0 is of the tokens [1, 1]");
    refused(|it| it.pools[0].tokens = [0, 2], "of 2");
    refused(|it| it.pools[0].reserves[1] = -5.0, "a reserve of -5");
    refused(|it| it.pools[0].keeps = 1.5, "kept of an input 1.5");
    refused(|it| it.pools[0].keeps = 0.0, "kept of an input 0");
    refused(|it| it.pools[0].weight = 1.0, "the weight 1");
    refused(|it| it.pools[0].available[0] = -1.0, "available -1");
    let weighted = refused(|it| it.pools[0].available[0] = 1.0, "one half although its curve ends");
    assert!(matches!(weighted, MarketError::Number { pool: 0, what: "the weight", .. }));
}
