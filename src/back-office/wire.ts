import { z } from 'zod';

/** JSON integers are exact far beyond the greatest amount that a payment can have. */
export const wireAmount = z.int().describe('Minor units: øre for NOK.');
export const wireMoment = z.iso.datetime().describe('RFC 3339, UTC.');

/** Bigints and dates as they go over the wire, however deep. */
export function toWire(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toWire(member)]));
}
