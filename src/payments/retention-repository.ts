import { type Pool } from 'pg';

export interface RetentionRepository {
  /** Of payments made longer ago than that, oldest first; says of how many. Rows that others hold wait. */
  erasePhoneNumbers(olderThanDays: number, limit: number): Promise<number>;
}

export function createRetentionRepository(hot: Pool): RetentionRepository {
  return {
    erasePhoneNumbers: async (olderThanDays, limit) => {
      const { rowCount } = await hot.query({
        name: 'phone-number-erase',
        text: eraseSql,
        values: [olderThanDays, limit],
      });
      return rowCount ?? 0;
    },
  };
}

// now() and not clock_timestamp(): only a value that stands still can be looked up in the index.
const eraseSql = `
  with old as (
    select id from payment
    where phone_number_last_four is not null and created_at < now() - make_interval(days => $1)
    order by created_at limit $2 for update skip locked
  )
  update payment p set phone_number_last_four = null from old where p.id = old.id`;
