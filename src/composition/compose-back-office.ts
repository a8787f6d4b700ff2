import { backOfficeRoutes } from '../back-office/routes.ts';
import { createTakeStatusUpdates } from '../back-office/take-status-updates.ts';
import { type Parts } from './parts.ts';

interface Neighbours {
  /** Reports were put into the outbox. */
  readonly enqueued: () => void;
}

/** What the office is served, on the internal listener. */
export function composeBackOffice(parts: Parts, { enqueued }: Neighbours) {
  const { database, log, settings } = parts;
  return {
    router: backOfficeRoutes({
      backOfficeToken: settings.backOfficeToken,
      takeStatusUpdates: createTakeStatusUpdates({ database, enqueued, log }),
    }),
  };
}
