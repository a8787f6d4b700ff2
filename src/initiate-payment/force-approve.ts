import { randomUUID } from 'node:crypto';
import { rails } from '../payments/rail.ts';
import { type PspApi } from '../psp-api/psp-api.ts';
import { type ForceApprovalRepository } from './force-approval-repository.ts';
import { type UnknownFate, unknownFate } from './initiation-outcome.ts';

export interface ApprovalOrder {
  readonly msn: string;
  readonly reference: string;
  /** Eight digits. */
  readonly phoneNumber: string;
}

export type Approval =
  | { readonly kind: 'APPROVED' }
  | { readonly kind: 'NOT_FOUND' }
  /** The customer can approve it no more, or not yet. */
  | { readonly kind: 'NOT_OPEN' }
  /** Vipps has no such call for the payment's rail. */
  | { readonly kind: 'NOT_SUPPORTED' }
  | { readonly kind: 'REFUSED_BY_VIPPS'; readonly vippsCode: string; readonly message: string }
  | UnknownFate;

/**
 * Has a payment approved at Vipps without the app, for automated tests: Vipps calls makePayment while
 * we wait, and what came of that is the payment's state. In Vipps' test environment the customer must
 * have approved one payment by hand before (Vipps PSP API v3, force approve).
 */
export type ForceApprove = (order: ApprovalOrder) => Promise<Approval>;

interface Dependencies {
  readonly payments: ForceApprovalRepository;
  readonly pspApi: Pick<PspApi, 'forceApprove'>;
}

/** Vipps answers after makePayment, for which it has 15 s. */
const budgetMs = 20_000;

export function createForceApprove({ payments, pspApi }: Dependencies): ForceApprove {
  return async ({ msn, reference, phoneNumber }) => {
    const payment = await payments.find(msn, reference);
    if (!payment) return { kind: 'NOT_FOUND' };
    const { pspVersion: version } = rails[payment.rail];
    if (version !== 'v3') return { kind: 'NOT_SUPPORTED' };
    const token = tokenIn(payment.vippsRedirectUrl);
    if (payment.state !== 'CREATED' || token === undefined) return { kind: 'NOT_OPEN' };

    const context = { version, msn, requestId: randomUUID(), budgetMs, tryTimeoutMs: budgetMs };
    const { pspTransactionId } = payment;
    const outcome = await pspApi.forceApprove(context, {
      pspTransactionId,
      customerPhoneNumber: phoneNumber,
      token,
    });
    if (outcome.kind === 'APPROVED') return outcome;
    if (outcome.kind !== 'REFUSED') return unknownFate(outcome);
    return { kind: 'REFUSED_BY_VIPPS', vippsCode: outcome.code, message: outcome.message };
  };
}

/** The redirect URL has it as a parameter, in its form for browsers and in that for apps. */
function tokenIn(vippsRedirectUrl: string | null): string | undefined {
  if (vippsRedirectUrl === null || !URL.canParse(vippsRedirectUrl)) return undefined;
  return new URL(vippsRedirectUrl).searchParams.get('token') ?? undefined;
}

/** Vipps' production refuses the call; we do not even offer it there. */
export function mayForceApprove(vippsUrl: string, production: boolean): boolean {
  const { hostname } = new URL(vippsUrl);
  return production ? hostname === 'apitest.vipps.no' : hostname !== 'api.vipps.no';
}
