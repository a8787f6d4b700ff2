import {
  type AcquirerMerchant,
  type CardMaterial,
  type StepUpProof,
} from '../acquirer/acquirer.ts';
import { type Money } from '../shared/money.ts';

/**
 * The port to a 3-D Secure server, which is the PSP's own: it talks to the directory servers of the
 * schemes and to the issuer's access control server. One folder implements it for one product; the
 * README of the simulated server describes the HTTP contract of the one that is here.
 *
 * None of the methods throws: what the world may answer is a value.
 */
export interface ThreeDsServer {
  /**
   * Opens an authentication and learns where the customer is to be sent. The reference is its
   * idempotency key: the same request, sent again, is the same authentication. Stops waiting when
   * the signal aborts, and then says UNAVAILABLE.
   */
  begin(request: ChallengeRequest, signal: AbortSignal): Promise<BeginOutcome>;
  /** Asks how an authentication stands. Asking changes nothing and may be repeated. */
  result(serverReference: string, signal: AbortSignal): Promise<ChallengeResult>;
}

export interface ChallengeRequest {
  /** A pure function of the payment and the leg that was soft-declined. */
  readonly reference: string;
  readonly pspTransactionId: string;
  readonly merchant: AcquirerMerchant;
  readonly amount: Money;
  /** With a network token its number stands for the card's; there is no security code. */
  readonly card: CardMaterial;
  /** A page of ours, to which the challenge sends the browser when it is over, by GET or POST. */
  readonly returnUrl: string;
}

export type BeginOutcome =
  | {
      readonly kind: 'CHALLENGE';
      /** The server's own id of the authentication. */
      readonly serverReference: string;
      readonly challengeUrl: string;
    }
  /** The card takes no part in 3-D Secure, or the server will not challenge. */
  | { readonly kind: 'NOT_OFFERED'; readonly why: string }
  /** Silence, an outage, or an answer that makes no sense. */
  | { readonly kind: 'UNAVAILABLE'; readonly why: string };

export type ChallengeResult =
  | { readonly kind: 'AUTHENTICATED'; readonly proof: StepUpProof }
  | { readonly kind: 'FAILED' }
  | { readonly kind: 'CANCELLED' }
  | { readonly kind: 'TIMED_OUT' }
  /** The customer is not done yet. */
  | { readonly kind: 'PENDING' }
  /** Silence, or an answer that makes no sense: ask again. */
  | { readonly kind: 'UNKNOWN'; readonly why: string };
