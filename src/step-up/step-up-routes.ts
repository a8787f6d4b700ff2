import { randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { type Html } from '../http/html.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { stepUpPath } from './begin-step-up.ts';
import { chooseLanguage } from './choose-language.ts';
import {
  type PagePaths,
  renderConfirmPage,
  renderGoingPage,
  renderTroublePage,
  renderUnknownPage,
  renderWaitPage,
} from './render-step-up-page.ts';
import { stepUpPolicy } from './step-up-style.ts';
import { type Standing, type VisitStepUp } from './visit-step-up.ts';

interface Dependencies {
  readonly visits: VisitStepUp;
  /** False in a sandbox on plain HTTP, where a browser would keep no cookie otherwise. */
  readonly secureCookies: boolean;
  readonly log: Log;
}

const visitBytes = 16;
const cookieName = 'visit';

/**
 * The pages of a step-up, known by the token in the URL alone. Each page view has a random name of
 * its own, the visit, as a further part of the URL: it comes back with reload and back button, with
 * cookies off as well. A cookie keeps it besides, for an app that opens the first URL again.
 *
 * What ends in another place, the bank or the app, is never a redirect after a form of ours: the form
 * leads to a page of ours that leads on by itself (see the policy of the pages).
 */
export function stepUpRoutes(dependencies: Dependencies): Router {
  const router = Router();
  const url = `${stepUpPath}/:token`;
  const page = `${url}/:visit`;
  const handlers = handlersOf(dependencies);
  const guarded = (handler: Handler) => orTrouble(handler, dependencies.log);

  router.get(url, guarded(handlers.arrive));
  // By GET or by POST, as the bank likes it; what it says there is not read.
  router.get(`${url}/return`, guarded(handlers.comeBack));
  router.post(`${url}/return`, guarded(handlers.comeBack));
  router.get(page, guarded(handlers.showPage));
  router.post(page, guarded(handlers.enter));
  router.post(`${page}/cancel`, guarded(handlers.cancel));
  router.get(`${page}/on`, guarded(handlers.goOn));
  return router;
}

function handlersOf({ visits, secureCookies }: Dependencies) {
  return {
    arrive: async (at, req, res) => {
      const fromCookie = visitFromCookie(req);
      const standing = await visits.look(at.token, fromCookie);
      if (standing.kind === 'UNKNOWN' || standing.kind === 'ENDED') show(at, standing, res);
      else redirect(res, pageOf(standing.kind === 'ENTERED' ? { ...at, visit: fromCookie } : at));
    },
    comeBack: async (at, _req, res) => {
      const standing = await visits.comeBack(at.token);
      if (standing.kind === 'OPEN') redirect(res, pageOf(at));
      else show(at, standing, res, 'pending');
    },
    showPage: async (at, _req, res) => {
      show(at, await visits.look(at.token, at.visit), res);
    },
    enter: async (at, _req, res) => {
      const standing = await visits.enter(at.token, at.visit);
      if (standing.kind === 'ENTERED') {
        setCookie(res, { at, secure: secureCookies, seconds: standing.session.secondsLeft });
      }
      redirect(res, `${pageOf(at)}/on`);
    },
    cancel: async (at, _req, res) => {
      await visits.cancel(at.token);
      redirect(res, `${pageOf(at)}/on`);
    },
    goOn: async (at, _req, res) => {
      const standing = await visits.look(at.token, at.visit);
      if (standing.kind === 'ENTERED') {
        sendPage(res, renderGoingPage(at.language, 'toBank', standing.session.challengeUrl));
      } else if (standing.kind === 'ENDED') {
        sendPage(res, renderGoingPage(at.language, 'toApp', pathsOf(at).comeBack));
      } else redirect(res, pageOf(at));
    },
  } as const satisfies Record<string, Handler>;
}

/** Where a request is, and in which language it wants to be answered. */
interface At {
  readonly token: string;
  readonly visit: string;
  readonly language: ReturnType<typeof chooseLanguage>;
}

type Handler = (at: At, req: Request, res: Response) => Promise<void>;

/** Only what could be ours is looked up; a fault of ours is told in the customer's words. */
function orTrouble(handler: Handler, log: Log): RequestHandler {
  return async (req, res) => {
    const { token, visit } = req.params;
    const language = chooseLanguage(req.headers['accept-language']);
    const at = { token: String(token), visit: String(visit ?? aVisit()), language };
    res.setHeader('Content-Language', language);
    if (!isToken(at.token) || !isVisit(at.visit)) {
      sendPage(res.status(404), renderUnknownPage(language));
      return;
    }
    try {
      await handler(at, req, res);
    } catch (error) {
      log.error({ event: 'step-up.fault', reason: messageOf(error) });
      const again = req.method === 'GET' ? req.path : `${stepUpPath}/${at.token}`;
      sendPage(res.status(503), renderTroublePage(language, again));
    }
  };
}

function show(
  at: At,
  standing: Standing,
  res: Response,
  whenElsewhere: 'elsewhere' | 'pending' = 'elsewhere',
): void {
  const { language } = at;
  switch (standing.kind) {
    case 'UNKNOWN':
      sendPage(res.status(404), renderUnknownPage(language));
      return;
    case 'OPEN':
    case 'ENTERED': {
      const moment = standing.kind === 'OPEN' ? 'confirm' : 'goOn';
      sendPage(res, renderConfirmPage(language, standing.session, pathsOf(at), moment));
      return;
    }
    case 'ELSEWHERE':
      sendPage(res, renderWaitPage(language, standing.session, pathsOf(at), whenElsewhere));
      return;
    case 'ENDED':
      redirect(res, standing.returnUrl);
  }
}

function pageOf({ token, visit }: At): string {
  return `${stepUpPath}/${token}/${visit}`;
}

function pathsOf(at: At): PagePaths {
  return {
    enter: pageOf(at),
    cancel: `${pageOf(at)}/cancel`,
    comeBack: `${stepUpPath}/${at.token}/return`,
  };
}

function aVisit(): string {
  return randomBytes(visitBytes).toString('base64url');
}

function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

function isVisit(text: string): boolean {
  return /^[A-Za-z0-9_-]{22}$/.test(text);
}

function visitFromCookie(req: Request): string {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const visit = pairs.find(([name]) => name === cookieName)?.[1] ?? '';
  return isVisit(visit) ? visit : '';
}

/** Of this session's pages only, and as long as the session: another payment has another one. */
function setCookie(
  res: Response,
  { at, secure, seconds }: { readonly at: At; readonly secure: boolean; readonly seconds: number },
): void {
  res.cookie(cookieName, at.visit, {
    path: `${stepUpPath}/${at.token}`,
    httpOnly: true,
    secure,
    sameSite: 'lax',
    maxAge: seconds * 1_000,
  });
}

/** The URL is the key to the page: it is neither kept nor passed on. */
function sendPrivately(res: Response): void {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('X-Robots-Tag', 'noindex');
}

function sendPage(res: Response, { markup }: Html): void {
  sendPrivately(res);
  res.setHeader('Content-Security-Policy', stepUpPolicy);
  res.setHeader('Vary', 'Accept-Language');
  res.type('html').send(markup);
}

/** The Location goes out as the bytes that it came in as; express would write it anew. */
function redirect(res: Response, url: string): void {
  sendPrivately(res);
  res.statusCode = 303;
  res.setHeader('Location', Buffer.from(url, 'utf8').toString('latin1'));
  res.end();
}
