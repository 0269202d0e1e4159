"""The words of the records, the same in every language."""

from typing import Literal, TypeAlias

Evidence: TypeAlias = Literal["manual", "coupon", "token", "parameter", "cookie", "identity", "claim", "click", "impression"]
Consent: TypeAlias = Literal["granted", "denied", "unknown", "gpc"]
Customer: TypeAlias = Literal["new", "returning"]
Purpose: TypeAlias = Literal["cookie", "link", "mail", "profile"]
Role: TypeAlias = Literal["tax", "fee", "affiliate", "partner", "vendor"]
Reason: TypeAlias = Literal[
    "credited",
    "not_navigated",
    "no_consent",
    "unsigned",
    "after_order",
    "outside_window",
    "unknown_affiliate",
    "no_partnership",
    "suspended",
    "other_product",
    "self_referral",
    "coupon_not_used",
    "duplicate",
    "after_cart",
    "stand_down",
    "outranked",
    "superseded",
]
