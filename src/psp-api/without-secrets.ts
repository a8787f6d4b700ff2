import { type HttpAnswer } from '../http/exchange.ts';
import { type Secret } from '../shared/secret.ts';

const mask = '[secret]';

/**
 * The answer with everything hidden in it that we sent in confidence. Gateways repeat requests in
 * their errors, and what Vipps says is stored, logged and told to the merchant.
 */
export function withoutSecrets(answer: HttpAnswer, secrets: readonly Secret<string>[]): HttpAnswer {
  const texts = secrets
    .map((secret) => secret.expose())
    .filter((text) => text.length >= secretLengthMin)
    // Some writers of JSON put a backslash before every slash.
    .flatMap((text) => [text, text.replaceAll('/', '\\/')]);
  if (!texts.some((text) => answer.body.includes(text))) return answer;
  const body = texts.reduce((left, text) => left.replaceAll(text, mask), answer.body.toString());
  return { ...answer, body: Buffer.from(body) };
}

/** Shorter ones would be found where nothing was repeated. */
const secretLengthMin = 8;
