import { type Answer, envelopeError, gatewayError, json } from './answer.ts';

export const routeNames = ['token', 'init', 'updatestatus', 'details', 'force-approve'] as const;
export type RouteName = (typeof routeNames)[number];

export const bodyShapes = ['array', 'envelope', 'gateway', 'html', 'empty', 'object'] as const;
export type BodyShape = (typeof bodyShapes)[number];

/** How the next calls of one route go wrong. Members combine: a delay and then a cut, say. */
export type Rule = {
  readonly route: RouteName;
  /** How many calls it holds for. */
  readonly times: number;
  readonly delayMs?: number | undefined;
  /** The connection is closed and nothing is done. */
  readonly cut?: boolean | undefined;
  /** Everything is done as ordered, and the connection is closed in place of the answer. */
  readonly loseAnswer?: boolean | undefined;
  /** Answered in place of being processed. */
  readonly status?: number | undefined;
  readonly shape?: BodyShape | undefined;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  /** The exact body, where no shape will do. */
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
};

export interface Misbehaviour {
  order(rule: Rule): void;
  /** The rule for this call, used up by one. Rules are used in the order in which they came. */
  take(route: RouteName): Rule | undefined;
  list(): readonly Rule[];
  clear(): void;
}

export function createMisbehaviour(): Misbehaviour {
  const waiting = new Map<RouteName, Rule[]>();
  return {
    order: (rule) => {
      waiting.set(rule.route, [...(waiting.get(rule.route) ?? []), rule]);
    },
    take: (route) => {
      const rules = waiting.get(route);
      const [first, ...others] = rules ?? [];
      if (!first) return undefined;
      const left = { ...first, times: first.times - 1 };
      waiting.set(route, left.times > 0 ? [left, ...others] : others);
      return first;
    },
    list: () => [...waiting.values()].flat(),
    clear: () => {
      waiting.clear();
    },
  };
}

/** The answer that a rule orders in place of the true one, or undefined where it orders none. */
export function orderedAnswer(rule: Rule): Answer | undefined {
  if (rule.status === undefined) return undefined;
  const { status } = rule;
  if (rule.body !== undefined) {
    return { status, contentType: rule.contentType ?? 'application/json', body: rule.body };
  }
  return shaped(rule.shape ?? 'array', status, rule);
}

function shaped(shape: BodyShape, status: number, rule: Rule): Answer {
  const errorCode = rule.errorCode ?? '51';
  const errorMessage = rule.errorMessage ?? 'Ordered by the control API';
  const html = `<html><head><title>${status}</title></head><body>${status}</body></html>`;
  switch (shape) {
    case 'array':
      return json(status, [{ errorCode, errorMessage }]);
    case 'object':
      return json(status, { errorCode, errorMessage });
    case 'envelope':
      return envelopeError(status, errorMessage, errorMessage);
    case 'gateway':
      return gatewayError(status, errorMessage);
    case 'html':
      return { status, contentType: 'text/html', body: html };
    case 'empty':
      return { status };
  }
}
