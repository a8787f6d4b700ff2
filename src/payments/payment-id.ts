import { type Clock } from '../shared/clock.ts';
import { type Random } from '../shared/random.ts';

const versionSeven = 0x70;
const variant = 0x80;

/**
 * A new payment's id: a UUID of version 7 (RFC 9562, §5.7), 74 of its bits random. It begins with the
 * time, so that what belongs to payments of one hour lies together in every index: with ids that are
 * random throughout, each payment of a large table writes pages that no other one writes.
 */
export function newPaymentId(clock: Pick<Clock, 'now'>, random: Pick<Random, 'bytes'>): string {
  const bytes = random.bytes(16);
  bytes.writeUIntBE(clock.now().getTime(), 0, 6);
  bytes[6] = versionSeven | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = variant | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [8, 12, 16, 20, 32]
    .map((end, part, ends) => hex.slice(part === 0 ? 0 : ends[part - 1], end))
    .join('-');
}
