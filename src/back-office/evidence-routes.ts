import { Router } from 'express';
import { z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { type Clock } from '../shared/clock.ts';
import { refusalsOf } from './described.ts';
import { type EvidenceRepository } from './evidence-repository.ts';
import { goLiveEvidence } from './go-live-evidence.ts';
import { queryMoment } from './payment-messages.ts';
import { sendJson, sendProblem } from './problem.ts';
import { readParameters } from './read-request.ts';
import { toWire, wireMoment } from './wire.ts';

const evidencePath = '/back-office/v1/go-live-evidence';

/** Vipps wants examples that are not older than a month. */
const daysByDefault = 31;

const evidenceQuery = z.strictObject({
  from: queryMoment.optional().describe('Payments made then or later; 31 days ago by default.'),
  to: queryMoment.optional().describe('Payments made before; now by default.'),
  msn: z
    .string()
    .regex(/^\d{4,10}$/)
    .optional()
    .describe('Of this merchant only.'),
});

const ids = z.array(z.string()).describe('pspTransactionIds, newest first, at most five.');

const evidenceAnswer = z
  .object({
    from: wireMoment,
    to: wireMoment,
    payments: z
      .object({ capturedAndRefunded: ids, captured: ids, cancelled: ids })
      .describe('Those whose reports Vipps has accepted.'),
    answers: z.array(
      z.object({
        errorId: z.int(),
        errorText: z.string(),
        pspTransactionIds: ids,
        reason: z.string().nullable().describe('Why there is none; null where there are some.'),
      }),
    ),
  })
  .meta({ id: 'GoLiveEvidence' });

export const evidenceOperations: readonly Operation[] = [
  {
    method: 'get',
    path: evidencePath,
    id: 'getGoLiveEvidence',
    tag: 'Payments',
    summary: 'What Vipps asks to see before a PSP goes live',
    description:
      'Ids of payments that were reserved, captured and refunded, of cancelled ones, and of one answered with each error id, as the checklist of the PSP API has it; where there is none, the usual reason.',
    credential: 'BACK_OFFICE_TOKEN',
    query: evidenceQuery,
    answers: { 200: { description: 'The list', schema: evidenceAnswer }, ...refusalsOf(400, 401) },
  },
];

export interface EvidenceDependencies {
  readonly evidence: EvidenceRepository;
  readonly clock: Clock;
}

export function evidenceRoutes({ evidence, clock }: EvidenceDependencies): Router {
  const router = Router();

  router.get(evidencePath, async (req, res) => {
    const query = readParameters(req.query, evidenceQuery);
    if (!query.ok) {
      sendProblem(res, query.problem);
      return;
    }
    const now = clock.now();
    const { from = daysBefore(now, daysByDefault), to = now, msn } = query.value;
    const found = await evidence.find({ from, to, msn });
    sendJson(res, 200, toWire({ from, to, ...goLiveEvidence(found) }));
  });

  return router;
}

function daysBefore(moment: Date, days: number): Date {
  return new Date(moment.getTime() - days * 86_400_000);
}
