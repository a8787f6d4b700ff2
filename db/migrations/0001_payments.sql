-- Money is a bigint in minor units. Every table that belongs to a payment carries the payment's id
-- first in its primary key, so that the schema can be spread over several machines by payment.

create table merchant (
  msn text primary key constraint merchant_msn_is_digits check (msn ~ '^[0-9]{4,10}$'),
  name text not null constraint merchant_name_length check (length(name) between 1 and 200),
  status text not null default 'ACTIVE' constraint merchant_status check (status in ('ACTIVE', 'DEACTIVATED')),
  rail text not null default 'psp-v2' constraint merchant_rail check (rail in ('psp-v2', 'psp-v3', 'epayment-psp', 'epayment')),
  client_id text not null unique,
  client_secret_hash bytea not null,
  subscription_key_hash bytea not null,
  acquirer_merchant_id text not null,
  terminal_id text not null,
  category_code text not null constraint merchant_category_code check (category_code ~ '^[0-9]{4}$'),
  descriptor text not null constraint merchant_descriptor_length check (length(descriptor) between 1 and 25),
  country text not null constraint merchant_country check (country ~ '^[A-Z]{2}$'),
  credit_cards_allowed boolean not null default true,
  payment_limit_minor bigint constraint merchant_payment_limit check (payment_limit_minor > 0),
  use_return_page boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp()
);

create table payment (
  id uuid primary key,
  msn text not null references merchant (msn),
  reference text not null constraint payment_reference_form check (reference ~ '^[a-zA-Z0-9-]{8,64}$'),
  -- A definite refusal at initiation gives the reference back to the merchant.
  reference_released boolean not null default false,
  rail text not null,
  -- The id that Vipps knows the payment by now; psp_transaction holds the earlier ones too.
  psp_transaction_id text not null,
  state text not null constraint payment_state check (state in (
    'CREATED', 'AUTHORISING', 'ANSWERING', 'STEP_UP', 'REVERSING',
    'AUTHORISED', 'FAILED', 'ABORTED', 'EXPIRED', 'TERMINATED')),
  -- Counts the operations: the next entry in the log has the next number.
  version integer not null default 1 constraint payment_version check (version > 0),
  currency text not null constraint payment_currency check (currency in ('NOK', 'DKK', 'EUR', 'SEK', 'USD', 'GBP')),
  amount_minor bigint not null constraint payment_amount check (amount_minor > 0),
  authorised_minor bigint not null default 0,
  captured_minor bigint not null default 0,
  capturing_minor bigint not null default 0,
  cancelled_minor bigint not null default 0,
  cancelling_minor bigint not null default 0,
  refunded_minor bigint not null default 0,
  refunding_minor bigint not null default 0,
  user_flow text not null constraint payment_user_flow check (user_flow in ('WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE')),
  return_url text,
  -- What the acquirer's and Vipps' pages show the customer.
  payment_text text not null,
  metadata jsonb,
  phone_number_last_four text constraint payment_phone_last_four check (phone_number_last_four ~ '^[0-9]{4}$'),
  return_token_hash bytea not null,
  vipps_redirect_url text,
  masked_pan text constraint payment_pan_is_masked check (masked_pan ~ '^[0-9]{6}\*+[0-9]{4}$'),
  bin text constraint payment_bin check (bin ~ '^[0-9]{6}$'),
  scheme text,
  acquirer_reference text,
  authorisation_code text,
  rrn text,
  response_code text,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  authorised_at timestamptz,
  -- A column of its own for the index of those that may expire: while it stays as it is, a change of
  -- state leaves every index alone (a heap-only update), and a payment changes its state several times.
  awaits_customer boolean not null generated always as (state in ('CREATED', 'STEP_UP')) stored,
  constraint payment_amounts_are_not_negative check (
    authorised_minor >= 0 and captured_minor >= 0 and capturing_minor >= 0 and cancelled_minor >= 0
    and cancelling_minor >= 0 and refunded_minor >= 0 and refunding_minor >= 0),
  constraint payment_authorised_at_most_the_amount check (authorised_minor <= amount_minor),
  -- What is under way counts: two concurrent captures can never both take the last krone.
  constraint payment_taken_at_most_authorised check (
    captured_minor + capturing_minor + cancelled_minor + cancelling_minor <= authorised_minor),
  constraint payment_refunded_at_most_captured check (refunded_minor + refunding_minor <= captured_minor)
) with (fillfactor = 60);

create unique index payment_reference_of_merchant on payment (msn, reference) where not reference_released;
create unique index payment_return_token on payment (return_token_hash);
create index payment_to_expire on payment (expires_at) where awaits_customer;

