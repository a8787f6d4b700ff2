import { z } from 'zod';
import { endings } from './messages.ts';

const settings = z.strictObject({
  /** For how long a challenge waits for its customer. */
  challengeSeconds: z.int().min(1).max(3_600),
  /** Ends every challenge so as soon as its page is opened; null leaves it to the customer. */
  automatic: z.enum(endings).nullable(),
  /** How the browser is sent back: by a redirect, or by a form that it posts. */
  returnsBy: z.enum(['GET', 'POST']),
});

/** The members to change; the others stay. */
export const settingsChange = z.strictObject({
  challengeSeconds: settings.shape.challengeSeconds.exactOptional(),
  automatic: settings.shape.automatic.exactOptional(),
  returnsBy: settings.shape.returnsBy.exactOptional(),
});

export type Settings = z.infer<typeof settings>;

export const defaultSettings: Settings = {
  challengeSeconds: 300,
  automatic: null,
  returnsBy: 'GET',
};

/** An order to treat the next calls of an operation badly, repeats of earlier calls included. */
export const misbehaviourRule = z
  .strictObject({
    operation: z.enum(['begin', 'result']),
    times: z.int().min(1).max(1_000_000).default(1),
    /** Before anything else. */
    delayMs: z.int().min(0).max(600_000).default(0),
    /** Answers this HTTP status, and opens nothing. */
    status: z.int().min(201).max(599).optional(),
    /** Never answers, and opens nothing. */
    silent: z.literal(true).optional(),
    /** Opens the authentication, then cuts the connection. */
    cut: z.literal(true).optional(),
    /** Says that the card takes no part in 3-D Secure. */
    notOffered: z.literal(true).optional(),
    /** Puts these members in the answer as sent. */
    alterAnswer: z.record(z.string().max(64), z.unknown()).optional(),
  })
  .refine(
    ({ status, silent, cut, notOffered }) =>
      [status, silent, cut, notOffered].filter((fault) => fault !== undefined).length <= 1,
    'at most one of status, silent, cut and notOffered is expected',
  );

export type MisbehaviourRule = z.infer<typeof misbehaviourRule>;
export type MisbehaviourOrder = z.input<typeof misbehaviourRule>;
type Operation = MisbehaviourRule['operation'];

/** What makes the simulator behave otherwise than a good 3-D Secure server does. */
export interface Control {
  readonly settings: Settings;
  readonly misbehaviours: readonly MisbehaviourRule[];
  change(change: z.infer<typeof settingsChange>): void;
  /** Throws on an order that contradicts itself. */
  misbehave(order: MisbehaviourOrder): void;
  forgive(): void;
  /** The first order that fits, which then has one call less to go. */
  take(operation: Operation): MisbehaviourRule | undefined;
  reset(): void;
}

export function createControl(start: Settings): Control {
  let current = start;
  let rules: readonly MisbehaviourRule[] = [];
  return {
    get settings() {
      return current;
    },
    get misbehaviours() {
      return rules;
    },
    change: (change) => {
      current = { ...current, ...change };
    },
    misbehave: (order) => {
      rules = [...rules, misbehaviourRule.parse(order)];
    },
    forgive: () => {
      rules = [];
    },
    take: (operation) => {
      const taken = rules.find((rule) => rule.operation === operation);
      if (!taken) return undefined;
      const left = taken.times > 1 ? [{ ...taken, times: taken.times - 1 }] : [];
      rules = rules.flatMap((rule) => (rule === taken ? left : [rule]));
      return taken;
    },
    reset: () => {
      current = start;
      rules = [];
    },
  };
}
