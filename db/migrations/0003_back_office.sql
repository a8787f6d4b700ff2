-- What the back office looks payments up by, each in the order of its pages: newest first.

create index payment_newest on payment (created_at, id);
create index payment_of_merchant_newest on payment (msn, created_at, id);
create index payment_by_reference on payment (reference);
create index payment_by_amount on payment (amount_minor, created_at, id);
create index payment_by_state on payment (state, created_at, id);
create index payment_by_last_four on payment (right(masked_pan, 4), created_at, id) where masked_pan is not null;
create index psp_transaction_merchant_order on psp_transaction (merchant_order_id);

-- What has been repeated for long is looked for among what is open.
create index reversal_to_watch on reversal (ordered_at) where state = 'DUE';

-- For as long as a merchant changes over, the credentials before the newest are good too.
alter table merchant
  add column former_client_secret_hash bytea,
  add column former_subscription_key_hash bytea,
  add column former_credentials_until timestamptz,
  add constraint merchant_former_credentials_are_whole check (
    (former_client_secret_hash is null) = (former_credentials_until is null)
    and (former_subscription_key_hash is null) = (former_credentials_until is null));
