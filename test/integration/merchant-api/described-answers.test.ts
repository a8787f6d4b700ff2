import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import request, { type Response } from 'supertest';
import { type z } from 'zod';
import {
  accessTokenAnswer,
  createPaymentAnswer,
  eventsAnswer,
  gatewayRefusalAnswer,
  modificationAnswerForm,
  paymentAnswer,
  problemAnswerForm,
} from '../../../src/merchant-api/answer-forms.ts';
import { anOrder, askForToken, create, type Harness, startMerchantApi } from './a-merchant-api.ts';

describe('The answers of the ePayment API', () => {
  let api: Harness;
  before(async () => {
    api = await startMerchantApi();
  });
  after(() => api[Symbol.asyncDispose]());

  const get = (path: string) =>
    request(api.app).get(`/epayment/v1/payments/${path}`).set(api.merchant.headers);

  /** Every member is described, and every described member that must be there is. */
  function isDescribed({ body, text }: Response, form: z.ZodType): void {
    assert.deepEqual(form.parse(body), body, text);
  }

  it('are what the description says of them', async () => {
    const order = anOrder({ metadata: { colour: 'red' } });
    isDescribed(await askForToken(api.app, api.merchant.credentials), accessTokenAnswer);
    isDescribed(await create(api, order), createPaymentAnswer);
    isDescribed(await get(order.reference), paymentAnswer);
    const cancelled = await request(api.app)
      .post(`/epayment/v1/payments/${order.reference}/cancel`)
      .set(api.merchant.headers);
    isDescribed(cancelled, modificationAnswerForm);
    isDescribed(await get(`${order.reference}/events`), eventsAnswer);
  });

  it('are problems and refusals as described', async () => {
    isDescribed(await get('nobodys-payment'), problemAnswerForm);
    isDescribed(await create(api, anOrder({ userFlow: 'PIGEON' })), problemAnswerForm);
    isDescribed(await request(api.app).get('/epayment/v1/payments/x'), gatewayRefusalAnswer);
  });
});
