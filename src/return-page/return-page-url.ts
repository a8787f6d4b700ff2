import { type Secret } from '../shared/secret.ts';

export const returnPath = '/return';

/** Where a customer comes back to when the page is ours. The token is all that leads there. */
export function returnPageUrl(publicUrl: string, token: Secret<string>): string {
  return `${publicUrl}${returnPath}/${token.expose()}`;
}
