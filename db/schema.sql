-- The schema as the migrations in db/migrations leave it, for reading and for review.
-- Written by `npm run db:dump`: do not edit.

set check_function_bodies = off;

create domain masked_pan as text
  constraint masked_pan_form CHECK (length(VALUE) > 10 AND btrim("left"(VALUE, 6) || "right"(VALUE, 4), '0123456789'::text) = ''::text AND btrim(substr(VALUE, 7, length(VALUE) - 10), '*'::text) = ''::text);

create domain last_four_digits as text
  constraint last_four_digits_form CHECK (length(VALUE) = 4 AND btrim(VALUE, '0123456789'::text) = ''::text);

create domain payment_reference as text
  constraint payment_reference_form CHECK (length(VALUE) >= 8 AND length(VALUE) <= 64 AND btrim(VALUE, 'abcdefghijklmnopqrstuvwxyz-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'::text) = ''::text);

create domain card_bin as text
  constraint card_bin_form CHECK (length(VALUE) = 6 AND btrim(VALUE, '0123456789'::text) = ''::text);

create domain user_flow as text
  constraint user_flow_known CHECK (VALUE = ANY (ARRAY['WEB_REDIRECT'::text, 'NATIVE_REDIRECT'::text, 'PUSH_MESSAGE'::text]));

create domain minor_units as bigint
  constraint minor_units_not_negative CHECK (VALUE >= 0);

CREATE OR REPLACE FUNCTION public.refuse_change_of_log()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'The table % is append-only: what happened cannot be changed', tg_table_name;
end
$function$;

create table authorisation_leg (
  payment_id uuid not null,
  attempt smallint not null,
  leg smallint not null,
  psp_transaction_id text not null,
  acquirer_reference text not null,
  owner uuid not null,
  fence integer default 1 not null,
  opened_at timestamp with time zone default clock_timestamp() not null,
  outcome text,
  response_code text,
  reply text,
  reply_status text,
  decided_at timestamp with time zone,
  delivery text default 'NONE'::text not null,
  delivered_at timestamp with time zone,
  unfinished boolean generated always as (reply IS NULL OR reply_status = 'OK'::text AND delivery = 'NONE'::text) stored not null,
  constraint authorisation_leg_pkey PRIMARY KEY (payment_id, attempt, leg),
  constraint authorisation_leg_delivery CHECK (delivery = ANY ('{NONE,TOLD,NOT_TOLD}'::text[])),
  constraint authorisation_leg_number CHECK (leg = ANY (ARRAY[1, 2])),
  constraint authorisation_leg_only_replies_are_delivered CHECK (delivery = 'NONE'::text OR reply IS NOT NULL),
  constraint authorisation_leg_reply_is_whole CHECK ((reply IS NULL) = (reply_status IS NULL)),
  constraint authorisation_leg_reply_status CHECK (reply_status = ANY ('{OK,FAIL,SOFT_DECLINE}'::text[]))
) with (fillfactor=70);

create table environment (
  only_one boolean default true not null,
  kind text not null,
  vipps text,
  claimed_at timestamp with time zone default clock_timestamp() not null,
  constraint environment_pkey PRIMARY KEY (only_one),
  constraint environment_is_one CHECK (only_one),
  constraint environment_kind CHECK (kind = ANY (ARRAY['PRODUCTION'::text, 'SANDBOX'::text])),
  constraint environment_vipps CHECK (vipps = ANY (ARRAY['PRODUCTION'::text, 'TEST'::text]))
);

create table idempotency_record (
  msn text not null,
  key text not null,
  operation text not null,
  fingerprint bytea not null,
  payment_id uuid,
  status integer,
  body text,
  owner uuid,
  claimed_until timestamp with time zone,
  fence integer default 1 not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  finished_at timestamp with time zone,
  constraint idempotency_record_pkey PRIMARY KEY (msn, key),
  constraint idempotency_record_answer_is_whole CHECK ((status IS NULL) = (body IS NULL)),
  constraint idempotency_record_key_length CHECK (length(key) >= 1 AND length(key) <= 50)
);

create table instance (
  id uuid not null,
  started_at timestamp with time zone default clock_timestamp() not null,
  heartbeat_at timestamp with time zone default clock_timestamp() not null,
  constraint instance_pkey PRIMARY KEY (id)
);

