-- PostgreSQL goes through every check of a table at each change of a row, whichever column changes, and
-- a payment changes three times within a second. A regular expression is compiled into its automaton each
-- time; counting and trimming says the same at a fraction of the work.

alter table payment
  drop constraint payment_reference_form,
  drop constraint payment_pan_is_masked,
  drop constraint payment_bin,
  add constraint payment_reference_form check (
    length(reference) between 8 and 64
    and btrim(reference, 'abcdefghijklmnopqrstuvwxyz-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') = ''),
  -- Six digits, asterisks, and four digits.
  add constraint payment_pan_is_masked check (
    length(masked_pan) > 10
    and btrim(left(masked_pan, 6) || right(masked_pan, 4), '0123456789') = ''
    and btrim(substr(masked_pan, 7, length(masked_pan) - 10), '*') = ''),
  add constraint payment_bin check (length(bin) = 6 and btrim(bin, '0123456789') = '');
