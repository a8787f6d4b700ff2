import { type Clock } from '../../shared/clock.ts';
import { type Log } from '../../shared/log.ts';
import { type Book } from './book.ts';
import { type Control } from './control.ts';

/** All that a running simulator holds. */
export interface SimulatorState {
  readonly book: Book;
  readonly control: Control;
  readonly clock: Clock;
  readonly log: Log;
}

export function nowMsOf({ clock }: SimulatorState): number {
  return clock.now().getTime();
}
