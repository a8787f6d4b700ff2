import { merchantsWaitingSql } from './merchants-waiting-sql.ts';

// Whoever writes must hold the lane, by owner and fence. The lane's row is locked for as long as the
// statement runs: nobody takes the lane over in the middle of it.
// Order of locks: lane, batch, payments by id, lines.

const heldSql = `
  with held as (
    select lane from status_update_lane where lane = $1 and owner = $2 and fence = $3 for share
  )`;

const lineColumns = `payment_id, sequence, position, psp_transaction_id, status, amount_minor, currency,
    payment_text, operation_status`;

export const dueSql = `
  select b.msn, b.rail, b.id, b.attempts, b.next_attempt_at as since from status_update_batch b
  where b.lane = $2 and b.state = 'OPEN' and b.next_attempt_at <= clock_timestamp()
  union all
  select w.msn, w.rail, null, null, w.enqueued_at from (${merchantsWaitingSql('$2')}) w
  order by since limit $3`;

/**
 * The oldest lines are counted per payment, and each payment gives as many from the front of its own
 * queue: whatever the clocks said, no line is taken before an earlier one of its payment. A payment
 * with a dead line gives none. That a payment's line waits is asked without its state: asked of that,
 * PostgreSQL may go through the index of all waiting lines once for each payment.
 */
export const formSql = `${heldSql}, oldest as materialized (
    select u.payment_id, u.enqueued_at from status_update u
    where u.lane = (select lane from held) and u.msn = $4 and u.rail = $9 and u.state = 'WAITING'
      and u.enqueued_at < $6::timestamptz
      and not exists (
        select from status_update d where d.payment_id = u.payment_id and d.state = 'DEAD')
    order by u.enqueued_at, u.payment_id, u.sequence
    limit least($7::integer,
      (select lines_max from status_update_queue where msn = $4 and rail = $9))
  ), picked as materialized (
    select u.payment_id, u.sequence,
      (row_number() over (order by c.first_at, c.payment_id, u.sequence))::integer as position
    from (
      select payment_id, count(*) as lines, min(enqueued_at) as first_at from oldest group by payment_id
    ) c cross join lateral (
      select w.payment_id, w.sequence from status_update w
      where w.payment_id = c.payment_id and w.batch_id is null and w.settled_at is null
      order by w.sequence limit c.lines
    ) u
  ), made as (
    insert into status_update_batch (msn, rail, id, lines, next_attempt_at)
    select $4, $9, $5::uuid, count(*), clock_timestamp() + make_interval(secs => $8::double precision / 1000)
    from picked having count(*) > 0
    returning id
  ), batched as (
    update status_update u set state = 'BATCHED', batch_id = m.id, position = p.position
    from made m cross join picked p
    where u.payment_id = p.payment_id and u.sequence = p.sequence and u.state = 'WAITING'
    returning u.*
  )
  select ${lineColumns}, 1 as attempts from batched order by position`;

export const resumeSql = `${heldSql}, resumed as (
    update status_update_batch b set attempts = b.attempts + 1,
      next_attempt_at = clock_timestamp() + make_interval(secs => $6::double precision / 1000)
    from held where b.msn = $4 and b.id = $5 and b.state = 'OPEN'
    returning b.id, b.attempts
  )
  select ${lineColumns}, r.attempts from resumed r join status_update u on u.batch_id = r.id
  order by u.position`;

export const postponeSql = `${heldSql}, postponed as (
    update status_update_batch b set last_answer = $6, attempts = b.attempts - $9::integer,
      refused_attempts = b.refused_attempts + $8::integer,
      next_attempt_at = clock_timestamp() + make_interval(secs => $7::double precision / 1000)
    from held where b.msn = $4 and b.id = $5 and b.state = 'OPEN'
    returning b.msn, b.id, b.attempts
  ), noted as (
    insert into status_update_attempt (msn, batch_id, attempt, answer)
    select msn, id, attempts, $6 from postponed where $9::integer = 0
  )
  select id from postponed`;

interface Settlement {
  readonly batchState: 'ACCEPTED' | 'DISSOLVED';
  /** What is set on each line. */
  readonly line: string;
  /** A further step, on the merchant's queue. */
  readonly queue: string;
  /** What each line leaves in its payment's operation log. */
  readonly event: string;
}

const settleSql = ({
  batchState,
  line,
  queue,
  event,
}: Settlement): string => `${heldSql}, settled as (
    update status_update_batch b set state = '${batchState}', last_answer = $6,
      settled_at = clock_timestamp()
    from held where b.msn = $4 and b.id = $5 and b.state = 'OPEN'
    returning b.msn, b.rail, b.id, b.attempts, b.lines
  ), noted as (
    insert into status_update_attempt (msn, batch_id, attempt, answer)
    select msn, id, attempts, $6 from settled
  ), queued as (${queue}
  ), member as materialized (
    select u.payment_id, u.sequence, u.status, u.amount_minor, s.attempts
    from settled s join status_update u on u.batch_id = s.id
  ), locked as materialized (
    select p.id from payment p where p.id = any(array(select payment_id from member))
    order by p.id for update
  ), bumped as (
    update payment p set version = p.version + c.lines
    from (select payment_id, count(*)::integer as lines from member group by payment_id) c
    join locked l on l.id = c.payment_id
    where p.id = c.payment_id
    returning p.id, p.version - c.lines as version_before
  ), marked as (
    update status_update u set ${line}
    from member m where u.payment_id = m.payment_id and u.sequence = m.sequence
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select m.payment_id,
      b.version_before + row_number() over (partition by m.payment_id order by m.sequence),
      '${event}', m.amount_minor, $7::jsonb || jsonb_build_object(
        'batchId', $5::uuid, 'attempts', m.attempts, 'reports', m.sequence, 'status', m.status)
    from member m join bumped b on b.id = m.payment_id
  )
  select id from settled`;

export const acceptSql = settleSql({
  batchState: 'ACCEPTED',
  line: `state = 'ACCEPTED', settled_at = clock_timestamp()`,
  queue: `
    update status_update_queue q set lines_max = least(q.lines_max * 2, $8::integer),
      changed_at = clock_timestamp()
    from settled s
    where q.msn = s.msn and q.rail = s.rail and q.lines_max < $8::integer`,
  event: 'STATUS_UPDATE_ACCEPTED',
});

export const dissolveSql = settleSql({
  batchState: 'DISSOLVED',
  line: `state = 'WAITING', batch_id = null, position = null`,
  queue: `
    insert into status_update_queue as q (msn, rail, lines_max)
    select msn, rail, (lines + 1) / 2 from settled
    on conflict (msn, rail) do update set lines_max = excluded.lines_max, changed_at = clock_timestamp()`,
  event: 'STATUS_UPDATE_REFUSED',
});

export const burySql = settleSql({
  batchState: 'DISSOLVED',
  line: `state = 'DEAD', batch_id = null, position = null, settled_at = clock_timestamp(),
      refusal_code = $8, refusal_text = $9`,
  queue: 'select',
  event: 'STATUS_UPDATE_DEAD',
});
