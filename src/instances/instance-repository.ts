import { type Pool } from 'pg';

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
      await hot.query({
        name: 'instance-beat',
        text: `insert into instance (id) values ($1)
          on conflict (id) do update set heartbeat_at = clock_timestamp()`,
        values: [instanceId],
      });
    },
    leave: async (instanceId) => {
      await hot.query('delete from instance where id = $1', [instanceId]);
    },
    forgetLongSilent: async () => {
      await hot.query(
        `delete from instance where heartbeat_at < clock_timestamp() - interval '1 day'`,
      );
    },
  };
}
