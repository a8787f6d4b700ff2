import { type Router } from 'express';
import { type CardFunding } from './card-data/card-funding.ts';
import { type KeyRing } from './card-data/key-ring.ts';
import { type Config } from './config/config.ts';
import { type Database } from './database/database.ts';
import { invariant } from './shared/errors.ts';
import { type Secret } from './shared/secret.ts';

/** What differs between production and the sandbox: where the counterparties are, and who they are. */
export interface Deployment {
  readonly databaseUrl: Secret<string>;
  /** What the adapter is composed of besides its database and keys. */
  parts(database: Database): Promise<DeploymentParts>;
  /** Called once the adapter serves. */
  ready(keyRing: KeyRing): Promise<void>;
  stop(): Promise<void>;
}

export interface DeploymentParts {
  readonly vipps: VippsAccess;
  readonly acquirerUrl: string;
  /** Absent where there is none: soft declines are the end then. */
  readonly threeDsUrl?: string;
  readonly backOfficeToken: Secret<string>;
  readonly accessTokenKey: Secret<string>;
  readonly furtherPublicRouters: readonly Router[];
  /** What the deployment knows by itself of credit and debit cards. */
  readonly cardFunding?: CardFunding;
}

/** Our access to Vipps, as Vipps issued it. */
export interface VippsAccess {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret<string>;
  readonly subscriptionKey: Secret<string>;
  readonly pspId: string;
}

/** Production brings nothing along: everything is configured, and was checked to be. */
export function productionDeployment(config: Config): Deployment {
  const parts: DeploymentParts = {
    vipps: {
      url: configured(config.vippsUrl),
      clientId: configured(config.vippsClientId),
      clientSecret: configured(config.vippsClientSecret),
      subscriptionKey: configured(config.vippsSubscriptionKey),
      pspId: configured(config.vippsPspId),
    },
    acquirerUrl: configured(config.acquirerUrl),
    ...(config.threeDsUrl === undefined ? {} : { threeDsUrl: config.threeDsUrl }),
    backOfficeToken: configured(config.backOfficeToken),
    accessTokenKey: configured(config.accessTokenKey),
    furtherPublicRouters: [],
  };
  return {
    databaseUrl: configured(config.databaseUrl),
    parts: () => Promise.resolve(parts),
    ready: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}

function configured<Value>(value: Value | undefined): Value {
  invariant(value !== undefined, 'In production everything is configured before anything starts');
  return value;
}
