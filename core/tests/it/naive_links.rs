//! Reading foreign links once more: slow, on top of `url`, from the same rules and nothing else. Tests and fuzzing compare.

use sentby::{LinkWarning, Referral};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Network, host, path, parameters. `%` marks networks whose names have no case; a path `**` is any.
const OWN: &[(&str, &str, &str, &str)] = &[
    ("copecart", "copecart.com", "products/{product}/p/{affiliate}", ""),
    ("copecart", "copecart.com", "products/{product}/checkout", ""),
    ("digistore24", "digistore24.com", "redir/{product}/{affiliate}/{campaign}", "ds24tr=sub"),
    ("digistore24", "checkout-ds24.com", "redir/{product}/{affiliate}/{campaign}", "ds24tr=sub"),
    ("digistore24", "digistore24.com", "content/{product}/{_}/{affiliate}/{campaign}", ""),
    ("digistore24", "digistore24.com", "product/{product}", "aff=affiliate cam=campaign ds24tr=sub"),
    ("digistore24", "go.{affiliate}.{product}.digistore24.com", "{campaign}", ""),
    ("affilicon", "affilibank.de", "scripts/click.php", "hop=affiliate accountId=product data1=sub data2=sub desturl=destination"),
    ("clickbank", "{affiliate}.{product}.hop.clickbank.net", "", "tid=sub"),
    ("clickbank", "hop.clickbank.net", "", "affiliate=affiliate vendor=product tid=sub"),
    ("clickbank?", "{_}.hop.clickbank.net", "", "traffic_source=sub traffic_type=sub campaign=campaign creative=_"),
    (
        "awin",
        "awin1.com",
        "cread.php",
        "awinmid=product v=product awinaffid=affiliate r=affiliate clickref=sub clickref2=sub clickref3=sub clickref4=sub clickref5=sub clickref6=sub ued=destination p=destination s=_ q=_",
    ),
    ("awin", "awin1.com", "awclick.php", "mid=product id=affiliate"),
    ("awin", "zenaps.com", "rclick.php", "pr=destination"),
    ("cj%", "dpbolvw.net", "click-{affiliate}-{product}", "sid=sub url=destination"),
    ("cj%", "anrdoezrs.net", "click-{affiliate}-{product}", "sid=sub url=destination"),
    ("rakuten", "click.linksynergy.com", "deeplink", "id=affiliate mid=product u1=sub murl=destination"),
    ("shareasale%", "shareasale.com", "r.cfm", "b=_ u=affiliate m=product urllink=https afftrack=sub"),
    ("impact", "*.evyy.net", "c/{affiliate}/{_}/{product}", "subId1=sub sharedid=sub u=destination"),
    ("impact", "*.pxf.io", "c/{affiliate}/{_}/{product}", "subId1=sub sharedid=sub u=destination"),
    ("impact", "*.sjv.io", "c/{affiliate}/{_}/{product}", "subId1=sub sharedid=sub u=destination"),
    ("impact?", "*.pxf.io", "{_}", ""),
    ("impact?", "*.sjv.io", "{_}", ""),
    ("tradedoubler", "clk.tradedoubler.com", "click", "p=product a=affiliate g=_ epi=sub epi2=sub url=destination"),
    ("tradedoubler", "redir.tradedoubler.com", "**", "_td_deeplink=destination"),
    ("tradetracker", "tc.tradetracker.net", "", "c=product m=_ a=affiliate r=sub u=destination"),
    (
        "webgains",
        "track.webgains.com",
        "click.html",
        "wglinkid=_ wgcampaignid=affiliate wgprogramid=product clickref=sub wgtarget=destination",
    ),
    ("everflow", "arjdj2msd.com", "{affiliate}/{product}", "sub1=sub"),
    (
        "tune",
        "*.go2cloud.org",
        "aff_c",
        "offer_id=product aff_id=affiliate aff_sub=sub aff_sub2=sub aff_sub3=sub aff_sub4=sub aff_sub5=sub url_id=_ source=_",
    ),
    ("gumroad", "gumroad.com", "a/{integer}/{product}", ""),
    ("gumroad", "gumroad.com", "l/{product}", "affiliate_id=integer a=integer"),
    ("lemon_squeezy", "{product}.lemonsqueezy.com", "", "aff=affiliate"),
    ("whop", "whop.com", "{product}", "a=affiliate"),
    ("whop", "dash.whop.com", "{product}", "a=affiliate"),
    ("post_affiliate_pro", "*.postaffiliatepro.com", "scripts/click.php", "a_aid=affiliate a_bid=_ data1=sub data2=sub chan=sub"),
    ("amazon", "amazon.com", "dp/{product}", "tag=affiliate linkCode=_ ascsubtag=sub"),
    ("amazon", "amazon.com", "dp/{product}/ref={_}", "tag=affiliate linkCode=_ ascsubtag=sub"),
    ("amazon", "amazon.com", "{_}/dp/{product}", "tag=affiliate linkCode=_ ascsubtag=sub"),
    ("amazon", "amazon.com", "{_}/dp/{product}/ref={_}", "tag=affiliate linkCode=_ ascsubtag=sub"),
    ("shopify_collabs?", "collabs.shop", "{_}", ""),
    ("epic", "epicgames.com", "store/{_}/p/{product}", "epic_affiliate=affiliate epic_gameId=_"),
    ("buygoods", "buygoods.com", "{_}", "aff_id=affiliate subid=sub subid2=sub subid3=sub subid4=sub subid5=sub"),
    (
        "appsflyer",
        "*.onelink.me",
        "{product}",
        "pid=_ c=campaign af_siteid=affiliate af_sub1=sub af_sub2=sub af_sub3=sub af_sub4=sub af_sub5=sub",
    ),
    (
        "appsflyer",
        "app.appsflyer.com",
        "{product}",
        "pid=_ c=campaign af_siteid=affiliate af_sub1=sub af_sub2=sub af_sub3=sub af_sub4=sub af_sub5=sub",
    ),
    (
        "branch",
        "*.app.link",
        "{_}",
        "$3p=_ ~click_id=click_id ~secondary_publisher=affiliate ~campaign=campaign ~keyword=sub $canonical_url=destination _branch_match_id=_",
    ),
];

