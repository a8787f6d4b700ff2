import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { anAuthorisation, aRunningSimulator, manualClock, mastercard, visa } from './a-call.ts';

const time = manualClock();
let acquirer: Awaited<ReturnType<typeof aRunningSimulator>>;

before(async () => {
  acquirer = await aRunningSimulator({ clock: time.clock });
});
after(() => acquirer.running.close());
beforeEach(() => {
  acquirer.running.simulator.reset();
});

const withAmount = (amount: number, members: object = {}) =>
  acquirer.authorise(anAuthorisation('auth1', { amount, ...members }));

const booked = () =>
  acquirer.running.simulator.ledger().map(({ approved, responseCode, amount }) => ({
    approved,
    responseCode,
    amount,
  }));

describe('an amount that declines', () => {
  const codes: readonly [number, string][] = [
    [151, '51'],
    [181, '15'],
    [182, '05'],
    [183, '59'],
    [184, '61'],
    [186, '54'],
    [187, '14'],
    [188, '58'],
    [189, '51'],
    [190, 'X9'],
  ];
  for (const [amount, responseCode] of codes) {
    it(`${amount} answers and books ${responseCode}`, async () => {
      const answer = (await (await withAmount(amount)).json()) as Record<string, unknown>;
      assert.equal(answer['approved'], false);
      assert.equal(answer['responseCode'], responseCode);
      assert.equal(answer['amount'], amount);
      assert.equal('authorisationCode' in answer, false);
      assert.deepEqual(booked(), [{ approved: false, responseCode, amount }]);
    });
  }
});

describe('a soft decline', () => {
  const threeDs = { eci: '05', cavv: 'AAABBBCCC', transactionId: 'x' };
  const cases: readonly [string, number, object, string][] = [
    ['1A at Visa', 201, { card: visa }, '1A'],
    ['65 at Mastercard', 201, { card: mastercard }, '65'],
    ['an approval with the result of the step-up', 201, { card: mastercard, threeDs }, '00'],
    ['1A at Visa', 202, { card: visa }, '1A'],
    ['65 at Mastercard', 202, { card: mastercard }, '65'],
    ['65 again with the result of the step-up', 202, { card: mastercard, threeDs }, '65'],
  ];
  for (const [name, amount, members, responseCode] of cases) {
    it(`of ${amount} is ${name}`, async () => {
      const answer = (await (await withAmount(amount, members)).json()) as Record<string, unknown>;
      assert.equal(answer['responseCode'], responseCode);
      assert.equal(answer['approved'], responseCode === '00');
    });
  }
});

describe('a partial approval', () => {
  it('of 196 approves 98 with code 10', async () => {
    const answer = (await (await withAmount(196)).json()) as Record<string, unknown>;
    assert.deepEqual(
      [answer['approved'], answer['responseCode'], answer['amount']],
      [true, '10', 98],
    );
    assert.deepEqual(booked(), [{ approved: true, responseCode: '10', amount: 98 }]);
  });
});

describe('an amount that breaks the conversation', () => {
  it('191 answers 500 and decides nothing', async () => {
    const response = await withAmount(191);
    assert.equal(response.status, 500);
    assert.deepEqual(booked(), []);
    assert.equal((await acquirer.inquire('auth1')).status, 404);
  });

  it('192 cuts the connection and decides nothing', async () => {
    await assert.rejects(withAmount(192));
    assert.deepEqual(booked(), []);
  });

  it('193 approves and cuts the connection; a repeat gets the answer', async () => {
    await assert.rejects(withAmount(193));
    assert.deepEqual(booked(), [{ approved: true, responseCode: '00', amount: 193 }]);
    const repeated = (await (await withAmount(193)).json()) as Record<string, unknown>;
    assert.equal(repeated['approved'], true);
    assert.equal(booked().length, 1);
  });

  it('194 holds the connection until the caller gives up, and decides nothing', async () => {
    const givingUp = new AbortController();
    const waiting = fetch(`${acquirer.url}/authorisations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'auth1' },
      body: JSON.stringify(anAuthorisation('auth1', { amount: 194 })),
      signal: givingUp.signal,
    });
    time.advance(3_600_000);
    assert.equal((await acquirer.inquire('auth1')).status, 404);
    givingUp.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.deepEqual(booked(), []);
  });

  it('195 approves and sends half an answer', async () => {
    const response = await withAmount(195);
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get('content-length')) > 100);
    await assert.rejects(response.text());
    assert.deepEqual(booked(), [{ approved: true, responseCode: '00', amount: 195 }]);
  });
});

describe('an amount that takes its time', () => {
  it('160 approves without a wait', async () => {
    assert.equal((await withAmount(160)).status, 200);
  });

  for (const [amount, delayMs] of [
    [161, 1_000],
    [171, 11_000],
    [179, 19_000],
    [185, 20_000],
  ] as const) {
    it(`${amount} approves after ${delayMs} ms, and books then`, async () => {
      const answer = withAmount(amount);
      await acquirer.untilInProgress(1);
      time.advance(delayMs - 1);
      assert.deepEqual(booked(), []);
      assert.equal((await acquirer.inquire('auth1')).status, 404);
      time.advance(1);
      assert.equal((await answer).status, 200);
      assert.deepEqual(booked(), [{ approved: true, responseCode: '00', amount }]);
    });
  }

  it('is multiplied by the delay scale', async () => {
    acquirer.running.simulator.control.set({ delayScale: 0.1 });
    const answer = withAmount(185);
    await acquirer.untilInProgress(1);
    time.advance(2_000);
    assert.equal((await answer).status, 200);
  });

  it('approves all the same when the caller has gone', async () => {
    const leaving = new AbortController();
    const abandoned = fetch(`${acquirer.url}/authorisations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'auth1' },
      body: JSON.stringify(anAuthorisation('auth1', { amount: 175 })),
      signal: leaving.signal,
    });
    await acquirer.untilInProgress(1);
    leaving.abort();
    await assert.rejects(abandoned);
    time.advance(15_000);
    await acquirer.untilInProgress(0);
    assert.deepEqual(booked(), [{ approved: true, responseCode: '00', amount: 175 }]);
  });

  it('gives a repeat that comes meanwhile the same answer, and books once', async () => {
    const first = withAmount(170);
    await acquirer.untilInProgress(1);
    const repeats = [withAmount(170), withAmount(170)];
    assert.equal((await withAmount(171)).status, 409);
    time.advance(10_000);
    const texts = await Promise.all([first, ...repeats].map(async (call) => (await call).text()));
    assert.equal(new Set(texts).size, 1);
    assert.equal(booked().length, 1);
  });

  it('is left undecided by a reset', async () => {
    const answer = withAmount(170);
    await acquirer.untilInProgress(1);
    await Promise.all([assert.rejects(answer), acquirer.order('POST', '/reset')]);
    time.advance(20_000);
    assert.deepEqual(booked(), []);
  });
});
