import { type Router } from 'express';
import { type AcquirerLedger } from '../acquirer/acquirer-ledger.ts';
import { type Acquirer } from '../acquirer/acquirer.ts';
import { type CardFunding } from '../card-data/card-funding.ts';
import { type KeyRing } from '../card-data/key-ring.ts';
import { type Database } from '../database/database.ts';
import { type DecryptCard } from '../make-payment/authorise-presented.ts';
import { type ErrorIdFormat } from '../make-payment/reply.ts';
import { type AuthorisationDays } from '../modifications/lapse-authorisations.ts';
import { type PspApi } from '../psp-api/psp-api.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Random } from '../shared/random.ts';
import { type Secret } from '../shared/secret.ts';
import { type StatusUpdateSchedule } from '../status-updates/schedule.ts';
import { type ThreeDsServer } from '../step-up/three-ds-server.ts';
import { type StepUp } from './step-up.ts';
import { type Stores } from './stores.ts';

/** What the adapter is made of: everything that talks to somebody, and the settings. */
export interface Parts {
  readonly database: Database;
  readonly acquirer: Acquirer;
  /** What the acquirer has booked; without it there is no reconciliation. */
  readonly ledger?: AcquirerLedger;
  readonly pspApi: PspApi;
  /** Authenticates the customer after a soft decline; without one a soft decline is the end. */
  readonly threeDsServer?: ThreeDsServer;
  readonly keyRing: KeyRing;
  /** Tells credit cards from debit cards; without it no card is known to be either. */
  readonly cardFunding?: CardFunding;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: AdapterSettings;
  /** Routers that only some deployments have, such as the sandbox's page. */
  readonly furtherPublicRouters?: readonly Router[];
}

/** What the deeds are made of: books and parties, but neither HTTP nor a database of a certain kind. */
export interface DeedParts extends Pick<
  Parts,
  'acquirer' | 'cardFunding' | 'clock' | 'log' | 'settings'
> {
  readonly stores: Stores;
  readonly pspApi: Pick<PspApi, 'init' | 'updateStatus'>;
  readonly stepUp: StepUp;
  readonly decrypt: DecryptCard;
  readonly random: Random;
}

export interface AdapterSettings {
  /** What Vipps and customers reach us by, without a slash at the end. */
  readonly publicUrl: string;
  /** The secret that all copies share; keys for each purpose are derived from it. */
  readonly accessTokenKey: Secret<string>;
  /** What the back office shows on the internal listener. */
  readonly backOfficeToken: Secret<string>;
  readonly errorIdFormat: ErrorIdFormat;
  readonly deadlineScale: number;
  readonly acquirerProcessingMsMax: number;
  /** Minor units. */
  readonly amountMinimum: bigint;
  readonly paymentExpirySeconds: number;
  /** How long a customer has for the challenge of a soft decline. */
  readonly stepUpSeconds?: number;
  /** In a sandbox the challenge may be on plain HTTP; nowhere else. */
  readonly plainHttpChallenges?: boolean;
  /** For how long the last digits of customers' phone numbers are kept. */
  readonly retentionDays: number;
  /** For how many days an issuer holds an authorisation, by scheme; OTHER for the rest. */
  readonly authorisationDays: AuthorisationDays;
  readonly statusUpdateSchedule: StatusUpdateSchedule;
  readonly reconciliationEverySeconds: number;
  readonly reconciliationQuietSeconds: number;
  /** Merchants may have payments approved without the app: never where Vipps is the real one. */
  readonly forceApproval?: boolean;
  /** Calls a minute; undefined for no limit. */
  readonly rateLimitWrites: number | undefined;
  readonly rateLimitReads: number | undefined;
  /** makePayment calls at a time; one more gets FAIL 91 at once. */
  readonly callsInFlightMax?: number;
  /** Authorisations at a time; one more gets FAIL 91 at once. */
  readonly authorisationsInFlightMax?: number;
}
