import { type Merchant } from '../settings.ts';
import { documentedErrors, type ErrorDetails, invalidRequest } from './error-details.ts';
import { int32Max, type Members } from './read-body.ts';
import { isExampleUrl, isLoopback, isValidUrl } from './url-validator.ts';
import { type IdForm, type PspVersion } from './version.ts';

/** An init body that has passed every check (Vipps PSP API, InitiatePaymentRequest). */
export type InitRequest = {
  readonly pspTransactionId: string;
  readonly merchantOrderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly pspRedirectUrl: string;
  readonly makePaymentUrl: string;
  readonly makePaymentToken?: string;
  readonly customerMobileNumber?: string;
  readonly paymentText?: string;
  readonly isApp?: boolean;
  readonly skipLandingPage?: boolean;
};

export type InitRules = {
  readonly version: PspVersion;
  readonly merchant: Merchant;
  readonly allowLoopbackCallbacks: boolean;
};

type Check = (members: Members, rules: InitRules) => ErrorDetails | undefined;

/** Everything that is wrong with an init body, in the order of the documentation's table. */
export function initErrors(members: Members, rules: InitRules): readonly ErrorDetails[] {
  return checks.flatMap((check) => check(members, rules) ?? []);
}

const required = [
  'pspTransactionId',
  'merchantOrderId',
  'amount',
  'currency',
  'pspRedirectUrl',
  'makePaymentUrl',
] as const;

const checks: readonly Check[] = [
  ...required.map(
    (name): Check =>
      (members) =>
        members[name] === undefined ? invalidRequest(name, 'is required') : undefined,
  ),
  (members) => {
    const name = Object.keys(members).find((key) => members[key] === null);
    return name === undefined ? undefined : invalidRequest(name, 'must not be null');
  },
  given('pspTransactionId', (value, { version }) =>
    idError('pspTransactionId', value, version.pspTransactionId),
  ),
  given('merchantOrderId', (value, { version }) =>
    idError('merchantOrderId', value, version.merchantOrderId),
  ),
  given('amount', amountError),
  given('currency', (value) => (value === 'NOK' ? undefined : documentedErrors.currency)),
  given('makePaymentUrl', (value, rules) =>
    isCallbackUrl(value, rules) ? undefined : documentedErrors.makePaymentUrl,
  ),
  redirectError,
  given('makePaymentToken', (value) =>
    matches(value, /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/)
      ? undefined
      : invalidRequest('makePaymentToken', 'must be 1 to 255 printable characters'),
  ),
  given('customerMobileNumber', (value) =>
    matches(value, /^\d{8}$/)
      ? undefined
      : invalidRequest('customerMobileNumber', 'must be 8 digits'),
  ),
  given('paymentText', (value) =>
    typeof value === 'string' ? undefined : invalidRequest('paymentText', 'must be a string'),
  ),
  given('isApp', (value) => booleanError('isApp', value)),
  given('skipLandingPage', (value) => booleanError('skipLandingPage', value)),
  skipLandingPageError,
  given('scope', () => invalidRequest('scope', 'recurring payments are not open to new PSPs')),
];

function given(
  name: string,
  check: (value: unknown, rules: InitRules) => ErrorDetails | undefined,
): Check {
  return (members, rules) => {
    const value = members[name];
    return value === undefined || value === null ? undefined : check(value, rules);
  };
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function idError(name: string, value: unknown, form: IdForm): ErrorDetails | undefined {
  return matches(value, form.pattern) ? undefined : invalidRequest(name, form.says);
}

function booleanError(name: string, value: unknown): ErrorDetails | undefined {
  return typeof value === 'boolean' ? undefined : invalidRequest(name, 'must be true or false');
}

function amountError(value: unknown): ErrorDetails | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value) || value > int32Max) {
    return invalidRequest('amount', 'must be a JSON integer of 32 bits, in øre');
  }
  return value < 1 ? documentedErrors.amount : undefined;
}

function isCallbackUrl(value: unknown, rules: InitRules): boolean {
  if (typeof value !== 'string') return false;
  if (rules.allowLoopbackCallbacks && (isLoopback(value) || isExampleUrl(value))) return true;
  return isPublicHttps(value) || (rules.allowLoopbackCallbacks && isValidUrl(value));
}

/** What Vipps may call or open: never this machine, never without TLS. */
export function isPublicHttps(url: string): boolean {
  return /^https:/i.test(url) && isValidUrl(url) && !isLoopback(url);
}

/** `http://127.0.0.1` is good enough for the redirect; with isApp the URL is not looked at. */
function redirectError(members: Members, rules: InitRules): ErrorDetails | undefined {
  const { pspRedirectUrl: value, isApp } = members;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return documentedErrors.redirectUrl;
  if (isApp === true) return value === '' ? documentedErrors.redirectUrl : undefined;
  const valid = isValidUrl(value) || (rules.allowLoopbackCallbacks && isExampleUrl(value));
  return valid ? undefined : documentedErrors.redirectUrl;
}

function skipLandingPageError(members: Members, rules: InitRules): ErrorDetails | undefined {
  if (members['skipLandingPage'] !== true) return undefined;
  if (!rules.merchant.skipLandingPage) {
    return invalidRequest('skipLandingPage', 'the sales unit may not skip the landing page');
  }
  return members['customerMobileNumber'] === undefined
    ? invalidRequest('customerMobileNumber', 'is required with skipLandingPage')
    : undefined;
}
