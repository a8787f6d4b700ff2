import { Router } from 'express';
import { z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { merchantStateOf } from '../payments/payment-state.ts';
import { refusalsOf } from './described.ts';
import { searchAnswer, searchQuery, timelineAnswer } from './payment-messages.ts';
import { sendJson, sendProblem } from './problem.ts';
import { readParameters } from './read-request.ts';
import { type SearchRepository } from './search-repository.ts';
import { type Report, type StuckReports } from './stuck-reports.ts';
import { type StoredTimeline, type TimelineRepository } from './timeline-repository.ts';
import { whyOf } from './why.ts';
import { toWire } from './wire.ts';

const searchPath = '/back-office/v1/payments';
const paymentPath = `${searchPath}/:id`;

const paymentParameters = z.object({
  id: z
    .string()
    .regex(/^([a-z0-9]{1,36}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/)
    .describe('Our own id of the payment, or a pspTransactionId.'),
});

export const paymentOperations: readonly Operation[] = [
  {
    method: 'get',
    path: searchPath,
    id: 'searchPayments',
    tag: 'Payments',
    summary: 'Finds payments',
    description:
      'Newest first, a page at a time; all conditions given must hold. Payments that are made while one turns the pages neither repeat nor hide any.',
    credential: 'BACK_OFFICE_TOKEN',
    query: searchQuery,
    answers: {
      200: { description: 'A page', schema: searchAnswer },
      ...refusalsOf(400, 401),
    },
  },
  {
    method: 'get',
    path: paymentPath,
    id: 'getTimeline',
    tag: 'Payments',
    summary: 'Everything about one payment',
    description:
      'Every operation, call, answer, retry and reason, in order, with the reports to Vipps and what the merchant was told.',
    credential: 'BACK_OFFICE_TOKEN',
    pathParameters: paymentParameters,
    answers: {
      200: { description: 'The payment', schema: timelineAnswer },
      ...refusalsOf(401, 404),
    },
  },
];

export interface PaymentDependencies {
  readonly searches: SearchRepository;
  readonly timelines: TimelineRepository;
  readonly stuckReports: StuckReports;
}

export function paymentRoutes(dependencies: PaymentDependencies): Router {
  const { searches, timelines, stuckReports } = dependencies;
  const router = Router();

  router.get(searchPath, async (req, res) => {
    const search = readParameters(req.query, searchQuery);
    if (search.ok) sendJson(res, 200, toWire(await searches.search(search.value)));
    else sendProblem(res, search.problem);
  });

  router.get(paymentPath, async (req, res) => {
    const parameters = readParameters(req.params, paymentParameters);
    const stored = parameters.ok ? await timelines.find(parameters.value.id) : undefined;
    if (stored === undefined) {
      sendProblem(res, { code: 'NOT_FOUND', detail: 'There is no payment with this id.' });
      return;
    }
    const reports = await stuckReports.reportsOf(stored.payment.id);
    sendJson(res, 200, toWire(timelineOf(stored, reports)));
  });

  return router;
}

function timelineOf(
  { payment, supersededIds, legs, ...stored }: StoredTimeline,
  reports: readonly Report[],
) {
  const statusUpdates = reports.map(reportOf);
  return {
    payment: {
      ...payment,
      pspReference: stored.merchantEvents[0]?.pspReference ?? null,
      supersededIds,
      merchantState: merchantStateOf[payment.state],
      why: whyOf({ payment, ...stored, statusUpdates }),
    },
    legs: legs.map((leg) => ({ ...leg, reply: replyOf(leg.reply) })),
    ...stored,
    statusUpdates,
  };
}

function reportOf(report: Report) {
  const { sequence, pspTransactionId, status, currency, state, batchId, tries } = report;
  const { amountMinor: amount, enqueuedAt, settledAt } = report;
  return {
    sequence,
    pspTransactionId,
    status,
    amount,
    currency,
    state,
    enqueuedAt,
    settledAt,
    batchId,
    tries,
  };
}

/** Without the URL of a step-up, which is the customer's alone: whoever has it can enter. */
function replyOf(reply: string | null): unknown {
  if (reply === null) return null;
  return JSON.parse(reply, (member, value: unknown) =>
    member === 'url3dSecure' ? '[secret]' : value,
  ) as unknown;
}
