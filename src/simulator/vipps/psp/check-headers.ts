import { subscriptionKeyError } from '../access-token/get-access-token.ts';
import { type Answer, type ApiCall, envelopeError, header } from '../answer.ts';
import { type Merchant } from '../settings.ts';
import { type Simulation } from '../simulation.ts';
import { invalidMsn, invalidRequest, refusal } from './error-details.ts';

/** The merchant whose call it is, or the answer that ends the call. */
export type HeaderCheck = { readonly merchant: Merchant } | { readonly denied: Answer };

/**
 * The headers that every PSP call needs: subscription key, then token, then PSP, then merchant.
 * `Bearer` is case-sensitive at Vipps.
 */
export function checkHeaders(simulation: Simulation, call: ApiCall): HeaderCheck {
  const { subscriptionKey } = simulation.settings.credentials;
  const subscription = subscriptionKeyError(call, subscriptionKey);
  if (subscription) return { denied: subscription };
  const token = /^Bearer ([^\s]+)$/.exec(header(call, 'authorization') ?? '')?.[1];
  if (token === undefined || !simulation.tokens.isGood(token)) {
    const text = '(Unauthorized) Access token missing or invalid.';
    return { denied: envelopeError(401, 'Unauthorized', text) };
  }
  return checkMerchant(simulation, call);
}

function checkMerchant(simulation: Simulation, call: ApiCall): HeaderCheck {
  const pspId = header(call, 'psp-id');
  const msn = header(call, 'merchant-serial-number');
  if (!pspId) return { denied: refusal(call, [invalidRequest('Psp-Id', 'the header is missing')]) };
  if (msn === undefined || !/^\d{4,10}$/.test(msn)) {
    const text = 'the header is missing or is not 4 to 10 digits';
    return { denied: refusal(call, [invalidRequest('Merchant-Serial-Number', text)]) };
  }
  const merchant = simulation.merchants.get(msn);
  if (!merchant || pspId !== simulation.settings.credentials.pspId) {
    return { denied: refusal(call, [invalidMsn(msn)]) };
  }
  return { merchant };
}
