import { openVenue, type Run, startRun, type Venue, type VenueOptions } from './run.ts';
import { type Stage } from './stage.ts';

/** Adapters that take orders for their crash points, each for one case at a time, and one case after another. */
export interface Lanes extends AsyncDisposable {
  /**
   * Does the work in a run of its own. `isClean` says whether others may follow on the same adapter:
   * after a violation they would only repeat it.
   */
  use<Result>(
    wish: Pick<VenueOptions, 'env' | 'rail'> & { readonly duplicates?: number },
    work: (run: Run) => Promise<Result>,
    isClean: (result: Result) => boolean,
  ): Promise<Result>;
  /** Stops the adapters that have no case: those that others need are started anew. */
  closeIdle(): Promise<void>;
}

export function openLanes(stage: Stage): Lanes {
  const idle = new Map<string, Venue[]>();
  let lanes = 0;
  let runs = 0;

  const open = (wish: Pick<VenueOptions, 'env' | 'rail'>): Promise<Venue> => {
    lanes += 1;
    return openVenue(stage, {
      name: `lane-${lanes}`,
      armed: true,
      patient: true,
      ownVipps: true,
      ...wish,
    });
  };

  const closeIdle = async (): Promise<void> => {
    const venues = [...idle.values()].flat();
    idle.clear();
    await Promise.all(venues.map((venue) => venue[Symbol.asyncDispose]()));
  };

  return {
    use: async ({ env = {}, rail = 'psp-v2', duplicates = 0 }, work, isClean) => {
      const key = JSON.stringify([rail, env]);
      const venue = idle.get(key)?.pop() ?? (await open({ env, rail }));
      let clean = false;
      try {
        runs += 1;
        const result = await work(startRun(venue, `case-${runs}`, { duplicates }));
        clean = isClean(result);
        return result;
      } finally {
        if (clean) idle.set(key, [...(idle.get(key) ?? []), venue]);
        else await venue[Symbol.asyncDispose]();
      }
    },
    closeIdle,
    [Symbol.asyncDispose]: closeIdle,
  };
}
