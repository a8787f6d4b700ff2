import { type Transaction } from '../database/database.ts';
import { type PaymentView } from '../payments/payment-repository.ts';
import { invariant } from '../shared/errors.ts';
import { type Refusal } from './judge-modification.ts';
import { type KnownModification } from './modification-repository.ts';
import { type ModificationStore } from './modification-store.ts';
import { type ModificationKind } from './modification.ts';

/** What a modification comes to, for whoever asked for it. */
export type ModificationResult =
  | { readonly kind: 'DONE'; readonly payment: PaymentView }
  | { readonly kind: 'NOT_FOUND' }
  | { readonly kind: 'REFUSED'; readonly refusal: Refusal }
  | {
      readonly kind: 'REFUSED_BY_ACQUIRER';
      readonly modification: ModificationKind;
      readonly responseCode: string;
    }
  /** The key was used for another amount, so long ago that its answer is forgotten. */
  | { readonly kind: 'KEY_REUSED' };

/** What has become of a modification by now; the payment is as it is now. */
export function resultOf(known: KnownModification, payment: PaymentView): ModificationResult {
  switch (known.state) {
    case 'DONE':
      return { kind: 'DONE', payment };
    case 'UNDER_WAY':
      return { kind: 'REFUSED', refusal: 'BEING_PROCESSED' };
    case 'REFUSED':
    case 'FAILED_ELSEWHERE':
      return {
        kind: 'REFUSED_BY_ACQUIRER',
        modification: known.kind,
        responseCode: known.responseCode ?? '',
      };
  }
}

export async function resultNow(
  trx: Transaction,
  store: Pick<ModificationStore, 'lockPaymentById' | 'findModification'>,
  { paymentId, operationId }: { readonly paymentId: string; readonly operationId: string },
): Promise<ModificationResult> {
  const payment = await store.lockPaymentById(trx, paymentId);
  const known = await store.findModification(trx, paymentId, operationId);
  invariant(payment !== undefined && known !== undefined, 'What was begun is on record');
  return resultOf(known, payment);
}
