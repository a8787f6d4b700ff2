import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  aModification,
  anAuthorisation,
  aReversal,
  aRunningSimulator,
  manualClock,
} from './a-call.ts';

const time = manualClock();
let acquirer: Awaited<ReturnType<typeof aRunningSimulator>>;

before(async () => {
  acquirer = await aRunningSimulator({ clock: time.clock });
});
after(() => acquirer.running.close());
beforeEach(async () => {
  acquirer.running.simulator.reset();
  await acquirer.authorise(anAuthorisation('auth1'));
});

async function misbehave(order: object): Promise<void> {
  assert.equal((await acquirer.order('POST', '/misbehaviours', order)).status, 201);
}
const entries = () => acquirer.running.simulator.ledger().length;

describe('a misbehaviour', () => {
  it('holds for so many calls of its operation, and no other', async () => {
    await misbehave({ operation: 'capture', times: 2, status: 503 });
    assert.equal((await acquirer.void(aModification('v1', { amount: 1 }))).status, 200);
    const capture = aModification('c1', { amount: 1 });
    assert.equal((await acquirer.capture(capture)).status, 503);
    assert.equal((await acquirer.capture(capture)).status, 503);
    assert.equal((await acquirer.capture(capture)).status, 200);
    assert.equal(entries(), 3);
  });

  it('cuts before deciding, or after', async () => {
    const refund = aModification('f1', { amount: 1 });
    await acquirer.capture(aModification('c1'));
    await misbehave({ operation: 'refund', cutBefore: true });
    await assert.rejects(acquirer.refund(refund));
    assert.equal(entries(), 2);
    await misbehave({ operation: 'refund', times: 2, cutAfter: true });
    await assert.rejects(acquirer.refund(refund));
    assert.equal(entries(), 3);
    await assert.rejects(acquirer.refund(refund), 'a repeat is cut as well');
    assert.equal(
      ((await (await acquirer.refund(refund)).json()) as Record<string, unknown>)['approved'],
      true,
    );
    assert.equal(entries(), 3);
  });

  it('sends half an answer to a reversal that it booked', async () => {
    await misbehave({ operation: 'reverse', halfAnswer: true });
    const response = await acquirer.reverse(aReversal('r1'));
    await assert.rejects(response.text());
    assert.equal(entries(), 2);
  });

  it('delays the decision exactly as long as it says', async () => {
    await misbehave({ operation: 'capture', delayMs: 5_000 });
    const answer = acquirer.capture(aModification('c1'));
    await acquirer.untilInProgress(1);
    time.advance(5_000);
    assert.equal((await answer).status, 200);
  });

  it('declines with a code of choice, or refuses a reversal', async () => {
    await misbehave({ operation: 'capture', responseCode: '91' });
    const capture = (await (await acquirer.capture(aModification('c1'))).json()) as object;
    assert.deepEqual(
      [Reflect.get(capture, 'approved'), Reflect.get(capture, 'responseCode')],
      [false, '91'],
    );
    await misbehave({ operation: 'reverse', responseCode: '96' });
    assert.deepEqual(await (await acquirer.reverse(aReversal('r1'))).json(), {
      reference: 'r1',
      acknowledged: false,
      found: true,
    });
    assert.equal((await acquirer.capture(aModification('c2'))).status, 200);
  });

  it('overrides the amount of an authorisation, even to an approval', async () => {
    await misbehave({ operation: 'authorise', responseCode: '00' });
    const answer = await acquirer.authorise(anAuthorisation('auth2', { amount: 182 }));
    assert.equal(((await answer.json()) as Record<string, unknown>)['approved'], true);
  });

  it('alters or replaces what is sent, not what is booked', async () => {
    await misbehave({ operation: 'authorise', alterAnswer: { amount: 1, currency: 'SEK' } });
    const altered = await acquirer.authorise(anAuthorisation('auth2'));
    assert.equal(((await altered.json()) as Record<string, unknown>)['amount'], 1);
    await misbehave({ operation: 'authorise', replaceAnswer: 'not json' });
    const replaced = await acquirer.authorise(anAuthorisation('auth3'));
    assert.equal(await replaced.text(), 'not json');
    const last = acquirer.running.simulator.ledger().slice(-2);
    assert.deepEqual(
      last.map(({ amount, approved }) => [amount, approved]),
      [
        [10_000, true],
        [10_000, true],
      ],
    );
  });

  it('can be for one payment alone', async () => {
    await misbehave({ operation: 'authorise', pspTransactionId: 'payment2', status: 500 });
    assert.equal((await acquirer.authorise(anAuthorisation('auth2'))).status, 200);
    const other = anAuthorisation('auth3', { pspTransactionId: 'payment2' });
    assert.equal((await acquirer.authorise(other)).status, 500);
  });

  it('reaches inquiries', async () => {
    await misbehave({ operation: 'inquire', status: 504 });
    await misbehave({ operation: 'inquire', cutAfter: true });
    assert.equal((await acquirer.inquire('auth1')).status, 504);
    await assert.rejects(acquirer.inquire('auth1'));
    assert.equal((await acquirer.inquire('auth1')).status, 200);
  });

  it('stays silent until the simulator stops', async () => {
    const stopping = await aRunningSimulator();
    stopping.running.simulator.control.misbehave({ operation: 'void', silent: true });
    const waiting = assert.rejects(stopping.void(aModification('v1')));
    await stopping.untilInProgress(0);
    while (stopping.running.simulator.control.misbehaviours.list().length > 0) {
      await stopping.control();
    }
    await stopping.running.close();
    await waiting;
  });

  it('is refused when it contradicts itself or names what is unknown', async () => {
    for (const order of [
      { operation: 'capture', cutBefore: true, status: 500 },
      { operation: 'inquire', responseCode: '05' },
      { operation: 'steal' },
      { operation: 'capture', times: 0 },
      { operation: 'capture', unknown: 1 },
      { operation: 'capture', responseCode: '5' },
    ]) {
      assert.equal((await acquirer.order('POST', '/misbehaviours', order)).status, 400);
    }
    assert.deepEqual((await acquirer.control())['misbehaviours'], []);
  });
});

