import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { systemClock } from '../../../src/shared/clock.ts';
import { startThreeDsSimulator } from '../../../src/simulator/three-ds/three-ds-simulator.ts';
import {
  createHttpThreeDsServer,
  type HttpThreeDsOptions,
} from '../../../src/step-up/http-three-ds/http-three-ds-server.ts';
import { mastercardNumber, visaNumber } from '../../support/a-card.ts';
import { aChallenge, aNetworkToken, cryptogram } from '../../support/a-challenge.ts';
import {
  type Behaviour,
  cut,
  half,
  httpDouble,
  json,
  nobodyListens,
  silent,
  text,
} from '../../support/http-double.ts';

const patience = (): AbortSignal => AbortSignal.timeout(20_000);

async function withSimulator(options: Partial<HttpThreeDsOptions> = {}) {
  const simulator = await startThreeDsSimulator();
  const server = createHttpThreeDsServer({
    baseUrl: simulator.url,
    clock: systemClock,
    ...options,
  });
  return {
    server,
    simulator,
    async [Symbol.asyncDispose]() {
      await server.close();
      await simulator.close();
    },
  };
}

async function withDouble(behaviour: Behaviour, options: Partial<HttpThreeDsOptions> = {}) {
  const double = await httpDouble(behaviour);
  const server = createHttpThreeDsServer({
    baseUrl: double.url,
    clock: systemClock,
    timeoutMs: behaviour === silent ? 1_000 : 10_000,
    ...options,
  });
  return {
    server,
    double,
    async [Symbol.asyncDispose]() {
      const closed = server.close();
      await double[Symbol.asyncDispose]();
      await closed;
    },
  };
}

async function press(challengeUrl: string, ending: string): Promise<Response> {
  return fetch(challengeUrl, {
    method: 'POST',
    body: new URLSearchParams({ ending }),
    redirect: 'manual',
  });
}

describe('the HTTP adapter of a 3-D Secure server, with the simulated one', () => {
  it('begins a challenge and learns how it went, with the proof where it went well', async () => {
    await using subject = await withSimulator();
    const request = aChallenge();
    const begun = await subject.server.begin(request, patience());
    assert.ok(begun.kind === 'CHALLENGE');
    const ask = () => subject.server.result(begun.serverReference, patience());
    assert.deepEqual(await ask(), { kind: 'PENDING' });

    const back = await press(begun.challengeUrl, 'AUTHENTICATED');

    assert.equal(back.status, 303);
    assert.equal(back.headers.get('location'), request.returnUrl);
    const result = await ask();
    assert.ok(result.kind === 'AUTHENTICATED');
    assert.equal(result.proof.eci, '05');
    assert.equal(Buffer.from(result.proof.authenticationValue.expose(), 'base64').length, 20);
    assert.ok(result.proof.transactionId.length > 0);
    assert.ok(!inspect(result, { depth: 9 }).includes(result.proof.authenticationValue.expose()));
  });

  for (const ending of ['FAILED', 'CANCELLED', 'TIMED_OUT'] as const) {
    it(`learns of a challenge that ended as ${ending}`, async () => {
      await using subject = await withSimulator();
      const begun = await subject.server.begin(aChallenge(), patience());
      assert.ok(begun.kind === 'CHALLENGE');
      await press(begun.challengeUrl, ending);
      const result = await subject.server.result(begun.serverReference, patience());
      assert.deepEqual(result, { kind: ending });
    });
  }

  it('sends a token number in place of the card, without its cryptogram, and gets a Mastercard ECI', async () => {
    await using subject = await withSimulator();
    const begun = await subject.server.begin(aChallenge({ card: aNetworkToken() }), patience());
    assert.ok(begun.kind === 'CHALLENGE');
    await press(begun.challengeUrl, 'AUTHENTICATED');
    const result = await subject.server.result(begun.serverReference, patience());
    assert.equal(result.kind === 'AUTHENTICATED' && result.proof.eci, '02');
  });

  it('is told that the same message is the same authentication, and another one under its key none', async () => {
    await using subject = await withSimulator();
    const first = aChallenge();
    const begun = await subject.server.begin(first, patience());
    const again = await subject.server.begin(first, patience());
    const other = await subject.server.begin(
      aChallenge({ reference: first.reference }),
      patience(),
    );
    assert.deepEqual(again, begun);
    assert.equal(other.kind, 'UNAVAILABLE');
  });

  it('R54 says so where no challenge is offered', async () => {
    await using subject = await withSimulator();
    subject.simulator.control.misbehave({ operation: 'begin', notOffered: true });
    const begun = await subject.server.begin(aChallenge(), patience());
    assert.equal(begun.kind, 'NOT_OFFERED');
  });
});

