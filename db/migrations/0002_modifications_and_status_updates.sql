-- What happens to an authorised payment: captures, cancels and refunds, and how Vipps hears of them.

create table modification (
  payment_id uuid not null references payment (id),
  -- Ours for what we carry out, the back office's where it names one.
  operation_id text not null constraint modification_operation_id_length check (length(operation_id) between 1 and 64),
  kind text not null constraint modification_kind check (kind in ('CAPTURE', 'CANCEL', 'REFUND')),
  amount_minor bigint not null constraint modification_amount check (amount_minor > 0),
  -- ADAPTER: carried out at the acquirer by us. ELSEWHERE: done already when the back office told us.
  carried_out_by text not null constraint modification_carried_out_by check (carried_out_by in ('ADAPTER', 'ELSEWHERE')),
  -- UNDER_WAY holds its amount on the payment until the acquirer's answer is known.
  state text not null constraint modification_state check (state in ('UNDER_WAY', 'DONE', 'REFUSED', 'FAILED_ELSEWHERE')),
  -- Our reference at the acquirer and the message's idempotency key; absent for what was done elsewhere.
  acquirer_reference text,
  idempotency_key text,
  response_code text,
  rrn text,
  -- Fingerprint of a back-office line: the same line twice is one operation.
  content_hash bytea,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  owner uuid,
  leased_until timestamptz,
  fence integer not null default 0,
  last_answer text,
  begun_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  primary key (payment_id, operation_id),
  constraint modification_under_way_is_retried check ((state = 'UNDER_WAY') = (next_attempt_at is not null)),
  constraint modification_of_ours_has_a_reference check ((carried_out_by = 'ADAPTER') = (acquirer_reference is not null)),
  constraint modification_elsewhere_is_over check (carried_out_by = 'ADAPTER' or state in ('DONE', 'FAILED_ELSEWHERE'))
);

create index modification_to_repeat on modification (next_attempt_at) where state = 'UNDER_WAY';
-- While the outcome of one is open, nothing else is begun.
create unique index modification_one_at_a_time on modification (payment_id) where state = 'UNDER_WAY';

-- What an issuer still holds for us, for as long as an authorisation lasts. Only an AUTHORISED payment
-- has an authorised amount; the state itself is left out, so that its changes leave every index alone.
create index payment_with_remainder on payment (authorised_at)
  where captured_minor + capturing_minor + cancelled_minor + cancelling_minor < authorised_minor;

-- The outbox: written in the transaction of the operation that it reports.
create table status_update (
  payment_id uuid not null references payment (id),
  -- The entry of the operation log that it reports; a payment's reports leave in this order.
  sequence integer not null,
  msn text not null references merchant (msn),
  lane smallint not null generated always as ((msn::bigint % 64)::smallint) stored,
  psp_transaction_id text not null,
  status text not null constraint status_update_status check (status in ('RESERVED', 'CAPTURED', 'CANCELLED', 'REFUNDED')),
  amount_minor bigint not null constraint status_update_amount check (amount_minor > 0),
  currency text not null,
  payment_text text,
  operation_status text not null default 'SUCCESS' constraint status_update_operation_status check (operation_status in ('SUCCESS', 'FAILED')),
  -- ACCEPTED: Vipps could read it. Whether customers see it is for Vipps' nightly batch.
  state text not null default 'WAITING' constraint status_update_state check (state in ('WAITING', 'BATCHED', 'ACCEPTED', 'DEAD', 'DISMISSED')),
  batch_id uuid,
  position integer,
  -- Vipps' words about a line that it refused by itself.
  refusal_code text,
  refusal_text text,
  enqueued_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  primary key (payment_id, sequence),
  constraint status_update_is_batched_whole check (
    (batch_id is null) = (position is null) and (state in ('BATCHED', 'ACCEPTED')) = (batch_id is not null)),
  constraint status_update_settles_once check ((state in ('WAITING', 'BATCHED')) = (settled_at is null))
);

-- In the order in which a merchant's lines are taken, so that a batch is read off its front.
create index status_update_waiting on status_update (lane, msn, enqueued_at, payment_id, sequence) where state = 'WAITING';
create index status_update_dead on status_update (settled_at) where state = 'DEAD';
create index status_update_batch_members on status_update (batch_id, position) where batch_id is not null;

-- A batch's members, bytes and id never change: it is sent again as it was until Vipps has answered.
create table status_update_batch (
  msn text not null references merchant (msn),
  -- The Request-Id at Vipps.
  id uuid not null,
  lane smallint not null generated always as ((msn::bigint % 64)::smallint) stored,
  lines integer not null constraint status_update_batch_lines check (lines > 0),
  state text not null default 'OPEN' constraint status_update_batch_state check (state in ('OPEN', 'ACCEPTED', 'DISSOLVED')),
  -- Counted before each sending: one that was begun and never settled may have reached Vipps.
  attempts integer not null default 1,
  -- Sendings that certainly took no effect.
  refused_attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  last_answer text,
  made_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  primary key (msn, id),
  constraint status_update_batch_attempts check (refused_attempts between 0 and attempts)
);

-- At most one batch of a merchant is under way: order is kept without any further bookkeeping.
create unique index status_update_batch_open on status_update_batch (msn) where state = 'OPEN';
create index status_update_batch_due on status_update_batch (lane, next_attempt_at) where state = 'OPEN';

-- What became of each sending, for the timeline.
create table status_update_attempt (
  msn text not null,
  batch_id uuid not null,
  attempt integer not null,
  answer text not null,
  answered_at timestamptz not null default clock_timestamp(),
  primary key (msn, batch_id, attempt),
  foreign key (msn, batch_id) references status_update_batch (msn, id)
);

-- How many lines a merchant's next batch may have: halved when Vipps refuses one, so that a bad line is
-- found. Without a row, as many as are configured.
create table status_update_queue (
  msn text primary key references merchant (msn),
  lines_max integer not null constraint status_update_queue_lines_max check (lines_max > 0),
  changed_at timestamptz not null default clock_timestamp()
);

-- A merchant's updates belong to one lane; whoever holds the lane's lease sends them. A lease, not a lock.
create table status_update_lane (
  lane smallint primary key constraint status_update_lane_number check (lane between 0 and 63),
  owner uuid,
  leased_until timestamptz,
  -- Grows with every owner: what a slow one writes late finds another number and has no effect.
  fence bigint not null default 0,
  -- A lane in which nothing could be done is left alone for a moment.
  rest_until timestamptz not null default clock_timestamp()
);

insert into status_update_lane (lane) select generate_series(0, 63);
