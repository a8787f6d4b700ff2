-- A payment changes its state several times within a second. While no change touches a column that an
-- index of it names, PostgreSQL leaves every index alone (a heap-only update); one index of the state
-- would have each change write into all of them. So the indexes name only what changes when the
-- customer confirms and when the payment has ended.

alter table payment add column ended_as text generated always as
  (case when state in ('FAILED', 'ABORTED', 'EXPIRED', 'TERMINATED') then state end) stored;

create index payment_by_end on payment (ended_as, created_at, id) where ended_as is not null;
drop index payment_by_state;

-- What an issuer may still hold for us. A payment is in it from the moment at which the customer
-- confirmed, so that neither the approval nor its delivery moves it; it was authorised no earlier than
-- it was made.
create index payment_to_lapse on payment (created_at)
  where not awaits_customer and ended_as is null
    and captured_minor + capturing_minor + cancelled_minor + cancelling_minor < amount_minor;
drop index payment_with_remainder;
