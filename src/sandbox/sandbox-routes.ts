import { randomBytes, randomUUID } from 'node:crypto';
import express, { type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { type Html } from '../http/html.ts';
import { type MerchantRegister } from '../merchants/merchant-register.ts';
import { type Rail } from '../payments/rail.ts';
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
  readonly merchantRegister: MerchantRegister;
}

const formBytesMax = 4_096;
const recentMax = 20;

const paymentForm = z.object({
  kroner: z.string().regex(/^\d{1,6}([.,]\d{1,2})?$/),
  userFlow: z.enum(['WEB_REDIRECT', 'PUSH_MESSAGE']),
  rail: z.enum(['psp-v2', 'psp-v3']).optional(),
  phoneNumber: z.string().regex(/^\d{0,15}$/),
  description: z.string().max(100),
});

/** A shop to try the adapter with in a browser. Outside production only. */
export function sandboxRoutes(dependencies: Dependencies): Router {
  const { merchant, merchantRegister, timelines, vippsSimulatorUrl, acquirerSimulatorUrl } =
    dependencies;
  const shop = createSandboxMerchantClient(dependencies);
  const router = Router();

  router.get('/', (_req, res) => {
    res.redirect(302, sandboxPath);
  });

  router.get(`${sandboxPath}/style.css`, (_req, res) => {
    res.type('text/css').send(sandboxStyle);
  });

  router.get(sandboxPath, async (_req, res) => {
    const { merchantSerialNumber } = merchant;
    const recent = await timelines.recent(merchantSerialNumber, recentMax);
    const { rail = 'psp-v2' } = (await merchantRegister.find(merchantSerialNumber)) ?? {};
    sendPage(
      res,
      startPage({ recent, rail, vippsSimulatorUrl, acquirerSimulatorUrl }),
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

function startPayment(dependencies: Dependencies, shop: SandboxMerchantClient): RequestHandler {
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
    const order = orderFrom(form.data, reference, dependencies.publicUrl);
    const answer = await onRail(dependencies, form.data.rail, () =>
      shop.call('POST', '/epayment/v1/payments', order, randomUUID()),
    );
    sendCreated(res, answer, reference);
  };
}

/** Moves the merchant for as long as the payment is being made: it keeps the rail that it was begun on. */
async function onRail<Result>(
  { merchant, merchantRegister }: Dependencies,
  rail: Rail | undefined,
  make: () => Promise<Result>,
): Promise<Result> {
  const { merchantSerialNumber } = merchant;
  const before = await merchantRegister.find(merchantSerialNumber);
  if (rail === undefined || before === undefined || before.rail === rail) return make();
  await merchantRegister.change(merchantSerialNumber, { rail });
  try {
    return await make();
  } finally {
    await merchantRegister.change(merchantSerialNumber, { rail: before.rail });
  }
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
