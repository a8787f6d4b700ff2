import { type Clock } from './clock.ts';

/**
 * What was asked for, but never later than a moment after the signal: whoever was asked should give up
 * by itself then, and its own account of the silence says more.
 */
export function orSilence<Answer>(
  asked: Promise<Answer>,
  within: { readonly signal: AbortSignal; readonly clock: Clock; readonly silence: Answer },
): Promise<Answer> {
  const { signal, clock, silence } = within;
  return new Promise((resolve, reject) => {
    asked.then(resolve, reject);
    const giveUp = (): void => {
      void clock.sleep(0).then(() => {
        resolve(silence);
      });
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
