import { type AdapterSettings } from '../../src/composition/parts.ts';
import { type PspApi } from '../../src/psp-api/psp-api.ts';
import { Secret } from '../../src/shared/secret.ts';

/** Deadlines run at a tenth: 1.5 s is Vipps' patience here. */
export const testSettings: AdapterSettings = {
  publicUrl: 'https://psp.vippsadapter.no',
  accessTokenKey: new Secret('a key for tests, which is long enough'),
  backOfficeToken: new Secret('a back-office token for tests, long enough'),
  errorIdFormat: 'number',
  deadlineScale: 0.1,
  acquirerProcessingMsMax: 2_000,
  amountMinimum: 100n,
  paymentExpirySeconds: 660,
  retentionDays: 365,
  authorisationDays: { VISA: 7, MASTERCARD: 30, OTHER: 7 },
  statusUpdateSchedule: { kind: 'CONTINUOUS' },
  reconciliationEverySeconds: 21_600,
  reconciliationQuietSeconds: 300,
  rateLimitWrites: undefined,
  rateLimitReads: undefined,
};

const closed = {
  init: 'CLOSED',
  updateStatus: 'CLOSED',
  details: 'CLOSED',
  forceApprove: 'CLOSED',
} as const;

/** For an adapter that initiates nothing: a call to Vipps is a failure of the test. */
export function unusedPspApi(): PspApi {
  const unused = () => Promise.reject(new Error('This test does not call Vipps'));
  return {
    init: unused,
    updateStatus: unused,
    details: unused,
    forceApprove: unused,
    circuits: () => ({ v2: closed, v3: closed }),
    close: () => Promise.resolve(),
  };
}
