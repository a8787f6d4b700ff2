import { deriveKey } from '../shared/derive-key.ts';
import { createBeginStepUp } from '../step-up/begin-step-up.ts';
import { createProofSeal } from '../step-up/proof-seal.ts';
import { type Parts } from './parts.ts';
import { type StepUp } from './step-up.ts';

const stepUpSeconds = 300;

/** What a soft decline is answered with, where there is a 3-D Secure server. */
export function composeStepUp({ threeDsServer, settings, log }: Parts): StepUp {
  const { publicUrl, accessTokenKey } = settings;
  const proofSeal = createProofSeal(deriveKey(accessTokenKey, 'step-up proof'));
  if (!threeDsServer) return { proofSeal };
  const beginStepUp = createBeginStepUp({
    threeDsServer,
    publicUrl,
    validForMs: (settings.stepUpSeconds ?? stepUpSeconds) * 1_000,
    plainHttpAllowed: publicUrl.startsWith('http:'),
    log,
  });
  return { proofSeal, beginStepUp };
}
