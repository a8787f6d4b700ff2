-- The columns of a payment that hold one kind of thing each say so by their type, as 0009 began it: a
-- domain's check is asked where a value is written, and costs nothing where another column changes.
--
-- Statements that are prepared already and return one of these columns are refused from here on: copies of
-- this version prepare them anew, older ones answer a merchant's GET with 500 once per connection. The
-- makePayment call returns none of them. Two indexes are built anew, which takes some ten seconds for a
-- million payments; no table is written again. The name of a merchant's event stays a text: the parameter
-- that it comes from is used as a text as well, and may have but one type.

create domain payment_reference as text;
create domain card_bin as text;
create domain user_flow as text;
create domain minor_units as bigint;

alter table payment
  drop constraint payment_reference_form,
  drop constraint payment_bin,
  drop constraint payment_user_flow,
  drop constraint payment_amounts_are_not_negative,
  alter column reference type payment_reference,
  alter column bin type card_bin,
  alter column user_flow type user_flow,
  alter column authorised_minor type minor_units,
  alter column captured_minor type minor_units,
  alter column capturing_minor type minor_units,
  alter column cancelled_minor type minor_units,
  alter column cancelling_minor type minor_units,
  alter column refunded_minor type minor_units,
  alter column refunding_minor type minor_units;

-- After the columns: a type without a check is exchanged without writing the table again.
alter domain payment_reference
  add constraint payment_reference_form check (
    length(value) between 8 and 64
    and btrim(value, 'abcdefghijklmnopqrstuvwxyz-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') = '');
alter domain card_bin
  add constraint card_bin_form check (length(value) = 6 and btrim(value, '0123456789') = '');
alter domain user_flow
  add constraint user_flow_known check (value in ('WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE'));
alter domain minor_units
  add constraint minor_units_not_negative check (value >= 0);