create table merchant (
  msn text not null,
  name text not null,
  status text default 'ACTIVE'::text not null,
  rail text default 'psp-v2'::text not null,
  client_id text not null,
  client_secret_hash bytea not null,
  subscription_key_hash bytea not null,
  acquirer_merchant_id text not null,
  terminal_id text not null,
  category_code text not null,
  descriptor text not null,
  country text not null,
  credit_cards_allowed boolean default true not null,
  payment_limit_minor bigint,
  use_return_page boolean default false not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  former_client_secret_hash bytea,
  former_subscription_key_hash bytea,
  former_credentials_until timestamp with time zone,
  step_up_allowed boolean default true not null,
  constraint merchant_pkey PRIMARY KEY (msn),
  constraint merchant_client_id_key UNIQUE (client_id),
  constraint merchant_category_code CHECK (category_code ~ '^[0-9]{4}$'::text),
  constraint merchant_country CHECK (country ~ '^[A-Z]{2}$'::text),
  constraint merchant_descriptor_length CHECK (length(descriptor) >= 1 AND length(descriptor) <= 25),
  constraint merchant_former_credentials_are_whole CHECK ((former_client_secret_hash IS NULL) = (former_credentials_until IS NULL) AND (former_subscription_key_hash IS NULL) = (former_credentials_until IS NULL)),
  constraint merchant_msn_is_digits CHECK (msn ~ '^[0-9]{4,10}$'::text),
  constraint merchant_name_length CHECK (length(name) >= 1 AND length(name) <= 200),
  constraint merchant_payment_limit CHECK (payment_limit_minor > 0),
  constraint merchant_rail CHECK (rail = ANY (ARRAY['psp-v2'::text, 'psp-v3'::text, 'epayment-psp'::text, 'epayment'::text])),
  constraint merchant_status CHECK (status = ANY (ARRAY['ACTIVE'::text, 'DEACTIVATED'::text]))
);

create table merchant_event (
  payment_id uuid not null,
  sequence integer not null,
  name text not null,
  psp_reference uuid default gen_random_uuid() not null,
  amount_minor bigint not null,
  idempotency_key text,
  success boolean default true not null,
  at timestamp with time zone default clock_timestamp() not null,
  constraint merchant_event_pkey PRIMARY KEY (payment_id, sequence),
  constraint merchant_event_name CHECK (name = ANY ('{CREATED,ABORTED,EXPIRED,CANCELLED,CAPTURED,REFUNDED,AUTHORIZED,TERMINATED}'::text[]))
);

create table modification (
  payment_id uuid not null,
  operation_id text not null,
  kind text not null,
  amount_minor bigint not null,
  carried_out_by text not null,
  state text not null,
  acquirer_reference text,
  idempotency_key text,
  response_code text,
  rrn text,
  content_hash bytea,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone,
  owner uuid,
  leased_until timestamp with time zone,
  fence integer default 0 not null,
  last_answer text,
  begun_at timestamp with time zone default clock_timestamp() not null,
  settled_at timestamp with time zone,
  constraint modification_pkey PRIMARY KEY (payment_id, operation_id),
  constraint modification_amount CHECK (amount_minor > 0),
  constraint modification_carried_out_by CHECK (carried_out_by = ANY (ARRAY['ADAPTER'::text, 'ELSEWHERE'::text])),
  constraint modification_elsewhere_is_over CHECK (carried_out_by = 'ADAPTER'::text OR (state = ANY (ARRAY['DONE'::text, 'FAILED_ELSEWHERE'::text]))),
  constraint modification_kind CHECK (kind = ANY (ARRAY['CAPTURE'::text, 'CANCEL'::text, 'REFUND'::text])),
  constraint modification_of_ours_has_a_reference CHECK ((carried_out_by = 'ADAPTER'::text) = (acquirer_reference IS NOT NULL)),
  constraint modification_operation_id_length CHECK (length(operation_id) >= 1 AND length(operation_id) <= 64),
  constraint modification_state CHECK (state = ANY (ARRAY['UNDER_WAY'::text, 'DONE'::text, 'REFUSED'::text, 'FAILED_ELSEWHERE'::text])),
  constraint modification_under_way_is_retried CHECK ((state = 'UNDER_WAY'::text) = (next_attempt_at IS NOT NULL))
);

create table operation (
  payment_id uuid not null,
  sequence integer not null,
  event text not null,
  amount_minor bigint,
  detail jsonb default '{}'::jsonb not null,
  at timestamp with time zone default clock_timestamp() not null,
  constraint operation_pkey PRIMARY KEY (payment_id, sequence)
);

