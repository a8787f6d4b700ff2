import { pause } from './adapter.ts';
import { type Run } from './run.ts';

const nok = (value: number) => ({ modificationAmount: { currency: 'NOK', value } });

/** What customers do in a random load: amounts that mean something to the acquirer, and some that do not. */
const amounts = [10_000, 10_000, 10_000, 12_345, 151, 163, 166, 190, 193, 195, 196] as const;

/** One customer and one merchant, from the order to the end. */
export async function shop(run: Run, random: () => number): Promise<void> {
  const amount = amounts[Math.floor(random() * amounts.length)] ?? 10_000;
  const [turn, duplicates] = [random(), Math.floor(random() * 3)];
  const payment = await run.create(amount);
  if (!payment) return;
  if (turn < 0.1) {
    await run.cancelInApp(payment);
    return;
  }
  if (turn < 0.15) {
    await run.merchant.post(`${payment.path}/cancel`, undefined);
    return;
  }
  await run.approve(payment, { duplicates });
  if (turn > 0.7 || (await run.untilDecided(payment)) !== 'AUTHORIZED') return;
  if (turn < 0.3) {
    await run.merchant.post(`${payment.path}/cancel`, undefined);
    return;
  }
  const captured = Math.ceil(amount * random());
  await run.merchant.post(`${payment.path}/capture`, nok(captured));
  if (turn < 0.5) await run.merchant.post(`${payment.path}/refund`, nok(Math.ceil(captured / 2)));
}

/** Customers who come at random within the time given. */
export async function crowd(
  run: Run,
  random: () => number,
  { customers, withinMs }: { readonly customers: number; readonly withinMs: number },
): Promise<void> {
  const arrivals = Array.from({ length: customers }, () => random() * withinMs);
  await Promise.all(
    arrivals.map(async (atMs) => {
      await pause(atMs);
      await shop(run, random);
    }),
  );
}
