import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '../../../src/shared/log.ts';
import { nok } from '../../../src/shared/money.ts';
import { sha256 } from '../../../src/shared/secret.ts';
import { createBeginStepUp } from '../../../src/step-up/begin-step-up.ts';
import {
  type BeginOutcome,
  type ChallengeRequest,
  type ThreeDsServer,
} from '../../../src/step-up/three-ds-server.ts';
import { aCard } from '../../support/a-card.ts';

const leg = {
  pspTransactionId: 'abcdefghijklmnopqrstuvwxyz0123',
  leg: 1,
  merchant: {
    msn: '123456',
    acquirerMerchantId: 'M-1',
    terminalId: 'T-1',
    categoryCode: '5411',
    descriptor: 'A SHOP',
    country: 'NO',
  },
  amount: nok(20_100n),
  card: { kind: 'PAN', card: aCard() },
  returnUrls: { '3dssuccess': 'https://vipps.example/m?transactionId=1&responsecode=OK' },
} as const;

const challenge = (challengeUrl: string): BeginOutcome => ({
  kind: 'CHALLENGE',
  serverReference: 'auth-1',
  challengeUrl,
});

function begin(answer: () => BeginOutcome, plainHttpAllowed = false) {
  const asked: ChallengeRequest[] = [];
  const threeDsServer: ThreeDsServer = {
    begin: (request) => {
      asked.push(request);
      return Promise.resolve().then(answer);
    },
    result: () => Promise.reject(new Error('Nobody asked yet')),
  };
  const beginStepUp = createBeginStepUp({
    threeDsServer,
    publicUrl: 'https://psp.example',
    validForMs: 300_000,
    plainHttpAllowed,
    log: silentLog,
  });
  return { asked, begun: beginStepUp(leg, AbortSignal.timeout(1_000)) };
}

describe('beginning a step-up', () => {
  it('R50 makes an absolute URL that nobody can guess, and stores only what it hashes to', async () => {
    const { asked, begun } = begin(() => challenge('https://acs.example/c/1'));
    const session = await begun;

    assert.ok(session);
    const [, token = ''] =
      /^https:\/\/psp\.example\/3ds\/([\w-]{43})$/.exec(session.url3dSecure) ?? [];
    assert.deepEqual(session.tokenHash, sha256(token));
    assert.deepEqual(session.returnUrls, leg.returnUrls);
    assert.equal(session.validForMs, 300_000);
    assert.equal(asked[0]?.returnUrl, `${session.url3dSecure}/return`);
    assert.equal(asked[0].reference, `${leg.pspTransactionId}-s1`);
    assert.notEqual(
      (await begin(() => challenge('https://acs.example/c/1')).begun)?.url3dSecure,
      session.url3dSecure,
    );
  });

  it('R54 has no step-up where the server offers none, is away, or breaks its promise not to throw', async () => {
    const outcomes: (() => BeginOutcome)[] = [
      () => ({ kind: 'NOT_OFFERED', why: 'The card takes no part' }),
      () => ({ kind: 'UNAVAILABLE', why: 'Silence' }),
      () => {
        throw new Error('A mistake in the adapter');
      },
    ];
    for (const outcome of outcomes) assert.equal(await begin(outcome).begun, undefined);
  });

  it('sends nobody to a challenge that is not https, but in a sandbox', async () => {
    const unfit = ['http://acs.example/c/1', 'javascript:alert(1)', '/c/1', ''];
    for (const url of unfit) assert.equal(await begin(() => challenge(url)).begun, undefined, url);

    assert.ok(await begin(() => challenge('http://127.0.0.1:9082/c/1'), true).begun);
    assert.equal(await begin(() => challenge('javascript:alert(1)'), true).begun, undefined);
  });
});
