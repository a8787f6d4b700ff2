import { type Request, type Response, Router } from 'express';
import { type z } from 'zod';
import { sendJson, sendProblem } from './problem.ts';
import { readBodyAs, readParameters } from './read-request.ts';
import {
  type decisionAnswer,
  decisionBody,
  modificationParameters,
  reportParameters,
  reversalParameters,
  stuckQuery,
} from './stuck-messages.ts';
import { modificationPath, reportPath, reversalPath, stuckPath } from './stuck-operations.ts';
import { type DeadReport, type Resolution, type StuckReports } from './stuck-reports.ts';
import { type StuckRepository } from './stuck-repository.ts';
import { toWire } from './wire.ts';

export interface StuckDependencies {
  readonly stuckReports: StuckReports;
  readonly stuck: StuckRepository;
  /** A report is to be sent: have it sent at once. */
  readonly enqueued: () => void;
}

const batchOpenMs = 600_000;
const modificationOpenMs = 60_000;
const reversalOpenMs = 86_400_000;
const reversalAttemptsMin = 5;

export function stuckRoutes(dependencies: StuckDependencies): Router {
  const { stuckReports, stuck } = dependencies;
  const router = Router();

  router.get(stuckPath, async (req, res) => {
    const query = readParameters(req.query, stuckQuery);
    if (!query.ok) {
      sendProblem(res, query.problem);
      return;
    }
    const { limit } = query.value;
    const [dead, openBatches, unknownModifications, lateReversals] = await Promise.all([
      stuckReports.listDead({ limit }),
      stuckReports.listLongOpen({ openMs: batchOpenMs, limit }),
      stuck.unknownModifications({ openMs: modificationOpenMs, limit }),
      stuck.lateReversals({ openMs: reversalOpenMs, attemptsMin: reversalAttemptsMin, limit }),
    ]);
    const deadReports = dead.map(deadReportBody);
    const body = { deadReports, openBatches, unknownModifications, lateReversals };
    sendJson(res, 200, toWire(body));
  });

  return router.use(reportDecisions(dependencies)).use(acquirerDecisions(dependencies));
}

function deadReportBody(report: DeadReport) {
  const { paymentId, sequence, msn, pspTransactionId, status, currency, refusal } = report;
  const { amountMinor: amount, heldBack, enqueuedAt, settledAt } = report;
  const key = { paymentId, sequence, msn, pspTransactionId };
  return { ...key, status, amount, currency, refusal, heldBack, enqueuedAt, settledAt };
}

type Result = z.output<typeof decisionAnswer>['result'];

function reportDecisions({ stuckReports, enqueued }: StuckDependencies): Router {
  const router = Router();

  router.post(
    `${reportPath}/retry`,
    decide(reportParameters, 'RETRIED', (key, reason) => stuckReports.retry(key, reason), enqueued),
  );

  router.post(
    `${reportPath}/dismiss`,
    decide(
      reportParameters,
      'DISMISSED',
      (key, reason) => stuckReports.dismiss(key, reason),
      enqueued,
    ),
  );

  return router;
}

/** Workers look for what is due by themselves, within a second. */
function acquirerDecisions({ stuck }: StuckDependencies): Router {
  const router = Router();
  const orNotFound = (done: boolean): Resolution => ({ kind: done ? 'DONE' : 'NOT_FOUND' });

  router.post(
    `${modificationPath}/retry`,
    decide(modificationParameters, 'RETRIED', async ({ paymentId, operationId }, reason) =>
      orNotFound(await stuck.retryModification(paymentId, operationId, reason)),
    ),
  );

  router.post(
    `${reversalPath}/retry`,
    decide(reversalParameters, 'RETRIED', async (reversal, reason) =>
      orNotFound(await stuck.retryReversal(reversal, reason)),
    ),
  );

  return router;
}

/** A handler that reads what is decided on and why, has it done, and says how it went. */
function decide<Schema extends z.ZodObject>(
  schema: Schema,
  result: Result,
  act: (subject: z.output<Schema>, reason: string) => Promise<Resolution>,
  done: () => void = () => undefined,
) {
  return async (req: Request, res: Response): Promise<void> => {
    const body = await readBodyAs(req, decisionBody);
    if (body === undefined) return;
    if (!body.ok) {
      sendProblem(res, body.problem);
      return;
    }
    const subject = readParameters(req.params, schema);
    const resolution = subject.ok ? await act(subject.value, body.value.reason) : nothingThere;
    if (resolution.kind === 'DONE') done();
    sendResolution(res, resolution, result);
  };
}

const nothingThere: Resolution = { kind: 'NOT_FOUND' };

function sendResolution(res: Response, resolution: Resolution, result: Result): void {
  switch (resolution.kind) {
    case 'DONE':
      sendJson(res, 200, { result });
      break;
    case 'NOT_FOUND':
      sendProblem(res, {
        code: 'NOT_FOUND',
        detail: 'There is nothing of this kind that is open.',
      });
      break;
    case 'NOT_STUCK':
      sendProblem(res, { code: 'NOT_STUCK', detail: `It is ${resolution.state}.` });
      break;
    case 'IN_DOUBT':
      sendProblem(res, {
        code: 'IN_DOUBT',
        detail: 'Vipps may have it. It can be given up once Vipps has answered no.',
      });
  }
}
