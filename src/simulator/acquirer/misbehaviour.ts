import { z } from 'zod';
import { type Behaviour } from './behaviour.ts';

export const operations = ['authorise', 'capture', 'void', 'refund', 'reverse', 'inquire'] as const;
export type Operation = (typeof operations)[number];

const faults = ['status', 'cutBefore', 'silent', 'cutAfter', 'halfAnswer'] as const;

/** An order to treat the next calls of an operation badly, repeats of earlier calls included. */
export const misbehaviourRule = z
  .strictObject({
    operation: z.enum(operations),
    times: z.int().min(1).max(1_000_000).default(1),
    /** Only calls for this payment. */
    pspTransactionId: z.string().optional(),
    /** Before deciding; exact, not multiplied by the delay scale. */
    delayMs: z.int().min(0).max(600_000).optional(),
    /** Answers this HTTP status, undecided. */
    status: z.int().min(201).max(599).optional(),
    /** Cuts the connection, undecided. */
    cutBefore: z.literal(true).optional(),
    /** Never answers, undecided. */
    silent: z.literal(true).optional(),
    /** Decides and books, then cuts the connection. */
    cutAfter: z.literal(true).optional(),
    /** Decides and books, then sends half an answer. */
    halfAnswer: z.literal(true).optional(),
    /** Decides with this code: 00 the usual, of an authorisation 10 half; any other refuses. */
    responseCode: z
      .string()
      .regex(/^[0-9A-Z]{2}$/, 'two capitals or digits')
      .optional(),
    /** Puts these members in the answer as sent; what is booked stays right. */
    alterAnswer: z.record(z.string().max(64), z.unknown()).optional(),
    /** Sends this text in place of the answer; what is booked stays right. */
    replaceAnswer: z.string().max(10_000).optional(),
  })
  .refine(
    (rule) => faults.filter((fault) => rule[fault] !== undefined).length <= 1,
    `at most one of ${faults.join(', ')} is expected`,
  )
  .refine(
    (rule) => rule.operation !== 'inquire' || rule.responseCode === undefined,
    'an inquiry has no response code of its own; use alterAnswer',
  );

export type MisbehaviourRule = z.infer<typeof misbehaviourRule>;
export type MisbehaviourOrder = z.input<typeof misbehaviourRule>;

type CallIdentity = {
  readonly operation: Operation;
  readonly pspTransactionId: string | undefined;
};

/** The orders that still hold, oldest first. */
export interface Misbehaviours {
  add(rule: MisbehaviourRule): void;
  clear(): void;
  list(): readonly MisbehaviourRule[];
  /** The first rule that fits the call, which then has one call less to go. */
  take(call: CallIdentity): MisbehaviourRule | undefined;
}

export function createMisbehaviours(): Misbehaviours {
  let rules: readonly MisbehaviourRule[] = [];
  return {
    add(rule) {
      rules = [...rules, rule];
    },
    clear() {
      rules = [];
    },
    list: () => rules,
    take(call) {
      const taken = rules.find((rule) => fits(rule, call));
      if (!taken) return undefined;
      const left = taken.times > 1 ? [{ ...taken, times: taken.times - 1 }] : [];
      rules = rules.flatMap((rule) => (rule === taken ? left : [rule]));
      return taken;
    },
  };
}

function fits(rule: MisbehaviourRule, call: CallIdentity): boolean {
  if (rule.operation !== call.operation) return false;
  return rule.pspTransactionId === undefined || rule.pspTransactionId === call.pspTransactionId;
}

/** The rule's part of a behaviour: only what it speaks of. */
export function behaviourOfRule(rule: MisbehaviourRule | undefined): Partial<Behaviour> {
  if (!rule) return {};
  return {
    ...(rule.delayMs === undefined ? {} : { delayMs: rule.delayMs }),
    ...(rule.responseCode === undefined ? {} : { responseCode: rule.responseCode }),
    ...fateOfRule(rule),
  };
}

function fateOfRule(rule: MisbehaviourRule): Partial<Behaviour> {
  if (rule.status !== undefined) return { fate: 'ERROR', status: rule.status };
  if (rule.cutBefore) return { fate: 'CUT' };
  if (rule.silent) return { fate: 'SILENCE' };
  if (rule.cutAfter) return { fate: 'ANSWER', delivery: 'CUT' };
  if (rule.halfAnswer) return { fate: 'ANSWER', delivery: 'HALF' };
  return {};
}

/** The answer as the rule wants it sent. */
export function tampered(answer: string, rule: MisbehaviourRule | undefined): string {
  if (rule?.replaceAnswer !== undefined) return rule.replaceAnswer;
  if (rule?.alterAnswer === undefined) return answer;
  return JSON.stringify({ ...(JSON.parse(answer) as object), ...rule.alterAnswer });
}
