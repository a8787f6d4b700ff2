import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { Router } from 'express';
import { noteForLog } from '../http/request-log.ts';
import { type MerchantRepository } from '../merchants/merchant-repository.ts';
import { type Merchant } from '../merchants/merchant.ts';
import { type Clock } from '../shared/clock.ts';
import { type AccessTokens, type IssuedToken } from './access-token.ts';
import { isSecretOf, textOf } from './authenticate.ts';
import { type GatewayRefusal, gatewayRefusals } from './gateway-refusal.ts';

interface Dependencies {
  readonly merchants: Pick<MerchantRepository, 'findByClientId'>;
  readonly tokens: AccessTokens;
  readonly clock: Pick<Clock, 'now'>;
}

type Identified =
  | { readonly kind: 'MERCHANT'; readonly merchant: Merchant }
  | { readonly kind: 'REFUSED'; readonly refusal: GatewayRefusal }
  | { readonly kind: 'UNKNOWN_CLIENT' };

/**
 * `POST /accesstoken/get`: the credentials are in the headers and the body is not looked at
 * (Vipps access token API). Every member of the answer is a string, numbers too.
 */
export function accessTokenRoutes(dependencies: Dependencies): Router {
  const { merchants, tokens, clock } = dependencies;
  const router = Router();

  router.post('/accesstoken/get', async (req, res) => {
    const identified = await identify(merchants, req.headers);
    res.setHeader('Cache-Control', 'no-store');
    if (identified.kind === 'REFUSED') {
      res.status(identified.refusal.statusCode).json(identified.refusal);
    } else if (identified.kind === 'UNKNOWN_CLIENT') {
      res.status(401).json(unknownClient(clock));
    } else {
      noteForLog(res, { msn: identified.merchant.msn });
      res.json(tokenBody(tokens.issue(identified.merchant)));
    }
  });

  return router;
}

async function identify(
  merchants: Pick<MerchantRepository, 'findByClientId'>,
  headers: IncomingHttpHeaders,
): Promise<Identified> {
  const subscriptionKey = textOf(headers['ocp-apim-subscription-key']);
  if (subscriptionKey === undefined) {
    return { kind: 'REFUSED', refusal: gatewayRefusals.keyMissing };
  }
  const clientId = textOf(headers['client_id']) ?? '';
  const merchant = isClientId(clientId) ? await merchants.findByClientId(clientId) : undefined;
  if (merchant?.status !== 'ACTIVE') return { kind: 'UNKNOWN_CLIENT' };
  if (!isSecretOf(merchant, 'subscriptionKeyHash', subscriptionKey)) {
    return { kind: 'REFUSED', refusal: gatewayRefusals.keyInvalid };
  }
  return isSecretOf(merchant, 'clientSecretHash', textOf(headers['client_secret']) ?? '')
    ? { kind: 'MERCHANT', merchant }
    : { kind: 'UNKNOWN_CLIENT' };
}

function isClientId(text: string): boolean {
  return /^[\x21-\x7e]{1,100}$/.test(text);
}

function tokenBody({ jwt, issuedAtSeconds, expiresAtSeconds }: IssuedToken) {
  const lifetime = String(expiresAtSeconds - issuedAtSeconds - 1);
  return {
    token_type: 'Bearer',
    expires_in: lifetime,
    ext_expires_in: lifetime,
    expires_on: String(expiresAtSeconds),
    not_before: String(issuedAtSeconds),
    resource: '00000002-0000-0000-c000-000000000000',
    access_token: jwt,
  };
}

/** The same for an unknown client and a wrong secret, in the form of Entra ID. */
function unknownClient(clock: Pick<Clock, 'now'>) {
  const timestamp = clock.now().toISOString();
  return {
    error: 'unauthorized_client',
    error_description: 'AADSTS700016: There is no client with this client_id and client_secret.',
    error_codes: [700016],
    timestamp: `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)}Z`,
    trace_id: randomUUID(),
    correlation_id: randomUUID(),
    error_uri: 'https://login.microsoftonline.com/error?code=700016',
  };
}
