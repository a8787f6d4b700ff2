import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { type CardMaterial } from '../../../src/acquirer/acquirer.ts';
import { rails } from '../../../src/payments/rail.ts';
import { type APayment, aPayment } from '../../support/a-payment.ts';
import { stepUpOf } from '../../support/a-step-up.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { testToken } from '../../support/make-payment-version.ts';
import { approved, softDeclined } from '../../support/scripted-acquirer.ts';
import { scriptedThreeDs } from '../../support/scripted-three-ds.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { authorisationsOf } from '../../support/traces-of-a-payment.ts';
import { encryptCard } from '../../support/vipps-callback.ts';

describe('makePayment of the PSP API v3', () => {
  let adapter: TestAdapter;
  before(async () => {
    adapter = await startTestAdapter({ threeDsServer: scriptedThreeDs() });
  });
  after(() => adapter[Symbol.asyncDispose]());

  const aV3Payment = () => aPayment(adapter.database, { rail: 'psp-v3' });

  function call(
    payment: APayment,
    members: object,
    path: string = rails['psp-v3'].makePaymentPath,
  ) {
    const body = {
      pspTransactionId: payment.pspTransactionId,
      merchantSerialNumber: payment.msn,
      paymentState: 'ACCEPTED',
      paymentInstrument: 'TOKEN',
      networkToken: testToken,
      cardData: null,
      ...members,
    };
    return request(adapter.publicApp)
      .post(path)
      .set('Authorization', payment.token)
      .set('Content-Type', 'application/json;charset=UTF-8')
      .send(JSON.stringify(body));
  }

  /** What the acquirer is given: read while it is asked, as it is wiped afterwards. */
  async function presented(members: object): Promise<unknown> {
    const payment = await aV3Payment();
    const seen: unknown[] = [];
    adapter.acquirer.authoriseWith(({ card }) => {
      seen.push(inWords(card));
      return Promise.resolve(approved);
    });
    const answer = await call(payment, members);
    assert.deepEqual(answer.body, ok(payment.pspTransactionId));
    assert.equal(seen.length, 1);
    return seen[0];
  }

  const token = {
    number: testToken.number,
    cryptogram: testToken.cryptogram,
    expiry: '2030-3',
    scheme: 'VISA',
    eci: '07',
  };

  const accepted: readonly (readonly [string, object, object])[] = [
    ['R47 a token', {}, token],
    ['R47 a token where the instrument is not named', { paymentInstrument: null }, token],
    ['R47 a token whose ECI lost its zero', { networkToken: { ...testToken, eci: '7' } }, token],
    [
      'R47 a token without ECI',
      { networkToken: { ...testToken, eci: null } },
      { ...token, eci: undefined },
    ],
    ['R24 the state in `confirmed`', { paymentState: undefined, confirmed: 'ACCEPTED' }, token],
    [
      'R24 the state in `confirmed`, as v2 says it',
      { paymentState: null, confirmed: 'YES' },
      token,
    ],
    ['the state in small letters', { paymentState: 'accepted' }, token],
    [
      'R47 an encrypted card',
      { paymentInstrument: 'ENCRYPTEDCARD', networkToken: null, cardData: encryptCard() },
      { pan: '4925000000000004' },
    ],
    [
      'R47 an encrypted card beside a token that is not meant',
      { paymentInstrument: 'EncryptedCard', cardData: encryptCard() },
      { pan: '4925000000000004' },
    ],
  ];
  for (const [what, members, expected] of accepted) {
    it(`${what} reaches the acquirer whole`, async () => {
      assert.deepEqual(await presented(members), expected);
    });
  }

  const refused: readonly (readonly [string, object, number])[] = [
    ['no token', { networkToken: null }, 71],
    ['half a token', { networkToken: { ...testToken, cryptogram: null } }, 71],
    ['an encrypted card where a token is announced', { networkToken: null, cardData: 'x' }, 71],
    ['no encrypted card', { paymentInstrument: 'ENCRYPTEDCARD' }, 71],
    [
      'an encrypted card that nobody can open',
      { paymentInstrument: 'ENCRYPTEDCARD', cardData: 'x' },
      92,
    ],
    ['an instrument that nobody knows', { paymentInstrument: 'CASH' }, 71],
    ['no state', { paymentState: null }, 71],
    ['a state that is no text', { paymentState: 1 }, 71],
  ];
  for (const [what, members, errorId] of refused) {
    it(`R23 ${what} is FAIL ${errorId}, and authorises nothing`, async () => {
      const payment = await aV3Payment();

      const answer = await call(payment, members);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, errorId));
      assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    });
  }

  it('R24 CANCEL in `confirmed` is a customer who cancelled', async () => {
    const payment = await aV3Payment();
    const answer = await call(payment, { paymentState: null, confirmed: 'CANCEL' });
    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 93, 'Status from Vipps:CANCEL'));
  });

  it('is read by the rail of the payment, whatever path the call comes by', async () => {
    const [v2, v3] = [await aPayment(adapter.database), await aV3Payment()];

    const answers = [
      await call(v2, { confirmed: 'YES', cardData: encryptCard() }),
      await call(v3, {}, rails['psp-v2'].makePaymentPath),
    ];

    assert.deepEqual(
      answers.map(({ body }) => body as unknown),
      [ok(v2.pspTransactionId), ok(v3.pspTransactionId)],
    );
  });

  const places: readonly (readonly [string, unknown, object])[] = [
    ['none', null, {}],
    ['no list', { operation: '3dssuccess', url: 'https://vipps.no/' }, {}],
    [
      'one of three, byte for byte',
      [{ operation: '3dsSuccess', url: 'https://vipps.no/a?b=%C3%A6&c=d%20e#f' }, null, 'x'],
      { '3dssuccess': 'https://vipps.no/a?b=%C3%A6&c=d%20e#f' },
    ],
    [
      'what is no URL, or would break a header',
      [
        { operation: '3dssuccess', url: 'mobileintercept' },
        { operation: '3dscancel', url: 'https://vipps.no/\r\nSet-Cookie: a=b' },
        { operation: '3dsfailure', url: `https://vipps.no/${'a'.repeat(3_000)}` },
        { operation: 'other', url: 'https://vipps.no/' },
      ],
      {},
    ],
  ];
  for (const [what, operations, expected] of places) {
    it(`R51 keeps where Vipps waits after a step-up: ${what}`, async () => {
      const payment = await aV3Payment();
      adapter.acquirer.authoriseWith(() => Promise.resolve(softDeclined));

      await call(payment, { operations });

      assert.deepEqual((await stepUpOf(adapter.database, payment))?.returnUrls, expected);
    });
  }
});

function inWords(card: CardMaterial): object {
  if (card.kind === 'PAN') return { pan: card.card.pan.expose().toString() };
  const { number, cryptogram, expiryYear, expiryMonth, scheme, eci } = card.token;
  return {
    number: number.expose().toString(),
    cryptogram: cryptogram.expose().toString(),
    expiry: `${expiryYear}-${expiryMonth}`,
    scheme,
    eci,
  };
}
