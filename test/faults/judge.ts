import { type Life } from './adapter.ts';
import { type Figures, noFigures } from './figures.ts';
import { grouped } from './grouped.ts';
import { type Merchant } from './merchant.ts';
import { demandableFromMs, type Owner } from './recovery.ts';
import { rowsOf } from './settle.ts';
import {
  type Callback,
  type LedgerEntry,
  type ReceivedUpdate,
  type SimulatedAcquirer,
  type SimulatedVipps,
  type VippsPayment,
} from './simulators.ts';

export interface Evidence {
  readonly databaseUrl: string;
  /** The payments whose references begin with it. */
  readonly name: string;
  readonly acquirer: SimulatedAcquirer;
  readonly vipps: SimulatedVipps;
  readonly merchant?: Merchant;
  /** Of every copy. */
  readonly lives: readonly Life[];
  /** Whether anything was killed or stopped: only then may an answer stay away. */
  readonly disturbed: boolean;
  /** A copy was stopped in the middle of a call, and cannot answer it. */
  readonly mayMissAnswer?: boolean;
  /** How long a callback may take. */
  readonly answerMsMax: number;
  /** How soon an orphan's first reversal must be in the acquirer's books. */
  readonly reversalMsMax: number;
  /** What the machine itself may have taken between the two moments. */
  readonly allowanceMs: (fromMs: number, untilMs: number) => number;
}

interface PaymentRow {
  readonly id: string;
  readonly reference: string;
  readonly state: string;
  readonly amount: number;
  readonly authorised: number;
  readonly captured: number;
  readonly cancelled: number;
  readonly refunded: number;
  readonly psp_ids: readonly string[];
  readonly events: readonly string[];
  readonly uncertain: boolean;
  readonly ordered_at: Date | null;
  /** When who had it in hand may last have lived; null where that is not known. */
  readonly owners: readonly { readonly id: string; readonly lastBeatAt: string | null }[] | null;
  /** Amounts that somebody decided not to report. */
  readonly dismissed: Readonly<Record<string, number>> | null;
}

const paymentsSql = `
  select p.id, p.reference, p.state, p.amount_minor::integer as amount,
    p.authorised_minor::integer as authorised, p.captured_minor::integer as captured,
    p.cancelled_minor::integer as cancelled, p.refunded_minor::integer as refunded,
    array(select psp_transaction_id from psp_transaction t where t.payment_id = p.id) as psp_ids,
    array(select name from merchant_event e where e.payment_id = p.id order by sequence) as events,
    exists (select from reversal r where r.payment_id = p.id and r.reason = 'UNCERTAIN') as uncertain,
    (select min(at) from operation o where o.payment_id = p.id
      and (o.event in ('REVERSAL_ORDERED', 'NO_ANSWER', 'NOT_TOLD'))) as ordered_at,
    (select jsonb_agg(jsonb_build_object('id', f.owner, 'lastBeatAt', i.heartbeat_at))
      from faults_owner f left join instance i on i.id = f.owner where f.payment_id = p.id) as owners,
    (select jsonb_object_agg(status, amount) from (
      select status, sum(amount_minor)::integer as amount from status_update u
      where u.payment_id = p.id and u.state = 'DISMISSED' group by status) given_up) as dismissed
  from payment p where p.reference ~ ('^' || $1 || '-[0-9]{6}$') order by p.created_at`;

/** One payment as each of the parties has it. */
interface Case {
  readonly payment: PaymentRow;
  readonly entries: readonly LedgerEntry[];
  readonly atVipps: readonly VippsPayment[];
  readonly lines: readonly {
    readonly requestId: string;
    readonly status: string;
    readonly amount: number;
  }[];
}