/// Network, anchors, parameters. `!` behind an anchor: even an empty value; `=x`: this value only, and needed.
const ANY: &[AnyRow] = &[
    ("awin", "awc", "awc=click_id awc=awc"),
    ("cj%", "cjevent", "cjevent=click_id cjdata=_ AID=product PID=affiliate PUBID=affiliate SID=sub"),
    (
        "rakuten",
        "ranSiteID siteID",
        "ranSiteID=click_id siteID=site ranEAID=affiliate ranSiteID=before_hyphen siteID=site_id ranMID=product",
    ),
    ("shareasale%", "sscid", "sscid=click_id"),
    ("impact", "irgwc=1 irclickid", "irgwc=_ irclickid=click_id clickid=click_id tid=ir"),
    ("impact", "irclickid", "irclickid=click_id"),
    ("partnerize", "clickref", "clickref=click_id"),
    ("tradedoubler", "tduid", "tduid=click_id"),
    ("tradetracker", "tt", "tt=tt r=destination"),
    ("webgains", "wgu", "wgu=click_id"),
    (
        "everflow",
        "_ef_transaction_id!",
        "_ef_transaction_id=click_id oid=product affid=affiliate sub1=sub sub2=sub sub3=sub sub4=sub sub5=sub",
    ),
    ("firstpromoter", "fpr", "fpr=affiliate"),
    ("tapfiliate", "tap_a tap_s", "tap_a=_ tap_s=_"),
    ("refersion", "rfsn", "rfsn=before_dot subid=sub"),
    ("partnerstack", "ps_partner_key gspk ps_xid gsxid", "ps_partner_key=base64 gspk=base64 ps_xid=click_id gsxid=click_id pscd=_"),
    ("dub", "dub_id", "dub_id=click_id"),
    ("post_affiliate_pro", "a_aid", "a_aid=affiliate a_bid=_ data1=sub data2=sub chan=sub"),
    ("post_affiliate_pro#", "a_aid", "a_aid=affiliate"),
    ("idevaffiliate", "id", "id=before_underscore tid1=sub tid2=sub tid3=sub tid4=sub sub_id=sub url=_"),
    ("ebay", "mkcid=1+ campid", "mkcid=_ mkrid=_ siteid=_ campid=affiliate toolid=_ customid=sub"),
    ("uppromote", "sca_ref", "sca_ref=affiliate"),
    ("2performant", "2p_affiliate_id 2p_click_token", "2p_affiliate_id=affiliate 2p_click_token=click_id"),
    ("clickfunnels", "cf_affiliate_id", "cf_affiliate_id=affiliate"),
    ("appsflyer", "af_siteid", "af_siteid=affiliate af_sub_siteid=_ clickid=click_id"),
    (
        "branch",
        "_branch_match_id",
        "_branch_match_id=_ $3p=_ ~click_id=click_id ~secondary_publisher=affiliate ~campaign=campaign ~keyword=sub $canonical_url=destination",
    ),
    ("cj%+", "cj_linkd cj_webid", "cj_linkd=product cj_webid=affiliate cj_affid=_"),
];