describe('the control API', () => {
  it('shows and changes the settings, and a reset puts them back', async () => {
    await acquirer.order('PATCH', '', { forgetfulReversals: true, delayScale: 0.1 });
    await misbehave({ operation: 'capture', times: 7, status: 500 });
    assert.deepEqual(await acquirer.control(), {
      forgetfulReversals: true,
      clockOffsetMs: 0,
      delayScale: 0.1,
      misbehaviours: [{ operation: 'capture', times: 7, status: 500 }],
      inProgress: 0,
      entries: 1,
    });
    assert.equal((await acquirer.order('POST', '/reset')).status, 200);
    assert.deepEqual(await acquirer.control(), {
      forgetfulReversals: false,
      clockOffsetMs: 0,
      delayScale: 1,
      misbehaviours: [],
      inProgress: 0,
      entries: 0,
    });
    assert.deepEqual(await acquirer.ledger(), []);
  });

  it('drops all misbehaviours on demand', async () => {
    await misbehave({ operation: 'capture', status: 500 });
    await acquirer.order('DELETE', '/misbehaviours');
    assert.equal((await acquirer.capture(aModification('c1'))).status, 200);
  });

  it('refuses settings out of range, unknown ones, and other content types', async () => {
    for (const change of [{ delayScale: -1 }, { forgetfulReversals: 'yes' }, { forgetful: true }]) {
      assert.equal((await acquirer.order('PATCH', '', change)).status, 400);
    }
    const fromAPage = await fetch(`${acquirer.url}/control/reset`, { method: 'POST', body: '{}' });
    assert.equal(fromAPage.status, 415);
    assert.equal(entries(), 1);
  });

  it('lists cards and amounts', async () => {
    const cards = (await (await fetch(`${acquirer.url}/control/cards`)).json()) as {
      cards: unknown[];
      tokens: unknown[];
    };
    assert.ok(cards.cards.length >= 8);
    assert.equal(cards.tokens.length, 8);
    const amounts = (await (await fetch(`${acquirer.url}/control/amounts`)).json()) as unknown[];
    assert.deepEqual(amounts[0], {
      from: 151,
      to: 151,
      meaning: 'declines with 51, insufficient funds',
    });
  });
});
