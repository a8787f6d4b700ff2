import { type AcquirerLedger } from '../acquirer/acquirer-ledger.ts';
import { quietMsMin, reconcile } from '../reconciliation/reconcile.ts';
import { createReconciliationRepository } from '../reconciliation/reconciliation-repository.ts';
import { createReportedRepository } from '../reconciliation/reported-repository.ts';
import { createVippsView } from '../reconciliation/vipps-view.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type Parts } from './parts.ts';

const everyMs = 6 * 3_600_000;

/** Compares the books a few times a day; the first time six hours after the start. */
export function composeReconciliation(parts: Parts, ledger: AcquirerLedger): Periodic {
  const { database, pspApi, clock, log } = parts;
  const repository = createReconciliationRepository(database.hot);
  const vipps = createVippsView(createReportedRepository(database.hot), pspApi);
  let turns = 0;
  return startPeriodic({
    name: 'reconciliation',
    everyMs,
    run: async () => {
      turns += 1;
      if (turns > 1) await reconcile({ repository, ledger, vipps, quietMs: quietMsMin, log });
    },
    clock,
    log,
  });
}