/// The warnings that this reader gives.
pub(crate) const KNOWN: [LinkWarning; 7] = [
    LinkWarning::MissingAffiliate,
    LinkWarning::DuplicateParameter,
    LinkWarning::ConflictingDuplicate,
    LinkWarning::SecondNetwork,
    LinkWarning::NestedQuery,
    LinkWarning::HostCaseFolded,
    LinkWarning::OpaqueLink,
];

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Naive {
    pub(crate) network: Option<String>,
    pub(crate) referral: Referral,
    pub(crate) second: Vec<(String, Referral)>,
    pub(crate) warnings: BTreeSet<&'static str>,
}

type AnyRow = (&'static str, &'static str, &'static str);

struct Given {
    /// Without `www.`, as the text spells it.
    host: Vec<String>,
    /// Decoded; one empty segment at the end is left out.
    segments: Vec<String>,
    pairs: Vec<(bool, String, String)>,
    url: Url,
}

#[derive(Default)]
struct Found {
    referral: Referral,
    /// Which name gave a slot its value.
    by: BTreeMap<String, String>,
    warnings: BTreeSet<&'static str>,
}

/// What a text says; `None` if it is not a URL.
pub(crate) fn read(text: &str) -> Option<Naive> {
    let url = Url::parse(text).ok()?;
    if !["http", "https"].contains(&url.scheme()) {
        return Some(Naive::default());
    }
    let given = Given::of(text, url);
    let mut used = vec![false; given.pairs.len()];
    let mut naive = Naive::default();
    let mut missing = false;
    let mut opaque = false;
    let own = adjust(&given, &mut used)
        .or_else(|| partnerize(&given, &mut used))
        .map(|found| (found, false))
        .or_else(|| OWN.iter().find_map(|row| own(row, &given, &mut used)));
    if let Some(((network, found), is_opaque)) = own {
        naive.network = Some(network);
        missing = found.referral.affiliate.is_none() && found.referral.click_id.is_none();
        opaque = is_opaque;
        naive.referral = found.referral;
        naive.warnings = found.warnings;
    }
    for beside in [false, true] {
        for n in 0..given.pairs.len() {
            if used[n] || (beside && naive.network.is_none()) {
                continue;
            }
            let Some((row, product)) = ANY.iter().find_map(|row| landing(row, &given, n, beside)) else { continue };
            let network = row.0.trim_end_matches(['%', '#', '+']).to_owned();
            let mut found = Found::default();
            if let Some(product) = product {
                found.put("product", "product", &product, false);
            }
            fill(row.2, row.0.contains('%'), row.0.contains('#'), &given, &mut used, &mut found);
            let known = naive.network.as_ref() == Some(&network) || naive.second.iter().any(|(other, _)| *other == network);
            if known {
            } else if naive.network.is_none() {
                naive.network = Some(network);
                missing = found.referral.affiliate.is_none() && found.referral.click_id.is_none();
                naive.referral = found.referral;
                naive.warnings = found.warnings;
            } else {
                naive.second.push((network, found.referral));
                naive.warnings.insert("second_network");
            }
        }
    }
    if naive.network.is_some() {
        if given.url.query().is_some_and(|query| query.contains('?')) && !naive.warnings.contains("partnerize") {
            naive.warnings.insert("nested_query");
        }
        naive.warnings.remove("partnerize");
        if opaque {
            naive.warnings.insert("opaque_link");
        } else if missing {
            naive.warnings.insert("missing_affiliate");
        }
    }
    Some(naive)
}

impl Given {
    fn of(text: &str, url: Url) -> Self {
        let host = url.host_str().unwrap_or_default().to_owned();
        // Letters keep the case of the text where they stand in it as they are.
        let authority = text.split_once("//").map_or("", |(_, rest)| rest).split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let behind_user = authority.rsplit('@').next().unwrap_or_default();
        let written = behind_user.get(..host.len()).filter(|w| w.eq_ignore_ascii_case(&host)).unwrap_or(&host);
        let written = written.strip_suffix('.').unwrap_or(written);
        let mut labels: Vec<String> = written.split('.').map(str::to_owned).collect();
        if labels.len() > 1 && labels[0].eq_ignore_ascii_case("www") {
            labels.remove(0);
        }
        let mut segments: Vec<String> = url.path().split('/').skip(1).map(percent).collect();
        // Whether a segment is empty is seen before it is decoded.
        if url.path().ends_with('/') {
            segments.pop();
        }
        let pairs = |text: Option<&str>| -> Vec<(String, String)> {
            text.map(|text| {
                text.split('&')
                    .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                    .map(|(name, value)| (form(name), form(value)))
                    .collect()
            })
            .unwrap_or_default()
        };
        let query = pairs(url.query()).into_iter().map(|(name, value)| (false, name, value));
        let fragment = pairs(url.fragment()).into_iter().map(|(name, value)| (true, name, value));
        Self { host: labels, segments, pairs: query.chain(fragment).collect(), url }
    }

    /// The slots of a host, if it has this shape.
    fn host(&self, pattern: &str) -> Option<Vec<(String, String)>> {
        if self.host.iter().any(String::is_empty) {
            return None;
        }
        let (wide, pattern) = pattern.strip_prefix("*.").map_or((false, pattern), |rest| (true, rest));
        let wanted: Vec<&str> = pattern.split('.').collect();
        let skip = self.host.len().checked_sub(wanted.len()).filter(|n| if wide { *n > 0 } else { *n == 0 })?;
        let mut slots = Vec::new();
        for (wanted, given) in wanted.iter().zip(self.host.iter().skip(skip)) {
            match wanted.strip_prefix('{').and_then(|slot| slot.strip_suffix('}')) {
                Some(slot) => slots.push((slot.to_owned(), given.clone())),
                None if wanted.eq_ignore_ascii_case(given) => {}
                None => return None,
            }
        }
        Some(slots)
    }

    /// The slots of a path, if it has this shape; those at its end may be missing.
    fn path(&self, pattern: &str) -> Option<Vec<(String, String)>> {
        if pattern == "**" {
            return Some(Vec::new());
        }
        let wanted: Vec<&str> = pattern.split('/').filter(|s| !s.is_empty()).collect();
        if self.segments.len() > wanted.len() || self.raw_segments().any(str::is_empty) {
            return None;
        }
        let mut slots = Vec::new();
        for (n, wanted) in wanted.iter().enumerate() {
            match (self.segments.get(n), *wanted) {
                (None, slot) if slot.starts_with('{') && slot.ends_with('}') => {}
                (Some(given), "ref={_}") if given.strip_prefix("ref=").is_some_and(|rest| !rest.is_empty()) => {
                    slots.push(("_".into(), "x".into()))
                }
                (Some(given), "click-{affiliate}-{product}") => {
                    let (affiliate, product) = given.strip_prefix("click-")?.split_once('-')?;
                    if affiliate.is_empty() || product.is_empty() {
                        return None;
                    }
                    slots.extend([("affiliate".into(), affiliate.into()), ("product".into(), product.into())]);
                }
                (Some(given), slot) if slot.starts_with('{') => slots.push((slot[1..slot.len() - 1].into(), given.clone())),
                (Some(given), text) if given == text => {}
                (_, _) => return None,
            }
        }
        Some(slots)
    }

    fn raw_segments(&self) -> impl Iterator<Item = &str> {
        let path = self.url.path();
        path.strip_suffix('/').unwrap_or(path).split('/').skip(1)
    }
}

fn own(row: &(&str, &str, &str, &str), given: &Given, used: &mut [bool]) -> Option<((String, Found), bool)> {
    let (marked, host, path, params) = *row;
    let (hosts, paths) = (given.host(host)?, given.path(path)?);
    let any_case = marked.contains('%');
    let fixed = path.split('/').any(|s| !s.is_empty() && !s.starts_with('{') && s != "**");
    let named = given.pairs.iter().any(|(fragment, name, _)| !fragment && has(params, name, any_case));
    if hosts.is_empty() && paths.is_empty() && !fixed && !named {
        return None;
    }
    let mut found = Found::default();
    for (slot, value) in hosts {
        if slot != "_" && value.bytes().any(|b| b.is_ascii_uppercase()) {
            found.warnings.insert("host_case_folded");
        }
        found.put(&slot, &slot, &value, false);
    }
    for (slot, value) in paths {
        found.put(&slot, &slot, &value, false);
    }
    fill(params, any_case, false, given, used, &mut found);
    Some(((marked.trim_end_matches(['%', '?']).to_owned(), found), marked.contains('?')))
}

/// Whether the n-th pair makes the URL this network's; eBay's item comes with it.
fn landing(row: &'static AnyRow, given: &Given, n: usize, beside: bool) -> Option<(&'static AnyRow, Option<String>)> {
    let (network, anchors, _) = *row;
    let (fragment, name, value) = &given.pairs[n];
    if network.contains('+') != beside || network.contains('#') != *fragment {
        return None;
    }
    let same = |a: &str| if network.contains('%') { a.eq_ignore_ascii_case(name) } else { a == name };
    let mut is_anchor = false;
    for anchor in anchors.split(' ') {
        let (anchor, wanted) = anchor.split_once('=').map_or((anchor, None), |(anchor, wanted)| (anchor, Some(wanted)));
        let bare = anchor.trim_end_matches('!');
        if let Some(wanted) = wanted {
            let only_needed = wanted.ends_with('+');
            let wanted = wanted.trim_end_matches('+');
            if !given.pairs.iter().any(|(f, name, value)| !f && name == bare && value == wanted) {
                return None;
            }
            is_anchor |= same(bare) && value == wanted && !only_needed;
        } else {
            is_anchor |= same(bare) && (anchor.ends_with('!') || fits(network, bare, value));
        }
    }
    let path: Vec<&str> = given.raw_segments().collect();
    match network {
        "idevaffiliate" if given.segments.last().map(String::as_str) != Some("idevaffiliate.php") || path.last() == Some(&"") => None,
        "ebay" => {
            // `/itm/title/id` and `/itm/id` at the end of the path.
            let s: Vec<&str> = given.segments.iter().map(String::as_str).collect();
            let product = match (s.as_slice(), path.as_slice()) {
                ([.., "itm", _, id], [.., title, raw]) if !title.is_empty() && !raw.is_empty() => Some((*id).to_owned()),
                ([.., "itm", id], [.., raw]) if !raw.is_empty() => Some((*id).to_owned()),
                (_, _) => None,
            };
            is_anchor.then_some((row, product))
        }
        _ => is_anchor.then_some((row, None)),
    }
}

fn fits(network: &str, name: &str, value: &str) -> bool {
    match (network, name) {
        (_, _) if value.is_empty() => false,
        ("tradetracker", _) => parts_of_tt(value).is_some(),
        ("rakuten", "siteID") => site(value).is_some(),
        ("refersion" | "idevaffiliate", _) => true,
        (_, _) => true,
    }
}

fn has(params: &str, name: &str, any_case: bool) -> bool {
    params.split(' ').filter_map(|p| p.split_once('=')).any(|(n, _)| if any_case { n.eq_ignore_ascii_case(name) } else { n == name })
}

fn fill(params: &str, any_case: bool, fragment: bool, given: &Given, used: &mut [bool], found: &mut Found) {
    let free: Vec<usize> = (0..given.pairs.len()).filter(|n| !used[*n] && given.pairs[*n].0 == fragment).collect();
    let mut seen: Vec<String> = Vec::new();
    let params: Vec<(&str, &str)> = params.split(' ').filter_map(|p| p.split_once('=')).collect();
    for (name, slot) in &params {
        let same = |given: &str| if any_case { given.eq_ignore_ascii_case(name) } else { given == *name };
        let values: Vec<(usize, &String)> = free.iter().filter(|n| same(&given.pairs[**n].1)).map(|n| (*n, &given.pairs[*n].2)).collect();
        for (n, value) in &values {
            used[*n] = true;
            if *value != values[0].1 {
                found.warnings.insert("conflicting_duplicate");
            } else if *n != values[0].0 && !seen.contains(&(*name).to_owned()) {
                found.warnings.insert("duplicate_parameter");
            }
        }
        seen.push((*name).to_owned());
        // The first value of which anything can be read stands alone: what it lacks does not come from another one.
        let reads = |value: &str| params.iter().any(|(other, slot)| other == name && Found::default().put(name, slot, value, true));
        if let Some((_, value)) = values.into_iter().find(|(_, value)| reads(value)) {
            found.put(name, slot, value, true);
        }
    }
}

impl Found {
    /// Puts a value into its slot; true if it was readable.
    fn put(&mut self, name: &str, slot: &str, value: &str, parameter: bool) -> bool {
        if value.is_empty() || slot == "_" {
            return false;
        }
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        let before =
            |mark: char| value.split_once(mark).filter(|(a, b)| !a.is_empty() && !b.is_empty()).map_or(value, |(before, _)| before);
        let (slot, value): (&str, String) = match slot {
            "integer" if digits.is_empty() => return false,
            "integer" => ("affiliate", digits),
            "awc" => match value.split_once('_') {
                Some((product, rest)) if !rest.is_empty() && product == digits && !product.is_empty() => ("product", digits),
                _ => return false,
            },
            "https" if value.contains("://") => ("destination", value.into()),
            "https" => ("destination", format!("https://{value}")),
            "before_dot" => ("affiliate", before('.').into()),
            "before_underscore" => ("affiliate", before('_').into()),
            "before_hyphen" => match value.split_once('-') {
                Some((site, hash)) if !site.is_empty() && !hash.is_empty() => ("affiliate", site.into()),
                _ => return false,
            },
            "site" if site(value).is_none() => return false,
            "site" => ("click_id", value.into()),
            "site_id" => match site(value) {
                Some(site) => ("affiliate", site),
                None => return false,
            },
            "ir" => match value.strip_prefix("IR-affiliate-") {
                Some(id) if !id.is_empty() => ("affiliate", id.into()),
                _ => return false,
            },
            "tt" => {
                let Some([product, affiliate, sub]) = parts_of_tt(value) else { return false };
                let parts = [("product", &product), ("sub", &sub), ("affiliate", &affiliate)];
                return parts.into_iter().fold(false, |any, (slot, part)| self.put(name, slot, part, true) || any);
            }
            "base64" => match base64(value) {
                Some(text) => ("affiliate", text),
                None => {
                    return false;
                }
            },
            slot => (slot, value.into()),
        };
        if (value.len() > 256 && slot != "destination") || value.chars().any(char::is_control) {
            return false;
        }
        if value.is_empty() {
            return false;
        }
        let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = &mut self.referral;
        let place = match slot {
            "product" => product,
            "affiliate" => affiliate,
            "campaign" => campaign,
            "click_id" => click_id,
            "destination" => destination,
            _ => {
                sub_ids.entry(name.to_owned()).or_insert(value);
                return true;
            }
        };
        match place {
            // Another entry of the same name says what it was read from; another name contradicts.
            Some(standing) => {
                if parameter && *standing != value && self.by.get(slot).is_some_and(|by| by != name) {
                    self.warnings.insert("conflicting_duplicate");
                }
            }
            None => {
                *place = Some(value);
                self.by.insert(slot.to_owned(), name.to_owned());
            }
        }
        true
    }
}

/// Google's store, with Adjust's query in a parameter.
fn adjust(given: &Given, used: &mut [bool]) -> Option<(String, Found)> {
    given.host("play.google.com")?;
    let path = given.path("store/apps/details")?;
    if !path.is_empty() {
        return None;
    }
    if given.segments.len() != 3 {
        return None;
    }
    let outer = given.pairs.iter().find(|(fragment, name, _)| !fragment && name == "referrer")?;
    let inner: Vec<(bool, String, String)> = outer
        .2
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (true, form(name), form(value)))
        .collect();
    inner.iter().find(|(_, name, value)| name == "adjust_reftag" && !value.is_empty())?;
    let mut found = Found::default();
    fill("id=product referrer=_", false, false, given, used, &mut found);
    let inner = Given { host: Vec::new(), segments: Vec::new(), pairs: inner, url: given.url.clone() };
    let mut ignored = vec![false; inner.pairs.len()];
    fill("adjust_reftag=click_id utm_source=sub utm_campaign=campaign", false, true, &inner, &mut ignored, &mut found);
    Some(("adjust".into(), found))
}

