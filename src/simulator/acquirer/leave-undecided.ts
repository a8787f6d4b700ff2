import { type ServerResponse } from 'node:http';
import { type AcquirerState } from './acquirer-state.ts';
import { type Behaviour } from './behaviour.ts';
import { cut } from './deliver.ts';
import { Refusal } from './refusal.ts';

type Undecided = {
  readonly behaviour: Behaviour;
  readonly logged: Readonly<Record<string, unknown>>;
};

/** Ends a call in any way but with an answer. Nothing is booked, and its key stays unused. */
export async function leaveUndecided(
  state: AcquirerState,
  { behaviour: { fate, status, delayMs }, logged }: Undecided,
  response: ServerResponse,
): Promise<void> {
  state.log.info({ event: 'acquirer.undecided', ...logged, fate });
  if (delayMs > 0 && !(await state.pause(delayMs))) {
    cut(response);
    return;
  }
  if (fate === 'ERROR') throw new Refusal(status, 'undecided', 'Nothing was decided.');
  if (fate === 'CUT') cut(response);
  // SILENCE: the connection stays open until the caller or the simulator gives up.
}
