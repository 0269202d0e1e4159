//! Foreign links: the reader agrees with a naive one, what is built reads back, and URLs are split as `url` splits them.

use crate::naive_links::{self, KNOWN, Naive};
use proptest::prelude::*;
use sentby::{LinkField, LinkWarning, Program, Reading, Referral, link, networks, read, read_column, read_lenient};

fn seen(reading: &Reading) -> Naive {
    Naive {
        network: reading.network.clone(),
        referral: reading.referral.clone(),
        second: reading.second_networks.iter().map(|s| (s.network.clone(), s.referral.clone())).collect(),
        warnings: reading.warnings.iter().filter(|w| KNOWN.contains(w)).map(|w| w.as_str()).collect(),
    }
}

fn agrees(url: &str) {
    match (read(url), naive_links::read(url)) {
        (Ok(reading), Some(naive)) => assert_eq!(seen(&reading), naive, "{url}"),
        (Err(error), None) => assert_eq!(error.code().as_str(), "link_invalid"),
        (reading, naive) => panic!("{url}: {reading:?} but {naive:?}"),
    }
}

#[test]
fn the_naive_reader_agrees_on_every_vector() {
    for file in ["network.json", "link.json"] {
        let path = format!("{}/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
        let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for url in file["cases"].as_array().unwrap().iter().filter_map(|case| case["url"].as_str()) {
            agrees(url);
        }
    }
}

/// Every host, path and name that stands in some template, and values that some form reads in its own way.
fn urls() -> impl Strategy<Value = String> {
    let templates: Vec<String> =
        networks().iter().flat_map(|n| [&n.host, &n.opaque, &n.any, &n.configured].into_iter().flatten().cloned()).collect();
    let filled =
        |text: &str| text.replace("{affiliate}", "anna").replace("{product}", "p1").replace("{campaign}", "May").replace("{_}", "x");
    let (mut starts, mut names) =
        (vec!["shop.example/".to_owned(), "www.whop.com".into(), "Prf.HN/click/camref:1/destination:a%20b".into()], Vec::new());
    for template in &templates {
        let template = template.strip_prefix("http://").unwrap_or(template);
        let (start, query) = template.split_once('?').unwrap_or((template, ""));
        let start = start.split('#').next().unwrap().replace("/*", "/any").replace("*.", "Sub.");
        starts.push(if start.starts_with('/') { format!("shop.example/x{}", filled(&start)) } else { filled(&start) });
        names.extend(query.split(['&', '#']).filter_map(|pair| pair.split('=').next()).filter(|n| !n.is_empty()).map(str::to_owned));
    }
    names.extend(["a_aid", "adjust_reftag", "Fpr", "%66pr", "x", "", "utm_source"].map(str::to_owned));
    let values = [
        "",
        "1",
        "anna",
        "12abc",
        "a.b",
        "1_2",
        "1_2_3_",
        "1_2_3_mail_x",
        "IR-affiliate-7",
        "YW5uYQ",
        "YW5uY*",
        "ABCDEFGHIJK-0123456789abcdef",
        "a%20b",
        "a+b",
        "%2525",
        "%00",
        "%C3%A4",
        "https%3A%2F%2Fa.example%2F%3Fb%3Dc",
        "https://a.example/?awc=1",
        "adjust_reftag%3Dc1%26utm_source%3Dmail",
        "=",
        "{affiliate}",
    ];
    let pair = (prop::sample::select(names), prop::option::weighted(0.95, prop::sample::select(values.to_vec())));
    let pairs = |most: usize| {
        prop::collection::vec(pair.clone(), 0..most).prop_map(|list| {
            list.into_iter()
                .map(|(name, value)| value.map_or(name.clone(), |value| format!("{name}={value}")))
                .collect::<Vec<_>>()
                .join("&")
        })
    };
    let scheme = prop::sample::select(vec!["https://", "http://", "HTTPS://", "https:\\\\", "https://user@"]);
    let end = prop::sample::select(vec!["", "", "", "", "/", "//", "/more", "%20x", "/../y", ".", ":443"]);
    (scheme, prop::sample::select(starts), end, prop::option::weighted(0.9, pairs(7)), prop::option::weighted(0.2, pairs(3))).prop_map(
        |(scheme, start, end, query, fragment)| {
            let query = query.map_or(String::new(), |q| format!("?{q}"));
            format!("{scheme}{start}{end}{query}{}", fragment.map_or(String::new(), |f| format!("#{f}")))
        },
    )
}

fn cases() -> u32 {
    std::env::var("SENTBY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn the_naive_reader_agrees(url in urls()) {
        agrees(&url);
    }

    #[test]
    fn a_column_says_what_single_calls_say(list in prop::collection::vec(prop_oneof![4 => urls(), 1 => any::<String>()], 0..20), lenient in any::<bool>()) {
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let ids = [LinkField::Host, LinkField::Network, LinkField::Product, LinkField::Affiliate, LinkField::Campaign, LinkField::ClickId];
        for fields in [LinkField::ALL, &ids] {
            let columns = read_column(&list, fields, lenient);
            for (row, url) in list.iter().enumerate() {
                let reading = if lenient { read_lenient(url) } else { read(url) }.unwrap_or_default();
                let words = |words: Vec<String>| Some(words.join(" ")).filter(|w| !w.is_empty());
                let subs = &reading.referral.sub_ids;
                for field in fields {
                    let expected = match field {
                        LinkField::Host => reading.host.clone(),
                        LinkField::Network => reading.network.clone(),
                        LinkField::Template => reading.template.clone(),
                        LinkField::Product => reading.referral.product.clone(),
                        LinkField::Affiliate => reading.referral.affiliate.clone(),
                        LinkField::Campaign => reading.referral.campaign.clone(),
                        LinkField::ClickId => reading.referral.click_id.clone(),
                        LinkField::Destination => reading.referral.destination.clone(),
                        LinkField::SubIds => Some(serde_json::to_string(subs).unwrap()).filter(|_| !subs.is_empty()),
                        LinkField::SecondNetworks => words(reading.second_networks.iter().map(|s| s.network.clone()).collect()),
                        // A row that is no web link has no values; what was repaired in it is not said.
                        LinkField::Warnings => words(reading.warnings.iter().filter(|_| reading.host.is_some()).map(|w| w.to_string()).collect()),
                    };
                    let column = columns.column(*field).unwrap();
                    prop_assert_eq!(column.get(row).map(str::to_owned), expected, "{} of {}", field, url);
                }
            }
            prop_assert_eq!(columns.len(), list.len());
        }
    }

    #[test]
    fn a_carrier_comes_back_and_nothing_else_changes(url in urls(), carrier in "[0-9a-z]{24,80}") {
        let program = Program::from_toml("sentby = 1\nvendor = 'v'").unwrap();
        let Ok(carried) = program.carry(&url, &carrier) else {
            prop_assert!(url::Url::parse(&url).is_err(), "{}", url);
            return Ok(());
        };
        prop_assert_eq!(program.carried(&carried).unwrap(), Some(carrier.clone()));
        let (before, after) = carried.split_once(&format!("xa={carrier}")).unwrap();
        let glueless = &before[..before.len() - 1];
        prop_assert!(url == format!("{glueless}{after}") || url == format!("{before}{after}"), "{} {}", url, carried);
    }

    #[test]
    fn lint_says_what_lenient_reading_says(url in prop_oneof![4 => urls(), 1 => any::<String>()]) {
        match (sentby::lint(&url), read_lenient(&url)) {
            (Ok(findings), Ok(reading)) => {
                let mut codes: Vec<LinkWarning> = findings.iter().map(|f| f.code).filter(|c| *c != LinkWarning::UserInfo).collect();
                codes.sort();
                codes.dedup();
                prop_assert_eq!(codes, reading.warnings);
                for finding in findings {
                    prop_assert!(url.get(finding.start as usize..finding.end as usize).is_some(), "{:?}", finding);
                }
            }
            (Err(a), Err(b)) => prop_assert_eq!(a.code(), b.code()),
            (a, b) => prop_assert!(false, "{:?} {:?}", a, b),
        }
    }

}

proptest! {
    // Some hundred templates each.
    #![proptest_config(ProptestConfig::with_cases(cases() / 50))]

    /// Every template of every network, on its own host and on a host that a program names.
    #[test]
    fn what_is_built_reads_back(
        affiliate in prop::option::weighted(0.95, "[A-Za-z0-9_.~*@+-]{1,64}"), product in prop::option::of("[A-Za-z0-9_.~*@+-]{1,64}"), campaign in prop::option::of("[ -~]{1,20}"),
        click_id in prop::option::weighted(0.2, "[ -~ä€]{1,20}"), destination in prop::option::weighted(0.3, "https://[a-z]{1,9}\\.example/[ -~]{0,20}"),
        sub in prop::option::of("[ -~]{1,20}"),
    ) {
        for network in networks() {
            let program = Program::from_toml(&format!("sentby = 1\nvendor = 'v'\nlinks.hosts = {{ 'go.shop.example' = '{}' }}", network.id)).unwrap();
            let templates = [&network.host, &network.any, &network.configured].into_iter().flatten();
            for template in templates {
                // All values that this template has a place for.
                let with = |slot: &str, value: &Option<String>| value.clone().filter(|_| template.contains(slot));
                let mut referral = Referral {
                    product: with("{product}", &product), affiliate: with("{affiliate}", &affiliate), campaign: with("{campaign}", &campaign),
                    click_id: with("{click_id}", &click_id), destination: with("{destination}", &destination), ..Referral::default()
                };
                if let (Some(sub), Some((before, _))) = (&sub, template.split_once("={sub1}")) {
                    referral.sub_ids.insert(before.rsplit(['?', '&', '#']).next().unwrap().to_owned(), sub.clone());
                }
                if let Ok(url) = link(&network.id, &referral) {
                    let reading = read(&url).unwrap();
                    prop_assert_eq!(reading.network.as_deref(), Some(network.id.as_str()));
                    prop_assert_eq!(&reading.referral, &referral, "{}", url);
                }
                if let Ok(url) = program.link(&referral) {
                    let read = program.read(&url).unwrap().unwrap();
                    prop_assert_eq!(read.network.as_deref(), Some(network.id.as_str()));
                    prop_assert_eq!(read.referral, referral, "{}", url);
                }
            }
        }
    }
}

/// With an id of letters, every template that has a place for it and no encoded part can be built somewhere.
#[test]
fn every_template_is_built_on_its_own_or_a_named_host() {
    let mut unbuilt = Vec::new();
    for network in networks() {
        let program =
            Program::from_toml(&format!("sentby = 1\nvendor = 'v'\nlinks.hosts = {{ 'go.shop.example' = '{}' }}", network.id)).unwrap();
        for template in [&network.host, &network.any, &network.configured].into_iter().flatten() {
            let with = |slot: &str, value: &str| Some(value.to_owned()).filter(|_| template.contains(slot));
            let referral = Referral {
                product: with("{product}", "1234"),
                affiliate: with("{affiliate}", "5678"),
                campaign: with("{campaign}", "May"),
                click_id: with("{click_id}", "c1"),
                ..Referral::default()
            };
            if link(&network.id, &referral).is_err() && program.link(&referral).is_err() {
                unbuilt.push(format!("{} {template}", network.id));
            }
        }
    }
    let expected = [
        // A creative's id and a shop's language are parts of the path that no referral has.
        "impact *.evyy.net/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
        "impact *.pxf.io/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
        "impact *.sjv.io/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
        "impact /c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
        // Nobody is named.
        "tapfiliate /*?tap_a={_}&tap_s={_}",
        "epic www.epicgames.com/store/{_}/p/{product}?epic_affiliate={affiliate}&epic_gameId={_}",
        // On a named host its link form is read, which has no click id.
        "appsflyer /*?af_siteid={affiliate}&af_sub_siteid={_}&clickid={click_id}",
    ];
    assert_eq!(unbuilt, expected);
}

/// The cases of the Web Platform Tests, if `SENTBY_WPT` names their `urltestdata.json`. Agreement on host, path and query is tested in
/// the crate; here: no case panics, and the two readers agree on every one.
#[test]
fn web_platform_tests() {
    let Ok(path) = std::env::var("SENTBY_WPT") else {
        eprintln!("SENTBY_WPT does not name urltestdata.json of the Web Platform Tests: their cases were not run");
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut count = 0;
    for input in cases.iter().filter_map(|case| case["input"].as_str()) {
        agrees(input);
        let _ = (read_lenient(input), sentby::lint(input));
        count += 1;
    }
    assert!(count > 800, "{count} cases");
}
