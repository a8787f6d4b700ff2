import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unknownFunding } from '../../../src/card-data/card-funding.ts';
import { networkToken } from '../../../src/card-data/network-token.ts';
import { createAuthorisePresented } from '../../../src/make-payment/authorise-presented.ts';
import { scaledBudget } from '../../../src/make-payment/budget.ts';
import { type FoundPayment } from '../../../src/make-payment/leg-repository.ts';
import { startStopwatch } from '../../../src/make-payment/stopwatch.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { aCard } from '../../support/a-card.ts';

const found: FoundPayment = {
  paymentId: '00000000-0000-4000-8000-000000000001',
  pspTransactionId: 'id',
  makePaymentTokenHash: Buffer.alloc(32),
  superseded: false,
  state: 'CREATED',
  rail: 'psp-v3',
  amountMinor: 100n,
  currency: 'NOK',
  merchant: {
    msn: '123456',
    acquirerMerchantId: 'M-1',
    terminalId: 'T-1',
    categoryCode: '5411',
    descriptor: 'A SHOP',
    country: 'NO',
  },
  rules: { creditCardsAllowed: true, paymentLimitMinor: null },
  stepUpAllowed: true,
  leg: null,
};

describe('A card for whose payment another call was quicker', () => {
  const card = aCard();
  const authorise = createAuthorisePresented({
    decrypt: () => Promise.resolve({ ok: true, card }),
    cardFunding: unknownFunding,
    authoriseLeg: () => Promise.resolve(undefined),
    refuse: () => Promise.reject(new Error('Nothing is refused here')),
    authorisationsInFlightMax: 1,
  });
  const stopwatch = startStopwatch(scaledBudget(1, 15_000), systemClock, systemClock.monotonicMs());
  const confirmed = { kind: 'CONFIRMED', returnUrls: {} } as const;

  it('is wiped where it was decrypted: it can be again', async () => {
    const presented = { kind: 'CARD_DATA', cardData: 'x' } as const;

    assert.equal(await authorise(found, { ...confirmed, card: presented }, stopwatch), undefined);

    assert.ok(card.pan.expose().every((byte) => byte === 0));
  });

  it('stays whole where it is a token: the call has it once', async () => {
    const token = networkToken({
      number: Buffer.from('4895370013193500'),
      cryptogram: Buffer.from('AlhlvxmN2ZKuAAESNFZ4GoABFA=='),
      expiryMonth: 3,
      expiryYear: 2030,
      scheme: 'VISA',
    });
    const presented = { kind: 'NETWORK_TOKEN', token } as const;

    assert.equal(await authorise(found, { ...confirmed, card: presented }, stopwatch), undefined);

    assert.equal(token.number.expose().toString(), '4895370013193500');
  });
});