/** Asks the acquirer's own books and Vipps what became of every payment, and holds the adapter's against it. */
export async function judge(evidence: Evidence): Promise<Figures> {
  const figures = noFigures();
  const payments = await rowsOf<PaymentRow>(evidence.databaseUrl, paymentsSql, [evidence.name]);
  const ledger = byPayment(await evidence.acquirer.ledger());
  const atVipps = new Map(
    (await evidence.vipps.payments()).map((payment) => [payment.pspTransactionId, payment]),
  );
  const lines = linesByPayment(await evidence.vipps.updates());
  for (const payment of payments) {
    const one: Case = {
      payment,
      entries: payment.psp_ids.flatMap((id) => ledger.get(id) ?? []),
      atVipps: payment.psp_ids.flatMap((id) => atVipps.get(id) ?? []),
      lines: payment.psp_ids.flatMap((id) => lines.get(id) ?? []),
    };
    const complain = (what: string): void => {
      figures.violations.push(
        `${what} (payment ${payment.reference}, ${payment.state}): ${show(one)}`,
      );
    };
    figures.payments += 1;
    judgeCallbacks(one, evidence, figures, complain);
    judgeMoney(one, evidence, figures, complain);
    judgeOperations(one, complain);
    judgeEvents(one, complain);
  }
  if (evidence.merchant) figures.violations.push(...(await contradictions(evidence.merchant)));
  return figures;
}

function show({ entries, atVipps, lines, payment }: Case): string {
  return JSON.stringify({
    ids: payment.psp_ids,
    ledger: entries.map(({ type, approved, amount, at }) => `${type} ${approved} ${amount} ${at}`),
    vipps: atVipps.map(({ state, callbacks }) => ({
      state,
      callbacks: callbacks.map(
        ({ sentAt, durationMs, outcome, answer }) =>
          `${sentAt} +${durationMs} ${outcome} ${answer?.paymentInfo?.status ?? ''} ${answer?.errorMessage?.errorId ?? ''}`,
      ),
    })),
    lines,
    events: payment.events,
  });
}

function byPayment(entries: readonly LedgerEntry[]): ReadonlyMap<string, readonly LedgerEntry[]> {
  return grouped(entries, ({ pspTransactionId }) => pspTransactionId);
}

function linesByPayment(updates: readonly ReceivedUpdate[]) {
  const lines = updates
    .filter(({ repeated }) => !repeated)
    .flatMap(({ requestId = '', transactions }) =>
      transactions.map(({ pspTransactionId, status, amount }) => ({
        pspTransactionId,
        requestId,
        status,
        amount,
      })),
    );
  return grouped(lines, ({ pspTransactionId }) => pspTransactionId);
}

type Complain = (what: string) => void;

function judgeCallbacks(
  { atVipps }: Case,
  evidence: Evidence,
  figures: Figures,
  complain: Complain,
): void {
  const callbacks = atVipps.flatMap((payment) => payment.callbacks);
  figures.callbacks += callbacks.length;
  for (const callback of callbacks) {
    if (callback.outcome === 'ANSWERED') figures.answersMs.push(callback.durationMs);
    for (const what of faultsOf(callback, evidence)) complain(what);
  }
  const answers = callbacks.flatMap(({ answer }) => answer?.paymentInfo?.status ?? []);
  if (answers.includes('OK') && isContradiction(callbacks)) {
    complain('Vipps was told both OK and FAIL');
  }
}

function faultsOf(
  callback: Callback,
  { disturbed, mayMissAnswer = false, ...evidence }: Evidence,
): readonly string[] {
  switch (callback.outcome) {
    case 'ANSWERED':
      return faultsOfAnswer(callback, evidence);
    case 'CUT_AFTER_PATIENCE':
      return mayMissAnswer || !isLate(callback, evidence)
        ? []
        : ['a callback was not answered in time'];
    case 'CONNECTION_FAILED':
      return disturbed ? [] : ['a callback was not answered'];
  }
}

type Limits = Pick<Evidence, 'answerMsMax' | 'allowanceMs'>;

function isLate({ sentAt, durationMs }: Callback, { answerMsMax, allowanceMs }: Limits): boolean {
  if (durationMs <= answerMsMax) return false;
  const sentAtMs = Date.parse(sentAt);
  return durationMs > answerMsMax + allowanceMs(sentAtMs, sentAtMs + durationMs);
}

