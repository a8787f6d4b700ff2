/**
 * The merchants of a lane that have lines waiting, once for each rail, with the oldest. Hops from one
 * to the next over the index, so that it costs as many probes as there are, however long their queues.
 */
export const merchantsWaitingSql = (lane: string): string => `
  with recursive merchant_waiting as (
    (select u.msn, u.rail, u.enqueued_at from status_update u
      where u.lane = ${lane} and u.state = 'WAITING' order by u.msn, u.rail, u.enqueued_at limit 1)
    union all
    select n.msn, n.rail, n.enqueued_at from merchant_waiting w cross join lateral (
      select u.msn, u.rail, u.enqueued_at from status_update u
      where u.lane = ${lane} and u.state = 'WAITING' and (u.msn, u.rail) > (w.msn, w.rail)
      order by u.msn, u.rail, u.enqueued_at limit 1) n
  )
  select w.msn, w.rail, w.enqueued_at from merchant_waiting w
  where w.enqueued_at < $1::timestamptz
    and not exists (select from status_update_batch b
      where b.msn = w.msn and b.rail = w.rail and b.state = 'OPEN')`;
