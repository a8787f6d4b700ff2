import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttpAcquirer } from '../../../src/acquirer/http-acquirer/http-acquirer.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { nok } from '../../../src/shared/money.ts';
import { startAcquirerSimulator } from '../../../src/simulator/acquirer/start-acquirer-simulator.ts';
import { aCard, mastercardNumber, visaNumber } from '../../support/a-card.ts';
import { anAuthorisation } from './acquirer-contract.ts';

/** Simulated seconds become milliseconds. */
const delayScale = 0.001;

async function authorise(minor: bigint, { pan = visaNumber, waitMs = 5_000 } = {}) {
  await using running = await startAcquirerSimulator({ delayScale });
  const acquirer = createHttpAcquirer({ baseUrl: running.url, clock: systemClock });
  const request = anAuthorisation(nok(minor), { card: { kind: 'PAN', card: aCard(pan) } });
  const outcome = await acquirer.authorise(request, AbortSignal.timeout(waitMs));
  await acquirer.close();
  return outcome;
}

describe('the amounts of the simulated acquirer, seen through the adapter', () => {
  for (const [minor, reason] of [
    [181n, 'NO_SUCH_ISSUER'],
    [182n, 'REFUSED_BY_ISSUER'],
    [183n, 'SUSPECTED_FRAUD'],
    [184n, 'EXCEEDS_LIMIT'],
    [186n, 'EXPIRED_CARD'],
    [187n, 'INVALID_CARD_NUMBER'],
    [188n, 'CREDIT_NOT_ALLOWED'],
    [189n, 'INSUFFICIENT_FUNDS'],
    [151n, 'INSUFFICIENT_FUNDS'],
  ] as const) {
    it(`R35 ${minor} is declined: ${reason}`, async () => {
      const outcome = await authorise(minor);

      assert.equal(outcome.kind === 'DECLINED' && outcome.reason, reason);
    });
  }

  for (const [minor, kind] of [
    [4_900n, 'APPROVED'],
    [170n, 'APPROVED'],
    [190n, 'UNINTELLIGIBLE'],
    [191n, 'NO_ANSWER'],
    [192n, 'NO_ANSWER'],
    [193n, 'NO_ANSWER'],
    [195n, 'NO_ANSWER'],
    [196n, 'UNINTELLIGIBLE'],
  ] as const) {
    it(`R35 ${minor} comes to ${kind}`, async () => {
      assert.equal((await authorise(minor)).kind, kind);
    });
  }

  it('R29 194 is silence for as long as one waits', async () => {
    assert.equal((await authorise(194n, { waitMs: 100 })).kind, 'NO_ANSWER');
  });

  for (const [name, pan] of [
    ['Visa', visaNumber],
    ['Mastercard', mastercardNumber],
  ] as const) {
    it(`201 and 202 are soft declines at ${name}`, async () => {
      assert.equal((await authorise(201n, { pan })).kind, 'SOFT_DECLINED');
      assert.equal((await authorise(202n, { pan })).kind, 'SOFT_DECLINED');
    });
  }
});
