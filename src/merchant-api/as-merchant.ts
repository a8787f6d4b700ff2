import { noteForLog } from '../http/request-log.ts';
import { type Merchant } from '../merchants/merchant.ts';
import { type Authenticate } from './authenticate.ts';
import { type Exchange, sendRefusal } from './exchange.ts';

/** An exchange whose caller is known. */
export interface MerchantExchange extends Exchange {
  readonly merchant: Merchant;
}

/** Makes a handler that only a merchant reaches. */
export type AsMerchant = (
  handle: (exchange: MerchantExchange) => Promise<void> | void,
) => (req: Exchange['req'], res: Exchange['res']) => Promise<void>;

export function createAsMerchant(authenticate: Authenticate): AsMerchant {
  return (handle) => async (req, res) => {
    const authenticated = await authenticate(req.headers);
    if (!authenticated.ok) {
      sendRefusal({ req, res }, authenticated.refusal);
      return;
    }
    const { merchant } = authenticated;
    noteForLog(res, { msn: merchant.msn });
    await handle({ req, res, merchant });
  };
}
