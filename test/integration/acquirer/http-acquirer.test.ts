import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  createHttpAcquirer,
  type HttpAcquirerOptions,
} from '../../../src/acquirer/http-acquirer/http-acquirer.ts';
import { networkToken } from '../../../src/card-data/network-token.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { nok } from '../../../src/shared/money.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { aCard, mastercardNumber, visaNumber } from '../../support/a-card.ts';
import {
  cut,
  half,
  httpDouble,
  inTurn,
  json,
  nobodyListens,
  silent,
  text,
  type Behaviour,
  type HttpDouble,
} from '../../support/http-double.ts';
import { aModification, anAuthorisation } from './acquirer-contract.ts';

const request = anAuthorisation(nok(4_900n), { reference: 'abc-a1', pspTransactionId: 'abc' });
const approval = {
  reference: 'abc-a1',
  approved: true,
  responseCode: '00',
  amount: 4900,
  currency: 'NOK',
  authorisationCode: 'A1B2C3',
  rrn: '123456789012',
};

const patience = (): AbortSignal => AbortSignal.timeout(5_000);

async function withDouble(behaviour: Behaviour, options: Partial<HttpAcquirerOptions> = {}) {
  const double = await httpDouble(behaviour);
  const acquirer = createHttpAcquirer({
    baseUrl: double.url,
    clock: systemClock,
    connectRetries: { firstDelayMs: 1, delayMsMax: 2 },
    ...options,
  });
  return {
    acquirer,
    double,
    async [Symbol.asyncDispose]() {
      const closed = acquirer.close();
      await double[Symbol.asyncDispose]();
      await closed;
    },
  };
}

async function outcomeOf(behaviour: Behaviour, options: Partial<HttpAcquirerOptions> = {}) {
  await using subject = await withDouble(behaviour, options);
  const outcome = await subject.acquirer.authorise(request, patience());
  return { outcome, requests: subject.double.seen.length };
}

