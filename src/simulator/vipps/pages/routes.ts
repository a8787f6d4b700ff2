import express, { type Request, type Response, Router } from 'express';
import { messageOf } from '../../../shared/errors.ts';
import { fixedInterceptUrl, interceptPath } from '../challenge/operations.ts';
import { pageEnded } from '../challenge/page-ended.ts';
import { type VippsSimulatorControl } from '../control/control.ts';
import { makePayment } from '../make-payment/make-payment.ts';
import { type Payment } from '../payment.ts';
import { landingPath } from '../psp/init-answer.ts';
import { type Simulation } from '../simulation.ts';
import { homePage } from './home-page.ts';
import { layout, type Page } from './layout.ts';
import { resultPage } from './result-page.ts';
import { countdownStylesheet, stylesheet } from './stylesheet.ts';
import {
  appPage,
  challengePage,
  ignoredPage,
  landingPage,
  messagePage,
  type Shown,
  waitingPage,
} from './user-pages.ts';

type TokenRequest = Request<{ token: string }>;

const paymentsShown = 20;

/** The landing page and the app, for a browser that runs no scripts. */
export function pageRoutes(simulation: Simulation, control: VippsSimulatorControl): Router {
  const router = Router();
  router.use(express.urlencoded({ extended: false, limit: '8kb' }));
  router.get('/simulator.css', (_request, response) => {
    response.type('css').send(stylesheet);
  });
  router.get('/countdown.css', (request, response) => {
    response.type('css').send(countdownStylesheet(Number(request.query['seconds'])));
  });
  router.get('/', (_request, response) => {
    show(response, homePage(simulation.book.list(0, paymentsShown)));
  });
  router.get(landingPath, (request, response) => {
    showPayment(simulation, response, queryValue(request, 'token'));
  });
  router.get('/app/:token', (request: TokenRequest, response) => {
    showPayment(simulation, response, request.params.token);
  });
  router.get('/app/:token/challenge', (request: TokenRequest, response) => {
    openChallenge(simulation, response, request.params.token);
  });
  router.get(interceptPath, (request, response) => {
    takeBack(simulation, request, response);
  });
  router.get('/app/:token/ignored', (request: TokenRequest, response) => {
    const payment = simulation.book.findByLanding(request.params.token);
    if (payment && isOpen(simulation, payment)) {
      show(response, ignoredPage(shown(simulation, payment)));
    } else showPayment(simulation, response, request.params.token);
  });
  userActions(router, simulation, control);
  return router;
}

type Action = (payment: Payment, request: Request) => string;

/** What the forms of the pages do. An action answers which page of the payment is next. */
function userActions(router: Router, simulation: Simulation, control: VippsSimulatorControl): void {
  const actions: Readonly<Record<string, Action>> = {
    open: ({ pspTransactionId }, request) => {
      const customerMobileNumber = formValue(request, 'phone');
      if (!/^\d{8}$/.test(customerMobileNumber)) return '';
      simulation.book.change(pspTransactionId, { customerMobileNumber });
      control.activate(pspTransactionId);
      return '';
    },
    pay: ({ pspTransactionId, version, state }, request) => {
      if (state !== 'INITIATED') return '';
      const card = formValue(request, 'card');
      if (!simulation.settings.cards.some(({ id }) => id === card)) return '';
      // Vipps has no card material to send: that is what NO is for.
      const canEncrypt = version === 'v3' || simulation.dials.pspPublicKey !== undefined;
      const deed = canEncrypt
        ? control.approve(pspTransactionId, { card })
        : control.no(pspTransactionId);
      return inBackground(simulation, deed);
    },
    cancel: ({ pspTransactionId }) => inBackground(simulation, control.cancel(pspTransactionId)),
    'time-out': ({ pspTransactionId }) =>
      inBackground(simulation, control.timeout(pspTransactionId)),
    'came-back': (payment) => {
      if (payment.state !== 'CHALLENGE') return '';
      return goOn(simulation, payment, fixedInterceptUrl);
    },
    ignore: ({ pspTransactionId }) => {
      control.ignore(pspTransactionId);
      return '/ignored';
    },
  };
  for (const [name, act] of Object.entries(actions)) {
    router.post(`/app/:token/${name}`, (request: TokenRequest, response) => {
      const { token } = request.params;
      const payment = simulation.book.findByLanding(token);
      const next = payment && isOpen(simulation, payment) ? act(payment, request) : '';
      response.redirect(303, `/app/${encodeURIComponent(token)}${next}`);
    });
  }
}

