import { createEvidenceRepository } from '../back-office/evidence-repository.ts';
import { backOfficeRoutes } from '../back-office/routes.ts';
import { createSearchRepository } from '../back-office/search-repository.ts';
import { createStuckRepository } from '../back-office/stuck-repository.ts';
import { createTakeStatusUpdates } from '../back-office/take-status-updates.ts';
import { createTimelineRepository } from '../back-office/timeline-repository.ts';
import { createMerchantRegister } from '../merchants/merchant-register-repository.ts';
import { createMerchantRepository } from '../merchants/merchant-repository.ts';
import { createStuckUpdateRepository } from '../status-updates/stuck-update-repository.ts';
import { type Deeds } from './compose-deeds.ts';
import { type Parts } from './parts.ts';

/** What the office is served, on the internal listener. */
export function composeBackOffice(parts: Parts, { enqueued, recordElsewhere }: Deeds) {
  const { database, clock, log, settings } = parts;
  return {
    router: backOfficeRoutes({
      backOfficeToken: settings.backOfficeToken,
      takeStatusUpdates: createTakeStatusUpdates({ database, recordElsewhere, enqueued, log }),
      searches: createSearchRepository(database.hot),
      timelines: createTimelineRepository(database),
      evidence: createEvidenceRepository(database.hot),
      clock,
      stuckReports: createStuckUpdateRepository(database.hot),
      stuck: createStuckRepository(database.hot),
      enqueued,
      merchants: createMerchantRepository(database.hot),
      merchantRegister: createMerchantRegister(database.hot),
      log,
    }),
  };
}
