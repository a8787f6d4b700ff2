import { backOfficeRoutes } from '../back-office/routes.ts';
import { createSearchRepository } from '../back-office/search-repository.ts';
import { type StuckReports } from '../back-office/stuck-reports.ts';
import { createStuckRepository } from '../back-office/stuck-repository.ts';
import { createTakeStatusUpdates } from '../back-office/take-status-updates.ts';
import { createTimelineRepository } from '../back-office/timeline-repository.ts';
import { createMerchantRegister } from '../merchants/merchant-register-repository.ts';
import { createMerchantRepository } from '../merchants/merchant-repository.ts';
import { type Parts } from './parts.ts';

interface Neighbours {
  /** Reports were put into the outbox. */
  readonly enqueued: () => void;
  readonly stuckReports: StuckReports;
}

/** What the office is served, on the internal listener. */
export function composeBackOffice(parts: Parts, { enqueued, stuckReports }: Neighbours) {
  const { database, log, settings } = parts;
  return {
    router: backOfficeRoutes({
      backOfficeToken: settings.backOfficeToken,
      takeStatusUpdates: createTakeStatusUpdates({ database, enqueued, log }),
      searches: createSearchRepository(database.hot),
      timelines: createTimelineRepository(database),
      stuckReports,
      stuck: createStuckRepository(database.hot),
      enqueued,
      merchants: createMerchantRepository(database.hot),
      merchantRegister: createMerchantRegister(database.hot),
      log,
    }),
  };
}
