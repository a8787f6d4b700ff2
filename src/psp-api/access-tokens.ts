import { z } from 'zod';
import { NeverSent, NoAnswer } from '../http/call-errors.ts';
import { type HttpAnswer } from '../http/exchange.ts';
import { type HttpClient } from '../http/http-client.ts';
import { readJson } from '../http/read-json.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { Secret } from '../shared/secret.ts';
import { type CallFailure } from './call-failure.ts';
import { type Credentials } from './credentials.ts';
import { explain } from './error-body.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface AccessTokens {
  /**
   * A token that is good for a call now. One that is near its end is still handed out while its
   * successor is being fetched; one that has ended is not.
   */
  current(): Promise<AccessToken | CallFailure>;
  /** A token other than the one that Vipps has just refused. */
  insteadOf(refused: AccessToken): Promise<AccessToken | CallFailure>;
}

export interface AccessToken {
  readonly kind: 'TOKEN';
  readonly value: Secret<string>;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

export interface AccessTokenDependencies {
  readonly http: HttpClient;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Keeps one access token and renews it before its end, one renewal at a time for all callers.
 *
 * Source: Vipps access token API, `POST /accesstoken/get`: no body, credentials in headers.
 */
export function createAccessTokens(dependencies: AccessTokenDependencies): AccessTokens {
  const { clock } = dependencies;
  let kept: AccessToken | undefined;
  let renewal: Promise<AccessToken | CallFailure> | undefined;

  function renew(): Promise<AccessToken | CallFailure> {
    renewal ??= fetchToken(dependencies)
      .then((result) => {
        if (result.kind === 'TOKEN') kept = result;
        return result;
      })
      .finally(() => {
        renewal = undefined;
      });
    return renewal;
  }

  return {
    async current() {
      const nowMs = clock.monotonicMs();
      if (kept === undefined || nowMs >= kept.endsAtMs) return renew();
      if (nowMs >= kept.renewAtMs) void renew();
      return kept;
    },
    async insteadOf(refused) {
      return kept === undefined || kept === refused ? renew() : kept;
    },
  };
}

async function fetchToken(
  dependencies: AccessTokenDependencies,
): Promise<AccessToken | CallFailure> {
  const { http, credentials, clock, timeoutMs } = dependencies;
  const askedAtMs = clock.monotonicMs();
  try {
    const answer = await http.send({
      method: 'POST',
      path: '/accesstoken/get',
      headers: {
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret.expose(),
        'Ocp-Apim-Subscription-Key': (
          credentials.tokenSubscriptionKey ?? credentials.subscriptionKey
        ).expose(),
      },
      timeoutMs,
    });
    return readToken(withoutSecrets(answer, secretsOf(credentials)), askedAtMs);
  } catch (thrown) {
    if (thrown instanceof NeverSent || thrown instanceof NoAnswer)
      return noToken(messageOf(thrown));
    throw thrown;
  }
}

function secretsOf(credentials: Credentials): readonly Secret<string>[] {
  const { clientSecret, subscriptionKey, tokenSubscriptionKey } = credentials;
  return [clientSecret, subscriptionKey, ...(tokenSubscriptionKey ? [tokenSubscriptionKey] : [])];
}

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  // A string in the documents, a number in the oldest of them.
  expires_in: z.coerce.number().positive().catch(300),
});

function readToken(answer: HttpAnswer, askedAtMs: number): AccessToken | CallFailure {
  if (answer.status !== 200) return refusedToken(answer);
  const parsed = tokenAnswer.safeParse(readJson(answer.body));
  if (!parsed.success) return noToken('the answer cannot be read');

  const lifeMs = parsed.data.expires_in * 1_000;
  return {
    kind: 'TOKEN',
    value: new Secret(parsed.data.access_token),
    renewAtMs: askedAtMs + lifeMs - renewalMarginMs(lifeMs),
    endsAtMs: askedAtMs + lifeMs,
  };
}

/** A tenth of its life or a minute, whichever is longer, but never more than half its life. */
function renewalMarginMs(lifeMs: number): number {
  return Math.min(Math.max(lifeMs / 10, 60_000), lifeMs / 2);
}

function refusedToken(answer: HttpAnswer): CallFailure {
  if (answer.status >= 500 || answer.status === 429) {
    return { kind: 'FAILED', ...explain(answer), mayHaveTakenEffect: false };
  }
  return { kind: 'UNAUTHORISED', mayHaveTakenEffect: false };
}

function noToken(why: string): CallFailure {
  return { kind: 'NOT_SENT', why: `No access token: ${why}`, mayHaveTakenEffect: false };
}