function faultsOfAnswer(callback: Callback, limits: Limits): readonly string[] {
  const { durationMs, httpStatus = 'nothing', remarks } = callback;
  return [
    ...(isLate(callback, limits) ? [`a callback was answered after ${durationMs} ms`] : []),
    ...(httpStatus === 200 ? [] : [`a callback was answered with ${httpStatus}`]),
    ...remarks.map((remark) => `Vipps remarks: ${remark}`),
  ];
}

/** A duplicate that waited in vain may be told 85 while the first is still told OK; nothing else may differ. */
function isContradiction(callbacks: readonly Callback[]): boolean {
  return callbacks
    .filter(({ answer }) => answer?.paymentInfo?.status === 'FAIL')
    .some(({ answer }) => Number(answer?.errorMessage?.errorId) !== 85);
}

function judgeMoney(one: Case, evidence: Evidence, figures: Figures, complain: Complain): void {
  const { payment, entries, atVipps } = one;
  const approvals = entries.filter(({ type, approved }) => type === 'AUTHORISATION' && approved);
  const live = approvals.filter((approval) => !isGivenBack(approval, entries));
  const reversed = approvals.filter(({ reference }) => isReversed(reference, entries));
  figures.approvals += approvals.length;
  figures.orphans += reversed.length;

  const isTold = atVipps.some(wasToldOk);
  const isAuthorised = payment.state === 'AUTHORISED';
  if (live.length > 1) complain('two authorisations are live');
  if (live.length > 0) {
    if (!isTold) complain('an authorisation is live, and Vipps was not told OK');
    if (!isAuthorised) complain('money is held for nothing');
  }
  if (isAuthorised) {
    if (approvals.length === 0) complain('it is authorised here, and was never approved');
    if (reversed.length > 0) complain('it is authorised here, and was reversed');
  }
  if (isTold && reversed.length > 0) judgeShown(one, evidence, figures, complain);
  judgeDelay(one, evidence, figures, complain);
}

/** Where one of several equal calls was cut, which of their answers counts is Vipps' affair. */
function wasToldOk({ state, callbacks }: VippsPayment): boolean {
  return (
    state === 'RESERVED' || callbacks.some(({ answer }) => answer?.paymentInfo?.status === 'OK')
  );
}

/** The one way in which Vipps may show what was reversed: it was killed before it had written down the OK. */
function judgeShown(
  { payment, lines }: Case,
  { disturbed }: Evidence,
  figures: Figures,
  complain: Complain,
): void {
  const amounts = lines.filter(({ status }) => status === 'CANCELLED').map(({ amount }) => amount);
  const isReported = amounts.length === 1 && amounts[0] === payment.amount;
  if (isReported && payment.uncertain && disturbed) figures.deliveredThenReversed += 1;
  else complain('Vipps shows a reservation that was reversed');
}

function isReversed(reference: string, entries: readonly LedgerEntry[]): boolean {
  return entries.some(
    ({ type, approved, originalReference }) =>
      type === 'REVERSAL' && approved && originalReference === reference,
  );
}

function isGivenBack(approval: LedgerEntry, entries: readonly LedgerEntry[]): boolean {
  const { reference, amount } = approval;
  return isReversed(reference, entries) || sumOf(entries, 'VOID') === amount;
}

/** How long it took from knowing that it must be reversed to the first reversal in the acquirer's books. */
function judgeDelay(
  { entries, payment }: Case,
  { lives, reversalMsMax, allowanceMs }: Evidence,
  figures: Figures,
  complain: Complain,
): void {
  const first = entries.find(({ type }) => type === 'REVERSAL');
  if (first === undefined || payment.ordered_at === null) return;
  const reversedAtMs = Date.parse(first.at);
  const fromMs = demandableFromMs(
    { orderedAtMs: payment.ordered_at.getTime(), owners: ownersOf(payment, lives) },
    { reversedAtMs, withinMs: reversalMsMax },
    lives,
  );
  if (fromMs === undefined) return;
  const delayMs = Math.max(0, reversedAtMs - fromMs);
  figures.reversalDelaysMs.push(delayMs);
  if (delayMs > reversalMsMax && delayMs > reversalMsMax + allowanceMs(fromMs, reversedAtMs)) {
    complain(`the first reversal came ${delayMs} ms after it was known`);
  }
}

