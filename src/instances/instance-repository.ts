import { type Pool, type QueryConfig } from 'pg';

/** A beat that hangs on one dead connection must not keep the next from going out on another. */
const beatMsMax = 900;

interface TimedQuery extends QueryConfig {
  /** Known to the driver, though not to its types. */
  readonly query_timeout: number;
}

export interface InstanceRepository {
  /** Writes that the copy lives, by the database's clock. */
  beat(instanceId: string): Promise<void>;
  /** The copy stops in good order: what it left, if anything, can be taken over at once. */
  leave(instanceId: string): Promise<void>;
  /** Clears away copies that have been silent for a day. */
  forgetLongSilent(): Promise<void>;
}

export function createInstanceRepository(hot: Pool): InstanceRepository {
  return {
    beat: async (instanceId) => {
      const beat: TimedQuery = {
        name: 'instance-beat',
        text: `insert into instance (id) values ($1)
          on conflict (id) do update set heartbeat_at = clock_timestamp()`,
        values: [instanceId],
        query_timeout: beatMsMax,
      };
      await hot.query(beat);
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
