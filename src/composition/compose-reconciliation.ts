import { type AcquirerLedger } from '../acquirer/acquirer-ledger.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import { createReconciliationRepository } from '../reconciliation/reconciliation-repository.ts';
import { createReportedRepository } from '../reconciliation/reported-repository.ts';
import { createVippsView } from '../reconciliation/vipps-view.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type Parts } from './parts.ts';

/** Compares the books a few times a day; the first time that long after the start. */
export function composeReconciliation(parts: Parts, ledger: AcquirerLedger): Periodic {
  const { database, pspApi, clock, log, settings } = parts;
  const repository = createReconciliationRepository(database.hot);
  const vipps = createVippsView(createReportedRepository(database.hot), pspApi);
  const quietMs = settings.reconciliationQuietSeconds * 1_000;
  let turns = 0;
  return startPeriodic({
    name: 'reconciliation',
    everyMs: settings.reconciliationEverySeconds * 1_000,
    run: async () => {
      turns += 1;
      if (turns > 1) await reconcile({ repository, ledger, vipps, quietMs, log });
    },
    clock,
    log,
  });
}
