// The words of the package's types: what a text may be.

/** How the host knows of a touch, strongest first. */
export type Evidence = 'manual' | 'coupon' | 'token' | 'parameter' | 'cookie' | 'identity' | 'claim' | 'click' | 'impression'

/** What the visitor said about tracking; a Global Privacy Control signal counts as refused. */
export type Consent = 'granted' | 'denied' | 'unknown' | 'gpc'

/** Whether the buyer bought from the vendor before. */
export type Customer = 'new' | 'returning'

/** What a token is for; it opens for the same purpose only. */
export type Purpose = 'cookie' | 'link' | 'mail' | 'profile'

/** What an entry's recipient is in the settlement. */
export type Role = 'tax' | 'fee' | 'affiliate' | 'partner' | 'second_level' | 'vendor'

export type Event = 'sale' | 'lead' | 'click' | 'impression'

export type Rounding = 'half_away' | 'half_even' | 'down'

export type What =
  | 'percent'
  | 'fixed'
  | 'choice'
  | 'tier'
  | 'first_payment'
  | 'bonus'
  | 'minimum'
  | 'maximum'
  | 'budget'
  | 'nothing_left'
  | 'no_rule'
  | 'no_partnership'
  | 'recurring_over'

/** What became of a touch. The checks run in this order; the first that fails is the reason. */
export type Reason =
  | 'credited'
  | 'not_navigated'
  | 'no_consent'
  | 'unsigned'
  | 'after_order'
  | 'outside_window'
  | 'impossible_time'
  | 'unknown_affiliate'
  | 'no_partnership'
  | 'suspended'
  | 'other_product'
  | 'self_referral'
  | 'coupon_not_used'
  | 'coupon_audience'
  | 'duplicate'
  | 'after_cart'
  | 'stand_down'
  | 'outranked'
  | 'superseded'

/** What an error's `code` may be; `core/vectors/codes.json` says what each means. */
export type ErrorCode =
  | 'id_invalid'
  | 'text_invalid'
  | 'word_unknown'
  | 'number_invalid'
  | 'type_invalid'
  | 'time_invalid'
  | 'time_naive'
  | 'time_zone_unknown'
  | 'duration_invalid'
  | 'money_invalid'
  | 'money_out_of_range'
  | 'currency_unknown'
  | 'currency_mismatch'
  | 'rate_invalid'
  | 'program_syntax'
  | 'program_invalid'
  | 'program_conflict'
  | 'program_unknown'
  | 'moderation_refused'
  | 'messages_invalid'
  | 'template_invalid'
  | 'link_invalid'
  | 'link_unbuildable'
  | 'key_length'
  | 'key_weak'
  | 'key_id_invalid'
  | 'key_repeated'
  | 'key_missing'
  | 'key_retired'
  | 'audience_invalid'
  | 'lifetime_invalid'
  | 'click_id_invalid'
  | 'carrier_full'
  | 'token_length'
  | 'token_not_ascii'
  | 'token_not_canonical'
  | 'token_version'
  | 'token_purpose'
  | 'token_key_unknown'
  | 'token_forged'
  | 'token_malformed'
  | 'token_from_future'
  | 'token_expired'
  | 'token_key_retired'
  | 'identity_invalid'
  | 'signature_invalid'
  | 'webhook_invalid'
  | 'claim_invalid'
  | 'claim_personal'
  | 'cookie_invalid'
  | 'order_lines'
  | 'line_repeated'
  | 'line_unknown'
  | 'quantity_invalid'
  | 'amount_negative'
  | 'tax_over_gross'
  | 'too_large'
  | 'rate_not_allowed'
  | 'history_missing'
  | 'event_invalid'
  | 'event_conflict'
  | 'event_waits'
  | 'snapshot_invalid'
  | 'decision_mismatch'
  | 'commission_invalid'
  | 'refund_not_positive'
  | 'refund_over_paid'
  | 'refund_unknown'
  | 'refund_repeated'
  | 'column_missing'
  | 'column_type'
  | 'column_null'
  | 'order_repeated'
  | 'cancelled'

/** What an identity was made of. */
export type IdentityKind = 'email' | 'phone' | 'customer'