create table payment (
  id uuid not null,
  msn text not null,
  reference payment_reference not null,
  reference_released boolean default false not null,
  rail text not null,
  psp_transaction_id text not null,
  state text not null,
  version integer default 1 not null,
  currency text not null,
  amount_minor bigint not null,
  authorised_minor minor_units default 0 not null,
  captured_minor minor_units default 0 not null,
  capturing_minor minor_units default 0 not null,
  cancelled_minor minor_units default 0 not null,
  cancelling_minor minor_units default 0 not null,
  refunded_minor minor_units default 0 not null,
  refunding_minor minor_units default 0 not null,
  user_flow user_flow not null,
  return_url text,
  payment_text text not null,
  metadata jsonb,
  phone_number_last_four last_four_digits,
  return_token_hash bytea not null,
  vipps_redirect_url text,
  masked_pan masked_pan,
  bin card_bin,
  scheme text,
  acquirer_reference text,
  authorisation_code text,
  rrn text,
  response_code text,
  created_at timestamp with time zone default clock_timestamp() not null,
  expires_at timestamp with time zone not null,
  authorised_at timestamp with time zone,
  awaits_customer boolean generated always as (state = ANY (ARRAY['CREATED'::text, 'STEP_UP'::text])) stored not null,
  ended_as text generated always as (
CASE
    WHEN state = ANY (ARRAY['FAILED'::text, 'ABORTED'::text, 'EXPIRED'::text, 'TERMINATED'::text]) THEN state
    ELSE NULL::text
END) stored,
  constraint payment_pkey PRIMARY KEY (id),
  constraint payment_amount CHECK (amount_minor > 0),
  constraint payment_authorised_at_most_the_amount CHECK (authorised_minor::bigint <= amount_minor),
  constraint payment_currency CHECK (currency = ANY ('{NOK,DKK,EUR,SEK,USD,GBP}'::text[])),
  constraint payment_refunded_at_most_captured CHECK ((refunded_minor::bigint + refunding_minor::bigint) <= captured_minor::bigint),
  constraint payment_state CHECK (state = ANY ('{CREATED,AUTHORISING,ANSWERING,STEP_UP,REVERSING,AUTHORISED,FAILED,ABORTED,EXPIRED,TERMINATED}'::text[])),
  constraint payment_taken_at_most_authorised CHECK ((captured_minor::bigint + capturing_minor::bigint + cancelled_minor::bigint + cancelling_minor::bigint) <= authorised_minor::bigint),
  constraint payment_version CHECK (version > 0)
) with (fillfactor=60);

create table psp_transaction (
  payment_id uuid not null,
  psp_transaction_id text not null,
  merchant_order_id text not null,
  request_id uuid not null,
  make_payment_token_hash bytea not null,
  superseded_at timestamp with time zone,
  created_at timestamp with time zone default clock_timestamp() not null,
  constraint psp_transaction_pkey PRIMARY KEY (payment_id, psp_transaction_id),
  constraint psp_transaction_id_is_unique UNIQUE (psp_transaction_id),
  constraint psp_transaction_id_form CHECK (psp_transaction_id ~ '^[a-z0-9]{1,36}$'::text)
);

create table reversal (
  payment_id uuid not null,
  attempt smallint not null,
  leg smallint not null,
  psp_transaction_id text not null,
  original_reference text not null,
  ordinal integer default 1 not null,
  state text default 'DUE'::text not null,
  reason text not null,
  authorisation_sent_at timestamp with time zone not null,
  ordered_at timestamp with time zone default clock_timestamp() not null,
  next_attempt_at timestamp with time zone default clock_timestamp() not null,
  attempts integer default 0 not null,
  last_answer text,
  owner uuid,
  leased_until timestamp with time zone,
  fence integer default 0 not null,
  acknowledged_at timestamp with time zone,
  constraint reversal_pkey PRIMARY KEY (payment_id, attempt, leg),
  constraint reversal_state CHECK (state = ANY (ARRAY['DUE'::text, 'ACKNOWLEDGED'::text]))
);

create table schema_migration (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (number),
  constraint schema_migration_number_check CHECK (number > 0),
  constraint schema_migration_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'::text)
);