fn partnerize(given: &Given, used: &mut [bool]) -> Option<(String, Found)> {
    given.host("prf.hn").or_else(|| given.host("*.prf.hn"))?;
    let raw: Vec<&str> = given.url.path().split('/').skip(1).collect();
    if raw.is_empty() || percent(raw[0]) != "click" {
        return None;
    }
    let mut found = Found::default();
    let mut named: Vec<(bool, String, String)> = Vec::new();
    let mut rest = given.url.path().splitn(3, '/').nth(2).unwrap_or_default();
    let mut destination = None;
    loop {
        let (segment, tail) = rest.split_once('/').map_or((rest, None), |(segment, tail)| (segment, Some(tail)));
        match segment.split_once(':') {
            Some(("destination", _)) => {
                let text = rest.split_once(':').map_or("", |(_, text)| text);
                destination = Some(text.to_owned());
                break;
            }
            Some((name, value)) if ["camref", "pubref", "adref"].contains(&name) => named.push((false, name.into(), percent(value))),
            _ => {}
        }
        match tail {
            Some(tail) => rest = tail,
            None => break,
        }
    }
    let parts = Given { host: Vec::new(), segments: Vec::new(), pairs: named, url: given.url.clone() };
    let mut ignored = vec![false; parts.pairs.len()];
    fill("camref=affiliate pubref=sub adref=sub", false, false, &parts, &mut ignored, &mut found);
    if let Some(mut whole) = destination {
        // Everything behind it is part of it.
        used.fill(true);
        for (mark, text) in [('?', given.url.query()), ('#', given.url.fragment())] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                whole.push(mark);
                whole.push_str(text);
            }
        }
        found.put("destination", "destination", &percent(&whole), false);
    }
    Some(("partnerize".into(), found))
}

