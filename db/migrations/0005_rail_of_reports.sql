-- A request to Vipps goes to one version of its API: the outbox keeps the rail of what it reports.
-- Before this there was one rail. A copy of the service from before it reports as if there still were,
-- and leaves a request that Vipps refuses to a new one: merchants move when every copy is new.

alter table status_update
  add column rail text not null default 'psp-v2' constraint status_update_rail check (rail in ('psp-v2', 'psp-v3'));

-- In the order in which the lines of a merchant's rail are taken.
create index status_update_waiting_of_rail on status_update
  (lane, msn, rail, enqueued_at, payment_id, sequence) where state = 'WAITING';
drop index status_update_waiting;

alter table status_update_batch
  add column rail text not null default 'psp-v2' constraint status_update_batch_rail check (rail in ('psp-v2', 'psp-v3'));

-- A payment has one rail for life, so one batch of each at a time keeps the order of its reports, and
-- reports over a version that Vipps has taken away hold back none over the other.
create unique index status_update_batch_open_of_rail on status_update_batch (msn, rail) where state = 'OPEN';
drop index status_update_batch_open;

-- What one version refuses says nothing about the other.
alter table status_update_queue
  add column rail text not null default 'psp-v2' constraint status_update_queue_rail check (rail in ('psp-v2', 'psp-v3')),
  drop constraint status_update_queue_pkey,
  add primary key (msn, rail);