create table status_update (
  payment_id uuid not null,
  sequence integer not null,
  msn text not null,
  lane smallint generated always as ((msn::bigint % 64::bigint)::smallint) stored not null,
  psp_transaction_id text not null,
  status text not null,
  amount_minor bigint not null,
  currency text not null,
  payment_text text,
  operation_status text default 'SUCCESS'::text not null,
  state text default 'WAITING'::text not null,
  batch_id uuid,
  "position" integer,
  refusal_code text,
  refusal_text text,
  enqueued_at timestamp with time zone default clock_timestamp() not null,
  settled_at timestamp with time zone,
  rail text default 'psp-v2'::text not null,
  constraint status_update_pkey PRIMARY KEY (payment_id, sequence),
  constraint status_update_amount CHECK (amount_minor > 0),
  constraint status_update_is_batched_whole CHECK ((batch_id IS NULL) = ("position" IS NULL) AND (state = ANY (ARRAY['BATCHED'::text, 'ACCEPTED'::text])) = (batch_id IS NOT NULL)),
  constraint status_update_operation_status CHECK (operation_status = ANY (ARRAY['SUCCESS'::text, 'FAILED'::text])),
  constraint status_update_rail CHECK (rail = ANY (ARRAY['psp-v2'::text, 'psp-v3'::text])),
  constraint status_update_settles_once CHECK ((state = ANY (ARRAY['WAITING'::text, 'BATCHED'::text])) = (settled_at IS NULL)),
  constraint status_update_state CHECK (state = ANY (ARRAY['WAITING'::text, 'BATCHED'::text, 'ACCEPTED'::text, 'DEAD'::text, 'DISMISSED'::text])),
  constraint status_update_status CHECK (status = ANY (ARRAY['RESERVED'::text, 'CAPTURED'::text, 'CANCELLED'::text, 'REFUNDED'::text]))
);

create table status_update_attempt (
  msn text not null,
  batch_id uuid not null,
  attempt integer not null,
  answer text not null,
  answered_at timestamp with time zone default clock_timestamp() not null,
  constraint status_update_attempt_pkey PRIMARY KEY (msn, batch_id, attempt)
);

create table status_update_batch (
  msn text not null,
  id uuid not null,
  lane smallint generated always as ((msn::bigint % 64::bigint)::smallint) stored not null,
  lines integer not null,
  state text default 'OPEN'::text not null,
  attempts integer default 1 not null,
  refused_attempts integer default 0 not null,
  next_attempt_at timestamp with time zone not null,
  last_answer text,
  made_at timestamp with time zone default clock_timestamp() not null,
  settled_at timestamp with time zone,
  rail text default 'psp-v2'::text not null,
  constraint status_update_batch_pkey PRIMARY KEY (msn, id),
  constraint status_update_batch_attempts CHECK (refused_attempts >= 0 AND refused_attempts <= attempts),
  constraint status_update_batch_lines CHECK (lines > 0),
  constraint status_update_batch_rail CHECK (rail = ANY (ARRAY['psp-v2'::text, 'psp-v3'::text])),
  constraint status_update_batch_state CHECK (state = ANY (ARRAY['OPEN'::text, 'ACCEPTED'::text, 'DISSOLVED'::text]))
);

create table status_update_lane (
  lane smallint not null,
  owner uuid,
  leased_until timestamp with time zone,
  fence bigint default 0 not null,
  rest_until timestamp with time zone default clock_timestamp() not null,
  constraint status_update_lane_pkey PRIMARY KEY (lane),
  constraint status_update_lane_number CHECK (lane >= 0 AND lane <= 63)
);

create table status_update_queue (
  msn text not null,
  lines_max integer not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  rail text default 'psp-v2'::text not null,
  constraint status_update_queue_pkey PRIMARY KEY (msn, rail),
  constraint status_update_queue_lines_max CHECK (lines_max > 0),
  constraint status_update_queue_rail CHECK (rail = ANY (ARRAY['psp-v2'::text, 'psp-v3'::text]))
);

create table step_up (
  payment_id uuid not null,
  attempt smallint not null,
  leg smallint not null,
  token_hash bytea not null,
  server_reference text not null,
  challenge_url text not null,
  return_urls jsonb default '{}'::jsonb not null,
  state text default 'OPEN'::text not null,
  entry_hash bytea,
  eci text,
  three_ds_transaction_id text,
  sealed_authentication_value bytea,
  opened_at timestamp with time zone default clock_timestamp() not null,
  expires_at timestamp with time zone not null,
  entered_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint step_up_pkey PRIMARY KEY (payment_id, attempt, leg),
  constraint step_up_eci CHECK (eci ~ '^[0-9]{2}$'::text),
  constraint step_up_has_ended CHECK ((ended_at IS NULL) = (state = ANY (ARRAY['OPEN'::text, 'ENTERED'::text]))),
  constraint step_up_only_a_success_holds_a_value CHECK (sealed_authentication_value IS NULL OR state = 'SUCCEEDED'::text),
  constraint step_up_state CHECK (state = ANY (ARRAY['OPEN'::text, 'ENTERED'::text, 'SUCCEEDED'::text, 'FAILED'::text, 'CANCELLED'::text, 'TIMED_OUT'::text, 'CLOSED'::text]))
);

