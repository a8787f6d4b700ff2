import { reversalAnewSql } from '../payments/reversal-anew-sql.ts';

// Every statement serves many callers: $1 are their payments, $2 is an array of JSON objects, one per
// caller, whose members are named in `asked`. (An array per column would be one function to call for
// each: with one caller that costs as much as all that the statement does.) Each locks the payment's
// row before it touches a leg: two statements can then never wait for each other in a circle.
//
// `= any($1)` says once more what the join says, and makes the plan a look-up by key even when it was
// made while the tables were empty. That a leg has no reply, or was not delivered, is asked of the
// time at which that happened: asked of `reply` or `delivery`, PostgreSQL may go through the index of
// all unfinished legs, which holds thousands of dead entries under load.

export const findSql = `
  select t.payment_id, t.psp_transaction_id, t.make_payment_token_hash,
    t.superseded_at is not null as superseded,
    p.state, p.rail, p.amount_minor, p.currency, p.msn,
    m.acquirer_merchant_id, m.terminal_id, m.category_code, m.descriptor, m.country,
    m.credit_cards_allowed, m.payment_limit_minor, m.step_up_allowed,
    l.attempt, l.leg, l.reply, l.reply_status, l.delivery
  from psp_transaction t
  join payment p on p.id = t.payment_id
  join merchant m on m.msn = p.msn
  left join lateral (
    select attempt, leg, reply, reply_status, delivery from authorisation_leg
    where payment_id = p.id order by attempt desc, leg desc limit 1
  ) l on true
  where t.psp_transaction_id = any($1::text[])`;

/** Opens a leg; `further` are further parts of the statement, which read `asked` and `moved`. */
export const openingSql = (further = ''): string => `
  with asked as (
    select * from json_to_recordset($2::json)
    as a (payment_id uuid, attempt smallint, leg smallint, psp_transaction_id text, from_state text,
      acquirer_reference text, owner uuid, masked_pan text, bin text, scheme text)
  ), locked as (
    select id from payment where id = any($1::uuid[]) order by id for update
  ), moved as (
    update payment p set state = 'AUTHORISING', version = p.version + 1,
      acquirer_reference = a.acquirer_reference, masked_pan = a.masked_pan, bin = a.bin, scheme = a.scheme
    from asked a join locked k on k.id = a.payment_id
    where p.id = any($1::uuid[]) and p.id = k.id and p.state = a.from_state and p.psp_transaction_id = a.psp_transaction_id
    returning p.id, p.version, p.amount_minor
  ), opened as (
    insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference, owner)
    select a.payment_id, a.attempt, a.leg, a.psp_transaction_id, a.acquirer_reference, a.owner
    from asked a join moved m on m.id = a.payment_id
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.id, m.version, 'CONFIRMED', m.amount_minor,
      jsonb_build_object('leg', a.leg, 'acquirerReference', a.acquirer_reference)
    from asked a join moved m on m.id = a.payment_id
  )${further}
  select id as payment_id from moved`;

export const openSql = openingSql();

export const decideSql = `
  with asked as (
    select * from json_to_recordset($2::json)
    as a (payment_id uuid, attempt smallint, leg smallint, fence integer, event text, to_state text,
      outcome text, response_code text, authorisation_code text, rrn text, reply text,
      reply_status text, detail jsonb, merchant_event text, reversal_reason text, owner uuid)
  ), locked as (
    select id from payment where id = any($1::uuid[]) order by id for update
  ), decided as (
    update authorisation_leg l set outcome = a.outcome, response_code = a.response_code,
      reply = a.reply, reply_status = a.reply_status, decided_at = clock_timestamp()
    from asked a join locked k on k.id = a.payment_id
    where l.payment_id = any($1::uuid[]) and l.payment_id = k.id and l.attempt = a.attempt and l.leg = a.leg
      and l.owner = a.owner and l.fence = a.fence and l.decided_at is null
    returning l.payment_id, l.psp_transaction_id, l.acquirer_reference
  ), moved as (
    update payment p set state = a.to_state, version = p.version + 1,
      response_code = a.response_code, authorisation_code = a.authorisation_code, rrn = a.rrn
    from asked a join decided d on d.payment_id = a.payment_id
    where p.id = any($1::uuid[]) and p.id = d.payment_id
    returning p.id, p.version, p.amount_minor
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.id, m.version, a.event, m.amount_minor, a.detail
    from asked a join moved m on m.id = a.payment_id
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select m.id, m.version, a.merchant_event, m.amount_minor
    from asked a join moved m on m.id = a.payment_id where a.merchant_event is not null
  ), reversed as (
    insert into reversal as r (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
      authorisation_sent_at)
    select d.payment_id, a.attempt, a.leg, d.psp_transaction_id, d.acquirer_reference,
      a.reversal_reason, clock_timestamp()
    from asked a join decided d on d.payment_id = a.payment_id where a.reversal_reason is not null
    ${reversalAnewSql}
  )
  select id as payment_id from moved
  union all
  -- Written by an earlier try of the same owner whose answer was lost on the way.
  select l.payment_id from authorisation_leg l join asked a
    on l.payment_id = a.payment_id and l.attempt = a.attempt and l.leg = a.leg
  where l.payment_id = any($1::uuid[]) and l.owner = a.owner and l.fence = a.fence
    and l.reply_status = a.reply_status`;

