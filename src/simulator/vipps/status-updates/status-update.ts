import { type VersionName } from '../payment.ts';

/** One line of an updatestatus request (Vipps PSP API, TransactionInfo). */
export type TransactionInfo = {
  readonly pspTransactionId: string;
  readonly status: 'RESERVED' | 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
  /** Øre, of this operation alone. */
  readonly amount: number;
  readonly currency?: string;
  readonly paymentText?: string;
  readonly operationStatus?: 'FAILED' | 'SUCCESS';
};

/** A request as it was received: kept for tests to judge, and for the nightly batch. */
export type ReceivedUpdate = {
  readonly receivedAt: string;
  /** Absent from the data files of old, which know one version. */
  readonly version?: VersionName;
  readonly merchantSerialNumber: string;
  readonly requestId: string | undefined;
  readonly transactions: readonly TransactionInfo[];
  /** True when the same Request-Id had brought the same body before: it has no further effect. */
  readonly repeated: boolean;
};
