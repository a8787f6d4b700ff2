import { type UserFlow } from '../payments/payment.ts';
import { isAbsent, isObject } from './payment-order-fields.ts';
import { amountMaximum } from './payment-order-form.ts';
import { domainProblem, type Problem } from './problem.ts';
import { type Members } from './read-members.ts';
import { isReturnUrl } from './return-url.ts';

export interface OrderRules {
  /** Minor units. */
  readonly amountMinimum: bigint;
}

type Rule = (members: Members, rules: OrderRules) => Problem | undefined;

/** The first rule that well-formed members break, or undefined. */
export function brokenRule(members: Members, rules: OrderRules): Problem | undefined {
  for (const rule of orderRules) {
    const problem = rule(members, rules);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const metadataEntriesMax = 5;
const metadataKeyCharactersMax = 100;
const metadataValueCharactersMax = 500;

const orderRules: readonly Rule[] = [
  ({ amount }, { amountMinimum }) =>
    isAmount(isObject(amount) ? amount['value'] : undefined)
      ? undefined
      : domainProblem(
          '4040',
          `amount.value must be a whole number from ${String(amountMinimum)} to ${amountMaximum}`,
        ),
  ({ amount }) =>
    isObject(amount) && amount['currency'] === 'NOK'
      ? undefined
      : domainProblem('5040', 'amount.currency must be NOK'),
  ({ amount }, { amountMinimum }) =>
    isObject(amount) && BigInt(amount['value'] as number) >= amountMinimum
      ? undefined
      : domainProblem('6010', `amount.value must be at least ${String(amountMinimum)}`),
  ({ paymentMethod, cardPassthrough }) =>
    isObject(paymentMethod) && paymentMethod['type'] === 'WALLET' && isAbsent(cardPassthrough)
      ? undefined
      : domainProblem('4160', 'paymentMethod.type must be WALLET, without cardPassthrough'),
  ({ paymentMethod }) =>
    isObject(paymentMethod) && isGiven(paymentMethod['blockedSources'])
      ? domainProblem('5010', 'paymentMethod.blockedSources is not available here')
      : undefined,
  ({ shipping }) =>
    isAbsent(shipping) ? undefined : domainProblem('5020', 'shipping is not available here'),
  ({ profile }) =>
    isObject(profile) && isGiven(profile['scope'])
      ? domainProblem('5030', 'profile.scope is not available here')
      : undefined,
  ({ expiresAt }) =>
    isAbsent(expiresAt)
      ? undefined
      : domainProblem('5050', 'expiresAt is not available here: payments live for ten minutes'),
  ({ minimumUserAge }) =>
    isAbsent(minimumUserAge)
      ? undefined
      : domainProblem('5070', 'minimumUserAge cannot be checked here'),
  ({ userFlow }) =>
    userFlow === 'QR'
      ? domainProblem(
          '5070',
          'userFlow QR is not available here: use WEB_REDIRECT, NATIVE_REDIRECT or PUSH_MESSAGE',
        )
      : undefined,
  customerRule,
  returnUrlRule,
  metadataRule,
];

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= amountMaximum;
}

/** Neither absent nor empty: an empty list or text asks for nothing. */
function isGiven(value: unknown): boolean {
  return !isAbsent(value) && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function customerRule({ customer, userFlow }: Members): Problem | undefined {
  const { phoneNumber, personalQr, customerToken } = isObject(customer) ? customer : {};
  if (!isAbsent(personalQr)) {
    return domainProblem('4060', 'customer.personalQr is not available here: use phoneNumber');
  }
  if (!isAbsent(customerToken)) {
    return domainProblem('4050', 'customer.customerToken is not available here: use phoneNumber');
  }
  if (isAbsent(phoneNumber)) {
    return userFlow === 'PUSH_MESSAGE'
      ? domainProblem('4140', 'userFlow PUSH_MESSAGE needs customer.phoneNumber')
      : undefined;
  }
  return norwegianNumber(phoneNumber) === undefined
    ? domainProblem('4070', 'customer.phoneNumber must be eight digits, with or without 47 first')
    : undefined;
}

/** The eight digits of a Norwegian number, or undefined for anything else. */
export function norwegianNumber(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return /^(?:47)?(\d{8})$/.exec(value)?.[1];
}

function returnUrlRule({ returnUrl, userFlow }: Members): Problem | undefined {
  if (isAbsent(returnUrl)) {
    return userFlow === 'PUSH_MESSAGE'
      ? undefined
      : domainProblem('4140', `userFlow ${String(userFlow)} needs returnUrl`);
  }
  return isReturnUrl(returnUrl as string, userFlow as UserFlow)
    ? undefined
    : domainProblem(
        '4090',
        'returnUrl must be a public http(s) URL; other schemes need userFlow NATIVE_REDIRECT',
      );
}

function metadataRule({ metadata }: Members): Problem | undefined {
  const entries = Object.entries(isObject(metadata) ? metadata : {});
  if (entries.length > metadataEntriesMax) {
    return domainProblem('4100', `metadata takes at most ${metadataEntriesMax} entries`);
  }
  if (entries.some(([key]) => key.length > metadataKeyCharactersMax)) {
    return domainProblem(
      '4120',
      `A metadata key has at most ${metadataKeyCharactersMax} characters`,
    );
  }
  if (entries.some(([, value]) => String(value).length > metadataValueCharactersMax)) {
    const most = `at most ${metadataValueCharactersMax} characters`;
    return domainProblem('4130', `A metadata value has ${most}`);
  }
  return undefined;
}
