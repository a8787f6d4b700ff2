import { createMerchant, MerchantExists } from '../merchants/create-merchant.ts';
import {
  hashOfSecret,
  makeCredentials,
  type MerchantCredentials,
} from '../merchants/credentials.ts';
import {
  type MerchantChanges,
  type MerchantRegister,
  type MerchantView,
} from '../merchants/merchant-register.ts';
import { type MerchantRepository } from '../merchants/merchant-repository.ts';
import { invariant } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type MerchantBody } from './merchant-messages.ts';
import { toWire } from './wire.ts';

export interface MerchantDependencies {
  readonly merchants: Pick<MerchantRepository, 'add'>;
  readonly merchantRegister: MerchantRegister;
  readonly log: Log;
}

/** A merchant, and secrets that cannot be had again later. */
export interface MerchantWithSecrets {
  readonly merchant: MerchantView;
  readonly credentials: MerchantCredentials;
}

/** Undefined when the serial number is taken. */
export async function addMerchant(
  { merchants, merchantRegister, log }: MerchantDependencies,
  { msn, name, ...body }: MerchantBody & { readonly msn: string; readonly name: string },
): Promise<MerchantWithSecrets | undefined> {
  try {
    const credentials = await createMerchant(merchants, { ...changesOf(body), msn, name });
    log.info({ event: 'merchant.made', msn });
    const merchant = await merchantRegister.find(msn);
    invariant(merchant, 'A merchant that was made is there');
    return { merchant, credentials };
  } catch (error) {
    if (error instanceof MerchantExists) return undefined;
    throw error;
  }
}

/** Undefined when there is no such merchant. */
export async function changeMerchant(
  { merchantRegister, log }: MerchantDependencies,
  msn: string,
  { status, ...body }: MerchantBody & { readonly status?: MerchantView['status'] },
): Promise<MerchantView | undefined> {
  const changes = { ...changesOf(body), ...(status && { status }) };
  const merchant = await merchantRegister.change(msn, changes);
  if (merchant) log.info({ event: 'merchant.changed', msn, members: Object.keys(changes) });
  return merchant;
}

/** Both secrets are made anew; the client id stays. Undefined when there is no such merchant. */
export async function rotateCredentials(
  { merchantRegister, log }: MerchantDependencies,
  msn: string,
  formerValidSeconds: number,
): Promise<MerchantWithSecrets | undefined> {
  const made = makeCredentials();
  const hashes = {
    clientSecretHash: hashOfSecret(made.clientSecret),
    subscriptionKeyHash: hashOfSecret(made.subscriptionKey),
  };
  const merchant = await merchantRegister.replaceSecrets(msn, hashes, formerValidSeconds);
  if (merchant === undefined) return undefined;
  log.info({ event: 'merchant.credentials-rotated', msn, formerValidSeconds });
  return { merchant, credentials: { ...made, clientId: merchant.clientId } };
}

/** Only what was given, so that the rest stays as it is. */
function changesOf({ paymentLimit, ...body }: MerchantBody): MerchantChanges {
  const given = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined),
  ) as MerchantChanges;
  if (paymentLimit === undefined) return given;
  return { ...given, paymentLimitMinor: paymentLimit === null ? null : BigInt(paymentLimit) };
}

export function merchantBody({ paymentLimitMinor, ...merchant }: MerchantView): object {
  return toWire({ ...merchant, paymentLimit: paymentLimitMinor }) as object;
}

export function withSecretsBody({ merchant, credentials }: MerchantWithSecrets): object {
  return {
    merchant: merchantBody(merchant),
    credentials: {
      clientId: credentials.clientId,
      clientSecret: credentials.clientSecret.expose(),
      subscriptionKey: credentials.subscriptionKey.expose(),
    },
  };
}
