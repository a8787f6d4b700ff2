import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  createHttpAcquirer,
  type HttpAcquirer,
} from '../../../src/acquirer/http-acquirer/http-acquirer.ts';
import { createMerchant } from '../../../src/merchants/create-merchant.ts';
import { createMerchantRepository } from '../../../src/merchants/merchant-repository.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import {
  type RunningAcquirerSimulator,
  startAcquirerSimulator,
} from '../../../src/simulator/acquirer/start-acquirer-simulator.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';
import { askForToken, codeOf, type TestMerchant } from '../merchant-api/a-merchant-api.ts';
import {
  aggregateOf,
  amountsOf,
  anAuthorisedPayment,
  cancel,
  capture,
  refund,
  updatesOf,
} from './a-modification.ts';

describe('The whole adapter at the simulated acquirer', () => {
  let simulator: RunningAcquirerSimulator;
  let acquirer: HttpAcquirer;
  let adapter: TestAdapter;
  let on: { readonly app: TestAdapter['publicApp']; readonly merchant: TestMerchant };
  before(async () => {
    simulator = await startAcquirerSimulator();
    acquirer = createHttpAcquirer({ baseUrl: simulator.url, clock: systemClock });
    adapter = await startTestAdapter({ acquirer: { ...scriptedAcquirer(), ...acquirer } });
    on = { app: adapter.publicApp, merchant: await aMerchant() };
  });
  after(async () => {
    await adapter[Symbol.asyncDispose]();
    await acquirer.close();
    await simulator.close();
  });
  beforeEach(() => {
    simulator.simulator.control.reset();
  });

  async function aMerchant(): Promise<TestMerchant> {
    const msn = '123456';
    const merchants = createMerchantRepository(adapter.database.hot);
    const credentials = await createMerchant(merchants, { msn, name: 'A shop' });
    const { body } = (await askForToken(adapter.publicApp, credentials)) as {
      body: { access_token: string };
    };
    return {
      msn,
      credentials,
      headers: {
        Authorization: `Bearer ${body.access_token}`,
        'Ocp-Apim-Subscription-Key': credentials.subscriptionKey.expose(),
        'Merchant-Serial-Number': msn,
      },
    };
  }

  /** Through the callback, so that the acquirer has it in its books. */
  async function anApprovedPayment() {
    const payment = await anAuthorisedPayment(adapter.database, { state: 'CREATED' });
    await callMakePayment(adapter.publicApp, payment);
    await eventually('AUTHORISED', async () => {
      const { rows } = await adapter.database.hot.query<{ state: string }>(
        'select state from payment where id = $1',
        [payment.id],
      );
      return rows[0]?.state;
    });
    return payment;
  }

  function bookedOf({ pspTransactionId }: { readonly pspTransactionId: string }) {
    return simulator.simulator
      .ledger()
      .filter((entry) => entry.pspTransactionId === pspTransactionId)
      .map(({ type, approved, amount }) => [type, approved, amount]);
  }

  it("R60 has in the acquirer's books what merchants and Vipps are told", async () => {
    const payment = await anApprovedPayment();

    const captured = await capture(on, payment.reference, 3_000);
    const refunded = await refund(on, payment.reference, 1_000);
    const cancelled = await cancel(on, payment.reference);

    assert.deepEqual([captured.status, refunded.status, cancelled.status], [200, 200, 200]);
    assert.deepEqual(aggregateOf(cancelled), {
      authorised: 4_900,
      captured: 3_000,
      cancelled: 1_900,
      refunded: 1_000,
    });
    assert.deepEqual(bookedOf(payment), [
      ['AUTHORISATION', true, 4_900],
      ['CAPTURE', true, 3_000],
      ['REFUND', true, 1_000],
      ['VOID', true, 1_900],
    ]);
    assert.deepEqual(await updatesOf(adapter.database, payment), [
      ['CAPTURED', 3_000n, 'SUCCESS', 'A purchase'],
      ['REFUNDED', 1_000n, 'SUCCESS', 'A purchase'],
      ['CANCELLED', 1_900n, 'SUCCESS', 'A purchase'],
    ]);
  });

  it('books a capture once whose answer was lost, and finishes it by itself', async () => {
    const payment = await anApprovedPayment();
    const key = randomUUID();
    simulator.simulator.control.misbehave({ operation: 'capture', cutAfter: true });

    const first = await capture(on, payment.reference, 3_000, key);
    await eventually(3_000n, async () => (await amountsOf(adapter.database, payment))?.captured);
    const second = await capture(on, payment.reference, 3_000, key);

    assert.deepEqual([first.status, codeOf(first), second.status], [423, '6160', 200]);
    assert.deepEqual(bookedOf(payment).slice(1), [['CAPTURE', true, 3_000]]);
    assert.equal((await updatesOf(adapter.database, payment)).length, 1);
  });

  it('releases what the acquirer refuses', async () => {
    const payment = await anApprovedPayment();
    simulator.simulator.control.misbehave({ operation: 'capture', responseCode: '51' });

    const refused = await capture(on, payment.reference, 3_000);
    const captured = await capture(on, payment.reference, 4_900);

    assert.deepEqual([refused.status, codeOf(refused)], [400, '6260']);
    assert.equal(captured.status, 200);
  });

  it('finishes what a copy of the service left when it died, within seconds', async () => {
    const payment = await anApprovedPayment();
    simulator.simulator.control.misbehave({ operation: 'capture', cutAfter: true });
    await capture(on, payment.reference, 3_000);
    // As a crash between the message and its outcome leaves it.
    await adapter.database.hot.query(
      `update modification set owner = $1, leased_until = now() + interval '1 hour', next_attempt_at = now()
       where payment_id = $2 and state = 'UNDER_WAY'`,
      [randomUUID(), payment.id],
    );

    await eventually(3_000n, async () => (await amountsOf(adapter.database, payment))?.captured);

    assert.deepEqual(bookedOf(payment).slice(1), [['CAPTURE', true, 3_000]]);
  });
});
