import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Heartbeat, startHeartbeat } from '../../../src/instances/heartbeat.ts';
import {
  createInstanceRepository,
  type InstanceRepository,
} from '../../../src/instances/instance-repository.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { systemRandom } from '../../../src/shared/random.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const timing = { everyMs: 100, youngMsMax: 60_000, silentMsMax: 1_000 };

describe('A copy of the service', () => {
  let test: TestDatabase;
  let repository: InstanceRepository;
  before(async () => {
    test = await createTestDatabase();
    repository = createInstanceRepository(test.database.hot);
  });
  after(() => test.drop());

  const start = (of = repository): Promise<Heartbeat> =>
    startHeartbeat({
      repository: of,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      timing,
    });

  const nextCall = (heartbeat: Heartbeat): Promise<void> =>
    new Promise((resolve) => {
      heartbeat.onSilence(resolve);
    });

  it('takes over with its second beat, and looks at once', async () => {
    await using heartbeat = await start();
    assert.equal(heartbeat.mayTakeOver(), false);

    await nextCall(heartbeat);

    assert.equal(heartbeat.mayTakeOver(), true);
  });

  it('looks when another has been silent for as long as it takes, and not before', async () => {
    await using heartbeat = await start();
    await nextCall(heartbeat);
    const other = randomUUID();
    await repository.beat(other, timing.silentMsMax);

    await nextCall(heartbeat);

    const { rows } = await test.database.hot.query<{ silentMs: number }>(
      `select extract(epoch from clock_timestamp() - heartbeat_at)::double precision * 1000 as "silentMs"
        from instance where id = $1`,
      [other],
    );
    assert.ok((rows[0]?.silentMs ?? 0) >= timing.silentMsMax);
  });

  it('begins to count anew after a beat that failed', async () => {
    let fails = false;
    await using heartbeat = await start({
      ...repository,
      beat: (...args) =>
        fails ? Promise.reject(new Error('The database is away')) : repository.beat(...args),
    });
    await nextCall(heartbeat);
    fails = true;
    while (heartbeat.mayTakeOver()) await systemClock.sleep(timing.everyMs / 10);
    fails = false;

    await nextCall(heartbeat);

    assert.equal(heartbeat.mayTakeOver(), true);
  });
});