/** A second is the time between two beats: who died before it was ready may have lived so long after its last. */
const beatEveryMs = 1_000;

function ownersOf({ owners }: PaymentRow, lives: readonly Life[]): readonly Owner[] {
  return (owners ?? []).flatMap(({ id, lastBeatAt }) => {
    const life = lives.find(({ instanceId }) => instanceId === id);
    if (life) return [{ diedAtMs: life.endedAtMs }];
    return lastBeatAt === null ? [] : [{ diedAtMs: Date.parse(lastBeatAt) + beatEveryMs }];
  });
}

function sumOf(entries: readonly LedgerEntry[], type: LedgerEntry['type']): number {
  return entries
    .filter((entry) => entry.type === type && entry.approved)
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** What was captured, voided and refunded there is what is captured, cancelled and refunded here, reported once. */
function judgeOperations({ payment, entries, lines }: Case, complain: Complain): void {
  const { captured, cancelled, refunded, uncertain, dismissed } = payment;
  const reported = (status: string) =>
    lines
      .filter((line) => line.status === status)
      .reduce((sum, { amount }) => sum + amount, dismissed?.[status] ?? 0);
  const given = [
    ['captured', captured, sumOf(entries, 'CAPTURE'), reported('CAPTURED')],
    ['cancelled', cancelled, sumOf(entries, 'VOID'), uncertain ? cancelled : reported('CANCELLED')],
    ['refunded', refunded, sumOf(entries, 'REFUND'), reported('REFUNDED')],
  ] as const;
  for (const [what, ours, acquirers, vipps] of given) {
    if (ours !== acquirers) complain(`${ours} ${what} here, ${acquirers} at the acquirer`);
    if (ours !== vipps) complain(`${ours} ${what} here, ${vipps} reported to Vipps`);
  }
  const times = grouped(
    entries.filter(({ approved }) => approved),
    ({ reference }) => reference,
  );
  for (const [reference, effects] of times) {
    if (effects.length > 1) complain(`${reference} took effect ${effects.length} times`);
  }
}

const finalEvents = ['AUTHORIZED', 'ABORTED', 'EXPIRED', 'TERMINATED'];
const finalEventOf: Readonly<Record<string, string>> = {
  AUTHORISED: 'AUTHORIZED',
  FAILED: 'ABORTED',
  ABORTED: 'ABORTED',
  EXPIRED: 'EXPIRED',
  TERMINATED: 'TERMINATED',
  // The merchant is told before the acquirer has acknowledged.
  REVERSING: 'ABORTED',
};

/** The merchant is told how it ended, once, and of each operation that moved money. */
function judgeEvents({ payment, entries }: Case, complain: Complain): void {
  const { events, state } = payment;
  if (events[0] !== 'CREATED') complain('the first event is not CREATED');
  const ends = events.filter((name) => finalEvents.includes(name));
  const expected = finalEventOf[state];
  if (ends.join() !== (expected ?? '')) complain(`the merchant was told ${ends.join()}`);
  const count = (name: string) => events.filter((event) => event === name).length;
  const effects = (type: string) =>
    entries.filter((entry) => entry.type === type && entry.approved).length;
  if (count('CAPTURED') !== effects('CAPTURE')) complain('captures and their events differ');
  if (count('REFUNDED') !== effects('REFUND')) complain('refunds and their events differ');
}

/** Every call that had a final answer has the same one when it is made again under its key. */
async function contradictions(merchant: Merchant): Promise<readonly string[]> {
  const found: string[] = [];
  for (const done of [...merchant.done]) {
    const again = await merchant.again(done);
    const isSame =
      again.status === done.answer.status &&
      JSON.stringify(again.body) === JSON.stringify(done.answer.body);
    if (!isSame) {
      found.push(
        `${done.path} with key ${done.key} was answered ${JSON.stringify(done.answer)}, and then ${JSON.stringify(again)}`,
      );
    }
  }
  return found;
}
