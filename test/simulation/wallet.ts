import { scaledBudget } from '../../src/make-payment/budget.ts';
import { readCall } from '../../src/make-payment/messages.ts';
import { type Reply } from '../../src/make-payment/reply.ts';
import { type Outlet, sendAnswer } from '../../src/make-payment/send-answer.ts';
import { startStopwatch } from '../../src/make-payment/stopwatch.ts';
import { rails } from '../../src/payments/rail.ts';
import {
  type CallContext,
  type InitOutcome,
  type InitRequest,
  type PspApi,
  type StatusLine,
  type UpdateStatusOutcome,
} from '../../src/psp-api/psp-api.ts';
import { passChallenge } from './challenge.ts';
import { type Copy } from './running-copy.ts';
import { type World } from './world.ts';

/** An answer to a call, as it was written by the adapter and, where it came so far, read by Vipps. */
export interface Heard {
  readonly status: 'OK' | 'FAIL' | 'SOFT_DECLINE';
  readonly body: string;
  readonly writtenAtMs: number;
  /** Whether the adapter could see all of it leave. */
  finished: boolean;
  receivedAtMs: number | undefined;
}

/** A payment as Vipps knows it: by one pair of ids. */
export interface KnownToVipps {
  readonly pspTransactionId: string;
  readonly heard: Heard[];
  /** Reports that were accepted, in order. */
  readonly lines: StatusLine[];
  /** Reports of it are refused, whatever they say. */
  readonly isPoisoned: boolean;
}

export interface Wallet {
  pspApiFor(copy: Copy): Pick<PspApi, 'init' | 'updateStatus'>;
  readonly payments: ReadonlyMap<string, KnownToVipps>;
  callsUnderWay(): number;
}

export interface WalletTraits {
  /** Whether a second init under the same Request-Id is refused as a duplicate. */
  readonly burnsIds: boolean;
  /** Which copy a call reaches; undefined where there is none. */
  readonly route: () => Copy | undefined;
}

const { deadlineMs: patienceMs } = rails['psp-v2'];
const budget = scaledBudget(1, patienceMs);
/** By when an answer is to be on its way: 13.5 s, and a moment for the turn that writes it. */
const answerWithinMs = 13_510;

type Confirmed = 'YES' | 'CANCEL' | 'TIMEOUT' | 'NO';

