import { randomBytes, randomUUID } from 'node:crypto';
import express, { type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { type Html } from '../http/html.ts';
import { type TimelineRepository } from '../payments/timeline-repository.ts';
import {
  createSandboxMerchantClient,
  type MerchantAnswer,
  type SandboxMerchantClient,
} from './sandbox-merchant-client.ts';
import { messagePage, paymentPage, sandboxPath, sandboxStyle, startPage } from './sandbox-page.ts';
import { type SandboxSettings } from './sandbox-settings-repository.ts';

interface Dependencies {
  readonly publicUrl: string;
  readonly vippsSimulatorUrl: string | null;
  readonly acquirerSimulatorUrl: string | null;
  readonly merchant: SandboxSettings;
  readonly timelines: TimelineRepository;
}

const formBytesMax = 4_096;
const recentMax = 20;

const paymentForm = z.object({
  kroner: z.string().regex(/^\d{1,6}([.,]\d{1,2})?$/),
  userFlow: z.enum(['WEB_REDIRECT', 'PUSH_MESSAGE']),
  phoneNumber: z.string().regex(/^\d{0,15}$/),
  description: z.string().max(100),
});

/** A shop to try the adapter with in a browser. Outside production only. */
export function sandboxRoutes(dependencies: Dependencies): Router {
  const { merchant, timelines, vippsSimulatorUrl, acquirerSimulatorUrl } = dependencies;
  const shop = createSandboxMerchantClient(dependencies);
  const router = Router();

  router.get('/', (_req, res) => {
    res.redirect(302, sandboxPath);
  });

  router.get(`${sandboxPath}/style.css`, (_req, res) => {
    res.type('text/css').send(sandboxStyle);
  });

  router.get(sandboxPath, async (_req, res) => {
    const recent = await timelines.recent(merchant.merchantSerialNumber, recentMax);
    sendPage(
      res,
      startPage({ recent, vippsSimulatorUrl, acquirerSimulatorUrl }),
      vippsSimulatorUrl,
    );
  });

  router.post(
    `${sandboxPath}/payments`,
    express.urlencoded({ extended: false, limit: formBytesMax }),
    startPayment(dependencies, shop),
  );

  router.get(`${sandboxPath}/payments/:reference`, async (req, res) => {
    const { reference } = req.params;
    const path = `/epayment/v1/payments/${encodeURIComponent(reference)}`;
    const [payment, events, timeline] = await Promise.all([
      shop.call('GET', path),
      shop.call('GET', `${path}/events`),
      timelines.ofReference(merchant.merchantSerialNumber, reference),
    ]);
    if (payment.status !== 200) res.status(404);
    sendPage(
      res,
      paymentPage({
        reference: withoutCardNumbers(reference),
        payment,
        events,
        timeline,
        phoneUrl: vippsSimulatorUrl,
      }),
    );
  });

  return router;
}

function startPayment({ publicUrl }: Dependencies, shop: SandboxMerchantClient): RequestHandler {
  return async (req, res) => {
    const form = paymentForm.safeParse(req.body);
    if (!form.success) {
      const { fieldErrors } = z.flattenError(form.error);
      const text = 'One of the fields could not be read.';
      res.status(400);
      sendPage(res, messagePage('That is no payment', text, fieldErrors));
      return;
    }
    const reference = `sandbox-${randomBytes(6).toString('hex')}`;
    const order = orderFrom(form.data, reference, publicUrl);
    const answer = await shop.call('POST', '/epayment/v1/payments', order, randomUUID());
    sendCreated(res, answer, reference);
  };
}

function orderFrom(
  form: z.infer<typeof paymentForm>,
  reference: string,
  publicUrl: string,
): object {
  const [whole = '0', fraction = ''] = form.kroner.split(/[.,]/);
  const { phoneNumber, description } = form;
  return {
    amount: { currency: 'NOK', value: Number(whole) * 100 + Number(fraction.padEnd(2, '0')) },
    paymentMethod: { type: 'WALLET' },
    reference,
    userFlow: form.userFlow,
    returnUrl: `${publicUrl}${sandboxPath}/payments/${reference}`,
    ...(description.length >= 3 ? { paymentDescription: description } : {}),
    ...(phoneNumber === '' ? {} : { customer: { phoneNumber } }),
  };
}

/** To Vipps, or for a push message straight to the page that waits for its outcome. */
function sendCreated(res: Response, answer: MerchantAnswer, reference: string): void {
  if (answer.status !== 201) {
    res.status(answer.status);
    sendPage(
      res,
      messagePage('The payment was not created', 'The adapter answered the shop:', answer.body),
    );
    return;
  }
  const { redirectUrl } = answer.body as { redirectUrl?: string };
  res.redirect(303, redirectUrl ?? `${sandboxPath}/payments/${reference}`);
}

/** `formTarget` is the origin that the form's answer may redirect to besides ours. */
function sendPage(res: Response, page: Html, formTarget: string | null = null): void {
  const targets = formTarget === null ? "'self'" : `'self' ${formTarget}`;
  res
    .setHeader(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'self'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
    )
    .type('html')
    .send(page.markup);
}
