import { type AcquirerMerchant, type CardMaterial } from '../../src/acquirer/acquirer.ts';
import { networkToken } from '../../src/card-data/network-token.ts';
import { nok } from '../../src/shared/money.ts';
import { type ChallengeRequest } from '../../src/step-up/three-ds-server.ts';
import { aCard, mastercardNumber } from './a-card.ts';
import { aPspTransactionId } from './a-payment.ts';

export const challengedMerchant: AcquirerMerchant = {
  msn: '123456',
  acquirerMerchantId: 'M-1',
  terminalId: 'T-1',
  categoryCode: '5411',
  descriptor: 'SOCKS AND "SHOES"',
  country: 'NO',
};

export const cryptogram = 'AgAAAAAAAIR8CQrXcIhbQAAAAAA=';

export function aNetworkToken(): CardMaterial {
  return {
    kind: 'NETWORK_TOKEN',
    token: networkToken({
      number: Buffer.from(mastercardNumber),
      cryptogram: Buffer.from(cryptogram),
      expiryMonth: 3,
      expiryYear: 2030,
      scheme: 'MASTERCARD',
      eci: '06',
    }),
  };
}

/** What a soft decline of a card begins; another payment each time. */
export function aChallenge(changes: Partial<ChallengeRequest> = {}): ChallengeRequest {
  const pspTransactionId = aPspTransactionId();
  return {
    reference: `${pspTransactionId}-s1`,
    pspTransactionId,
    merchant: challengedMerchant,
    amount: nok(201n),
    card: { kind: 'PAN', card: aCard() },
    returnUrl: 'http://127.0.0.1:9/3ds/token/return',
    ...changes,
  };
}