/** Stores a FAIL as a leg; `further` as of {@link openingSql}. */
export const refusingSql = (further = ''): string => `
  with asked as (
    select * from json_to_recordset($2::json)
    as a (payment_id uuid, attempt smallint, leg smallint, psp_transaction_id text, from_state text,
      to_state text, event text, acquirer_reference text, owner uuid, outcome text, reply text,
      detail jsonb, merchant_event text)
  ), locked as (
    select id from payment where id = any($1::uuid[]) order by id for update
  ), moved as (
    update payment p set state = a.to_state, version = p.version + 1
    from asked a join locked k on k.id = a.payment_id
    where p.id = any($1::uuid[]) and p.id = k.id and p.state = a.from_state and p.psp_transaction_id = a.psp_transaction_id
      and not exists (select from authorisation_leg l where l.payment_id = p.id
        and l.attempt = a.attempt and l.leg = a.leg)
    returning p.id, p.version, p.amount_minor
  ), refused as (
    insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
      owner, outcome, reply, reply_status, decided_at)
    select a.payment_id, a.attempt, a.leg, a.psp_transaction_id, a.acquirer_reference,
      a.owner, a.outcome, a.reply, 'FAIL', clock_timestamp()
    from asked a join moved m on m.id = a.payment_id
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.id, m.version, a.event, m.amount_minor, a.detail
    from asked a join moved m on m.id = a.payment_id
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select m.id, m.version, a.merchant_event, m.amount_minor
    from asked a join moved m on m.id = a.payment_id where a.merchant_event is not null
  )${further}
  select id as payment_id from moved`;

export const refuseSql = refusingSql();

export const deliverSql = `
  with asked as (
    select * from json_to_recordset($2::json)
    as a (payment_id uuid, attempt smallint, leg smallint, delivery text, certain boolean)
  ), locked as (
    select id from payment where id = any($1::uuid[]) order by id for update
  ), delivered as (
    update authorisation_leg l set delivery = a.delivery, delivered_at = clock_timestamp()
    from asked a join locked k on k.id = a.payment_id
    where l.payment_id = any($1::uuid[]) and l.payment_id = k.id and l.attempt = a.attempt and l.leg = a.leg
      and l.reply_status = 'OK' and l.delivered_at is null
    returning l.payment_id, l.attempt, l.leg, l.psp_transaction_id, l.acquirer_reference,
      l.delivery = 'TOLD' as told
  ), moved as (
    update payment p set version = p.version + 1,
      state = case when d.told then 'AUTHORISED' else 'REVERSING' end,
      authorised_minor = case when d.told then p.amount_minor else 0 end,
      authorised_at = case when d.told then clock_timestamp() end
    from delivered d where p.id = any($1::uuid[]) and p.id = d.payment_id
    returning p.id, p.version, p.amount_minor, p.msn, p.rail, p.currency, p.payment_text
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.id, m.version, a.delivery, m.amount_minor, jsonb_strip_nulls(jsonb_build_object(
      'certain', a.certain,
      'reported', case when a.delivery = 'NOT_TOLD' and not a.certain then 'CANCELLED' end))
    from asked a join moved m on m.id = a.payment_id
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select m.id, m.version, case when d.told then 'AUTHORIZED' else 'ABORTED' end, m.amount_minor
    from delivered d join moved m on m.id = d.payment_id
  ), reversed as (
    insert into reversal as r (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
      authorisation_sent_at)
    select d.payment_id, d.attempt, d.leg, d.psp_transaction_id, d.acquirer_reference,
      case when a.certain then 'NOT_TOLD' else 'UNCERTAIN' end, clock_timestamp()
    from asked a join delivered d on d.payment_id = a.payment_id where not d.told
    ${reversalAnewSql}
  ), reported as (
    -- Vipps may have got the OK and be showing a reservation: it is told that nothing is reserved.
    insert into status_update (payment_id, sequence, msn, rail, psp_transaction_id, status, amount_minor,
      currency, payment_text)
    select m.id, m.version, m.msn, m.rail, d.psp_transaction_id, 'CANCELLED', m.amount_minor, m.currency,
      m.payment_text
    from asked a join delivered d on d.payment_id = a.payment_id join moved m on m.id = d.payment_id
    where not d.told and not a.certain
  )
  select id as payment_id from moved`;

export const takeOverSql = `
  with abandoned as (
    select l.payment_id, l.attempt, l.leg from authorisation_leg l
    where l.unfinished
      and case when l.owner = $1
        -- A call opens its leg with the first fence: a higher one is what we took over and did not finish.
        then l.fence > 1
        else l.opened_at < clock_timestamp() - make_interval(secs => $2::double precision / 1000)
          and not exists (select from instance i where i.id = l.owner
            and i.heartbeat_at > clock_timestamp() - make_interval(secs => $2::double precision / 1000))
        end
    order by l.opened_at limit $3 for update of l skip locked
  )
  update authorisation_leg l set owner = $1, fence = l.fence + 1
  from abandoned a
  where l.payment_id = a.payment_id and l.attempt = a.attempt and l.leg = a.leg
  returning l.payment_id as "paymentId", l.attempt, l.leg, l.psp_transaction_id as "pspTransactionId",
    l.fence, l.reply is not null as replied`;
