import { type Run, type RunPayment } from '../run.ts';
import { created, type Story, untilRow } from './story.ts';

// With network tokens: what the other stories tell over version 2 is told here over version 3.

/** The acquirer wants the customer identified; approves what comes with a proof. */
const softDeclined = 201;

/** The first call was answered SOFT_DECLINE, if it was answered at all. */
async function begun(run: Run): Promise<RunPayment> {
  const payment = await created(run, softDeclined);
  await run.approve(payment);
  return payment;
}

/** The customer identifies himself, and Vipps calls again. */
const steppedUp: Story = {
  name: 'stepped-up',
  rail: 'psp-v3',
  play: async (run) => {
    const payment = await begun(run);
    await run.authenticate(payment);
    await run.untilDecided(payment);
  },
};

/** The customer gives up in the app, between the calls. */
const steppedBack: Story = {
  name: 'stepped-back',
  rail: 'psp-v3',
  play: async (run) => {
    const payment = await begun(run);
    await run.cancelInApp(payment);
    await run.untilDecided(payment);
  },
};

/** The bank does not believe the customer. */
const notIdentified: Story = {
  name: 'not-identified',
  rail: 'psp-v3',
  play: async (run) => {
    const payment = await begun(run);
    await run.authenticate(payment, { responsecode: 'failure' });
    await run.untilDecided(payment);
  },
};

/** The customer never comes to the page. */
const neverIdentified: Story = {
  name: 'never-identified',
  rail: 'psp-v3',
  play: async (run) => {
    const { id } = await begun(run);
    await run.reader.untilRead('update step_up set expires_at = now() where payment_id = $1', [id]);
    const ended = `select from payment where id = $1 and state in ('EXPIRED', 'FAILED')`;
    await untilRow(run, ended, [id]);
  },
};

export const stepUpStories: readonly Story[] = [
  steppedUp,
  steppedBack,
  notIdentified,
  neverIdentified,
];
