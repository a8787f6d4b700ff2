/** A copy of the sender in a process of its own, for a test that kills it. */
import { connectDatabase } from '../../../src/database/database.ts';
import { createPspApi } from '../../../src/psp-api/create-psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { anOutbox } from './an-outbox.ts';

const [databaseUrl = '', vippsUrl = ''] = process.argv.slice(2);
const database = connectDatabase({ url: databaseUrl, log: silentLog });
const pspApi = createPspApi({
  baseUrl: vippsUrl,
  credentials: {
    clientId: 'client-id',
    clientSecret: new Secret('client-secret'),
    subscriptionKey: new Secret('subscription-key'),
    pspId: 'psp-id',
  },
  clock: systemClock,
  circuit: { openMs: 50 },
});
anOutbox(database, { pspApi }).wake();
// Whatever becomes of the test, nothing stays behind.
process.once('disconnect', () => process.exit());
