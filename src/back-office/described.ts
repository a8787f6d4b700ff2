import { type DescribedAnswer } from '../http/operation.ts';
import { problemBody, problems } from './problem.ts';

/** How the calls of the back office are refused, by HTTP status. */
export function refusalsOf(...statuses: readonly number[]): Record<number, DescribedAnswer> {
  return Object.fromEntries(statuses.map((status) => [status, refusal(status)]));
}

function refusal(status: number): DescribedAnswer {
  const reasons = Object.entries(problems).filter(([, [its]]) => its === status);
  return {
    description: reasons.map(([code, [, title]]) => `\`${code}\`: ${title}`).join('; '),
    schema: problemBody,
    mediaType: 'application/problem+json',
  };
}
