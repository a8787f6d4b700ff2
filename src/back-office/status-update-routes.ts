import { Router } from 'express';
import { type Operation } from '../http/operation.ts';
import { refusalsOf } from './described.ts';
import { sendJson, sendProblem } from './problem.ts';
import { readJsonBody } from './read-request.ts';
import {
  linesMax,
  statusUpdatesAnswer,
  statusUpdatesBody,
  statusUpdatesBytesMax,
  statusUpdatesEnvelope,
} from './status-update-messages.ts';
import { type TakeStatusUpdates } from './take-status-updates.ts';

const path = '/back-office/v1/status-updates';

export const statusUpdateOperations: readonly Operation[] = [
  {
    method: 'post',
    path,
    id: 'reportStatusUpdates',
    tag: 'Status updates',
    summary: 'Reports operations that were done elsewhere',
    description: `For what a settlement system or a till has done already. Each line is checked against what its payment allows, recorded, and reported to Vipps; the answer says what became of each, and one bad line spoils no other. The same line twice counts once, also at the same time, so that a call whose answer was lost may be repeated as it is. At most ${linesMax} lines or ${statusUpdatesBytesMax} bytes.`,
    credential: 'BACK_OFFICE_TOKEN',
    body: { schema: statusUpdatesBody, required: true },
    answers: {
      200: { description: 'What became of each line', schema: statusUpdatesAnswer },
      ...refusalsOf(400, 401, 408, 413, 415),
    },
  },
];

export interface StatusUpdateDependencies {
  readonly takeStatusUpdates: TakeStatusUpdates;
}

export function statusUpdateRoutes(dependencies: StatusUpdateDependencies): Router {
  const { takeStatusUpdates } = dependencies;
  const router = Router();

  router.post(path, async (req, res) => {
    const body = await readJsonBody(req, statusUpdatesBytesMax);
    if (body === undefined) return;
    if (!body.ok) {
      sendProblem(res, body.problem);
      return;
    }
    const envelope = statusUpdatesEnvelope.safeParse(body.value);
    if (!envelope.success) {
      const detail = 'It must be an object with the list "transactions".';
      sendProblem(res, { code: 'BODY_INVALID', detail });
    } else if (envelope.data.transactions.length > linesMax) {
      sendProblem(res, { code: 'BODY_TOO_LARGE', detail: `It may have ${linesMax} lines.` });
    } else {
      const transactions = await takeStatusUpdates(envelope.data.transactions);
      sendJson(res, 200, { transactions });
    }
  });

  return router;
}
