import { paymentOrderForm } from './payment-order-form.ts';
import { type ExtraDetail } from './problem.ts';
import { type Members } from './read-members.ts';

export { isAbsent, referencePattern } from './payment-order-form.ts';

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every member whose form is wrong, named as the ePayment API names it (create payment, schema). */
export function fieldFaults(members: Members): readonly ExtraDetail[] {
  const { error } = paymentOrderForm.safeParse(members);
  const faults = new Map<string, string>();
  for (const { path, message } of error?.issues ?? []) {
    const name = nameOf(path.map(String));
    if (!hasCodeOfItsOwn(path.map(String)) && !faults.has(name)) faults.set(name, message);
  }
  return [...faults].map(([name, reason]) => ({ name, reason }));
}

/** The rules answer for these, with an error code each. */
function hasCodeOfItsOwn([member, part]: readonly string[]): boolean {
  return (
    (member === 'amount' && part !== 'currency') || (member === 'customer' && part !== undefined)
  );
}

/** `PaymentMethod.Type`; the entries of the metadata share one name. */
function nameOf(path: readonly string[]): string {
  const named = path[0] === 'metadata' ? path.slice(0, 1) : path;
  return named.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('.');
}
