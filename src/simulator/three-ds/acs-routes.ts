import express, { type Response, type Router } from 'express';
import { z } from 'zod';
import { acsPolicy, challengePage, returnByPostPage, unknownChallengePage } from './acs-page.ts';
import { type Authentication, statusOf } from './authentication.ts';
import { endings } from './messages.ts';
import { nowMsOf, type SimulatorState } from './simulator-state.ts';

const submitted = z.object({ ending: z.enum(endings) });

/** The access control server: the pages on which the customer's bank asks its question. */
export function acsRoutes(state: SimulatorState): Router {
  const { book, control } = state;
  const router = express.Router();

  router.get('/challenge/:key', (request, response) => {
    const found = book.findByChallenge(request.params.key);
    if (!found) {
      sendPage(response.status(404), unknownChallengePage());
      return;
    }
    const { automatic } = control.settings;
    if (automatic) book.end(found.id, automatic, nowMsOf(state));
    if (automatic ?? statusOf(found, nowMsOf(state)) !== 'PENDING')
      sendBack(state, found, response);
    else sendPage(response, challengePage(found));
  });

  router.post(
    '/challenge/:key',
    express.urlencoded({ extended: false, limit: '4kb' }),
    (request, response) => {
      const found = book.findByChallenge(request.params.key);
      const { data } = submitted.safeParse(request.body);
      if (!found || !data) {
        sendPage(response.status(found ? 400 : 404), unknownChallengePage());
        return;
      }
      book.end(found.id, data.ending, nowMsOf(state));
      sendBack(state, found, response);
    },
  );
  return router;
}

/** The return URL is the provider's: a header as it was given, and not as express would write it. */
function sendBack(
  { control }: SimulatorState,
  { id, message }: Authentication,
  response: Response,
) {
  if (control.settings.returnsBy === 'POST') {
    sendPage(response, returnByPostPage(message.returnUrl, id));
    return;
  }
  response.statusCode = 303;
  response.setHeader('Location', message.returnUrl);
  response.setHeader('Cache-Control', 'no-store');
  response.end();
}

function sendPage(response: Response, page: string): void {
  response
    .set({ 'content-security-policy': acsPolicy, 'x-content-type-options': 'nosniff' })
    .set({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
    .type('html')
    .send(page);
}
