import { randomUUID } from 'node:crypto';
import { createLegRepository } from '../../src/make-payment/leg-repository.ts';
import { lapseAuthorisations } from '../../src/modifications/lapse-authorisations.ts';
import { modificationStore } from '../../src/modifications/modification-store.ts';
import { createExpiryRepository } from '../../src/payments/expiry-repository.ts';
import { rails } from '../../src/payments/rail.ts';
import { createReversalRepository } from '../../src/reversals/reversal-repository.ts';
import { atOnce } from '../../src/shared/at-once.ts';
import { silentLog } from '../../src/shared/log.ts';
import { systemRandom } from '../../src/shared/random.ts';
import { repeatDelayMs } from '../../src/shared/repeat-delay.ts';
import { createBatchRepository } from '../../src/status-updates/batch-repository.ts';
import { createLaneRepository } from '../../src/status-updates/lane-repository.ts';
import { answerWithinMs } from '../../src/status-updates/patience.ts';
import { workLane } from '../../src/status-updates/work-lane.ts';
import { eventually } from '../support/eventually.ts';
import { testSettings } from '../support/test-settings.ts';
import { type Subject, subjectMsn } from './stored-subject.ts';

/** Something that the service does all day, ready to be done again and again. */
export interface StoredOperation {
  readonly name: string;
  /** How often it is done in one measurement. */
  readonly times: number;
  /** Resolves when it can be measured; not part of what is measured. */
  readonly ready?: () => Promise<void>;
  readonly run: () => Promise<void>;
}

const payments = 60;
const rounds = 10;
/** Every search finds more than a page, however few payments are stored. */
const pageSize = 20;
const amountMinor = 4_900;

/** The life of a payment from its creation to its report, then what looks at all of them, in this order. */
export function storedOperations(subject: Subject): readonly StoredOperation[] {
  return [...lifeOfPayments(subject), ...reading(subject), emptying(subject), watching(subject)];
}

function lifeOfPayments({ call, inits, cardData, merchantHeaders, database }: Subject) {
  let references: readonly string[] = [];
  let made = 0;
  const path = '/epayment/v1/payments';
  const headersOf = () => ({ ...merchantHeaders, 'Idempotency-Key': randomUUID() });
  const each = (act: (index: number) => Promise<unknown>) => {
    let index = 0;
    return async (): Promise<void> => {
      await act(index % payments);
      index += 1;
    };
  };
  const modify = (name: 'capture' | 'refund'): StoredOperation => ({
    name,
    times: payments,
    run: each((index) =>
      call('public', {
        method: 'POST',
        path: `${path}/${references[index] ?? ''}/${name}`,
        headers: headersOf(),
        body: { modificationAmount: { currency: 'NOK', value: amountMinor } },
      }),
    ),
  });
  const create = async (): Promise<void> => {
    const reference = `stored-${randomUUID()}`;
    references = [...references.slice(1 - payments), reference];
    await call('public', {
      method: 'POST',
      path,
      headers: headersOf(),
      body: {
        amount: { currency: 'NOK', value: amountMinor },
        paymentMethod: { type: 'WALLET' },
        reference,
        userFlow: 'WEB_REDIRECT',
        returnUrl: 'https://shop.example.com/back',
      },
    });
  };
  const makePayment = async (index: number): Promise<void> => {
    const init = inits[inits.length - payments + index];
    made += 1;
    const answer = await call('public', {
      method: 'POST',
      path: rails['psp-v2'].makePaymentPath,
      headers: { Authorization: init?.makePaymentToken.expose() ?? '' },
      body: {
        pspTransactionId: init?.pspTransactionId,
        merchantSerialNumber: subjectMsn,
        confirmed: 'YES',
        cardData: cardData[made % cardData.length],
      },
    });
    if (!answer.includes('"OK"')) throw new Error(answer);
  };
  const areTold = () =>
    eventually(0, async () => {
      const { rowCount } = await database.hot.query(
        `select from payment where msn = $1 and state <> 'AUTHORISED'`,
        [subjectMsn],
      );
      return rowCount ?? 0;
    });
  return [
    { name: 'create a payment', times: payments, run: create },
    { name: 'makePayment', times: payments, run: each(makePayment) },
    { ...modify('capture'), ready: areTold },
    modify('refund'),
    {
      name: "merchant's read",
      times: payments,
      run: each((index) =>
        call('public', { path: `${path}/${references[index] ?? ''}`, headers: merchantHeaders }),
      ),
    },
  ];
}

