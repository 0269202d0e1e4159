//! What is known about each network: facts only, one row a network, each with its source.
//!
//! Templates are those of a program (`{product}`, `{_}`, `*`), with four additions for foreign links:
//! * a template that begins with `/` stands for any host, and for the end of a path;
//! * `name!=` says that this parameter alone, with a fitting value, makes the link the network's; `name!!=` even an empty value;
//! * `{affiliate:integer}` and so on read a value in a special form (see `Form`);
//! * a name may stand twice: every entry reads what it can, and of a slot the first entry that fits counts, whatever the order in the URL. `a%3D{x}%26b%3D{y}` as a value is
//!   a query within the query.

/// One network.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Read on the hosts that they name.
    pub(super) host: &'static [&'static str],
    /// The same, but the ids are encoded: nothing can be read offline.
    pub(super) opaque: &'static [&'static str],
    /// The names are distinctive: read on every host.
    pub(super) any: &'static [&'static str],
    /// Read on every host too, but only as a second network, where another one is found.
    pub(super) beside: &'static [&'static str],
    /// The names are generic: read only on hosts that a program names.
    pub(super) configured: &'static [&'static str],
    /// Whether the parameters' names are read without regard to case.
    pub(super) any_case: bool,
    /// How long a click counts by default, ISO 8601.
    pub(super) default_window: Option<&'static str>,
    /// `first` or `last` click.
    pub(super) default_model: Option<&'static str>,
    /// Whether a `coupon` or a `click` wins where both stand.
    pub(super) coupon_precedence: Option<&'static str>,
    pub(super) source: &'static str,
}

const NONE: Row = Row {
    id: "",
    name: "",
    host: &[],
    opaque: &[],
    any: &[],
    beside: &[],
    configured: &[],
    any_case: false,
    default_window: None,
    default_model: None,
    coupon_precedence: None,
    source: "",
};

