import { type AcquirerLedger, type LedgerEntry } from '../acquirer/acquirer-ledger.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Difference } from './difference.ts';
import { findDifferences } from './find-differences.ts';
import { type ReconciliationRepository } from './reconciliation-repository.ts';
import { type VippsView } from './vipps-view.ts';

/** What one reconciliation found and did. */
export interface ReconciliationReport {
  readonly payments: number;
  readonly differences: readonly (Difference & { readonly healing: boolean })[];
}

interface Dependencies {
  readonly repository: ReconciliationRepository;
  readonly ledger: AcquirerLedger;
  /** Absent where Vipps is not to be asked. */
  readonly vipps?: VippsView;
  /** What has been touched since is left alone. */
  readonly quietMs: number;
  readonly log: Log;
}

const pageSize = 500;
const ledgerWithinMs = 120_000;
const lowestId = '00000000-0000-0000-0000-000000000000';

/**
 * Compares every payment with the acquirer's ledger and, for what was reported long ago, with Vipps'
 * details. Orders what may be ordered: the reversal of an approval that Vipps was never told of, the
 * repetition of an operation of ours under its own key, a report that is missing. Never captures,
 * refunds or voids, never acts on what Vipps shows, and lists the rest.
 */
export async function reconcile(dependencies: Dependencies): Promise<ReconciliationReport> {
  const { repository, ledger, quietMs, vipps } = dependencies;
  const entries = byPayment(await ledger.entries(AbortSignal.timeout(ledgerWithinMs)));
  const differences: (Difference & { healing: boolean })[] = [];
  let payments = 0;
  let last = lowestId;
  for (;;) {
    const page = await repository.page(last, quietMs, pageSize);
    for (const payment of page) {
      const found = findDifferences(payment, entries.get(payment.pspTransactionId) ?? []);
      for (const difference of found) {
        differences.push({ ...difference, healing: await heal(dependencies, difference) });
      }
    }
    const shown = (await vipps?.differences(page)) ?? [];
    differences.push(...shown.map((difference) => ({ ...difference, healing: false })));
    payments += page.length;
    last = page.at(-1)?.id ?? last;
    if (page.length < pageSize) break;
  }
  const strangers = await unknownPayments(repository, [...entries.keys()]);
  differences.push(...strangers.map((difference) => ({ ...difference, healing: false })));
  tell(dependencies.log, payments, differences);
  return { payments, differences };
}

function byPayment(entries: readonly LedgerEntry[]): ReadonlyMap<string, LedgerEntry[]> {
  const found = new Map<string, LedgerEntry[]>();
  for (const entry of entries) {
    const known = found.get(entry.pspTransactionId);
    if (known) known.push(entry);
    else found.set(entry.pspTransactionId, [entry]);
  }
  return found;
}

async function heal({ repository, log }: Dependencies, difference: Difference): Promise<boolean> {
  if (!difference.remedy) return false;
  try {
    await repository.heal(difference.remedy, difference);
    return true;
  } catch (error) {
    log.error({
      event: 'reconciliation.not-healed',
      kind: difference.kind,
      pspTransactionId: difference.pspTransactionId,
      reason: messageOf(error),
    });
    return false;
  }
}

async function unknownPayments(
  repository: ReconciliationRepository,
  ids: readonly string[],
): Promise<readonly Difference[]> {
  const strangers: Difference[] = [];
  for (let from = 0; from < ids.length; from += pageSize) {
    const some = ids.slice(from, from + pageSize);
    const known = await repository.known(some);
    for (const pspTransactionId of some) {
      if (known.has(pspTransactionId)) continue;
      strangers.push({ kind: 'UNKNOWN_PAYMENT', pspTransactionId, subject: pspTransactionId });
    }
  }
  return strangers;
}

function tell(log: Log, payments: number, differences: ReconciliationReport['differences']): void {
  for (const { kind, pspTransactionId, subject, healing } of differences) {
    log.warn({ event: 'reconciliation.difference', kind, pspTransactionId, subject, healing });
  }
  log.info({
    event: 'reconciliation.done',
    payments,
    differences: differences.length,
    healing: differences.filter(({ healing }) => healing).length,
  });
}