function reading({ call, inits, database }: Subject): readonly StoredOperation[] {
  const headers = { Authorization: `Bearer ${testSettings.backOfficeToken.expose()}` };
  const path = '/back-office/v1/payments';
  const search = (query: string) =>
    call('internal', { path: `${path}?limit=${pageSize}&${query}`, headers });
  return [
    {
      name: 'search, ten kinds',
      times: rounds,
      run: async () => {
        const latest = inits.at(-1);
        const { rows } = await database.hot.query<{ reference: string }>(
          `select p.reference from payment p join psp_transaction t on t.payment_id = p.id
           where t.psp_transaction_id = $1`,
          [latest?.pspTransactionId],
        );
        for (const query of [
          `reference=${rows[0]?.reference ?? ''}`,
          `pspTransactionId=${latest?.pspTransactionId ?? ''}`,
          `merchantOrderId=${latest?.merchantOrderId ?? ''}`,
          'msn=300001',
          'amount=10042',
          'state=AUTHORISED',
          'state=TERMINATED',
          'state=REVERSING',
          'lastFour=0042',
          `to=${new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10)}`,
        ]) {
          await search(query);
        }
      },
    },
    {
      name: 'timeline of a payment',
      times: payments,
      run: async () => {
        await call('internal', {
          path: `${path}/${inits.at(-1)?.pspTransactionId ?? ''}`,
          headers,
        });
      },
    },
    {
      name: 'what is stuck',
      times: rounds,
      run: async () => {
        await call('internal', { path: '/back-office/v1/stuck', headers });
      },
    },
  ];
}

/** All reports that wait, ten at a time, until none is left. */
function emptying({ database, pspApi }: Subject): StoredOperation {
  const lanes = createLaneRepository(database.hot);
  const dependencies = {
    batches: createBatchRepository(database.hot),
    pspApi,
    random: systemRandom,
    log: silentLog,
    linesMax: 10,
    delays: { resendDelayMs: repeatDelayMs, answerWithinMs },
    signal: new AbortController().signal,
    pause: () => undefined,
    sending: atOnce(1),
    mayBegin: () => true,
  };
  return {
    name: `outbox, ${2 * payments} reports`,
    times: 1,
    run: async () => {
      for (;;) {
        const [lane] = await lanes.withWork('infinity');
        if (lane === undefined) return;
        const held = await lanes.take(lane, randomUUID(), 4_000);
        if (!held) throw new Error('Nobody else empties this outbox');
        await workLane(dependencies, held, 'infinity');
        await lanes.release(held, 0);
      }
    },
  };
}

/** What every copy of the service looks for again and again, and hardly ever finds. */
function watching({ database }: Subject): StoredOperation {
  const owner = randomUUID();
  const expiry = createExpiryRepository(database.hot);
  const legs = createLegRepository(database.hot);
  const reversals = createReversalRepository(database.hot);
  const lanes = createLaneRepository(database.hot);
  const claim = { owner, leaseMs: 10_000, limit: 32, processingMsMax: 60_000, silentMsMax: 3_000 };
  return {
    name: 'one look of each worker',
    times: rounds,
    run: async () => {
      await expiry.expireDue(500);
      await legs.takeOver(owner, 3_000, 100);
      await reversals.claim(claim);
      await lanes.withWork('infinity');
      await lapseAuthorisations({
        database,
        store: modificationStore,
        instanceId: owner,
        authorisationDays: testSettings.authorisationDays,
        log: silentLog,
      });
    },
  };
}
