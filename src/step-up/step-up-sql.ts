export const findSql = `
  select s.payment_id, s.attempt, s.leg, s.state, s.entry_hash, s.server_reference, s.challenge_url,
    s.return_urls, p.rail, p.amount_minor, p.currency, m.name,
    s.state in ('OPEN', 'ENTERED') and (s.expires_at <= clock_timestamp() or p.state <> 'STEP_UP')
      as overdue,
    greatest(0, extract(epoch from s.expires_at - clock_timestamp()))::integer as seconds_left
  from step_up s
  join payment p on p.id = s.payment_id
  join merchant m on m.msn = p.msn
  where s.token_hash = $1`;

export const enterSql = `
  update step_up set state = 'ENTERED', entry_hash = $2, entered_at = clock_timestamp()
  where token_hash = $1 and state = 'OPEN' and expires_at > clock_timestamp()`;

/** What follows once the sessions that end are in `ended` and their payments are locked. */
const followSql = `moved as (
    update payment p set state = $3, version = p.version + 1
    from ended e where p.id = e.payment_id and p.state = 'STEP_UP'
    returning p.id, p.version, p.amount_minor
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.id, m.version, $4, m.amount_minor,
      jsonb_build_object('leg', e.leg, 'by', '3DS') from moved m join ended e on e.payment_id = m.id
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select id, version, $5, amount_minor from moved where $5::text is not null
  )
  select payment_id from ended`;

// A success is taken as long as the session stands, and nothing else once its time is up: whatever
// the customer did too late, the session has timed out.
export const endSql = `
  with locked as (
    select id from payment
    where id = (select payment_id from step_up where token_hash = $1) and state = 'STEP_UP' for update
  ), ended as (
    update step_up s set state = $2, ended_at = clock_timestamp(), eci = $6,
      three_ds_transaction_id = $7, sealed_authentication_value = $8
    from locked k
    where s.token_hash = $1 and s.payment_id = k.id and s.state in ('OPEN', 'ENTERED')
      and ($2 = 'TIMED_OUT' or s.expires_at > clock_timestamp())
    returning s.payment_id, s.leg
  ), ${followSql}`;

// now() and not clock_timestamp(): only a value that stands still can be looked up in the index.
// A payment that was ended otherwise takes its session along, and is not moved again.
export const endDueSql = `
  with due as (
    select payment_id, attempt, leg from step_up
    where state in ('OPEN', 'ENTERED') and expires_at <= now() order by expires_at limit $1
  ), locked as (
    select id from payment where id in (select payment_id from due) order by id for update skip locked
  ), ended as (
    update step_up s set state = $2, ended_at = clock_timestamp()
    from due d join locked k on k.id = d.payment_id
    where s.payment_id = d.payment_id and s.attempt = d.attempt and s.leg = d.leg
      and s.state in ('OPEN', 'ENTERED')
    returning s.payment_id, s.leg
  ), ${followSql}`;
