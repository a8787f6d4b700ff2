import { createPspApi, type PspApiOptions } from '../../../src/psp-api/create-psp-api.ts';
import { type CallContext, type InitRequest, type PspApi } from '../../../src/psp-api/psp-api.ts';
import { systemClock, type Clock } from '../../../src/shared/clock.ts';
import { nok } from '../../../src/shared/money.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { type SeenRequest, httpDouble, json, type Behaviour } from '../../support/http-double.ts';

export const initRequest: InitRequest = {
  pspTransactionId: 'abc123',
  merchantOrderId: 'order1',
  amount: nok(4_900n),
  pspRedirectUrl: 'https://shop.example/back',
  makePaymentUrl: 'https://psp.example/make-payment',
  makePaymentToken: new Secret('the-token'),
};

export const context: CallContext = {
  version: 'v2',
  msn: '123456',
  requestId: 'request-1',
  budgetMs: 5_000,
};

export const redirectUrl = 'https://api.vipps.no/deeplink?v=2&token=a%2Bb%2fc==&x=Ã¦';

export const initiated: Behaviour = json(200, {
  pspTransactionId: 'abc123',
  merchantOrderId: 'order1',
  vippsRedirectUrl: redirectUrl,
});

export const aToken: Behaviour = json(200, { access_token: 'token-1', expires_in: '3600' });

export interface VippsDouble {
  readonly api: PspApi;
  readonly url: string;
  /** Calls other than for tokens. */
  readonly calls: SeenRequest[];
  readonly tokenCalls: SeenRequest[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A Vipps that behaves as told, and a client of it that waits next to nothing between tries. */
export async function vippsDouble(
  behaviours: { readonly token?: Behaviour; readonly call?: Behaviour },
  options: Partial<PspApiOptions> & { readonly clock?: Clock } = {},
): Promise<VippsDouble> {
  const calls: SeenRequest[] = [];
  const tokenCalls: SeenRequest[] = [];
  const double = await httpDouble((request, response) => {
    const forToken = request.path.endsWith('/accesstoken/get');
    (forToken ? tokenCalls : calls).push(request);
    const behaviour = forToken ? (behaviours.token ?? aToken) : (behaviours.call ?? initiated);
    return behaviour(request, response);
  });
  const api = createPspApi({
    baseUrl: double.url,
    credentials: {
      clientId: 'client-id',
      clientSecret: new Secret('client-secret'),
      subscriptionKey: new Secret('subscription-key'),
      pspId: 'psp-id',
    },
    clock: systemClock,
    systemVersion: '1.2.3',
    retries: { retriesMax: 2, firstDelayMs: 1, delayMsMax: 2 },
    ...options,
  });
  return {
    api,
    url: double.url,
    calls,
    tokenCalls,
    async [Symbol.asyncDispose]() {
      const closed = api.close();
      await double[Symbol.asyncDispose]();
      await closed;
    },
  };
}