describe('an authorisation at the HTTP acquirer', () => {
  it('R28 carries the card, the stored amount, and what routing needs', async () => {
    await using subject = await withDouble(json(200, approval));
    await subject.acquirer.authorise(request, patience());

    const [seen] = subject.double.seen;
    assert.equal(seen?.path, '/authorisations');
    assert.equal(seen.headers['idempotency-key'], 'abc-a1');
    const { stan, rrn, ...body } = JSON.parse(seen.body) as Record<string, unknown>;
    assert.match(String(stan), /^\d{6}$/);
    assert.match(String(rrn), /^\d{12}$/);
    assert.deepEqual(body, {
      reference: 'abc-a1',
      pspTransactionId: 'abc',
      merchantSerialNumber: '123456',
      amount: 4900,
      currency: 'NOK',
      card: { pan: visaNumber, expiry: '3012' },
      merchant: {
        acquirerMerchantId: 'M1',
        terminalId: 'T1',
        categoryCode: '5651',
        descriptor: 'SOCKS AND "SHOES"',
        country: 'NO',
      },
      channel: 'ECOMMERCE',
      wallet: 'VIPPS',
      authentication: 'DELEGATED',
    });
  });

  it('R47 R52 carries a network token with both cryptograms after a step-up', async () => {
    await using subject = await withDouble(json(200, approval));
    await subject.acquirer.authorise(
      {
        ...request,
        card: {
          kind: 'NETWORK_TOKEN',
          token: networkToken({
            number: Buffer.from(mastercardNumber),
            cryptogram: Buffer.from('AAECAwQFBgcICQoLDA0ODxAREhM='),
            expiryMonth: 3,
            expiryYear: 2030,
            scheme: 'MASTERCARD',
            eci: '06',
          }),
        },
        stepUp: {
          eci: '02',
          authenticationValue: new Secret('cavv'),
          transactionId: 'ds-transaction',
        },
      },
      patience(),
    );

    const body = JSON.parse(subject.double.seen[0]?.body ?? '') as Record<string, unknown>;
    assert.equal(body['card'], undefined);
    assert.deepEqual(body['networkToken'], {
      number: mastercardNumber,
      cryptogram: 'AAECAwQFBgcICQoLDA0ODxAREhM=',
      expiryMonth: '03',
      expiryYear: '2030',
      tokenType: 'MASTERCARD',
      eci: '06',
    });
    assert.deepEqual(body['threeDs'], {
      eci: '02',
      authenticationValue: 'cavv',
      transactionId: 'ds-transaction',
    });
  });

  it('is the same message, byte for byte, whenever it is sent', async () => {
    await using subject = await withDouble(json(200, approval));
    await subject.acquirer.authorise(request, patience());
    await subject.acquirer.authorise(request, patience());

    const [first, second] = subject.double.seen;
    assert.equal(first?.body, second?.body);
  });

  it('is approved with the code and number of the answer', async () => {
    const { outcome } = await outcomeOf(json(200, approval));

    assert.deepEqual(outcome, {
      kind: 'APPROVED',
      responseCode: '00',
      authorisationCode: 'A1B2C3',
      rrn: '123456789012',
    });
  });

  it('has a retrieval reference number also where the answer has none', async () => {
    const { outcome } = await outcomeOf(json(200, { ...approval, rrn: undefined }));

    assert.match(outcome.kind === 'APPROVED' ? outcome.rrn : '', /^\d{12}$/);
  });

  for (const [name, changes] of Object.entries({
    'a code that is not listed': { responseCode: 'X9', approved: false },
    'a partial approval': { responseCode: '10', amount: 2450 },
    'another amount': { amount: 4901 },
    'another currency': { currency: 'SEK' },
    'another reference': { reference: 'abc-a2' },
    'an approval that the code denies': { responseCode: '05' },
    'a denial that the code approves': { approved: false },
    'a step-up code of another scheme': { responseCode: '70', approved: false },
  })) {
    it(`is unintelligible with ${name}`, async () => {
      const { outcome } = await outcomeOf(json(200, { ...approval, ...changes }));

      assert.equal(outcome.kind, 'UNINTELLIGIBLE');
    });
  }

  for (const [name, behaviour] of Object.entries({
    'an HTTP 500': json(500, approval),
    'an HTTP 409': json(409, approval),
    'an HTTP 302': json(302, approval),
    'a cut connection': cut,
    'half an answer': half(200, approval),
    'no JSON': text(200, 'garbage'),
    'JSON of another form': json(200, { ...approval, approved: 'yes' }),
    'a switch without an issuer': json(200, { ...approval, approved: false, responseCode: '91' }),
  })) {
    it(`has no answer after ${name}, and is not sent again`, async () => {
      const { outcome, requests } = await outcomeOf(behaviour);

      assert.equal(outcome.kind, 'NO_ANSWER');
      assert.equal(requests, 1);
    });
  }

  it('has no answer after silence, and is not sent again', async () => {
    const { outcome, requests } = await outcomeOf(silent, { timeoutMs: 1_000 });

    assert.equal(outcome.kind, 'NO_ANSWER');
    assert.equal(requests, 1);
  });

  it('is tried again while no connection is made', async () => {
    const baseUrl = await nobodyListens();
    let double: HttpDouble | undefined;
    const acquirer = createHttpAcquirer({
      baseUrl,
      clock: {
        ...systemClock,
        sleep: async () => {
          double ??= await httpDouble(json(200, approval), Number(new URL(baseUrl).port));
        },
      },
    });

    const outcome = await acquirer.authorise(request, patience());
    await acquirer.close();
    await double?.[Symbol.asyncDispose]();

    assert.equal(outcome.kind, 'APPROVED');
    assert.equal(double?.seen.length, 1);
  });

  it('is not sent where no connection is ever made', async () => {
    const acquirer = createHttpAcquirer({
      baseUrl: await nobodyListens(),
      clock: systemClock,
      connectRetries: { firstDelayMs: 1, delayMsMax: 2 },
    });

    const outcome = await acquirer.authorise(request, patience());
    await acquirer.close();

    assert.equal(outcome.kind, 'NOT_SENT');
  });

  it('is not sent with a card that was wiped before', async () => {
    await using subject = await withDouble(json(200, approval));
    const card = aCard();
    card.wipe();

    const outcome = await subject.acquirer.authorise(
      { ...request, card: { kind: 'PAN', card } },
      patience(),
    );

    assert.equal(outcome.kind, 'NOT_SENT');
    assert.equal(subject.double.seen.length, 0);
  });

  it('stops waiting when the caller does', async () => {
    const leaving = new AbortController();
    await using subject = await withDouble(() => {
      leaving.abort();
    });

    const outcome = await subject.acquirer.authorise(request, leaving.signal);

    assert.equal(outcome.kind, 'NO_ANSWER');
  });

  it('R46 shows the card number in no outcome, whatever comes back', async () => {
    for (const behaviour of [
      cut,
      text(500, visaNumber),
      json(200, { ...approval, reference: visaNumber, currency: visaNumber }),
    ]) {
      const { outcome } = await outcomeOf(behaviour);
      assert.doesNotMatch(inspect(outcome), new RegExp(visaNumber));
    }
  });
});

