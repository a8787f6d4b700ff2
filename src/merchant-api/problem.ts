import { problemCodes, type ProblemCode, titleOfStatus } from './problem-codes.ts';

export interface ExtraDetail {
  readonly name: string;
  readonly reason: string;
}

/** What went wrong, without the request it went wrong in. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly extraDetails: readonly ExtraDetail[];
  readonly retryAfterSeconds?: number;
}

/** An error of the domain: it carries its code, which merchants branch on. */
export function domainProblem(
  code: ProblemCode,
  detail: string,
  further: {
    readonly status?: number;
    readonly title?: string;
    readonly extraDetails?: readonly ExtraDetail[];
  } = {},
): Problem {
  const [status, title] = problemCodes[code];
  return {
    status: further.status ?? status,
    title: further.title ?? title,
    detail,
    extraDetails: [{ name: 'ErrorCode', reason: code }, ...(further.extraDetails ?? [])],
  };
}

/** Members of the wrong form: each is named, and there is no code. */
export function fieldProblem(faults: readonly ExtraDetail[]): Problem {
  return {
    status: 400,
    title: 'Bad Request',
    detail: 'See extraDetails for further details',
    extraDetails: faults,
  };
}

/** A request that HTTP itself has a word for. */
export function plainProblem(status: number, detail: string, retryAfterSeconds?: number): Problem {
  return {
    status,
    title: titleOfStatus[status] ?? 'Error',
    detail,
    extraDetails: [],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Where a problem arose. */
export interface ProblemContext {
  /** The path without the API's prefix. */
  readonly instance: string;
  /** In the form of W3C traceparent. */
  readonly traceId: string;
}

/** The body of application/problem+json (RFC 7807 as the ePayment API has it). */
export function renderProblem(problem: Problem, context: ProblemContext): string {
  return JSON.stringify({
    type: `https://httpstatuses.io/${problem.status}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: context.instance,
    traceId: context.traceId,
    extraDetails: problem.extraDetails,
  });
}
