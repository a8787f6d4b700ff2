-- Which world this database is of: test data and production's never share one.
create table environment (
  only_one boolean primary key default true constraint environment_is_one check (only_one),
  kind text not null constraint environment_kind check (kind in ('PRODUCTION', 'SANDBOX')),
  vipps text constraint environment_vipps check (vipps in ('PRODUCTION', 'TEST')),
  claimed_at timestamptz not null default clock_timestamp()
);

-- A sandbox has been here before.
insert into environment (kind) select 'SANDBOX' where to_regclass('sandbox_setting') is not null;

-- Phone numbers are erased after their time, oldest first.
create index payment_with_phone on payment (created_at) where phone_number_last_four is not null;