pub(super) const NETWORKS: &[Row] = &[
    Row {
        id: "copecart",
        name: "CopeCart",
        host: &["www.copecart.com/products/{product}/p/{affiliate}/", "www.copecart.com/products/{product}/checkout"],
        source: "help.copecart.com 3517064, 3704412, 3517166; FS:28293266005",
        ..NONE
    },
    Row {
        id: "digistore24",
        name: "Digistore24",
        host: &[
            "www.digistore24.com/redir/{product}/{affiliate}/{campaign}?ds24tr={sub1}",
            "www.checkout-ds24.com/redir/{product}/{affiliate}/{campaign}?ds24tr={sub1}",
            "www.digistore24.com/content/{product}/{_}/{affiliate}/{campaign}",
            "www.digistore24.com/product/{product}?aff={affiliate}&cam={campaign}&ds24tr={sub1}",
            "http://go.{affiliate}.{product}.digistore24.com/{campaign}",
        ],
        configured: &["/*#aff={affiliate}", "/*#{affiliate}"],
        default_window: Some("P180D"),
        default_model: Some("last"),
        source: "help.digistore24.com 24293091859985, 23943629550097, 24293070547729, 24293117814161, 24293289815185, 23944856550161; docs.digistore24.com; ds24-appkit testpay.test.ts, ipn-vectors.json; FS:52144770316",
        ..NONE
    },
    Row {
        id: "affilicon",
        name: "AffiliCon",
        host: &["www.affilibank.de/scripts/click.php?hop={affiliate}&accountId={product}&data1={sub1}&data2={sub2}&desturl={destination}"],
        default_model: Some("last"),
        source: "affilicon.net 2021/08/03",
        ..NONE
    },
    Row {
        id: "clickbank",
        name: "ClickBank",
        host: &[
            "http://{affiliate}.{product}.hop.clickbank.net/?tid={sub1}",
            "hop.clickbank.net/?affiliate={affiliate}&vendor={product}&tid={sub1}",
        ],
        opaque: &["{_}.hop.clickbank.net/?traffic_source={sub1}&traffic_type={sub2}&campaign={campaign}&creative={_}"],
        configured: &["/*?hop={affiliate}"],
        default_window: Some("P60D"),
        default_model: Some("last"),
        source: "support.clickbank.com 220365867; theaffiliatebase.com; clickbank.com/affiliate_tools; FS:33490119118",
        ..NONE
    },
    Row {
        id: "awin",
        name: "Awin",
        host: &[
            "www.awin1.com/cread.php?awinmid={product}&v={product}&awinaffid={affiliate}&r={affiliate}&clickref={sub1}&clickref2={sub2}&clickref3={sub3}&clickref4={sub4}&clickref5={sub5}&clickref6={sub6}&ued={destination}&p={destination}&s={_}&q={_}",
            "www.awin1.com/awclick.php?mid={product}&id={affiliate}",
            "zenaps.com/rclick.php?pr={destination}",
        ],
        any: &["/*?awc!={click_id}&awc={product:digits}_{_}"],
        default_window: Some("P30D"),
        default_model: Some("last"),
        source: "help.awin.com understanding-cookies; privacy.awin.com; FS:1630727941; FS:71388814562; brave debounce.json",
        ..NONE
    },
    Row {
        id: "cj",
        name: "CJ",
        host: &[
            "www.dpbolvw.net/click-{affiliate}-{product}?sid={sub1}&url={destination}",
            "www.anrdoezrs.net/click-{affiliate}-{product}?sid={sub1}&url={destination}",
        ],
        any: &["/*?cjevent!={click_id}&cjdata={_}&AID={product}&PID={affiliate}&PUBID={affiliate}&SID={sub1}"],
        beside: &["/*?cj_linkd!={product}&cj_webid!={affiliate}&cj_affid={_}"],
        any_case: true,
        default_model: Some("last"),
        source: "docs.cj.com click-events, http-cookie; FS:54114340312; DandelionSprout",
        ..NONE
    },
    Row {
        id: "rakuten",
        name: "Rakuten",
        host: &["click.linksynergy.com/deeplink?id={affiliate}&mid={product}&u1={sub1}&murl={destination}"],
        any: &[
            "/*?ranSiteID!={click_id}&siteID!={click_id:site}&ranEAID={affiliate}&ranSiteID={affiliate}-{_}&siteID={affiliate:site}&ranMID={product}",
        ],
        default_model: Some("last"),
        source: "FS:46372364731; FS:9892796266; DandelionSprout",
        ..NONE
    },
    Row {
        id: "shareasale",
        name: "ShareASale",
        host: &["www.shareasale.com/r.cfm?b={_}&u={affiliate}&m={product}&urllink={destination:https}&afftrack={sub1}"],
        any: &["/*?sscid!={click_id}"],
        any_case: true,
        default_model: Some("last"),
        source: "FS:2082224516; FS:41674597466; AdGuard general_url.txt",
        ..NONE
    },
    Row {
        id: "impact",
        name: "impact.com",
        host: &[
            "*.evyy.net/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
            "*.pxf.io/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
            "*.sjv.io/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}",
        ],
        opaque: &["*.pxf.io/{_}", "*.sjv.io/{_}"],
        any: &["/*?irgwc!=1&irclickid!={click_id}&clickid={click_id}&tid=IR-affiliate-{affiliate}", "/*?irclickid!={click_id}"],
        configured: &["/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}"],
        default_model: Some("last"),
        coupon_precedence: Some("coupon"),
        source: "help.impact.com 48001235417, 48001235676; integrations.impact.com attribution-data; FS:58955938393; FS:53301036658",
        ..NONE
    },
    Row {
        id: "partnerize",
        name: "Partnerize",
        host: &[
            "prf.hn/click/camref:{affiliate}/pubref:{sub1}/adref:{sub2}/destination:{destination}",
            "*.prf.hn/click/camref:{affiliate}/pubref:{sub1}/adref:{sub2}/destination:{destination}",
        ],
        any: &["/*?clickref!={click_id}"],
        default_model: Some("last"),
        source: "FS:26112312508; FS:54514886008; DandelionSprout",
        ..NONE
    },
    Row {
        id: "tradedoubler",
        name: "Tradedoubler",
        host: &[
            "clk.tradedoubler.com/click?p={product}&a={affiliate}&g={_}&epi={sub1}&epi2={sub2}&url={destination}",
            "redir.tradedoubler.com/*?_td_deeplink={destination}",
        ],
        any: &["/*?tduid!={click_id}"],
        default_model: Some("last"),
        source: "FS:3402452538; FS:7859777193; AdGuard",
        ..NONE
    },
    Row {
        id: "tradetracker",
        name: "TradeTracker",
        host: &["tc.tradetracker.net/?c={product}&m={_}&a={affiliate}&r={sub1}&u={destination}"],
        any: &[
            "/*?tt!={product:digits}_{_:digits}_{affiliate:digits}_{sub1}&tt!={product:digits}_{_:digits}_{affiliate:digits}_&r={destination}",
        ],
        default_model: Some("last"),
        source: "FS:264238336; FS:39819002132; FS:13038535396",
        ..NONE
    },
    Row {
        id: "webgains",
        name: "Webgains",
        host: &[
            "track.webgains.com/click.html?wglinkid={_}&wgcampaignid={affiliate}&wgprogramid={product}&clickref={sub1}&wgtarget={destination}",
        ],
        any: &["/*?wgu!={click_id}"],
        default_model: Some("last"),
        source: "FS:34183474714; FS:27605682468",
        ..NONE
    },
    Row {
        id: "everflow",
        name: "Everflow",
        host: &["www.arjdj2msd.com/{affiliate}/{product}?sub1={sub1}"],
        any: &[
            "/*?_ef_transaction_id!!={click_id}&oid={product}&affid={affiliate}&sub1={sub1}&sub2={sub2}&sub3={sub3}&sub4={sub4}&sub5={sub5}",
        ],
        default_window: Some("P90D"),
        coupon_precedence: Some("click"),
        source: "helpdesk.everflow.io conversion-attribution-priority; hackmd @everflow-attribution; FS:44415340554; FS:65777819841; FS:61982292054; FS:69593072034",
        ..NONE
    },
    Row {
        id: "tune",
        name: "TUNE",
        host: &[
            "*.go2cloud.org/aff_c?offer_id={product}&aff_id={affiliate}&aff_sub={sub1}&aff_sub2={sub2}&aff_sub3={sub3}&aff_sub4={sub4}&aff_sub5={sub5}&url_id={_}&source={_}",
        ],
        configured: &["/*?transaction_id={click_id}"],
        default_model: Some("last"),
        source: "FS:43799069111; support.tune.com 1500008248141",
        ..NONE
    },
    Row {
        id: "rewardful",
        name: "Rewardful",
        configured: &["/*?via={affiliate}"],
        default_window: Some("P60D"),
        default_model: Some("first"),
        source: "rewardful.com/first-or-last-touch-attribution",
        ..NONE
    },
    Row {
        id: "firstpromoter",
        name: "FirstPromoter",
        any: &["/*?fpr!={affiliate}"],
        source: "docs.firstpromoter.com concepts; FS:69127880115",
        ..NONE
    },
    Row {
        id: "tapfiliate",
        name: "Tapfiliate",
        any: &["/*?tap_a!={_}&tap_s!={_}"],
        configured: &["/*?ref={affiliate}"],
        default_window: Some("P45D"),
        default_model: Some("last"),
        source: "support.tapfiliate.com 1442200; DandelionSprout",
        ..NONE
    },
    Row {
        id: "refersion",
        name: "Refersion",
        any: &["/*?rfsn!={affiliate}.{_}&rfsn!={affiliate}&subid={sub1}"],
        source: "FS:23726756271; FS:52763958562; support.refersion.com 2766131; DandelionSprout",
        ..NONE
    },
    Row {
        id: "partnerstack",
        name: "PartnerStack",
        any: &["/*?ps_partner_key!={affiliate:base64}&gspk!={affiliate:base64}&ps_xid!={click_id}&gsxid!={click_id}&pscd={_}"],
        default_window: Some("P90D"),
        default_model: Some("last"),
        source: "support.partnerstack.com 360009312753, 360009315333; FS:55053172839; FS:62320964977",
        ..NONE
    },
    Row {
        id: "dub",
        name: "Dub",
        any: &["/*?dub_id!={click_id}"],
        configured: &["/*?via={affiliate}"],
        default_window: Some("P90D"),
        default_model: Some("last"),
        source: "dubinc/analytics@fb4cfa9 base.js; dubinc/dub@1de955f",
        ..NONE
    },
    Row {
        id: "gumroad",
        name: "Gumroad",
        host: &[
            "gumroad.com/a/{affiliate:integer}/{product}",
            "gumroad.com/l/{product}?affiliate_id={affiliate:integer}&a={affiliate:integer}",
        ],
        default_window: Some("P30D"),
        default_model: Some("last"),
        source: "antiwork/gumroad@8c16285",
        ..NONE
    },
    Row {
        id: "lemon_squeezy",
        name: "Lemon Squeezy",
        host: &["{product}.lemonsqueezy.com/?aff={affiliate}"],
        source: "FS:69382397541; docs.lemonsqueezy.com payouts",
        ..NONE
    },
    Row {
        id: "whop",
        name: "Whop",
        host: &["whop.com/{product}?a={affiliate}", "dash.whop.com/{product}?a={affiliate}"],
        source: "FS:58047213101; FS:37346096708",
        ..NONE
    },
    Row {
        id: "affiliatewp",
        name: "AffiliateWP",
        configured: &["/*?ref={affiliate}&campaign={campaign}", "/ref/{affiliate}/*"],
        default_model: Some("first"),
        coupon_precedence: Some("coupon"),
        source: "JustinSainton/AffiliateWP@76dc123",
        ..NONE
    },
    Row {
        id: "slicewp",
        name: "SliceWP",
        configured: &["/*?aff={affiliate}", "/aff/{affiliate}"],
        source: "WordPressBugBounty/plugins-slicewp@0cf1ce2",
        ..NONE
    },
    Row {
        id: "post_affiliate_pro",
        name: "Post Affiliate Pro",
        host: &["*.postaffiliatepro.com/scripts/click.php?a_aid={affiliate}&a_bid={_}&data1={sub1}&data2={sub2}&chan={sub3}"],
        any: &["/*?a_aid!={affiliate}&a_bid={_}&data1={sub1}&data2={sub2}&chan={sub3}", "/*#a_aid!={affiliate}"],
        configured: &["/ref/{affiliate}", "/*#{affiliate}"],
        default_window: Some("P60D"),
        default_model: Some("first"),
        source: "support.qualityunit.com 175047, 559294; FS:35802511304; FS:55172569829",
        ..NONE
    },
    Row {
        id: "idevaffiliate",
        name: "iDevAffiliate",
        any: &[
            "/idevaffiliate.php?id!={affiliate}_{_}&id!={affiliate}&tid1={sub1}&tid2={sub2}&tid3={sub3}&tid4={sub4}&sub_id={sub5}&url={_}",
        ],
        source: "FS:45258108720; FS:18094870367; FS:5727246585; help.idevaffiliate.com webhooks",
        ..NONE
    },
    Row {
        id: "amazon",
        name: "Amazon Associates",
        host: &[
            "www.amazon.com/dp/{product}?tag={affiliate}&linkCode={_}&ascsubtag={sub1}",
            "www.amazon.com/dp/{product}/ref={_}?tag={affiliate}&linkCode={_}&ascsubtag={sub1}",
            "www.amazon.com/{_}/dp/{product}?tag={affiliate}&linkCode={_}&ascsubtag={sub1}",
            "www.amazon.com/{_}/dp/{product}/ref={_}?tag={affiliate}&linkCode={_}&ascsubtag={sub1}",
        ],
        default_window: Some("PT24H"),
        default_model: Some("last"),
        source: "geekvillage (old terms text); tapmy.store; ClearURLs",
        ..NONE
    },
    Row {
        id: "ebay",
        name: "eBay Partner Network",
        any: &[
            "/itm/{product}?mkcid=1&mkrid={_}&siteid={_}&campid!={affiliate}&toolid={_}&customid={sub1}",
            "/itm/{_}/{product}?mkcid=1&mkrid={_}&siteid={_}&campid!={affiliate}&toolid={_}&customid={sub1}",
            "/*?mkcid=1&mkrid={_}&siteid={_}&campid!={affiliate}&toolid={_}&customid={sub1}",
        ],
        source: "ClearURLs; DandelionSprout allow list; eBay dev docs",
        ..NONE
    },
    Row { id: "shopify_collabs", name: "Shopify Collabs", opaque: &["collabs.shop/{_}"], source: "FS:57452403118", ..NONE },
    Row {
        id: "epic",
        name: "Epic",
        host: &["www.epicgames.com/store/{_}/p/{product}?epic_affiliate={affiliate}&epic_gameId={_}"],
        source: "DandelionSprout",
        ..NONE
    },
    Row { id: "uppromote", name: "UpPromote", any: &["/*?sca_ref!={affiliate}"], source: "FS:53158882517", ..NONE },
    Row {
        id: "2performant",
        name: "2Performant",
        any: &["/*?2p_affiliate_id!={affiliate}&2p_click_token!={click_id}"],
        source: "DandelionSprout",
        ..NONE
    },
    Row { id: "clickfunnels", name: "ClickFunnels", any: &["/*?cf_affiliate_id!={affiliate}"], source: "DandelionSprout", ..NONE },
    Row {
        id: "buygoods",
        name: "BuyGoods",
        host: &["buygoods.com/{_}?aff_id={affiliate}&subid={sub1}&subid2={sub2}&subid3={sub3}&subid4={sub4}&subid5={sub5}"],
        source: "FS:66438320903; buygoods.ticksy.com 16022",
        ..NONE
    },
    Row {
        id: "aiarmada",
        name: "AIArmada affiliates",
        configured: &["/*?aff={affiliate}&affiliate={affiliate}&ref={affiliate}&referral={affiliate}", "/r/{affiliate}?to={destination}"],
        default_window: Some("P30D"),
        default_model: Some("last"),
        source: "AIArmada/commerce@4a11b85",
        ..NONE
    },
    Row {
        id: "refferq",
        name: "Refferq",
        configured: &["/*?ref={affiliate}&attr={sub1}", "/r/{affiliate}?target={destination}"],
        default_window: Some("P30D"),
        source: "Refferq@e049091",
        ..NONE
    },
    Row {
        id: "appsflyer",
        name: "AppsFlyer",
        host: &[
            "*.onelink.me/{product}?pid={_}&c={campaign}&af_siteid={affiliate}&af_sub1={sub1}&af_sub2={sub2}&af_sub3={sub3}&af_sub4={sub4}&af_sub5={sub5}",
            "app.appsflyer.com/{product}?pid={_}&c={campaign}&af_siteid={affiliate}&af_sub1={sub1}&af_sub2={sub2}&af_sub3={sub3}&af_sub4={sub4}&af_sub5={sub5}",
        ],
        any: &["/*?af_siteid!={affiliate}&af_sub_siteid={_}&clickid={click_id}"],
        default_model: Some("last"),
        source: "support.appsflyer.com 207447163",
        ..NONE
    },
    Row {
        id: "adjust",
        name: "Adjust / Play referrer",
        host: &[
            "play.google.com/store/apps/details?id={product}&referrer=adjust_reftag!%3D{click_id}%26utm_source%3D{sub1}%26utm_campaign%3D{campaign}",
        ],
        source: "FS:8289521416; FS:34672615157; FS:11895686279; AdGuard",
        ..NONE
    },
    Row {
        id: "branch",
        name: "Branch",
        host: &[
            "*.app.link/{_}?$3p={_}&~click_id={click_id}&~secondary_publisher={affiliate}&~campaign={campaign}&~keyword={sub1}&$canonical_url={destination}&_branch_match_id={_}",
        ],
        any: &[
            "/*?_branch_match_id!={_}&$3p={_}&~click_id={click_id}&~secondary_publisher={affiliate}&~campaign={campaign}&~keyword={sub1}&$canonical_url={destination}",
        ],
        source: "DandelionSprout",
        ..NONE
    },
    Row {
        id: "commission_factory",
        name: "Commission Factory",
        default_model: Some("last"),
        coupon_precedence: Some("coupon"),
        source: "help.commissionfactory.com",
        ..NONE
    },
];
