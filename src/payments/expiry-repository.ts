import { type Pool } from 'pg';

export interface ExpiryRepository {
  /** Expires what is due, oldest first, at most `limit`; says which. Rows that others hold wait for the next turn. */
  expireDue(limit: number): Promise<readonly string[]>;
}

export function createExpiryRepository(hot: Pool): ExpiryRepository {
  return {
    expireDue: async (limit) => {
      const { rows } = await hot.query<{ id: string }>({
        name: 'payment-expire',
        text: expireSql,
        values: [limit],
      });
      return rows.map(({ id }) => id);
    },
  };
}

// now() and not clock_timestamp(): only a value that stands still can be looked up in the index.
const expireSql = `
  with due as (
    select id from payment
    where awaits_customer and expires_at <= now()
    order by expires_at limit $1 for update skip locked
  ), moved as (
    update payment p set state = 'EXPIRED', version = p.version + 1 from due where p.id = due.id
    returning p.id, p.version, p.amount_minor
  ), timed_out as (
    update step_up s set state = 'TIMED_OUT', sealed_authentication_value = null,
      ended_at = coalesce(s.ended_at, clock_timestamp())
    from moved m where s.payment_id = m.id and s.state in ('OPEN', 'ENTERED', 'SUCCEEDED')
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, 'TIMED_OUT', amount_minor, '{"by": "ADAPTER"}' from moved
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select id, version, 'EXPIRED', amount_minor from moved
  )
  select id from moved`;
