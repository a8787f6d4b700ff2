import { timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { type MerchantRepository } from '../merchants/merchant-repository.ts';
import { type Merchant, type SecretHashes } from '../merchants/merchant.ts';
import { equalInConstantTime, sha256 } from '../shared/secret.ts';
import { type AccessTokens } from './access-token.ts';
import { type GatewayRefusal, gatewayRefusals } from './gateway-refusal.ts';

export type Authenticated =
  | { readonly ok: true; readonly merchant: Merchant }
  | { readonly ok: false; readonly refusal: GatewayRefusal };

/** Finds the merchant that a call comes from: access token, subscription key and serial number must agree. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Authenticated>;

export function createAuthenticate(dependencies: {
  readonly merchants: Pick<MerchantRepository, 'findByMsn'>;
  readonly tokens: AccessTokens;
}): Authenticate {
  const { merchants, tokens } = dependencies;

  async function holderOf(authorization: string | undefined): Promise<Merchant | undefined> {
    const holder = tokens.holderOf(bearerOf(authorization));
    const merchant = holder && (await merchants.findByMsn(holder.msn));
    // A merchant that was made anew under its old number has another client id.
    return merchant?.clientId === holder?.clientId ? merchant : undefined;
  }

  return async (headers) => {
    const subscriptionKey = textOf(headers['ocp-apim-subscription-key']);
    if (subscriptionKey === undefined) return refused('keyMissing');
    const merchant = await holderOf(headers.authorization);
    if (merchant === undefined) return refused('tokenInvalid');
    if (!isSecretOf(merchant, 'subscriptionKeyHash', subscriptionKey)) return refused('keyInvalid');
    const msn = textOf(headers['merchant-serial-number']) ?? '';
    if (!equalInConstantTime(msn, merchant.msn)) return refused('msnInvalid');
    if (merchant.status !== 'ACTIVE') return refused('deactivated');
    return { ok: true, merchant };
  };
}

function refused(why: keyof typeof gatewayRefusals): Authenticated {
  return { ok: false, refusal: gatewayRefusals[why] };
}

/** A header's text; an empty one counts as absent. */
export function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** The scheme word is case-sensitive at Vipps. */
function bearerOf(authorization: string | undefined): string {
  return /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
}

/** Whether the secret is the merchant's, or was until lately and is still good. */
export function isSecretOf(merchant: Merchant, which: keyof SecretHashes, secret: string): boolean {
  const given = sha256(secret);
  const former = merchant.formerHashes?.[which];
  const isFormer = former !== undefined && timingSafeEqual(given, former);
  return timingSafeEqual(given, merchant[which]) || isFormer;
}
