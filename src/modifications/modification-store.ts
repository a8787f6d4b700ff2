import { enqueueStatusUpdates } from '../status-updates/status-update-repository.ts';
import { addElsewhere, findKnown } from './elsewhere-repository.ts';
import { findLapsed, noteNearLapse } from './lapse-repository.ts';
import {
  lockPayment,
  lockPaymentById,
  lockPaymentsByPspTransactionId,
} from './locked-payment-repository.ts';
import {
  beginModification,
  countModifications,
  findModification,
  recordDone,
  recordRefused,
  recordUnanswered,
  terminate,
} from './modification-repository.ts';
import { claimUnfinished } from './unfinished-repository.ts';

/**
 * The statements of captures, cancels and refunds, on PostgreSQL. Each runs in the transaction of what
 * it belongs to, the first of which locks the payment.
 */
export const modificationStore = {
  lockPayment,
  lockPaymentById,
  lockPaymentsByPspTransactionId,
  findModification,
  countModifications,
  terminate,
  beginModification,
  recordDone,
  recordRefused,
  recordUnanswered,
  claimUnfinished,
  findKnown,
  addElsewhere,
  noteNearLapse,
  findLapsed,
  enqueueStatusUpdates,
} as const;

/** The port: what keeps the books of captures, cancels and refunds. */
export type ModificationStore = typeof modificationStore;