fn parts_of_tt(value: &str) -> Option<[String; 3]> {
    let parts: Vec<&str> = value.splitn(4, '_').collect();
    let [product, creative, affiliate, sub] = parts.as_slice() else { return None };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (number(product) && number(creative) && number(affiliate)).then(|| [*product, *affiliate, *sub].map(str::to_owned))
}

fn site(value: &str) -> Option<String> {
    let (site, hash) = value.split_once('-')?;
    (site.len() == 11 && hash.len() >= 16 && site.is_ascii()).then(|| site.to_owned())
}

fn base64(value: &str) -> Option<String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = String::new();
    for c in value.trim_end_matches('=').replace('-', "+").replace('_', "/").chars() {
        bits += &format!("{:06b}", ALPHABET.find(c)?);
    }
    let rest = bits.len() % 8;
    if rest == 6 || bits[bits.len() - rest..].contains('1') {
        return None;
    }
    let bytes: Vec<u8> = (0..bits.len() / 8).map(|n| u8::from_str_radix(&bits[8 * n..8 * n + 8], 2).unwrap()).collect();
    String::from_utf8(bytes).ok()
}

/// One decoding of a query's text, by `url`.
fn form(text: &str) -> String {
    let text = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(text.as_bytes()).next().map_or(String::new(), |(name, _)| name.into_owned())
}

/// One percent-decoding: as for a query, but a plus is a plus.
fn percent(text: &str) -> String {
    form(&text.replace('+', "%2B"))
}
