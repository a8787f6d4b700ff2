import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { orSilence } from '../shared/or-silence.ts';
import { type Acquirer } from './acquirer.ts';

/**
 * The acquirer, where its adapter breaks what the port demands: a call that outlasts its signal counts as
 * silence, and one that throws as an answer that cannot be read. Authorisations are left to whoever asks
 * for them, since an approval that comes too late has to be given back.
 */
export function heldToItsWord(acquirer: Acquirer, clock: Clock): Acquirer {
  const held =
    <Request, Answer>(
      ask: (request: Request, signal: AbortSignal) => Promise<Answer>,
      unknown: (why: string) => Answer,
    ) =>
    async (request: Request, signal: AbortSignal): Promise<Answer> => {
      const silence = unknown('no answer in time');
      try {
        return await orSilence(ask(request, signal), { signal, clock, silence });
      } catch (error) {
        return unknown(messageOf(error));
      }
    };
  const unknown = (why: string) => ({ kind: 'UNKNOWN', why }) as const;
  const notAcknowledged = (why: string) => ({ kind: 'NOT_ACKNOWLEDGED', why }) as const;
  return {
    authorise: (request, signal) => acquirer.authorise(request, signal),
    capture: held((request, signal) => acquirer.capture(request, signal), unknown),
    void: held((request, signal) => acquirer.void(request, signal), unknown),
    refund: held((request, signal) => acquirer.refund(request, signal), unknown),
    reverse: held((request, signal) => acquirer.reverse(request, signal), notAcknowledged),
    inquire: held((reference, signal) => acquirer.inquire(reference, signal), unknown),
  };
}
