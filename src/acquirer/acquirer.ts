import { type NetworkToken } from '../card-data/network-token.ts';
import { type PaymentCard } from '../card-data/payment-card.ts';
import { type Money } from '../shared/money.ts';
import { type Secret } from '../shared/secret.ts';

/**
 * The port to an acquirer, in the words of ISO 8583. One folder implements it for one acquirer;
 * ACQUIRERS.md shows how.
 *
 * Every message carries a `reference` of ours, which is also its idempotency key and a pure
 * function of the payment and the leg or operation: the same intention, sent again, is the same
 * message. None of the methods throws: what the world may answer is a value.
 */
export interface Acquirer {
  /**
   * Asks the issuer to reserve the amount. Sent once; tried again only while no connection was
   * ever made. Stops waiting when the signal aborts, and then says NO_ANSWER.
   */
  authorise(request: AuthorisationRequest, signal: AbortSignal): Promise<AuthorisationOutcome>;
  /** Takes (a part of) what is authorised. */
  capture(request: ModificationRequest, signal: AbortSignal): Promise<ModificationOutcome>;
  /** Gives up (the rest of) what is authorised and not captured. */
  void(request: ModificationRequest, signal: AbortSignal): Promise<ModificationOutcome>;
  /** Returns (a part of) what was captured. */
  refund(request: ModificationRequest, signal: AbortSignal): Promise<ModificationOutcome>;
  /** Undoes an authorisation whose fate we do not know, by our own reference to it. */
  reverse(request: ReversalRequest, signal: AbortSignal): Promise<ReversalOutcome>;
  /** Asks what became of a message. It explains; it proves nothing (a "not found" least of all). */
  inquire(reference: string, signal: AbortSignal): Promise<InquiryOutcome>;
}

/** What the acquirer must know of the merchant to route an authorisation. */
export interface AcquirerMerchant {
  readonly msn: string;
  readonly acquirerMerchantId: string;
  readonly terminalId: string;
  /** ISO 18245 merchant category code, four digits. */
  readonly categoryCode: string;
  /** What the cardholder reads on the statement. */
  readonly descriptor: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface AuthorisationRequest {
  readonly reference: string;
  readonly pspTransactionId: string;
  readonly merchant: AcquirerMerchant;
  readonly amount: Money;
  readonly card: CardMaterial;
  /** How the transaction reaches the scheme: always e-commerce through a wallet here. */
  readonly indicators: AuthorisationIndicators;
  /** The proof of a finished step-up, on the second leg. */
  readonly stepUp?: StepUpProof;
}

export interface AuthorisationIndicators {
  readonly channel: 'ECOMMERCE';
  readonly wallet: 'VIPPS';
  /** Who authenticated the cardholder: the wallet on the first leg, a 3-D Secure step-up on the second. */
  readonly authentication: 'DELEGATED' | 'STEP_UP';
  readonly exemption?: 'LOW_VALUE' | 'TRANSACTION_RISK';
}

/** A card number from cardData, or a scheme's network token in its place. */
export type CardMaterial =
  | { readonly kind: 'PAN'; readonly card: PaymentCard }
  | { readonly kind: 'NETWORK_TOKEN'; readonly token: NetworkToken };

export interface StepUpProof {
  readonly eci: string;
  readonly authenticationValue: Secret<string>;
  readonly transactionId: string;
}

export type Scheme = 'VISA' | 'MASTERCARD' | 'DANKORT' | 'AMEX' | 'MAESTRO' | 'OTHER';

/** Why an issuer, or the acquirer in its place, says no. */
export type DeclineReason =
  | 'NO_SUCH_ISSUER'
  | 'REFUSED_BY_ISSUER'
  | 'SUSPECTED_FRAUD'
  | 'EXCEEDS_LIMIT'
  | 'EXPIRED_CARD'
  | 'INVALID_CARD_NUMBER'
  | 'CREDIT_NOT_ALLOWED'
  | 'INSUFFICIENT_FUNDS';

export type AuthorisationOutcome =
  | {
      readonly kind: 'APPROVED';
      readonly responseCode: string;
      readonly authorisationCode: string;
      readonly rrn: string;
    }
  | {
      readonly kind: 'DECLINED';
      readonly reason: DeclineReason;
      readonly responseCode: string;
    }
  | { readonly kind: 'SOFT_DECLINED'; readonly responseCode: string }
  /**
   * An answer that was read and is neither yes nor no: an unlisted code, a partial approval, or
   * one for another amount, currency or reference. Money may be held.
   */
  | { readonly kind: 'UNINTELLIGIBLE'; readonly responseCode: string; readonly why: string }
  /** Silence, a broken connection, or an answer that cannot be read. Money may be held. */
  | { readonly kind: 'NO_ANSWER'; readonly why: string }
  /** It certainly never left: no connection was made, or the breaker is open. No money is held. */
  | { readonly kind: 'NOT_SENT'; readonly why: string };

export interface ModificationRequest {
  readonly reference: string;
  /** Our reference to the authorisation (capture, void) or to the capture's authorisation (refund). */
  readonly originalReference: string;
  readonly pspTransactionId: string;
  readonly merchant: AcquirerMerchant;
  readonly amount: Money;
  /** Set when its outcome is unknown and it is sent again: a repeat passes no circuit breaker. */
  readonly repeat?: boolean;
}

export type ModificationOutcome =
  | { readonly kind: 'DONE'; readonly responseCode: string; readonly rrn?: string }
  | { readonly kind: 'REFUSED'; readonly responseCode: string }
  | { readonly kind: 'UNKNOWN'; readonly why: string };

export interface ReversalRequest {
  readonly reference: string;
  readonly originalReference: string;
  readonly pspTransactionId: string;
}

export type ReversalOutcome =
  /** `found` is false where the acquirer did not know the authorisation (yet). */
  | { readonly kind: 'ACKNOWLEDGED'; readonly found: boolean }
  | { readonly kind: 'NOT_ACKNOWLEDGED'; readonly why: string };

export type InquiryOutcome =
  | { readonly kind: 'FOUND'; readonly approved: boolean; readonly responseCode: string }
  | { readonly kind: 'NOT_FOUND' }
  | { readonly kind: 'UNKNOWN'; readonly why: string };
