const viewColumns = `u.payment_id, u.sequence, u.msn, u.psp_transaction_id, u.status, u.amount_minor,
    u.currency, u.state, u.enqueued_at, u.settled_at`;

export const listDeadSql = `
  select ${viewColumns}, u.refusal_code, u.refusal_text,
    (select count(*) from status_update later where later.payment_id = u.payment_id
      and later.sequence > u.sequence and later.state = 'WAITING') as held_back
  from status_update u
  where u.state = 'DEAD' and ($2::timestamptz is null
    or (date_trunc('milliseconds', u.settled_at), u.payment_id, u.sequence) > ($2, $3::uuid, $4::integer))
  order by date_trunc('milliseconds', u.settled_at), u.payment_id, u.sequence limit $1`;

export const listLongOpenSql = `
  select b.id, b.msn, b.lines, b.attempts, b.last_answer, b.made_at, b.next_attempt_at,
    (select jsonb_agg(jsonb_build_object('paymentId', u.payment_id, 'sequence', u.sequence) order by u.position)
      from status_update u where u.batch_id = b.id and u.position <= $3::integer) as first_lines
  from status_update_batch b
  where b.state = 'OPEN'
    and (b.refused_attempts > 0
      or b.made_at < clock_timestamp() - make_interval(secs => $1::double precision / 1000))
  order by b.made_at limit $2`;

export const reportsSql = `
  select ${viewColumns}, u.batch_id,
    coalesce((select jsonb_agg(jsonb_build_object(
        'attempt', a.attempt, 'answer', a.answer, 'answeredAt', a.answered_at) order by a.attempt)
      from status_update_attempt a where a.msn = u.msn and a.batch_id = u.batch_id), '[]') as tries
  from status_update u where u.payment_id = $1 order by u.sequence`;

// Order of locks: batch, payment, lines; as the sender's statements have it.

/** The entry in the payment's log that goes with what was done to the line. */
const loggedSql = (event: string): string => `
  ), bumped as (
    update payment p set version = p.version + 1
    from done d, locked k where p.id = k.id and k.id = d.payment_id
    returning p.id, p.version
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select b.id, b.version, '${event}', l.amount_minor, jsonb_build_object(
      'reason', $3::text, 'reports', l.sequence, 'status', l.status)
    from bumped b, line l
  )
  select l.state, exists (select from done) as done from line l`;

const lineSql = `
  with line as materialized (
    select * from status_update where payment_id = $1 and sequence = $2
  )`;

export const retrySql = `${lineSql}, hastened as (
    update status_update_batch b set next_attempt_at = clock_timestamp()
    from line l where b.msn = l.msn and b.id = l.batch_id and b.state = 'OPEN'
    returning l.payment_id
  ), locked as materialized (
    -- The count only makes this come after the batch.
    select p.id from payment p
    where p.id = $1 and (select count(*) from hastened) >= 0 for update
  ), revived as (
    update status_update u set state = 'WAITING', refusal_code = null, refusal_text = null,
      settled_at = null
    from locked k where u.payment_id = k.id and u.sequence = $2 and u.state = 'DEAD'
    returning u.payment_id
  ), done as (
    select payment_id from hastened union all select payment_id from revived${loggedSql('STATUS_UPDATE_RETRIED')}`;

export const dismissSql = `${lineSql}, opened as (
    update status_update_batch b set state = 'DISSOLVED', settled_at = clock_timestamp()
    from line l where b.msn = l.msn and b.id = l.batch_id and b.state = 'OPEN'
      and b.attempts = b.refused_attempts
    returning b.id
  ), locked as materialized (
    select p.id from payment p
    where p.id = $1 and (select count(*) from opened) >= 0 for update
  ), freed as (
    update status_update u set state = 'WAITING', batch_id = null, position = null
    from opened o where u.batch_id = o.id and (u.payment_id, u.sequence) <> ($1, $2)
  ), done as (
    update status_update u set state = 'DISMISSED', batch_id = null, position = null,
      settled_at = clock_timestamp()
    from locked k where u.payment_id = k.id and u.sequence = $2
      and (u.state = 'DEAD' or u.batch_id = (select id from opened))
    returning u.payment_id${loggedSql('STATUS_UPDATE_DISMISSED')}`;
