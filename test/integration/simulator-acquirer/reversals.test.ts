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
beforeEach(() => {
  acquirer.running.simulator.reset();
});

const reverse = async (reference: string, members: object = {}) =>
  await (await acquirer.reverse(aReversal(reference, { ...members }))).json();

const booked = () =>
  acquirer.running.simulator
    .ledger()
    .map(({ type, approved, amount, responseCode }) => [type, approved, amount, responseCode]);

describe('a reversal', () => {
  it('releases an approved authorisation', async () => {
    await acquirer.authorise(anAuthorisation('auth1'));
    assert.deepEqual(await reverse('r1'), { reference: 'r1', acknowledged: true, found: true });
    assert.deepEqual(booked(), [
      ['AUTHORISATION', true, 10_000, '00'],
      ['REVERSAL', true, 10_000, '00'],
    ]);
    const inquiry = (await (await acquirer.inquire('auth1')).json()) as Record<string, unknown>;
    assert.equal(inquiry['reversed'], true);
  });

  it('is acknowledged again under another key, and releases nothing more', async () => {
    await acquirer.authorise(anAuthorisation('auth1'));
    await reverse('r1');
    assert.deepEqual(await reverse('r2'), { reference: 'r2', acknowledged: true, found: true });
    assert.deepEqual(booked().at(-1), ['REVERSAL', false, 0, '21']);
  });

  it('adds nothing when it is repeated under its key', async () => {
    await acquirer.authorise(anAuthorisation('auth1'));
    assert.deepEqual(await reverse('r1'), await reverse('r1'));
    assert.equal(booked().length, 2);
  });

  it('finds a declined authorisation and has nothing to do', async () => {
    await acquirer.authorise(anAuthorisation('auth1', { amount: 182 }));
    assert.deepEqual(await reverse('r1'), { reference: 'r1', acknowledged: true, found: true });
    assert.deepEqual(booked().at(-1), ['REVERSAL', false, 0, '21']);
  });

  it('releases only what was not voided before', async () => {
    await acquirer.authorise(anAuthorisation('auth1'));
    await acquirer.void(aModification('v1', { amount: 4_000 }));
    await reverse('r1');
    assert.deepEqual(booked().at(-1), ['REVERSAL', true, 6_000, '00']);
  });

  it('is refused once something has been captured', async () => {
    await acquirer.authorise(anAuthorisation('auth1'));
    await acquirer.capture(aModification('c1', { amount: 1 }));
    assert.deepEqual(await reverse('r1'), { reference: 'r1', acknowledged: false, found: true });
    assert.deepEqual(booked().at(-1), ['REVERSAL', false, 0, '12']);
  });

  it('is refused for another payment, and changes nothing', async () => {
    await acquirer.authorise(anAuthorisation('auth1'));
    assert.deepEqual(await reverse('r1', { pspTransactionId: 'payment2' }), {
      reference: 'r1',
      acknowledged: false,
      found: false,
    });
    assert.equal((await acquirer.capture(aModification('c1'))).status, 200);
    assert.deepEqual(booked().at(-1), ['CAPTURE', true, 10_000, '00']);
  });
});

describe('a reversal of what is not there', () => {
  const nothing = { reference: 'r1', acknowledged: true, found: false };

  it('is listed as not approved and declines the authorisation that comes later', async () => {
    assert.deepEqual(await reverse('r1'), nothing);
    await acquirer.authorise(anAuthorisation('auth1'));
    assert.deepEqual(booked(), [
      ['REVERSAL', false, 0, '25'],
      ['AUTHORISATION', false, 10_000, '05'],
    ]);
  });

  it('declines an authorisation in progress when its answer is due', async () => {
    const answer = acquirer.authorise(anAuthorisation('auth1', { amount: 185 }));
    await acquirer.untilInProgress(1);
    time.advance(12_000);
    assert.deepEqual(await reverse('r1'), nothing);
    time.advance(8_000);
    const { approved } = (await (await answer).json()) as { approved: boolean };
    assert.equal(approved, false);
    assert.deepEqual(booked(), [
      ['REVERSAL', false, 0, '25'],
      ['AUTHORISATION', false, 185, '05'],
    ]);
    assert.deepEqual(await reverse('r1'), nothing, 'the same key keeps its answer');
    assert.deepEqual(await reverse('r2'), { reference: 'r2', acknowledged: true, found: true });
  });

  it('is forgotten by a forgetful acquirer, which approves late all the same', async () => {
    await acquirer.order('PATCH', '', { forgetfulReversals: true });
    const answer = acquirer.authorise(anAuthorisation('auth1', { amount: 185 }));
    await acquirer.untilInProgress(1);
    assert.deepEqual(await reverse('r1'), nothing);
    time.advance(20_000);
    await answer;
    assert.deepEqual(await reverse('r2'), { reference: 'r2', acknowledged: true, found: true });
    assert.deepEqual(booked(), [
      ['REVERSAL', false, 0, '25'],
      ['AUTHORISATION', true, 185, '00'],
      ['REVERSAL', true, 185, '00'],
    ]);
  });
});
