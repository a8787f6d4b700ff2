import { openingSql, refusingSql } from './leg-sql.ts';

// What a step-up adds to the statements of a call. They keep to the rules of those in leg-sql.ts.
// While a payment is STEP_UP its session
// is OPEN, ENTERED or SUCCEEDED: whoever ends the one moves the other in the same statement.

export const softDeclineSql = `
  with asked as (
    select * from json_to_recordset($2::json)
    as a (payment_id uuid, attempt smallint, leg smallint, fence integer, owner uuid, outcome text,
      response_code text, reply text, detail jsonb, token_hash bytea, server_reference text,
      challenge_url text, return_urls jsonb, valid_for_ms integer)
  ), locked as (
    select id from payment where id = any($1::uuid[]) order by id for update
  ), decided as (
    update authorisation_leg l set outcome = a.outcome, response_code = a.response_code,
      reply = a.reply, reply_status = 'SOFT_DECLINE', decided_at = clock_timestamp()
    from asked a join locked k on k.id = a.payment_id
    where l.payment_id = any($1::uuid[]) and l.payment_id = k.id and l.attempt = a.attempt and l.leg = a.leg
      and l.owner = a.owner and l.fence = a.fence and l.decided_at is null
    returning l.payment_id
  ), moved as (
    update payment p set state = 'STEP_UP', version = p.version + 1, response_code = a.response_code
    from asked a join decided d on d.payment_id = a.payment_id
    where p.id = any($1::uuid[]) and p.id = d.payment_id
    returning p.id, p.version, p.amount_minor
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.id, m.version, 'SOFT_DECLINED', m.amount_minor, a.detail
    from asked a join moved m on m.id = a.payment_id
  ), stepped_up as (
    insert into step_up (payment_id, attempt, leg, token_hash, server_reference, challenge_url, return_urls,
      expires_at)
    select m.id, a.attempt, a.leg, a.token_hash, a.server_reference, a.challenge_url, a.return_urls,
      clock_timestamp() + make_interval(secs => a.valid_for_ms::double precision / 1000)
    from asked a join moved m on m.id = a.payment_id
  )
  select id as payment_id from moved
  union all
  -- Written by an earlier try of the same owner whose answer was lost on the way.
  select l.payment_id from authorisation_leg l join asked a
    on l.payment_id = a.payment_id and l.attempt = a.attempt and l.leg = a.leg
  where l.owner = a.owner and l.fence = a.fence and l.reply_status = 'SOFT_DECLINE'`;

export const findStepUpSql = `
  select payment_id, state, expires_at <= clock_timestamp() as has_expired, eci, three_ds_transaction_id,
    sealed_authentication_value
  from step_up where payment_id = $1 and attempt = $2 and leg = $3`;

export const openSecondSql = openingSql(`, proof_taken as (
    -- It is good for this one authorisation, and whoever opens the leg has it by now.
    update step_up s set sealed_authentication_value = null
    from asked a join moved m on m.id = a.payment_id
    where s.payment_id = any($1::uuid[]) and s.payment_id = m.id and s.attempt = a.attempt and s.leg = a.leg - 1
  )`);

export const refuseSecondSql = refusingSql(`, closed as (
    update step_up s set sealed_authentication_value = null,
      state = case when a.outcome = 'CHALLENGE_TIMED_OUT' then 'TIMED_OUT' else 'CLOSED' end,
      ended_at = coalesce(s.ended_at, clock_timestamp())
    from asked a join moved m on m.id = a.payment_id
    where s.payment_id = any($1::uuid[]) and s.payment_id = m.id and s.attempt = a.attempt and s.leg = a.leg - 1
      and s.state in ('OPEN', 'ENTERED', 'SUCCEEDED')
  )`);
