import { type Pool, type QueryConfig } from 'pg';

/** Below two periods, so that one on a dead connection gives up its place to the next but one. */
const beatMsMax = 1_900;

interface TimedQuery extends QueryConfig {
  /** Known to the driver, though not to its types. */
  readonly query_timeout: number;
}

export interface InstanceRepository {
  /**
   * Writes that the copy lives, by the database's clock. Says in how many milliseconds the next of
   * the others will have been silent for `silentMsMax`; undefined when there is no other that lives.
   */
  beat(instanceId: string, silentMsMax: number): Promise<number | undefined>;
  /** The copy stops in good order: what it left, if anything, can be taken over at once. */
  leave(instanceId: string): Promise<void>;
  /** Clears away copies that have been silent for a day. */
  forgetLongSilent(): Promise<void>;
}

const beatSql = `
  insert into instance (id) values ($1)
  on conflict (id) do update set heartbeat_at = clock_timestamp()
  returning (
    select $2 + 1000 * extract(epoch from min(i.heartbeat_at) - clock_timestamp())::double precision
    from instance i where i.id <> $1
      and i.heartbeat_at > clock_timestamp() - make_interval(secs => $2::double precision / 1000)
  ) as "nextSilenceMs"`;

export function createInstanceRepository(hot: Pool): InstanceRepository {
  return {
    beat: async (instanceId, silentMsMax) => {
      const beat: TimedQuery = {
        name: 'instance-beat',
        text: beatSql,
        values: [instanceId, silentMsMax],
        query_timeout: beatMsMax,
      };
      const { rows } = await hot.query<{ readonly nextSilenceMs: number | null }>(beat);
      return rows[0]?.nextSilenceMs ?? undefined;
    },
    leave: async (instanceId) => {
      await hot.query({
        name: 'instance-leave',
        text: 'delete from instance where id = $1',
        values: [instanceId],
      });
    },
    forgetLongSilent: async () => {
      await hot.query({
        name: 'instance-forget',
        text: `delete from instance where heartbeat_at < clock_timestamp() - interval '1 day'`,
      });
    },
  };
}
