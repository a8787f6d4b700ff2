import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { type Log, silentLog } from '../../shared/log.ts';
import { defaultTestCards, type TestCard } from './make-payment/test-cards.ts';

/** A sales unit as Vipps knows it. Everything but the number has a harmless default. */
export type MerchantOptions = {
  readonly msn: string;
  readonly name?: string | undefined;
  /** False: init answers code 21. */
  readonly active?: boolean | undefined;
  /** True: init answers code 37. */
  readonly blocked?: boolean | undefined;
  /** True: init answers code 42, as for a unit that was not set up for PSP payments. */
  readonly wrongPaymentModel?: boolean | undefined;
  /** True: the unit is on the list of those that may skip the landing page. */
  readonly skipLandingPage?: boolean | undefined;
};

export type Merchant = Required<{
  readonly [Key in keyof MerchantOptions]: NonNullable<MerchantOptions[Key]>;
}>;

export type OaepHash = 'sha256' | 'sha1';

/** How a simulated Vipps is started; README.md says what each member is for. */
export type VippsSimulatorOptions = {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly subscriptionKey?: string | undefined;
  readonly pspId?: string | undefined;
  readonly merchants?: readonly MerchantOptions[] | undefined;
  readonly pspPublicKeyPem?: string | undefined;
  readonly oaepHash?: OaepHash | undefined;
  readonly cards?: readonly TestCard[] | undefined;
  readonly tokenLifetimeSeconds?: number | undefined;
  readonly callbackPatienceMs?: number | undefined;
  readonly landingPageValidSeconds?: number | undefined;
  readonly userTimeoutSeconds?: number | undefined;
  readonly timeoutWithoutActivation?: boolean | undefined;
  readonly allowLoopbackCallbacks?: boolean | undefined;
  readonly operationsOnV2?: boolean | undefined;
  readonly duplicateTransactionCode?: '44' | '99' | undefined;
  readonly publicUrl?: string | undefined;
  readonly dataFile?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
};

export type Settings = ReturnType<typeof settingsFrom>;

/** What a simulator started without any settings accepts. They open nothing but the simulator. */
export const defaultCredentials = {
  clientId: '5a1e0000-0000-4000-8000-00000000c1d1',
  clientSecret: 'c2ltdWxhdGVkLXZpcHBzLXNlY3JldA==',
  subscriptionKey: '51a1a7ed0000000000000000000000c4',
  pspId: '51A1A7ED00000000000000000000B5B1',
  merchantSerialNumber: '123456',
} as const;

/** Fills in what was not said. Times are in the unit of their name. */
export function settingsFrom(options: VippsSimulatorOptions) {
  return {
    credentials: {
      clientId: options.clientId ?? defaultCredentials.clientId,
      clientSecret: options.clientSecret ?? defaultCredentials.clientSecret,
      subscriptionKey: options.subscriptionKey ?? defaultCredentials.subscriptionKey,
      pspId: options.pspId ?? defaultCredentials.pspId,
    },
    merchants: (options.merchants ?? [{ msn: defaultCredentials.merchantSerialNumber }]).map(
      merchantFrom,
    ),
    pspPublicKeyPem: options.pspPublicKeyPem,
    cards: options.cards ?? defaultTestCards,
    ...behaviourFrom(options),
    publicUrl: options.publicUrl?.replace(/\/+$/, ''),
    dataFile: options.dataFile,
    clock: options.clock ?? systemClock,
    log: options.log ?? silentLog,
  };
}

function behaviourFrom(options: VippsSimulatorOptions) {
  return {
    oaepHash: options.oaepHash ?? 'sha256',
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3_600,
    callbackPatienceMs: options.callbackPatienceMs ?? 15_000,
    landingPageValidSeconds: options.landingPageValidSeconds ?? 300,
    userTimeoutSeconds: options.userTimeoutSeconds ?? 600,
    timeoutWithoutActivation: options.timeoutWithoutActivation ?? false,
    allowLoopbackCallbacks: options.allowLoopbackCallbacks ?? false,
    operationsOnV2: options.operationsOnV2 ?? false,
    duplicateTransactionCode: options.duplicateTransactionCode ?? '44',
  };
}

export function merchantFrom(options: MerchantOptions): Merchant {
  return {
    msn: options.msn,
    name: options.name ?? 'Nordlys Sykkel AS',
    active: options.active ?? true,
    blocked: options.blocked ?? false,
    wrongPaymentModel: options.wrongPaymentModel ?? false,
    skipLandingPage: options.skipLandingPage ?? false,
  };
}

/** The key that card data is encrypted under: SPKI PEM, as `openssl pkey -pubout` prints it. */
export function readPublicKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw new Error('expected a public key, this is a private one');
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('expected an RSA public key');
  return key;
}
