import { type ExtraDetail } from './problem.ts';
import { type Members } from './read-members.ts';

export const referencePattern = /^[a-zA-Z0-9-]{8,64}$/;

type Check = (members: Members) => ExtraDetail | undefined;

/** Every member whose form is wrong, named as the ePayment API names it (create payment, schema). */
export function fieldFaults(members: Members): readonly ExtraDetail[] {
  return checks.flatMap((check) => check(members) ?? []);
}

const checks: readonly Check[] = [
  ({ reference }) => {
    if (isAbsent(reference)) return isRequired('Reference');
    if (typeof reference === 'string' && referencePattern.test(reference)) return undefined;
    return {
      name: 'Reference',
      reason: `The field Reference must match the regular expression '${referencePattern.source}'.`,
    };
  },
  ({ userFlow }) => oneOf('UserFlow', userFlow, userFlows),
  ({ paymentMethod }) =>
    isAbsent(paymentMethod)
      ? isRequired('PaymentMethod')
      : mustBeObject('PaymentMethod', paymentMethod),
  ({ paymentMethod }) =>
    isObject(paymentMethod)
      ? oneOf('PaymentMethod.Type', paymentMethod['type'], methodTypes)
      : undefined,
  ({ amount }) =>
    isObject(amount) && !isAbsent(amount['currency'])
      ? mustBeString('Amount.Currency', amount['currency'])
      : undefined,
  ({ amount }) =>
    isObject(amount) && isAbsent(amount['currency']) ? isRequired('Amount.Currency') : undefined,
  ({ customer }) => (isAbsent(customer) ? undefined : mustBeObject('Customer', customer)),
  ({ customer }) =>
    isObject(customer) && customerKeys.filter((key) => !isAbsent(customer[key])).length > 1
      ? { name: 'Customer', reason: `The field Customer takes one of ${customerKeys.join(', ')}.` }
      : undefined,
  ({ returnUrl }) => (isAbsent(returnUrl) ? undefined : mustBeString('ReturnUrl', returnUrl)),
  ({ paymentDescription }) => descriptionFault(paymentDescription),
  ({ metadata }) => (isAbsent(metadata) ? undefined : metadataFault(metadata)),
  ({ profile }) => (isAbsent(profile) ? undefined : mustBeObject('Profile', profile)),
];

const userFlows = ['WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE', 'QR'];
const methodTypes = ['WALLET', 'CARD', 'CARD_PASSTHROUGH'];
const customerKeys = ['phoneNumber', 'personalQr', 'customerToken'];
const description = { charactersMin: 3, charactersMax: 100 };

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the database can keep the text as it is: it takes no NUL and no half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

function isRequired(name: string): ExtraDetail {
  return { name, reason: `The ${name} field is required.` };
}

function mustBeString(name: string, value: unknown): ExtraDetail | undefined {
  return typeof value === 'string'
    ? undefined
    : { name, reason: `The field ${name} must be a string.` };
}

function mustBeObject(name: string, value: unknown): ExtraDetail | undefined {
  return isObject(value) ? undefined : { name, reason: `The field ${name} must be an object.` };
}

function oneOf(name: string, value: unknown, words: readonly string[]): ExtraDetail | undefined {
  if (isAbsent(value)) return isRequired(name);
  return typeof value === 'string' && words.includes(value)
    ? undefined
    : { name, reason: `The field ${name} must be one of ${words.join(', ')}.` };
}

function descriptionFault(value: unknown): ExtraDetail | undefined {
  const name = 'PaymentDescription';
  if (isAbsent(value)) return undefined;
  const { charactersMin, charactersMax } = description;
  const isLongEnough =
    typeof value === 'string' && value.length >= charactersMin && value.length <= charactersMax;
  if (!isLongEnough) {
    const length = `between ${charactersMin} and ${charactersMax} characters`;
    return { name, reason: `The field ${name} must be a string of ${length}.` };
  }
  return isStorable(value) ? undefined : unstorable(name);
}

function metadataFault(value: unknown): ExtraDetail | undefined {
  const name = 'Metadata';
  if (!isObject(value)) return mustBeObject(name, value);
  const entries = Object.entries(value);
  if (entries.some(([, text]) => typeof text !== 'string')) {
    return { name, reason: `The values of the field ${name} must be strings.` };
  }
  const isClean = entries.every(([key, text]) => isStorable(key) && isStorable(String(text)));
  return isClean ? undefined : unstorable(name);
}

function unstorable(name: string): ExtraDetail {
  return { name, reason: `The field ${name} holds a character that is not allowed.` };
}
