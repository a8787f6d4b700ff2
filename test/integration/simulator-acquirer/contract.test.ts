import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import supertest from 'supertest';
import {
  type AcquirerSimulator,
  createAcquirerSimulator,
} from '../../../src/simulator/acquirer/acquirer-simulator.ts';
import { aModification, anAuthorisation, aReversal, manualClock } from './a-call.ts';

let simulator: AcquirerSimulator;

beforeEach(() => {
  simulator = createAcquirerSimulator({ clock: manualClock().clock });
});

const contentOf = ({ body }: supertest.Response) => body as Record<string, unknown>;
const errorOf = ({ body }: supertest.Response) =>
  (body as { error: { code: string; message: string } }).error;

const post = (path: string, body: { reference: string }, key = body.reference) =>
  supertest(simulator.app).post(path).set('Idempotency-Key', key).send(body);

async function codeOf(path: string, body: { reference: string }): Promise<string> {
  const answer = (await post(path, body).expect(200)).body as {
    approved: boolean;
    responseCode: string;
  };
  assert.equal(answer.approved, answer.responseCode === '00');
  return answer.responseCode;
}

describe('an authorisation', () => {
  it('is approved with an authorisation code of six and an RRN of twelve characters', async () => {
    const response = await post('/authorisations', anAuthorisation('auth1')).expect(200);
    const { authorisationCode, rrn, ...rest } = contentOf(response);
    assert.deepEqual(rest, {
      reference: 'auth1',
      approved: true,
      responseCode: '00',
      amount: 10_000,
      currency: 'NOK',
    });
    assert.match(String(authorisationCode), /^[0-9A-F]{6}$/);
    assert.match(String(rrn), /^\d{12}$/);
  });

  it('is one entry of the ledger, with exactly the members of its form', async () => {
    await post('/authorisations', anAuthorisation('auth1'));
    const response = await supertest(simulator.app).get('/ledger').expect(200);
    assert.match(response.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(response.body, [
      {
        type: 'AUTHORISATION',
        approved: true,
        amount: 10_000,
        currency: 'NOK',
        reference: 'auth1',
        originalReference: null,
        pspTransactionId: 'payment1',
        responseCode: '00',
        at: '2026-06-15T12:00:00.000Z',
      },
    ]);
  });

  it('accepts a network token in place of the card', async () => {
    const networkToken = {
      number: '4895370013193500',
      cryptogram: 'AlhlvxmN2ZKuAAESNFZ4GoABFA==',
      expiryMonth: '03',
      expiryYear: '2030',
      tokenType: 'VISA',
      eci: '07',
    };
    const message = anAuthorisation('auth1', { card: undefined, networkToken });
    assert.equal(await codeOf('/authorisations', message), '00');
  });
});

describe('the idempotency key', () => {
  it('replays the answer byte for byte and adds no entry', async () => {
    const first = await post('/authorisations', anAuthorisation('auth1'));
    const second = await post('/authorisations', anAuthorisation('auth1'));
    assert.equal(second.text, first.text);
    assert.equal(simulator.ledger().length, 1);
  });

  it('replays a decline too', async () => {
    const first = await post('/captures', aModification('capture1'));
    await post('/authorisations', anAuthorisation('auth1'));
    const second = await post('/captures', aModification('capture1'));
    assert.equal(second.text, first.text);
    assert.equal((second.body as { responseCode: string }).responseCode, '25');
  });

  it('is refused with 409 for another body, another card and another operation', async () => {
    await post('/authorisations', anAuthorisation('key1'));
    const card = { pan: '4111111111111111', expiry: '3011' };
    for (const [path, body] of [
      ['/authorisations', anAuthorisation('key1', { amount: 10_001 })],
      ['/authorisations', anAuthorisation('key1', { card })],
      ['/authorisations', anAuthorisation('key1', { extra: true })],
      ['/captures', aModification('key1')],
    ] as const) {
      const answer = await post(path, body).expect(409);
      assert.equal(errorOf(answer).code, 'idempotency_key_reused');
    }
    assert.equal(simulator.ledger().length, 1);
  });

  it('does not care for the order of the members that the contract names', async () => {
    const first = await post('/reversals', aReversal('reversal1'));
    const { reference, ...rest } = aReversal('reversal1');
    const second = await post('/reversals', { ...rest, reference }).expect(200);
    assert.equal(second.text, first.text);
  });

  it('is refused with 400 when it is missing or is not the reference', async () => {
    await post('/authorisations', anAuthorisation('auth1'), 'auth2').expect(400);
    await supertest(simulator.app).post('/voids').send(aModification('void1')).expect(400);
    assert.deepEqual(simulator.ledger(), []);
  });
});

describe('a capture', () => {
  beforeEach(async () => {
    await post('/authorisations', anAuthorisation('auth1'));
  });

  it('takes parts until nothing is left', async () => {
    assert.equal(await codeOf('/captures', aModification('c1', { amount: 4_000 })), '00');
    assert.equal(await codeOf('/captures', aModification('c2', { amount: 6_001 })), '61');
    assert.equal(await codeOf('/captures', aModification('c3', { amount: 6_000 })), '00');
    assert.equal(await codeOf('/captures', aModification('c4', { amount: 1 })), '61');
  });

  it('is declined in another currency, for another payment and without an original', async () => {
    assert.equal(await codeOf('/captures', aModification('c1', { currency: 'DKK' })), '13');
    assert.equal(await codeOf('/captures', aModification('c2', { pspTransactionId: 'x' })), '25');
    assert.equal(await codeOf('/captures', aModification('c3', { originalReference: 'x' })), '25');
    assert.deepEqual(
      simulator.ledger().map(({ type, approved }) => [type, approved]),
      [
        ['AUTHORISATION', true],
        ['CAPTURE', false],
        ['CAPTURE', false],
        ['CAPTURE', false],
      ],
    );
  });

  it('is declined after a reversal and of a declined authorisation', async () => {
    await post('/reversals', aReversal('r1'));
    assert.equal(await codeOf('/captures', aModification('c1')), '12');
    await post('/authorisations', anAuthorisation('auth2', { amount: 182 }));
    const ofDeclined = aModification('c2', { originalReference: 'auth2', amount: 182 });
    assert.equal(await codeOf('/captures', ofDeclined), '12');
  });
});

describe('a void', () => {
  it('releases what is left, in parts or wholly, and no more', async () => {
    await post('/authorisations', anAuthorisation('auth1'));
    assert.equal(await codeOf('/captures', aModification('c1', { amount: 3_000 })), '00');
    assert.equal(await codeOf('/voids', aModification('v1', { amount: 7_001 })), '61');
    assert.equal(await codeOf('/voids', aModification('v2', { amount: 2_000 })), '00');
    assert.equal(await codeOf('/voids', aModification('v3', { amount: 5_000 })), '00');
    assert.equal(await codeOf('/captures', aModification('c2', { amount: 1 })), '61');
  });
});

describe('a refund', () => {
  it('gives back what was captured and no more', async () => {
    await post('/authorisations', anAuthorisation('auth1'));
    assert.equal(await codeOf('/refunds', aModification('f1', { amount: 1 })), '61');
    await post('/captures', aModification('c1', { amount: 3_000 }));
    assert.equal(await codeOf('/refunds', aModification('f2', { amount: 1_000 })), '00');
    assert.equal(await codeOf('/refunds', aModification('f3', { amount: 2_001 })), '61');
    assert.equal(await codeOf('/refunds', aModification('f4', { amount: 2_000 })), '00');
  });
});

describe('an inquiry', () => {
  it('finds a transaction by its own reference and says what became of it', async () => {
    await post('/authorisations', anAuthorisation('auth1'));
    await post('/captures', aModification('c1', { amount: 3_000 }));
    const found = contentOf(await supertest(simulator.app).get('/transactions/auth1').expect(200));
    assert.equal(found['approved'], true);
    assert.equal(found['capturedAmount'], 3_000);
    assert.equal(found['reversed'], false);
    assert.match(String(found['rrn']), /^\d{12}$/);
    const capture = await supertest(simulator.app).get('/transactions/c1').expect(200);
    assert.equal((capture.body as { type: string }).type, 'CAPTURE');
  });

  it('answers 404 for a reference never seen', async () => {
    const answer = await supertest(simulator.app).get('/transactions/nothing').expect(404);
    assert.equal(errorOf(answer).code, 'not_found');
  });
});

describe('a message that is wrong', () => {
  const wrong: readonly [string, Readonly<Record<string, unknown>>][] = [
    ['no amount', { amount: undefined }],
    ['an amount of nothing', { amount: 0 }],
    ['a negative amount', { amount: -1 }],
    ['a fraction', { amount: 1.5 }],
    ['a string for an amount', { amount: '100' }],
    ['an amount beyond safe integers', { amount: 2 ** 53 }],
    ['a currency of two letters', { currency: 'NO' }],
    ['no card', { card: undefined }],
    ['letters in the card number', { card: { pan: '4111x11111111111', expiry: '3012' } }],
    ['month 13', { card: { pan: '4111111111111111', expiry: '3013' } }],
    ['a reference of 65 characters', { reference: 'a'.repeat(65) }],
    ['a reference with a space', { reference: 'a b' }],
    ['no payment', { pspTransactionId: '' }],
  ];
  for (const [name, members] of wrong) {
    it(`is refused with 400 and not booked: ${name}`, async () => {
      const message = anAuthorisation('auth1', members);
      const answer = await post('/authorisations', message).expect(400);
      assert.equal(errorOf(answer).code, 'invalid_message');
      assert.ok(!answer.text.includes('4111'));
      assert.deepEqual(simulator.ledger(), []);
    });
  }

  it('is refused when it is no JSON, is no object or is too long', async () => {
    const raw = (body: string) =>
      supertest(simulator.app)
        .post('/captures')
        .set({ 'Idempotency-Key': 'c1', 'content-type': 'application/json' })
        .send(body);
    const unreadable = await raw('{"pan":"4111111111111111"').expect(400);
    assert.ok(!unreadable.text.includes('4111'));
    await raw('[]').expect(400);
    await raw('').expect(400);
    await raw(`{"x":"${'x'.repeat(70_000)}"}`).expect(413);
  });

  it('is refused with 404 where there is nothing, and with 400 where the address is broken', async () => {
    await supertest(simulator.app).get('/captures').expect(404);
    await supertest(simulator.app).get('/transactions/%E0%A4%A').expect(400);
  });
});

describe('the page for people', () => {
  it('shows the ledger without a script and escapes what callers sent', async () => {
    await post('/authorisations', anAuthorisation('<script>alert(1)</script>'));
    const { text, headers } = await supertest(simulator.app).get('/').expect(200);
    assert.match(
      String(headers['content-security-policy']),
      /default-src 'none'; style-src 'sha256-/,
    );
    assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
    assert.ok(!text.includes('<script'));
    assert.ok(text.includes('approves after 20 seconds'));
  });
});
