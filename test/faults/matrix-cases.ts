import { stories } from './stories/stories.ts';
import { type Story } from './stories/story.ts';

/** Where in a story the process is to be killed. */
export interface MatrixCase {
  readonly story: Story;
  readonly point: string;
  /** For the adapter's crash points. */
  readonly order: string;
  readonly duplicates: number;
}

/** The points that each story passed, in their order. */
export type Records = ReadonlyMap<Story, readonly string[]>;

export interface MatrixPlan {
  readonly cases: readonly MatrixCase[];
  /** Points that no story passes, and points that are passed and not in the list. */
  readonly faults: readonly string[];
}

/** Each effect before and after it, in the first story that comes by it, and in every recovery. */
export function planFrom(records: Records, effects: readonly string[]): MatrixPlan {
  const passed = [...new Set([...records.values()].flat())];
  const isOf = (effect: string) => (point: string) => effectOf(point, effects) === effect;
  const planned = effects.flatMap((effect) =>
    ['before', 'after'].map((side) => {
      const points = passed.filter(isOf(effect)).filter((point) => point.endsWith(`:${side}`));
      return { point: `${effect}:${side}`, cases: points.flatMap((at) => casesAt(at, records)) };
    }),
  );
  const missed = planned.filter(({ cases }) => cases.length === 0).map(({ point }) => point);
  const strangers = passed.filter((point) => effectOf(point, effects) === undefined);
  return {
    cases: planned.flatMap(({ cases }) => cases),
    faults: [
      ...missed.map((point) => `${point} is passed in no story`),
      ...strangers.map((point) => `${point} is not in the list of effects`),
    ],
  };
}

/** Some names go on with what is only known when they are passed: `merchant-change-name`. */
function effectOf(point: string, effects: readonly string[]): string | undefined {
  const name = point.replace(/:(before|after)$/, '');
  return (
    effects.find((effect) => effect === name) ??
    effects.find((effect) => name.startsWith(`${effect}-`))
  );
}

export function nameOf({ story, point, duplicates }: MatrixCase): string {
  return `${point} ${story.name}${duplicates > 0 ? ` +${duplicates}` : ''}`;
}

/** Points of an authorisation: there, its duplicates are under way at the same time. */
const insideMakePayment =
  /^(commit\.leg-(open|decide|deliver)|commit\.step-up-(begin|leg-open)|acquirer\.authorise|reply):/;

const inRecovery =
  /^(commit\.(leg-take-over|leg-decide|leg-deliver|reversal-claim|reversal-acknowledge)|acquirer\.reverse):/;

const isRecovery = ({ firstCrashAt }: Story): boolean => firstCrashAt !== undefined;

/** Passed in other stories by chance only. */
const homes: readonly (readonly [RegExp, string])[] = [
  [
    /^commit\.(idempotency-forget|instance-(forget|leave)|environment-claim|phone-number-erase)/,
    'forgotten',
  ],
  [/^commit\.lapse-/, 'lapsed'],
  // Only where Vipps takes its time.
  [/^commit\.lane-renew/, 'reports-refused'],
];

function casesAt(point: string, records: Records): readonly MatrixCase[] {
  const passedIn = (story: Story): boolean => records.get(story)?.includes(point) ?? false;
  const recoveries = stories.filter((story) => isRecovery(story) && passedIn(story));
  const home = homes.find(([points]) => points.test(point))?.[1];
  const first = stories.find(
    (story) => !isRecovery(story) && passedIn(story) && (home ?? story.name) === story.name,
  );
  if (first === undefined) return recoveries.map((story) => caseIn(story, point, records));
  const duplicates = insideMakePayment.test(point) ? [0, 1, 4] : [0];
  return [
    ...duplicates.map((more) => ({ ...caseIn(first, point, records), duplicates: more })),
    ...(inRecovery.test(point) ? recoveries.map((story) => caseIn(story, point, records)) : []),
  ];
}

const reversing = /^(commit\.reversal-|acquirer\.reverse)/;

/** Jobs pass their points also when there is nothing to do: these are meant when there is. */
const meantAfter: readonly (readonly [RegExp, string])[] = [
  [/^commit\.leg-take-over:/, 'acquirer.authorise:after'],
  [reversing, 'commit.leg-decide:after'],
  [/^commit\.(lane|batch)-|^vipps\.updateStatus/, 'commit.modification-settle:after'],
  [/^commit\.modification-(claim|repeat)/, 'acquirer.capture:before'],
];

/** Elsewhere the look for abandoned legs finds nothing, and may come before or after what is reversed. */
const meantAfterInRecovery: typeof meantAfter = [[reversing, 'commit.leg-take-over:after']];

function caseIn(story: Story, point: string, records: Records): MatrixCase {
  const passed = records.get(story) ?? [];
  const after = [...(isRecovery(story) ? meantAfterInRecovery : []), ...meantAfter]
    .filter(([points]) => points.test(point))
    .map(([, first]) => first)
    .find((first) => passed.includes(first) && passed.lastIndexOf(point) > passed.indexOf(first));
  const way = after === undefined ? point : `${after}>${point}`;
  return { story, point, order: `kill:${way}#1`, duplicates: 0 };
}