describe('the circuit breaker around the HTTP acquirer', () => {
  const circuit = { callsMin: 2, windowCalls: 2, openMs: 60_000 };

  it('opens after silence and 5xx, and authorisations are then not sent', async () => {
    await using subject = await withDouble(inTurn(cut, json(500, {})), { circuit });
    const { acquirer, double } = subject;
    await acquirer.authorise(request, patience());
    await acquirer.authorise(request, patience());

    assert.equal(acquirer.circuits().authorise, 'OPEN');
    const outcome = await acquirer.authorise(request, patience());
    assert.equal(outcome.kind, 'NOT_SENT');
    assert.equal(double.seen.length, 2);
  });

  it('does not open after declines or answers that make no sense', async () => {
    const declined = { ...approval, approved: false, responseCode: '05' };
    await using subject = await withDouble(
      inTurn(json(200, declined), json(200, { ...declined, responseCode: 'X9' })),
      { circuit },
    );
    for (let call = 0; call < 4; call += 1) await subject.acquirer.authorise(request, patience());

    assert.equal(subject.acquirer.circuits().authorise, 'CLOSED');
  });

  it('lets reversals, inquiries and repeats of unknown operations pass', async () => {
    await using subject = await withDouble(cut, { circuit });
    const { acquirer, double } = subject;
    const capture = aModification(request);
    for (let call = 0; call < 3; call += 1) await acquirer.capture(capture, patience());
    assert.equal(double.seen.length, 2, 'the third was stopped by the breaker');
    assert.equal((await acquirer.capture(capture, patience())).kind, 'UNKNOWN');

    await acquirer.capture({ ...capture, repeat: true }, patience());
    await acquirer.reverse({ ...capture, originalReference: 'abc-a1' }, patience());
    await acquirer.inquire('abc-a1', patience());

    assert.equal(double.seen.length, 5);
    assert.equal(acquirer.circuits().authorise, 'CLOSED', 'each operation has a breaker');
  });

  it('lets nobody wait for the call that finds out whether the acquirer is back', async () => {
    let probing: () => void = () => undefined;
    await using subject = await withDouble(
      inTurn(cut, cut, (seen, response) => {
        probing = () => void json(200, approval)(seen, response);
      }),
      { circuit: { ...circuit, openMs: 1 } },
    );
    const { acquirer } = subject;
    await acquirer.authorise(request, patience());
    await acquirer.authorise(request, patience());
    let probe: ReturnType<typeof acquirer.authorise> | undefined;
    while (acquirer.circuits().authorise !== 'HALF_OPEN') {
      probe = acquirer.authorise(request, patience());
      await new Promise(setImmediate);
    }

    assert.equal((await acquirer.authorise(request, patience())).kind, 'NOT_SENT');
    while (subject.double.seen.length < 3) await new Promise(setImmediate);
    probing();
    assert.equal((await probe)?.kind, 'APPROVED');
    assert.equal(acquirer.circuits().authorise, 'CLOSED');
  });
});

