import { deriveKey } from '../shared/derive-key.ts';
import { createBeginStepUp } from '../step-up/begin-step-up.ts';
import { createProofSeal } from '../step-up/proof-seal.ts';
import { createStepUpRepository } from '../step-up/step-up-repository.ts';
import { stepUpRoutes } from '../step-up/step-up-routes.ts';
import { type ThreeDsServer } from '../step-up/three-ds-server.ts';
import { startStepUpTimeOuts } from '../step-up/time-out-step-ups.ts';
import { createVisitStepUp } from '../step-up/visit-step-up.ts';
import { type Parts } from './parts.ts';
import { type StepUp } from './step-up.ts';

const stepUpSeconds = 300;

/** The step-up within a call of Vipps, its pages, and the job that ends what nobody finishes. */
export function composeStepUp(parts: Parts) {
  const { database, threeDsServer, clock, log, settings } = parts;
  const { publicUrl, accessTokenKey } = settings;
  const proofSeal = createProofSeal(deriveKey(accessTokenKey, 'step-up proof'));
  const stepUps = createStepUpRepository(database.hot);
  if (!threeDsServer) log.warn({ event: 'step-up.none', why: 'no 3-D Secure server' });
  const visits = createVisitStepUp({
    stepUps,
    threeDsServer: threeDsServer ?? nobody,
    seal: proofSeal,
    log,
  });
  const stepUp: StepUp = {
    proofSeal,
    ...(threeDsServer && {
      beginStepUp: createBeginStepUp({
        threeDsServer,
        publicUrl,
        validForMs: (settings.stepUpSeconds ?? stepUpSeconds) * 1_000,
        plainHttpAllowed: settings.plainHttpChallenges ?? false,
        log,
      }),
    }),
  };
  const timeOuts = startStepUpTimeOuts({ stepUps, clock, log });
  const router = stepUpRoutes({ visits, secureCookies: publicUrl.startsWith('https:'), log });
  return { stepUp, router, timeOuts };
}

/** Sessions may be left from a time when there was a server; they run out. */
const nobody: ThreeDsServer = {
  begin: () => Promise.resolve({ kind: 'NOT_OFFERED', why: 'There is no 3-D Secure server' }),
  result: () => Promise.resolve({ kind: 'UNKNOWN', why: 'There is no 3-D Secure server' }),
};