create table psp_transaction (
  payment_id uuid not null references payment (id),
  psp_transaction_id text not null constraint psp_transaction_id_form check (psp_transaction_id ~ '^[a-z0-9]{1,36}$'),
  merchant_order_id text not null,
  -- The idempotency key of init at Vipps; the same over every retry.
  request_id uuid not null,
  make_payment_token_hash bytea not null,
  superseded_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (payment_id, psp_transaction_id),
  -- Vipps wants the id unique for the PSP as a whole, not only for the merchant.
  constraint psp_transaction_id_is_unique unique (psp_transaction_id)
);

create table operation (
  payment_id uuid not null references payment (id),
  sequence integer not null,
  event text not null,
  amount_minor bigint,
  detail jsonb not null default '{}',
  at timestamptz not null default clock_timestamp(),
  primary key (payment_id, sequence)
);

create function refuse_change_of_log() returns trigger language plpgsql as $$
begin
  raise exception 'The table % is append-only: what happened cannot be changed', tg_table_name;
end
$$;

create trigger operation_is_append_only before update or delete or truncate on operation
  for each statement execute function refuse_change_of_log();

create table authorisation_leg (
  payment_id uuid not null references payment (id),
  attempt smallint not null,
  leg smallint not null constraint authorisation_leg_number check (leg in (1, 2)),
  psp_transaction_id text not null,
  acquirer_reference text not null,
  -- The copy of the service that works on the leg; a completer takes over with a higher fence.
  owner uuid not null,
  fence integer not null default 1,
  opened_at timestamptz not null default clock_timestamp(),
  outcome text,
  response_code text,
  -- The exact bytes that Vipps is answered with; written once.
  reply text,
  reply_status text constraint authorisation_leg_reply_status check (reply_status in ('OK', 'FAIL', 'SOFT_DECLINE')),
  decided_at timestamptz,
  delivery text not null default 'NONE' constraint authorisation_leg_delivery check (delivery in ('NONE', 'TOLD', 'NOT_TOLD')),
  delivered_at timestamptz,
  -- For the index of the completer; see payment.awaits_customer.
  unfinished boolean not null generated always as
    (reply is null or (reply_status = 'OK' and delivery = 'NONE')) stored,
  primary key (payment_id, attempt, leg),
  constraint authorisation_leg_reply_is_whole check ((reply is null) = (reply_status is null)),
  constraint authorisation_leg_only_replies_are_delivered check (delivery = 'NONE' or reply is not null)
) with (fillfactor = 70);

create index authorisation_leg_unfinished on authorisation_leg (opened_at) where unfinished;

create table reversal (
  payment_id uuid not null references payment (id),
  attempt smallint not null,
  leg smallint not null,
  psp_transaction_id text not null,
  original_reference text not null,
  -- Counts the messages: after an answer that proves nothing the next one is a new message.
  ordinal integer not null default 1,
  state text not null default 'DUE' constraint reversal_state check (state in ('DUE', 'ACKNOWLEDGED')),
  reason text not null,
  -- When the authorisation was sent at the latest: the acquirer may process it for a while after.
  authorisation_sent_at timestamptz not null,
  ordered_at timestamptz not null default clock_timestamp(),
  next_attempt_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  last_answer text,
  owner uuid,
  leased_until timestamptz,
  fence integer not null default 0,
  acknowledged_at timestamptz,
  primary key (payment_id, attempt, leg)
);

create index reversal_due on reversal (next_attempt_at) where state = 'DUE';

create table merchant_event (
  payment_id uuid not null references payment (id),
  sequence integer not null,
  name text not null constraint merchant_event_name check (name in (
    'CREATED', 'ABORTED', 'EXPIRED', 'CANCELLED', 'CAPTURED', 'REFUNDED', 'AUTHORIZED', 'TERMINATED')),
  psp_reference uuid not null default gen_random_uuid(),
  amount_minor bigint not null,
  idempotency_key text,
  success boolean not null default true,
  at timestamptz not null default clock_timestamp(),
  primary key (payment_id, sequence)
);

create table idempotency_record (
  msn text not null references merchant (msn),
  key text not null constraint idempotency_record_key_length check (length(key) between 1 and 50),
  operation text not null,
  -- Keyed hash of method, path and body: tells the same request from another one under the same key.
  fingerprint bytea not null,
  payment_id uuid,
  -- Absent until the request has an answer that sticks.
  status integer,
  body text,
  -- The copy of the service that works on the request; nobody where its fate is unknown.
  owner uuid,
  claimed_until timestamptz,
  fence integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  primary key (msn, key),
  constraint idempotency_record_answer_is_whole check ((status is null) = (body is null))
);

create index idempotency_record_to_forget on idempotency_record (created_at);

create table instance (
  id uuid primary key,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp()
);
