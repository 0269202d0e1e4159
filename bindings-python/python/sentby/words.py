"""The words of the records, the same in every language."""

from typing import Literal, TypeAlias

Evidence: TypeAlias = Literal["manual", "coupon", "token", "parameter", "cookie", "identity", "claim", "click", "impression"]
Consent: TypeAlias = Literal["granted", "denied", "unknown", "gpc"]
Customer: TypeAlias = Literal["new", "returning"]
Purpose: TypeAlias = Literal["cookie", "link", "mail", "profile"]
Role: TypeAlias = Literal["tax", "fee", "affiliate", "partner", "second_level", "vendor"]
Event: TypeAlias = Literal["sale", "lead", "click", "impression"]
Rounding: TypeAlias = Literal["half_away", "half_even", "down"]
What: TypeAlias = Literal[
    "percent",
    "fixed",
    "choice",
    "tier",
    "first_payment",
    "bonus",
    "minimum",
    "maximum",
    "budget",
    "nothing_left",
    "no_rule",
    "no_partnership",
    "recurring_over",
]
Reason: TypeAlias = Literal[
    "credited",
    "not_navigated",
    "no_consent",
    "unsigned",
    "after_order",
    "outside_window",
    "impossible_time",
    "unknown_affiliate",
    "no_partnership",
    "suspended",
    "other_product",
    "self_referral",
    "coupon_not_used",
    "coupon_audience",
    "duplicate",
    "after_cart",
    "stand_down",
    "outranked",
    "superseded",
]
LinkWarning: TypeAlias = Literal[
    "placeholder",
    "html_escaped",
    "surrounding_space",
    "surrounding_quotes",
    "trailing_garbage",
    "missing_scheme",
    "missing_affiliate",
    "duplicate_parameter",
    "conflicting_duplicate",
    "network_name_as_affiliate",
    "second_network",
    "no_query_separator",
    "query_in_fragment",
    "nested_query",
    "host_case_folded",
    "opaque_link",
    "unreadable_value",
    "double_encoded",
    "non_ascii_id",
    "user_info",
]
LinkField: TypeAlias = Literal["host", "network", "template", "product", "affiliate", "campaign", "click_id", "destination", "sub_ids", "second_networks", "warnings"]
Hint: TypeAlias = Literal[
    "stripped_parameter",
    "insecure_link",
    "rule_never_matches",
    "window_beyond_carrier",
    "useless_evidence",
    "unused_class",
    "never_approved",
]
Suspicion: TypeAlias = Literal["shared_click", "contradicted_token", "same_moment", "coupon_alone", "many_accounts", "clock_skew"]
Touchpoint: TypeAlias = Literal["first", "last"]
ClaimOutcome: TypeAlias = Literal["accepted", "replay", "ignored_conflict", "conflict", "reject"]
IdentityKind: TypeAlias = Literal["email", "phone", "customer"]
LedgerKind: TypeAlias = Literal[
    "order",
    "abandoned",
    "payment",
    "refund",
    "chargeback",
    "chargeback_won",
    "approval",
    "denial",
    "adjustment",
    "partnership",
    "account",
    "payout_created",
    "payout_paid",
    "payout_failed",
]
EventOutcome: TypeAlias = Literal["recorded", "replay", "waiting"]
OrderState: TypeAlias = Literal["abandoned", "pending", "completed", "paid", "refunded"]
CommissionState: TypeAlias = Literal["pending", "approved", "paid", "reversed"]
WhyWithheld: TypeAlias = Literal["negative", "suspended", "not_verified", "below_minimum"]
PartnershipState: TypeAlias = Literal["invited", "requested", "approved", "denied", "suspended", "ended"]
Platform: TypeAlias = Literal[
    "copecart",
    "digistore24",
]
WebhookKind: TypeAlias = Literal[
    "payment",
    "pending",
    "trial",
    "refund",
    "chargeback",
    "chargeback_won",
    "failed",
    "missed",
    "refund_failed",
    "upcoming",
    "cancelled",
    "resumed",
    "ended",
    "affiliation",
    "ticket",
    "connection",
    "unknown",
]
ModerationAction: TypeAlias = Literal[
    "invite",
    "request",
    "approve",
    "deny",
    "suspend",
    "end",
]
DiagnosisCode: TypeAlias = Literal[
    "unknown_affiliate",
    "near_match",
    "other_region",
    "not_approved",
    "ended",
    "suspended",
    "unknown_product",
    "no_touch",
    "outside_window",
    "another_won",
    "refused",
    "no_commission",
    "unknown_order",
    "not_paid_yet",
    "abandoned",
    "refunded",
    "denied",
    "not_agreed",
    "on_hold",
    "negative",
    "below_minimum",
    "not_verified",
    "payout_due",
    "paid_out",
    "earned",
    "nothing_recorded",
]
ExportFormat: TypeAlias = Literal[
    "json",
    "csv",
]
PathTransform: TypeAlias = Literal["unique", "exposure", "first", "frequency"]
