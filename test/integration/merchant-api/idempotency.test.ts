import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { forgetAnswers } from '../../../src/idempotency/forget-answers.ts';
import { idempotencyRepository } from '../../../src/idempotency/idempotency-repository.ts';
import { type InitOutcome } from '../../../src/psp-api/psp-api.ts';
import { stoppedClock } from '../../support/stopped-clock.ts';
import {
  anOrder,
  cancel,
  codeOf,
  countOf,
  create,
  type Harness,
  initiated,
  startMerchantApi,
} from './a-merchant-api.ts';

describe('Idempotency-Key', () => {
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi();
  });
  after(() => harness[Symbol.asyncDispose]());
  beforeEach(() => {
    harness.vipps.inits.length = 0;
    harness.vipps.behaviour = initiated;
  });

  it('brings the first answer back, to the last byte', async () => {
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };

    const first = await create(harness, order, key);
    const second = await create(harness, order, key);

    assert.equal(second.status, 201);
    assert.equal(second.text, first.text);
    assert.equal(harness.vipps.inits.length, 1);
  });

  it('takes a body for the same however it is written', async () => {
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };
    const reordered = Object.fromEntries(Object.entries(order).reverse());

    await create(harness, order, key);
    const second = await create(harness, JSON.stringify(reordered, null, 4), key);

    assert.equal(second.status, 201);
  });

  it('refuses another body, and another call, under the same key', async () => {
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };

    await create(harness, order, key);
    const otherAmount = await create(
      harness,
      { ...order, amount: { currency: 'NOK', value: 200 } },
      key,
    );
    const otherReference = await create(harness, anOrder(), key);
    const otherCall = await cancel(harness, order.reference, key);

    for (const response of [otherAmount, otherReference, otherCall]) {
      assert.equal(response.status, 409);
      assert.equal(codeOf(response), '4020');
    }
  });

  it('belongs to one merchant', async () => {
    const other = await harness.aMerchant();
    const key = { 'Idempotency-Key': randomUUID() };

    const mine = await create(harness, anOrder(), key);
    const theirs = await create({ app: harness.app, merchant: other }, anOrder(), key);

    assert.deepEqual([mine.status, theirs.status], [201, 201]);
  });

  it('keeps a validation error: what was wrong stays wrong', async () => {
    const wrong = anOrder({ userFlow: 'TELEPATHY' });
    const key = { 'Idempotency-Key': randomUUID() };

    const first = await create(harness, wrong, key);
    const second = await create(harness, wrong, key);
    const repaired = await create(harness, { ...wrong, userFlow: 'WEB_REDIRECT' }, key);

    assert.equal(second.text, first.text);
    assert.deepEqual([first.status, repaired.status], [400, 409]);
  });

  it('has a second request wait for the first', async () => {
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };
    let answer: (outcome: InitOutcome) => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      harness.vipps.behaviour = () => {
        resolve();
        return new Promise<InitOutcome>((resolveInit) => {
          answer = resolveInit;
        });
      };
    });

    const first = create(harness, order, key).then((response) => response);
    await begun;
    const second = create(harness, order, key).then((response) => response);
    answer({ kind: 'INITIATED', vippsRedirectUrl: 'https://landing.vipps.no/?token=a' });

    assert.equal((await second).text, (await first).text);
    assert.equal(harness.vipps.inits.length, 1);
  });

  it('does not have it wait for more than ten seconds', async () => {
    const clock = stoppedClock();
    await using stopped = await startMerchantApi({ clock });
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };
    let answer: (outcome: InitOutcome) => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      stopped.vipps.behaviour = () => {
        resolve();
        return new Promise<InitOutcome>((resolveInit) => {
          answer = resolveInit;
        });
      };
    });
    const first = create(stopped, order, key).then((response) => response);
    await begun;

    const second = await create(stopped, order, key);
    answer({ kind: 'INITIATED', vippsRedirectUrl: 'https://landing.vipps.no/?token=a' });
    await first;
    const third = await create(stopped, order, key);

    assert.equal(second.status, 409);
    assert.equal(codeOf(second), '4020');
    assert.equal(clock.monotonicMs(), 10_000);
    assert.equal(third.text, (await first).text);
  });

  it('takes over what a dead copy of the service left, as the same call to Vipps', async () => {
    const order = anOrder();
    const key = randomUUID();
    harness.vipps.behaviour = () => ({
      kind: 'NO_ANSWER',
      why: 'silence',
      mayHaveTakenEffect: true,
    });
    await create(harness, order, { 'Idempotency-Key': key });
    // As a crash leaves it: claimed, by a copy that does not beat any more.
    await harness.database.hot.query(
      `update idempotency_record set owner = $1, claimed_until = now() + interval '1 hour' where key = $2`,
      [randomUUID(), key],
    );
    harness.vipps.behaviour = initiated;

    const response = await create(harness, order, { 'Idempotency-Key': key });

    assert.equal(response.status, 201);
    const [first, second] = harness.vipps.inits;
    assert.equal(second?.context.requestId, first?.context.requestId);
  });

  it('gives up on a request whose work failed for a fault of ours, and resumes it', async () => {
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };
    harness.vipps.behaviour = () => {
      throw new Error('a fault');
    };

    const first = await create(harness, order, key);
    harness.vipps.behaviour = initiated;
    const second = await create(harness, order, key);

    assert.deepEqual([first.status, second.status], [500, 201]);
    assert.equal(codeOf(first), '3010');
    assert.equal(first.text.includes('a fault'), false);
  });

  it('stores no body, only what it needs to tell bodies apart', async () => {
    const key = randomUUID();
    await create(harness, anOrder({ metadata: { secretWord: 'xyzzy' } }), {
      'Idempotency-Key': key,
    });

    const { rows } = await harness.database.hot.query<{ text: string }>(
      'select row_to_json(r)::text as text from idempotency_record r where key = $1',
      [key],
    );

    assert.equal(rows[0]?.text.includes('xyzzy'), false);
  });

  it('is forgotten after thirty days', async () => {
    const key = randomUUID();
    const order = anOrder();
    await create(harness, order, { 'Idempotency-Key': key });
    await harness.database.hot.query(
      `update idempotency_record set created_at = now() - interval '31 days' where key = $1`,
      [key],
    );
    const before = await countOf(harness, 'idempotency_record');

    await forgetAnswers({ database: harness.database, repository: idempotencyRepository });

    assert.equal(await countOf(harness, 'idempotency_record'), before - 1);
    const again = await create(harness, order, { 'Idempotency-Key': key });
    assert.equal(codeOf(again), '4150');
  });
});
