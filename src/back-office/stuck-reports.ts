/** One report to Vipps: the payment, and the entry of its operation log that is reported. */
export interface ReportKey {
  readonly paymentId: string;
  readonly sequence: number;
}

interface ReportView extends ReportKey {
  readonly msn: string;
  readonly pspTransactionId: string;
  readonly status: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly state: string;
  readonly enqueuedAt: Date;
  readonly settledAt: Date | null;
}

/** A report that Vipps refused by itself. */
export interface DeadReport extends ReportView {
  readonly refusal: { readonly code: string; readonly message: string };
  /** Later reports of the same payment that wait for a decision about this one. */
  readonly heldBack: number;
}

/** A request to Vipps that does not get through. */
export interface OpenBatch {
  /** The Request-Id. */
  readonly id: string;
  readonly msn: string;
  readonly lines: number;
  readonly attempts: number;
  readonly lastAnswer: string | null;
  readonly madeAt: Date;
  readonly nextAttemptAt: Date;
  readonly firstLines: readonly ReportKey[];
}

export interface Report extends ReportView {
  readonly batchId: string | null;
  readonly tries: readonly {
    readonly attempt: number;
    readonly answer: string;
    readonly answeredAt: string;
  }[];
}

export type Resolution =
  | { readonly kind: 'DONE' }
  | { readonly kind: 'NOT_FOUND' }
  | { readonly kind: 'NOT_STUCK'; readonly state: string }
  /** It may have reached Vipps: until that is known it cannot be given up. */
  | { readonly kind: 'IN_DOUBT' };

/** The reports to Vipps as the office sees them; whoever sends them keeps them. */
export interface StuckReports {
  /** Oldest first. */
  listDead(page: { readonly limit: number }): Promise<readonly DeadReport[]>;
  /** Requests that Vipps has refused, and those made longer ago than that without success. */
  listLongOpen(query: {
    readonly openMs: number;
    readonly limit: number;
  }): Promise<readonly OpenBatch[]>;
  /** Everything that is or was reported of a payment, in order. */
  reportsOf(paymentId: string): Promise<readonly Report[]>;
  retry(report: ReportKey, reason: string): Promise<Resolution>;
  dismiss(report: ReportKey, reason: string): Promise<Resolution>;
}
