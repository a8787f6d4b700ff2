import { type RequestHandler } from 'express';
import { noteForLog } from '../http/request-log.ts';
import { type Merchant } from '../merchants/merchant.ts';
import { type Authenticate } from './authenticate.ts';
import { type Exchange } from './exchange.ts';

/** An exchange whose caller is known. */
export interface MerchantExchange extends Exchange {
  readonly merchant: Merchant;
}

/** Makes a handler that only a merchant reaches. */
export type AsMerchant = (
  handle: (exchange: MerchantExchange) => Promise<void> | void,
) => RequestHandler;

export function createAsMerchant(authenticate: Authenticate): AsMerchant {
  return (handle) => async (req, res) => {
    const authenticated = await authenticate(req.headers);
    if (!authenticated.ok) {
      const { refusal } = authenticated;
      res.status(refusal.statusCode).json(refusal);
      return;
    }
    const { merchant } = authenticated;
    noteForLog(res, { msn: merchant.msn });
    await handle({ req, res, merchant });
  };
}