/** The web view: to the PSP's page as it is, by a redirect of the whole page. */
function openChallenge(simulation: Simulation, response: Response, token: string): void {
  const payment = simulation.book.findByLanding(token);
  const { url3dSecure, state, pspTransactionId = '', challenge } = payment ?? {};
  const canOpen = state === 'CHALLENGE' && /^https?:/i.test(url3dSecure ?? '');
  if (!canOpen || url3dSecure === undefined) {
    response.redirect(303, `/app/${encodeURIComponent(token)}`);
    return;
  }
  const { reached, strayed } = challenge ?? {};
  simulation.book.change(pspTransactionId, { challenge: { opened: true, reached, strayed } });
  response.writeHead(303, { Location: url3dSecure, 'Referrer-Policy': 'no-referrer' }).end();
}

/** The page of the step-up has ended here: byte for byte at one of the payment's addresses, or not. */
function takeBack(simulation: Simulation, request: Request, response: Response): void {
  const url = `${simulation.publicUrl}${request.originalUrl}`;
  const payment = simulation.book.findByTransactionId(queryValue(request, 'transactionId'));
  if (!payment) {
    response.status(404);
    show(response, messagePage('Not found', 'There is no such step-up.'));
    return;
  }
  const isWaiting = payment.state === 'CHALLENGE';
  if (isWaiting && !simulation.book.isDeciding(payment.pspTransactionId)) {
    goOn(simulation, payment, url);
  }
  response.redirect(303, `/app/${encodeURIComponent(payment.landingToken)}`);
}

/** The app closes the page and tells Vipps, which calls makePayment again, whatever the end was. */
function goOn(simulation: Simulation, payment: Payment, url: string): string {
  if (pageEnded(simulation, payment, url) === undefined) return '';
  const { pspTransactionId } = payment;
  return inBackground(simulation, makePayment(simulation, pspTransactionId, { confirmed: 'YES' }));
}

/** The page does not wait for the PSP: it shows a spinner and looks again. */
function inBackground(simulation: Simulation, deed: Promise<unknown>): string {
  deed.catch((thrown: unknown) => {
    simulation.settings.log.warn({ event: 'makePayment.failed', problem: messageOf(thrown) });
  });
  return '';
}

function queryValue(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value : '';
}

function formValue(request: Request, name: string): string {
  const body = request.body as Readonly<Record<string, unknown>> | undefined;
  const value = body?.[name];
  return typeof value === 'string' ? value : '';
}

/** Whether the user can still do something about the payment. */
function isOpen(simulation: Simulation, payment: Payment): boolean {
  const isFree = !simulation.book.isDeciding(payment.pspTransactionId);
  const isUndecided = payment.state === 'INITIATED' || payment.state === 'CHALLENGE';
  return isFree && isUndecided && shown(simulation, payment).secondsLeft > 0;
}

/** The landing page is good for its five minutes, the app for the whole ten. */
function shown(simulation: Simulation, payment: Payment): Shown {
  const { landingPageValidSeconds, userTimeoutSeconds } = simulation.settings;
  const seconds = isAtLanding(payment) ? landingPageValidSeconds : userTimeoutSeconds;
  const untilMs = payment.createdAtMs + seconds * 1_000;
  const secondsLeft = (untilMs - simulation.clock.nowMs()) / 1_000;
  const merchantName = simulation.merchants.get(payment.merchantSerialNumber)?.name ?? 'The shop';
  return { payment, merchantName, untilMs, secondsLeft };
}

function isAtLanding({ activated, isApp, skipLandingPage }: Payment): boolean {
  return !activated && !isApp && !skipLandingPage;
}

function showPayment(simulation: Simulation, response: Response, landingToken: string): void {
  const payment = simulation.book.findByLanding(landingToken);
  if (!payment) {
    response.status(404);
    show(response, messagePage('Not found', 'There is no such payment.'));
    return;
  }
  show(response, pageOf(simulation, payment));
}

function pageOf(simulation: Simulation, payment: Payment): Page {
  const view = shown(simulation, payment);
  if (simulation.book.isDeciding(payment.pspTransactionId)) return waitingPage(view);
  if (payment.state === 'RESERVED' || payment.state === 'FAILED') {
    return resultPage(payment, view.merchantName);
  }
  if (view.secondsLeft <= 0) return messagePage('Too late', 'This payment is no longer open.');
  if (payment.state === 'CHALLENGE') return challengePage(view);
  if (isAtLanding(payment)) return landingPage(view);
  if (!payment.activated) simulation.book.change(payment.pspTransactionId, { activated: true });
  return appPage(view, simulation.settings.cards);
}

function show(response: Response, page: Page): void {
  response.setHeader('Cache-Control', 'no-store');
  response.type('html').send(layout(page));
}
