import { type Pool } from 'pg';
import { merchantsWaitingSql } from './merchants-waiting-sql.ts';
import { type DailyTime } from './schedule.ts';

/** A lane under lease. Every write of its holder names the fence, and has no effect after another's. */
export interface HeldLane {
  readonly lane: number;
  readonly owner: string;
  readonly fence: bigint;
}

/** What is enqueued before it may leave now; 'infinity' for everything. */
export type Cutoff = Date | 'infinity';

export interface LaneRepository {
  /** Free lanes in which something can be done, the longest untouched first. Reads only. */
  withWork(cutoff: Cutoff): Promise<readonly number[]>;
  /** Takes the lane if it is still free; undefined when another was quicker. */
  take(lane: number, owner: string, leaseMs: number): Promise<HeldLane | undefined>;
  /** Lengthens the leases of the given lanes, as far as the owner still has them. */
  renew(owner: string, lanes: readonly number[], leaseMs: number): Promise<void>;
  /** Gives the lane back; nobody takes it before the rest is over. */
  release(held: HeldLane, restMs: number): Promise<void>;
  /** The latest moment, at or before the given one, at which it was that time of day. */
  latest(daily: DailyTime, at: Date): Promise<Date>;
}

const withWorkSql = `
  select l.lane from status_update_lane l
  where (l.leased_until is null or l.leased_until < clock_timestamp())
    and l.rest_until <= clock_timestamp()
    and (
      exists (select from status_update_batch b
        where b.lane = l.lane and b.state = 'OPEN' and b.next_attempt_at <= clock_timestamp())
      or exists (${merchantsWaitingSql('l.lane')}))
  order by l.rest_until`;

const takeSql = `
  update status_update_lane set owner = $2, fence = fence + 1,
    leased_until = clock_timestamp() + make_interval(secs => $3::double precision / 1000)
  where lane = $1 and (leased_until is null or leased_until < clock_timestamp())
  returning fence`;

const renewSql = `
  update status_update_lane
  set leased_until = clock_timestamp() + make_interval(secs => $3::double precision / 1000)
  where owner = $1 and lane = any($2::smallint[])`;

const releaseSql = `
  update status_update_lane set owner = null, leased_until = null,
    rest_until = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
  where lane = $1 and owner = $2 and fence = $3`;

const latestSql = `
  select max(moment) as moment from (
    select (($1::timestamptz at time zone $3)::date - days + $2::time) at time zone $3 as moment
    from generate_series(0, 2) as days
  ) candidates where moment <= $1::timestamptz`;

export function createLaneRepository(hot: Pool): LaneRepository {
  return {
    withWork: async (cutoff) => {
      const { rows } = await hot.query<{ lane: number }>(withWorkSql, [cutoff]);
      return rows.map(({ lane }) => lane);
    },
    take: async (lane, owner, leaseMs) => {
      const values = [lane, owner, leaseMs];
      const { rows } = await hot.query<{ fence: bigint }>({
        name: 'lane-take',
        text: takeSql,
        values,
      });
      return rows[0] && { lane, owner, fence: rows[0].fence };
    },
    renew: async (owner, lanes, leaseMs) => {
      await hot.query({ name: 'lane-renew', text: renewSql, values: [owner, lanes, leaseMs] });
    },
    release: async ({ lane, owner, fence }, restMs) => {
      const values = [lane, owner, fence, restMs];
      await hot.query({ name: 'lane-release', text: releaseSql, values });
    },
    latest: async ({ time, zone }, at) => {
      const { rows } = await hot.query<{ moment: Date }>(latestSql, [at, time, zone]);
      return rows[0]?.moment ?? at;
    },
  };
}
