import { randomUUID } from 'node:crypto';
import { rails } from '../payments/rail.ts';
import { type PspApi } from '../psp-api/psp-api.ts';
import { type Difference } from './difference.ts';
import { type BookedPayment } from './find-differences.ts';
import { type Reported, type ReportedRepository } from './reported-repository.ts';

/** What Vipps shows of payments whose reports it must have applied by now. */
export interface VippsView {
  differences(payments: readonly BookedPayment[]): Promise<readonly Difference[]>;
}

/** Vipps applies reports in a nightly batch; in its test environment never (PSP API guide, updatestatus). */
const lagHours = 48;
const lookBackHours = 24 * 9;
const callsAtATimeMax = 8;
const callBudgetMs = 10_000;

/**
 * Compares amounts only, and only those of reports that are two to nine days old. Vipps' details
 * decide nothing: what differs is told to a person.
 */
export function createVippsView(
  reports: ReportedRepository,
  pspApi: Pick<PspApi, 'details'>,
): VippsView {
  return {
    differences: async (payments) => {
      const ids = payments.map(({ id }) => id);
      const reported = await reports.findLongAgo(ids, { lagHours, lookBackHours });
      const differences: Difference[] = [];
      for (let from = 0; from < reported.length; from += callsAtATimeMax) {
        const some = reported.slice(from, from + callsAtATimeMax);
        const differing = await Promise.all(some.map((one) => differs(pspApi, one)));
        differences.push(...some.filter((_, index) => differing[index]).map(toDifference));
      }
      return differences;
    },
  };
}

/** False also where Vipps did not answer: silence is no difference. */
async function differs(pspApi: Pick<PspApi, 'details'>, reported: Reported): Promise<boolean> {
  const context = {
    version: rails[reported.rail].pspVersion,
    msn: reported.msn,
    requestId: randomUUID(),
    budgetMs: callBudgetMs,
  };
  const outcome = await pspApi.details(context, reported.pspTransactionId);
  if (outcome.kind !== 'FOUND') return false;
  const { captured = reported.capturedMinor, refunded = reported.refundedMinor } =
    outcome.details.summary;
  return captured !== reported.capturedMinor || refunded !== reported.refundedMinor;
}

function toDifference({ pspTransactionId }: Reported): Difference {
  return { kind: 'VIPPS_DIFFERS', pspTransactionId, subject: pspTransactionId };
}
