-- The 3-D Secure step-up that an issuer asks for with a soft decline, and the identification that
-- answers it, until Vipps calls for the second time.

alter table merchant add column step_up_allowed boolean not null default true;

create table step_up (
  payment_id uuid not null references payment (id),
  attempt smallint not null,
  -- The leg that was soft-declined.
  leg smallint not null,
  -- Of the token in the address that Vipps' app opens.
  token_hash bytea not null,
  -- The 3-D Secure server's own id of the authentication.
  server_reference text not null,
  -- Where the customer is sent to be identified.
  challenge_url text not null,
  -- {"3dssuccess": url, "3dscancel": url, "3dsfailure": url}, byte for byte as Vipps sent them.
  return_urls jsonb not null default '{}',
  state text not null default 'OPEN' constraint step_up_state check (state in (
    'OPEN', 'ENTERED', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'CLOSED')),
  -- Of the browser that entered.
  entry_hash bytea,
  eci text constraint step_up_eci check (eci ~ '^[0-9]{2}$'),
  three_ds_transaction_id text,
  -- Encrypted; gone as soon as the second leg has it, or the session has ended otherwise.
  sealed_authentication_value bytea,
  opened_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  entered_at timestamptz,
  ended_at timestamptz,
  primary key (payment_id, attempt, leg),
  constraint step_up_only_a_success_holds_a_value check (
    sealed_authentication_value is null or state = 'SUCCEEDED'),
  constraint step_up_has_ended check ((ended_at is null) = (state in ('OPEN', 'ENTERED')))
);

create unique index step_up_token on step_up (token_hash);
create index step_up_to_time_out on step_up (expires_at) where state in ('OPEN', 'ENTERED');
