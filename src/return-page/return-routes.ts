import { type Response, Router } from 'express';
import {
  renderReturnPage,
  renderUnknownPage,
  returnPagePolicy,
  returnStatusOf,
} from './render-return-page.ts';
import { returnPath } from './return-page-url.ts';
import { type ReturningPayment, type ReturnRepository } from './return-repository.ts';

/**
 * The page that customers come back to, and the same as JSON. Known by the token in the URL alone,
 * without cookies; shows what we know ourselves, whether the callback came before or after the
 * customer (Vipps PSP API guide, redirects).
 */
export function returnRoutes(dependencies: { readonly returns: ReturnRepository }): Router {
  const { returns } = dependencies;
  const router = Router();

  router.get(`${returnPath}/:token`, async (req, res) => {
    const payment = await find(returns, req.params.token);
    sendPrivately(res);
    res.setHeader('Content-Security-Policy', returnPagePolicy);
    res
      .status(payment ? 200 : 404)
      .type('html')
      .send((payment ? renderReturnPage(payment) : renderUnknownPage()).markup);
  });

  router.get(`${returnPath}/:token/status`, async (req, res) => {
    const payment = await find(returns, req.params.token);
    sendPrivately(res);
    if (payment) res.json({ status: returnStatusOf(payment.state) });
    else res.status(404).json({ status: 'unknown' });
  });

  return router;
}

/** Only what could be a token of ours is looked up. */
async function find(
  returns: ReturnRepository,
  token: string,
): Promise<ReturningPayment | undefined> {
  return /^[A-Za-z0-9_-]{43}$/.test(token) ? returns.findByToken(token) : undefined;
}

/** The URL is the key to the page: it is neither kept nor passed on. */
function sendPrivately(res: Response): void {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('X-Robots-Tag', 'noindex');
}