alter table authorisation_leg add constraint authorisation_leg_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table idempotency_record add constraint idempotency_record_msn_fkey FOREIGN KEY (msn) REFERENCES merchant(msn);
alter table merchant_event add constraint merchant_event_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table modification add constraint modification_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table operation add constraint operation_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table payment add constraint payment_msn_fkey FOREIGN KEY (msn) REFERENCES merchant(msn);
alter table psp_transaction add constraint psp_transaction_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table reversal add constraint reversal_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table status_update add constraint status_update_msn_fkey FOREIGN KEY (msn) REFERENCES merchant(msn);
alter table status_update add constraint status_update_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
alter table status_update_attempt add constraint status_update_attempt_msn_batch_id_fkey FOREIGN KEY (msn, batch_id) REFERENCES status_update_batch(msn, id);
alter table status_update_batch add constraint status_update_batch_msn_fkey FOREIGN KEY (msn) REFERENCES merchant(msn);
alter table status_update_queue add constraint status_update_queue_msn_fkey FOREIGN KEY (msn) REFERENCES merchant(msn);
alter table step_up add constraint step_up_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment(id);
CREATE INDEX authorisation_leg_unfinished ON authorisation_leg USING btree (opened_at) WHERE unfinished;
CREATE INDEX idempotency_record_to_forget ON idempotency_record USING btree (created_at);
CREATE UNIQUE INDEX modification_one_at_a_time ON modification USING btree (payment_id) WHERE state = 'UNDER_WAY'::text;
CREATE INDEX modification_to_repeat ON modification USING btree (next_attempt_at) WHERE state = 'UNDER_WAY'::text;
CREATE INDEX payment_by_amount ON payment USING btree (amount_minor, created_at, id);
CREATE INDEX payment_by_end ON payment USING btree (ended_as, created_at, id) WHERE ended_as IS NOT NULL;
CREATE INDEX payment_by_last_four ON payment USING btree ("right"(masked_pan::text, 4), created_at, id) WHERE masked_pan IS NOT NULL;
CREATE INDEX payment_by_reference ON payment USING btree (reference);
CREATE INDEX payment_newest ON payment USING btree (created_at, id);
CREATE INDEX payment_of_merchant_newest ON payment USING btree (msn, created_at, id);
CREATE UNIQUE INDEX payment_reference_of_merchant ON payment USING btree (msn, reference) WHERE NOT reference_released;
CREATE UNIQUE INDEX payment_return_token ON payment USING btree (return_token_hash);
CREATE INDEX payment_to_expire ON payment USING btree (expires_at) WHERE awaits_customer;
CREATE INDEX payment_to_lapse ON payment USING btree (created_at) WHERE NOT awaits_customer AND ended_as IS NULL AND (captured_minor::bigint + capturing_minor::bigint + cancelled_minor::bigint + cancelling_minor::bigint) < amount_minor;
CREATE INDEX payment_with_phone ON payment USING btree (created_at) WHERE phone_number_last_four IS NOT NULL;
CREATE INDEX psp_transaction_merchant_order ON psp_transaction USING btree (merchant_order_id);
CREATE INDEX reversal_due ON reversal USING btree (next_attempt_at) WHERE state = 'DUE'::text;
CREATE INDEX reversal_to_watch ON reversal USING btree (ordered_at) WHERE state = 'DUE'::text;
CREATE INDEX status_update_batch_members ON status_update USING btree (batch_id, "position") WHERE batch_id IS NOT NULL;
CREATE INDEX status_update_dead ON status_update USING btree (settled_at) WHERE state = 'DEAD'::text;
CREATE INDEX status_update_waiting_of_rail ON status_update USING btree (lane, msn, rail, enqueued_at, payment_id, sequence) WHERE state = 'WAITING'::text;
CREATE INDEX status_update_batch_due ON status_update_batch USING btree (lane, next_attempt_at) WHERE state = 'OPEN'::text;
CREATE UNIQUE INDEX status_update_batch_open_of_rail ON status_update_batch USING btree (msn, rail) WHERE state = 'OPEN'::text;
CREATE INDEX step_up_to_time_out ON step_up USING btree (expires_at) WHERE state = ANY (ARRAY['OPEN'::text, 'ENTERED'::text]);
CREATE UNIQUE INDEX step_up_token ON step_up USING btree (token_hash);
CREATE TRIGGER operation_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON operation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