/** What is odd about a link. */
export type LinkWarning =
  | 'placeholder'
  | 'html_escaped'
  | 'surrounding_space'
  | 'surrounding_quotes'
  | 'trailing_garbage'
  | 'missing_scheme'
  | 'missing_affiliate'
  | 'duplicate_parameter'
  | 'conflicting_duplicate'
  | 'network_name_as_affiliate'
  | 'second_network'
  | 'no_query_separator'
  | 'query_in_fragment'
  | 'nested_query'
  | 'host_case_folded'
  | 'opaque_link'
  | 'unreadable_value'
  | 'double_encoded'
  | 'non_ascii_id'
  | 'user_info'

/** A column that `readColumn` can give. */
export type LinkField =
  | 'host'
  | 'network'
  | 'template'
  | 'product'
  | 'affiliate'
  | 'campaign'
  | 'click_id'
  | 'destination'
  | 'sub_ids'
  | 'second_networks'
  | 'warnings'

/** What a program would better not do. */
export type Hint =
  | 'stripped_parameter'
  | 'insecure_link'
  | 'rule_never_matches'
  | 'window_beyond_carrier'
  | 'useless_evidence'
  | 'unused_class'
  | 'never_approved'

/** What looks odd about an order, though it changed nothing. */
export type Suspicion = 'shared_click' | 'contradicted_token' | 'same_moment' | 'coupon_alone' | 'many_accounts' | 'clock_skew'

/** Which contact a claim speaks of. */
export type Touchpoint = 'first' | 'last'

/** What became of a claim. */
export type ClaimOutcome = 'accepted' | 'replay' | 'ignored_conflict' | 'conflict' | 'reject'

/** What an event of a ledger is. */
export type LedgerKind =
  | 'order'
  | 'abandoned'
  | 'payment'
  | 'refund'
  | 'chargeback'
  | 'chargeback_won'
  | 'approval'
  | 'denial'
  | 'adjustment'
  | 'partnership'
  | 'account'
  | 'payout_created'
  | 'payout_paid'
  | 'payout_failed'

/** What became of an event. */
export type EventOutcome =
  | 'recorded'
  | 'replay'
  | 'waiting'

/** How far an order is. */
export type OrderState =
  | 'abandoned'
  | 'pending'
  | 'completed'
  | 'paid'
  | 'refunded'

/** How far a commission is. */
export type CommissionState =
  | 'pending'
  | 'approved'
  | 'paid'
  | 'reversed'

/** Why money is not paid out. */
export type WhyWithheld =
  | 'negative'
  | 'suspended'
  | 'not_verified'
  | 'below_minimum'

/** The state of a partnership. */
export type PartnershipState =
  | 'invited'
  | 'requested'
  | 'approved'
  | 'denied'
  | 'suspended'
  | 'ended'

/** A sales platform whose webhooks sentby reads. */
export type Platform =
  | 'copecart'
  | 'digistore24'

/** What a webhook tells. */
export type WebhookKind =
  | 'payment'
  | 'pending'
  | 'trial'
  | 'refund'
  | 'chargeback'
  | 'chargeback_won'
  | 'failed'
  | 'missed'
  | 'refund_failed'
  | 'upcoming'
  | 'cancelled'
  | 'resumed'
  | 'ended'
  | 'affiliation'
  | 'ticket'
  | 'connection'
  | 'unknown'

/** What is done about a partnership. */
export type ModerationAction =
  | 'invite'
  | 'request'
  | 'approve'
  | 'deny'
  | 'suspend'
  | 'end'

/** What a diagnosis found. */
export type DiagnosisCode =
  | 'unknown_affiliate'
  | 'near_match'
  | 'other_region'
  | 'not_approved'
  | 'ended'
  | 'suspended'
  | 'unknown_product'
  | 'no_touch'
  | 'outside_window'
  | 'another_won'
  | 'refused'
  | 'no_commission'
  | 'unknown_order'
  | 'not_paid_yet'
  | 'abandoned'
  | 'refunded'
  | 'denied'
  | 'not_agreed'
  | 'on_hold'
  | 'negative'
  | 'below_minimum'
  | 'not_verified'
  | 'payout_due'
  | 'paid_out'
  | 'earned'
  | 'nothing_recorded'

/** A text format that entries are exported in. */
export type ExportFormat =
  | 'json'
  | 'csv'
