import { openVenue, type Run, startRun, type Venue, type VenueOptions } from './run.ts';
import { type Stage } from './stage.ts';

/** The kind of adapter that a case needs. */
export type Wish = Pick<VenueOptions, 'env' | 'rail'>;

/** The same for all that need the same kind. */
export function kindOf({ env = {}, rail = 'psp-v2' }: Wish): string {
  return JSON.stringify([rail, env]);
}

/** Adapters that take orders for their crash points, each for one case at a time, and one case after another. */
export interface Lanes extends AsyncDisposable {
  /**
   * Does the work in a run of its own. `isClean` says whether others may follow on the same adapter:
   * after a violation they would only repeat it.
   */
  use<Result>(
    wish: Wish & { readonly duplicates?: number },
    work: (run: Run) => Promise<Result>,
    isClean: (result: Result) => boolean,
  ): Promise<Result>;
  /** Stops the adapters that have no case, and that none of these cases will need. */
  closeIdle(needed: readonly Wish[]): Promise<void>;
}

export function openLanes(stage: Stage): Lanes {
  const idle = new Map<string, Venue[]>();
  let lanes = 0;
  let runs = 0;

  const open = (wish: Wish): Promise<Venue> => {
    lanes += 1;
    return openVenue(stage, {
      name: `lane-${lanes}`,
      armed: true,
      patient: true,
      ownVipps: true,
      ...wish,
    });
  };

  const closeIdle = async (needed: readonly Wish[]): Promise<void> => {
    const kinds = new Set(needed.map(kindOf));
    const unneeded = [...idle].filter(([kind]) => !kinds.has(kind));
    for (const [kind] of unneeded) idle.delete(kind);
    await Promise.all(
      unneeded.flatMap(([, venues]) => venues.map((venue) => venue[Symbol.asyncDispose]())),
    );
  };

  return {
    use: async ({ env = {}, rail = 'psp-v2', duplicates = 0 }, work, isClean) => {
      const kind = kindOf({ env, rail });
      const venue = idle.get(kind)?.pop() ?? (await open({ env, rail }));
      let clean = false;
      try {
        runs += 1;
        const result = await work(startRun(venue, `case-${runs}`, { duplicates }));
        clean = isClean(result);
        return result;
      } finally {
        if (clean) idle.set(kind, [...(idle.get(kind) ?? []), venue]);
        else await venue[Symbol.asyncDispose]();
      }
    },
    closeIdle,
    [Symbol.asyncDispose]: () => closeIdle([]),
  };
}