describe('a capture, a void or a refund at the HTTP acquirer', () => {
  const capture = aModification(request, { reference: 'abc-c1' });
  const done = { ...approval, reference: 'abc-c1' };

  for (const [name, behaviour, kind] of [
    ['done by 00', json(200, done), 'DONE'],
    ['refused by 61', json(200, { ...done, approved: false, responseCode: '61' }), 'REFUSED'],
    ['refused by 25', json(200, { ...done, approved: false, responseCode: '25' }), 'REFUSED'],
    ['unknown by 96', json(200, { ...done, approved: false, responseCode: '96' }), 'UNKNOWN'],
    ['unknown by 10', json(200, { ...done, responseCode: '10' }), 'UNKNOWN'],
    ['unknown by an approving 61', json(200, { ...done, responseCode: '61' }), 'UNKNOWN'],
    ['unknown by another amount', json(200, { ...done, amount: 1 }), 'UNKNOWN'],
    ['unknown by another reference', json(200, approval), 'UNKNOWN'],
    ['unknown after a cut', cut, 'UNKNOWN'],
    ['unknown after 500', json(500, {}), 'UNKNOWN'],
  ] as const) {
    it(`is ${name}`, async () => {
      await using subject = await withDouble(behaviour);

      assert.equal((await subject.acquirer.capture(capture, patience())).kind, kind);
    });
  }

  it('goes to the address of its kind', async () => {
    await using subject = await withDouble(json(200, done));
    await subject.acquirer.capture(capture, patience());
    await subject.acquirer.void(capture, patience());
    await subject.acquirer.refund(capture, patience());

    assert.deepEqual(
      subject.double.seen.map(({ path }) => path),
      ['/captures', '/voids', '/refunds'],
    );
    assert.deepEqual(JSON.parse(subject.double.seen[0]?.body ?? ''), {
      reference: 'abc-c1',
      originalReference: 'abc-a1',
      pspTransactionId: 'abc',
      amount: 4900,
      currency: 'NOK',
    });
  });
});

describe('a reversal and an inquiry at the HTTP acquirer', () => {
  const reversal = {
    reference: 'abc-a1-r1',
    originalReference: 'abc-a1',
    pspTransactionId: 'abc',
  };
  const acknowledged = { reference: 'abc-a1-r1', acknowledged: true, found: true };

  for (const [name, behaviour] of Object.entries({
    'a refusal': json(200, { ...acknowledged, acknowledged: false }),
    'an answer to another message': json(200, { ...acknowledged, reference: 'x' }),
    'an answer without "found"': json(200, { reference: 'abc-a1-r1', acknowledged: true }),
    'an HTTP 404': json(404, acknowledged),
    'half an answer': half(200, acknowledged),
    'a cut': cut,
  })) {
    it(`takes ${name} for no acknowledgement`, async () => {
      await using subject = await withDouble(behaviour);
      const outcome = await subject.acquirer.reverse(reversal, patience());

      assert.equal(outcome.kind, 'NOT_ACKNOWLEDGED');
    });
  }

  it('asks by the encoded reference, and takes only a 404 for not found', async () => {
    await using subject = await withDouble(inTurn(json(404, {}), json(410, {}), cut));
    const ask = () => subject.acquirer.inquire('a/b?c', patience());

    assert.deepEqual(
      [(await ask()).kind, (await ask()).kind, (await ask()).kind],
      ['NOT_FOUND', 'UNKNOWN', 'UNKNOWN'],
    );
    assert.equal(subject.double.seen[0]?.path, '/transactions/a%2Fb%3Fc');
  });
});
