import { type Clock } from '../shared/clock.ts';
import { type Answer, type Approval, type Departure } from './answer.ts';
import { type Reply } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

/** The way back to the caller, as far as an answer can be seen leaving from here. */
export interface Outlet {
  /** Whether the connection is gone already. */
  isClosed(): boolean;
  write(reply: Reply): void;
  /** Hears once that the whole answer was taken by the connection. */
  onFinish(listener: () => void): void;
  /** Hears once that the connection is gone, finished or not. */
  onClose(listener: () => void): void;
  /** Cuts the connection. */
  cut(): void;
}

/**
 * Sends a reply on its way and, where it says OK for the first time, tells the approval once how it
 * fared: told, not told, or uncertain. What would leave too late is not said at all.
 */
export function sendAnswer(
  outlet: Outlet,
  { reply, approval }: Extract<Answer, { kind: 'REPLY' }>,
  { stopwatch, clock }: { readonly stopwatch: Stopwatch; readonly clock: Clock },
): void {
  if (approval === undefined) {
    outlet.write(reply);
    return;
  }
  if (stopwatch.leftUntilMs(stopwatch.budget.leaveWithinMs) === 0 || outlet.isClosed()) {
    outlet.write(approval.insteadWhenLate);
    approval.departed('NOT_TOLD');
    return;
  }
  watchDeparture(outlet, approval, { stopwatch, clock });
  outlet.write(reply);
}

function watchDeparture(
  outlet: Outlet,
  approval: Approval,
  { stopwatch, clock }: { readonly stopwatch: Stopwatch; readonly clock: Clock },
): void {
  const { toldWithinMs } = stopwatch.budget;
  let departed = false;
  const settle = (how: Departure): void => {
    if (departed) return;
    departed = true;
    stopWatching();
    approval.departed(how);
  };
  const stopWatching = clock.after(stopwatch.leftUntilMs(toldWithinMs), () => {
    // Neither finished nor closed: part of it may lie in a buffer on the way to Vipps.
    settle('UNCERTAIN');
    outlet.cut();
  });
  outlet.onFinish(() => {
    settle(stopwatch.elapsedMs() <= toldWithinMs ? 'TOLD' : 'UNCERTAIN');
  });
  outlet.onClose(() => {
    settle('NOT_TOLD');
  });
}
