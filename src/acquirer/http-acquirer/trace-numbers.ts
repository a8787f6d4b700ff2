import { hash } from 'node:crypto';

const stanMax = 999_999;
const rrnDigits = 12;

/**
 * Systems trace audit number (ISO 8583, data element 11): six digits, never 000000, and the same
 * whenever the same message is sent again.
 */
export function stanOf(reference: string): string {
  return String((numberOf(reference, 'stan') % stanMax) + 1).padStart(6, '0');
}

/** Retrieval reference number (ISO 8583, data element 37): twelve digits, by the same rule. */
export function rrnOf(reference: string): string {
  return String(numberOf(reference, 'rrn') % 10 ** rrnDigits).padStart(rrnDigits, '0');
}

/** 48 bits: as many as fit into a safe integer. */
function numberOf(reference: string, purpose: string): number {
  return hash('sha256', `${purpose}:${reference}`, 'buffer').readUIntBE(0, 6);
}