export function createWallet(world: World, { burnsIds, route }: WalletTraits): Wallet {
  const { scheduler, dice } = world;
  const payments = new Map<string, KnownToVipps>();
  const inits = new Map<string, InitRequest>();
  const batches = new Map<string, string>();
  let underWay = 0;

  function init(call: CallContext, request: InitRequest): InitOutcome {
    const { pspTransactionId } = request;
    const known = inits.get(call.requestId);
    const duplicate = known !== undefined && burnsIds;
    if (duplicate || (known === undefined && payments.has(pspTransactionId))) {
      return {
        kind: 'REFUSED',
        httpStatus: 400,
        code: '99',
        message: 'Transaction exists',
        duplicate: 'TRANSACTION',
        mayHaveTakenEffect: false,
      };
    }
    if (known === undefined) {
      inits.set(call.requestId, request);
      const isPoisoned = dice.chance(world.weather.vippsTrouble / 2);
      payments.set(pspTransactionId, { pspTransactionId, heard: [], lines: [], isPoisoned });
      beginCustomer(request, call.msn);
    }
    return { kind: 'INITIATED', vippsRedirectUrl: `https://vipps/${pspTransactionId}` };
  }

  /** What the customer does, and what Vipps makes of it: calls, more than one of them now and then. */
  function beginCustomer({ pspTransactionId, makePaymentToken }: InitRequest, msn: string): void {
    const token = makePaymentToken.expose();
    const call = (afterMs: number, confirmed: Confirmed, shown: string = token): void => {
      scheduler.after(afterMs, () => {
        callBack({ pspTransactionId, msn, confirmed, token: shown });
      });
    };
    const actsAfterMs = dice.weighted([
      [8, dice.between(50, 4_000)],
      [1, dice.between(4_000, 25_000)],
    ]);
    const another = (): Confirmed => dice.pick(['CANCEL', 'TIMEOUT', 'NO']);
    call(actsAfterMs, dice.chance(0.88) ? 'YES' : another());
    if (dice.chance(0.3)) call(actsAfterMs + dice.between(0, 5), 'YES');
    if (dice.chance(0.2)) call(actsAfterMs + dice.between(5, 3_000), 'YES');
    if (dice.chance(0.15)) call(actsAfterMs + dice.between(14_000, 30_000), 'YES');
    if (dice.chance(0.15)) call(actsAfterMs + dice.between(-100, 20_000), another());
    if (dice.chance(0.1)) call(actsAfterMs + dice.between(-500, 500), 'YES', 'a wrong token');
  }

  interface Calling {
    readonly pspTransactionId: string;
    readonly msn: string;
    readonly confirmed: Confirmed;
    readonly token: string;
  }

  function callBack(calling: Calling): void {
    const copy = route();
    const deeds = copy?.deeds;
    if (!copy || !deeds) return;
    world.found.callbacks += 1;
    underWay += 1;
    const { pspTransactionId, msn, confirmed, token } = calling;
    world.tell(`vipps calls ${copy.name}: ${confirmed} ${pspTransactionId}`);
    const known = payments.get(pspTransactionId);
    const isRight = token !== 'a wrong token';
    const connection = connect(world, copy);
    const end = (): void => {
      if (connection.isOver) return;
      connection.isOver = true;
      underWay -= 1;
      connection.close();
    };
    copy.onDeath(end);
    scheduler.after(patienceMs, end);

    const body = { pspTransactionId, merchantSerialNumber: msn, confirmed, cardData: 'encrypted' };
    scheduler.after(dice.between(0.5, 30), () => {
      copy.deliver(() => {
        const arrivedAtMs = scheduler.nowMs();
        const frozenBefore = copy.frozenUntilMs;
        const stopwatch = startStopwatch(budget, copy.clock, arrivedAtMs);
        const caller = { authorization: token, requestId: String(world.found.callbacks) };
        const outlet = connection.outlet((reply) => {
          const tookMs = scheduler.nowMs() - arrivedAtMs;
          // A process that the machine does not let run answers nobody.
          const wasFrozen = copy.frozenUntilMs !== frozenBefore;
          if (!wasFrozen) world.found.answersMs.push(tookMs);
          if (!wasFrozen && tookMs > answerWithinMs)
            world.violated(`${pspTransactionId} was answered after ${Math.round(tookMs)} ms`);
          if (!isRight) world.violated(`a wrong token got ${reply.status} for ${pspTransactionId}`);
          const heard: Heard = {
            status: reply.status,
            body: reply.body,
            writtenAtMs: scheduler.nowMs(),
            finished: false,
            receivedAtMs: undefined,
          };
          known?.heard.push(heard);
          if (reply.status === 'SOFT_DECLINE') beginChallenge(calling);
          return { heard, end };
        });
        deeds.makePayment(readCall(Buffer.from(JSON.stringify(body))), caller, stopwatch).then(
          (answer) => {
            if (answer.kind === 'UNAUTHORISED') {
              if (isRight) world.violated(`the right token got a 401 for ${pspTransactionId}`);
              end();
            } else {
              world.tell(`${copy.name} answers ${pspTransactionId} ${answer.reply.body}`);
              sendAnswer(outlet, answer, { stopwatch, clock: copy.clock });
            }
          },
          (error: unknown) => {
            world.violated(`makePayment threw ${String(error)}`);
            end();
          },
        );
      });
    });
  }

  /** The customer is sent to the bank; whoever comes back is called for a second time. */
  function beginChallenge(calling: Calling): void {
    scheduler.after(dice.between(300, 6_000), () => {
      if (dice.chance(0.85)) passChallenge(world, calling.pspTransactionId);
      callBack({ ...calling, confirmed: dice.chance(0.9) ? 'YES' : 'CANCEL' });
      if (dice.chance(0.3))
        scheduler.after(dice.between(0, 500), () => {
          callBack({ ...calling, confirmed: 'YES' });
        });
    });
  }

  /** One answer for all lines, and one effect for a Request-Id. */
  function updateStatus(call: CallContext, lines: readonly StatusLine[]): UpdateStatusOutcome {
    const content = JSON.stringify(lines, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const known = batches.get(call.requestId);
    if (known !== undefined) {
      if (known !== content) world.violated(`${call.requestId} was sent again with other lines`);
      return { kind: 'ACCEPTED' };
    }
    if (lines.some(({ pspTransactionId }) => payments.get(pspTransactionId)?.isPoisoned)) {
      return {
        kind: 'REFUSED',
        httpStatus: 400,
        code: '45',
        message: 'a bad line',
        mayHaveTakenEffect: false,
      };
    }
    batches.set(call.requestId, content);
    for (const line of lines) {
      const payment = payments.get(line.pspTransactionId);
      if (payment === undefined) world.violated(`a report of unknown ${line.pspTransactionId}`);
      payment?.lines.push(line);
      world.found.reports += 1;
      world.tell(`vipps notes ${line.status} ${line.amount.minor} of ${line.pspTransactionId}`);
    }
    return { kind: 'ACCEPTED' };
  }

  const noAnswer = { kind: 'NO_ANSWER', why: 'silence', mayHaveTakenEffect: true } as const;
  const failed = {
    kind: 'FAILED',
    httpStatus: 500,
    code: '500',
    message: 'try again',
    mayHaveTakenEffect: true,
  } as const;

  /** A request to Vipps and its answer, as far as they get. */
  function exchange<Answer>(
    copy: Copy,
    withinMs: number,
    process: () => Answer,
  ): Promise<Answer | typeof noAnswer | typeof failed> {
    const trouble = world.weather.vippsTrouble;
    const fate = dice.weighted([
      [1, 'ANSWERED'],
      [trouble / 3, 'LOST'],
      [trouble / 3, 'FAILED_BEFORE'],
      [trouble / 3, 'FAILED_AFTER'],
      [trouble / 3, 'ANSWER_LOST'],
    ] as const);
    return new Promise((resolve) => {
      const back = (ms: number, answer: Answer | typeof noAnswer | typeof failed): void => {
        scheduler.after(ms, () => {
          copy.deliver(() => {
            resolve(answer);
          });
        });
      };
      if (fate !== 'ANSWERED') back(withinMs, noAnswer);
      if (fate === 'LOST') return;
      scheduler.after(dice.between(5, 150), () => {
        if (fate === 'FAILED_BEFORE') {
          back(dice.between(5, 150), failed);
          return;
        }
        const answer = process();
        if (fate === 'ANSWERED') back(dice.between(5, 150), answer);
        if (fate === 'FAILED_AFTER') back(dice.between(5, 150), failed);
      });
    });
  }

  return {
    payments,
    callsUnderWay: () => underWay,
    pspApiFor: (copy) => ({
      init: (call, request) => exchange(copy, call.budgetMs, () => init(call, request)),
      updateStatus: (call, lines) =>
        exchange(copy, call.tryTimeoutMs ?? 5_000, () => updateStatus(call, lines)),
    }),
  };
}

interface Written {
  readonly heard: Heard;
  /** The call is over. */
  readonly end: () => void;
}

/** The connection of one call: what is written on it leaves at once, late, in part or not at all. */
function connect(world: World, copy: Copy) {
  const { scheduler, dice } = world;
  const finishing: (() => void)[] = [];
  const closing: (() => void)[] = [];
  let finish = (): void => undefined;
  let wasRead = false;
  const connection = {
    isOver: false,
    close: (): void => {
      // What the other side has read was taken by the connection, and that is heard before its end.
      const listeners = [...(wasRead ? [finish] : []), ...closing.splice(0)];
      copy.deliver(() => {
        for (const listener of listeners) listener();
      });
    },
    outlet: (written: (reply: Reply) => Written): Outlet => ({
      isClosed: () => connection.isOver,
      write: (reply) => {
        const { heard, end } = written(reply);
        if (connection.isOver) return;
        depart(heard, end);
      },
      onFinish: (listener) => finishing.push(listener),
      onClose: (listener) => closing.push(listener),
      cut: () => {
        if (!connection.isOver) connection.close();
      },
    }),
  };

  function depart(heard: Heard, end: () => void): void {
    const trouble = world.weather.deliveryTrouble;
    const fate = dice.weighted([
      [1, 'DELIVERED'],
      [trouble / 3, 'CUT'],
      [trouble / 3, 'STUCK'],
      [trouble / 6, 'STUCK_BUT_READ'],
      [trouble / 3, 'LOST_ON_THE_WAY'],
    ] as const);
    const isRead = fate === 'DELIVERED' || fate === 'STUCK_BUT_READ';
    const finishes = fate === 'DELIVERED' || fate === 'LOST_ON_THE_WAY';
    finish = () => {
      heard.finished = true;
      for (const listener of finishing.splice(0)) listener();
    };
    if (isRead)
      scheduler.after(dice.between(1, 300), () => {
        if (connection.isOver && fate !== 'DELIVERED') return;
        heard.receivedAtMs = scheduler.nowMs();
        wasRead = true;
        world.tell(`vipps reads ${heard.body}`);
        // What was read to its end was taken by the connection before: we only hear of it late.
        if (fate === 'DELIVERED') end();
      });
    if (finishes)
      scheduler.after(dice.between(0, 1), () => {
        copy.deliver(finish);
      });
    if (fate === 'CUT') scheduler.after(dice.between(0, 50), end);
  }

  return connection;
}