const challengeOf = (reference: string) => ({
  authenticationId: 'a-1',
  reference,
  status: 'CHALLENGE',
  challengeUrl: 'https://acs.example/c/1',
});

describe('the HTTP adapter of a 3-D Secure server, with a bad one', () => {
  const request = aChallenge();
  const good = challengeOf(request.reference);
  const proof = {
    eci: '05',
    authenticationValue: 'AAABBEg0VhI0VniQEjRWAAAAAAA=',
    transactionId: 't',
  };
  const authenticated = { authenticationId: 'a-1', status: 'AUTHENTICATED', ...proof };

  const badBeginnings: Readonly<Record<string, Behaviour>> = {
    'an outage': json(503, { error: 'away' }),
    'a cut connection': cut,
    'half an answer': half(201, good),
    'no answer': silent,
    'no JSON': text(201, 'CHALLENGE'),
    'another status than 201': json(200, good),
    'another reference': json(201, { ...good, reference: 'other' }),
    'no URL': json(201, { ...good, challengeUrl: 'c/1' }),
    'a URL of a script': json(201, { ...good, challengeUrl: 'javascript:alert(1)' }),
    'no id': json(201, { ...good, authenticationId: '' }),
  };
  for (const [what, behaviour] of Object.entries(badBeginnings)) {
    it(`takes ${what} for no challenge, and sends nothing twice`, async () => {
      await using subject = await withDouble(behaviour);
      const outcome = await subject.server.begin(request, patience());
      assert.equal(outcome.kind, 'UNAVAILABLE');
      assert.equal(subject.double.seen.length, 1);
    });
  }

  const badResults: Readonly<Record<string, Behaviour>> = {
    'an outage': json(500, authenticated),
    'no such authentication': json(404, {}),
    'a cut connection': cut,
    'no answer': silent,
    'another authentication': json(200, { ...authenticated, authenticationId: 'a-2' }),
    'an unknown status': json(200, { ...authenticated, status: 'MAYBE' }),
    'a proof without its value': json(200, { ...authenticated, authenticationValue: undefined }),
    'a value that is no base64': json(200, {
      ...authenticated,
      authenticationValue: '*'.repeat(28),
    }),
    'an ECI that is none': json(200, { ...authenticated, eci: '5' }),
  };
  for (const [what, behaviour] of Object.entries(badResults)) {
    it(`takes ${what} for no result, be it good or bad`, async () => {
      await using subject = await withDouble(behaviour);
      const result = await subject.server.result('a-1', patience());
      assert.equal(result.kind, 'UNKNOWN');
    });
  }

  it('stops waiting when its caller does', async () => {
    await using subject = await withDouble(silent, { timeoutMs: 60_000 });
    const outcome = await subject.server.begin(request, AbortSignal.timeout(50));
    assert.equal(outcome.kind, 'UNAVAILABLE');
  });

  it('begins nothing while its breaker is open', async () => {
    const circuit = { callsMin: 2, windowCalls: 2, openMs: 60_000 };
    await using subject = await withDouble(json(503, {}), { circuit });
    for (let call = 0; call < 4; call += 1) await subject.server.begin(request, patience());
    assert.equal(subject.double.seen.length, 2);
  });

  it('never throws, not even where nobody listens or the card was wiped', async () => {
    const server = createHttpThreeDsServer({ baseUrl: await nobodyListens(), clock: systemClock });
    assert.equal((await server.begin(request, patience())).kind, 'UNAVAILABLE');
    assert.equal((await server.result('a-1', patience())).kind, 'UNKNOWN');
    const wiped = aChallenge();
    if (wiped.card.kind === 'PAN') wiped.card.card.wipe();
    assert.equal((await server.begin(wiped, patience())).kind, 'UNAVAILABLE');
    await server.close();
  });

  it('carries what the contract says and no more: the number once, and no cryptogram', async () => {
    await using subject = await withDouble(json(201, good));
    await subject.server.begin(request, patience());
    await subject.server.begin(aChallenge({ card: aNetworkToken() }), patience());
    const [pan, token] = subject.double.seen;
    assert.equal(pan?.headers['idempotency-key'], request.reference);
    assert.deepEqual(JSON.parse(pan.body), {
      reference: request.reference,
      pspTransactionId: request.pspTransactionId,
      merchantSerialNumber: '123456',
      merchantName: 'SOCKS AND "SHOES"',
      amount: 201,
      currency: 'NOK',
      card: { pan: visaNumber, expiry: '3012' },
      returnUrl: request.returnUrl,
    });
    const { networkToken } = JSON.parse(token?.body ?? '') as { networkToken: unknown };
    assert.deepEqual(networkToken, {
      number: mastercardNumber,
      expiryMonth: '03',
      expiryYear: '2030',
    });
    assert.ok(!token?.body.includes(cryptogram));
  });
});
