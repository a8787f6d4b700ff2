import {
  type Acquirer,
  type AuthorisationOutcome,
  type AuthorisationRequest,
  type InquiryOutcome,
  type ModificationOutcome,
  type ModificationRequest,
  type ReversalOutcome,
  type ReversalRequest,
} from '../../src/acquirer/acquirer.ts';
import { type Copy } from './running-copy.ts';
import { type World } from './world.ts';

/** One authorisation in the acquirer's own books. All amounts in minor units. */
export interface Booked {
  readonly reference: string;
  readonly pspTransactionId: string;
  readonly approved: boolean;
  readonly amountMinor: bigint;
  capturedMinor: bigint;
  voidedMinor: bigint;
  refundedMinor: bigint;
  reversed: boolean;
}

export interface BookedEffect {
  readonly type: 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
  readonly reference: string;
  readonly pspTransactionId: string;
  readonly amountMinor: bigint;
}

/** The acquirer: its books are the judge. It shares nothing with the adapter but the port. */
export interface Bank {
  acquirerFor(copy: Copy): Acquirer;
  readonly authorisations: ReadonlyMap<string, Booked>;
  readonly effects: readonly BookedEffect[];
  /** When the first reversal message for the authorisation came. */
  readonly reversalsSeen: ReadonlyMap<string, number>;
  /** What the answers under each key were. */
  refused(reference: string): boolean;
}

export interface BankTraits {
  /** Whether a reversal of something unknown is remembered, and declines it when it comes. */
  readonly remembersReversals: boolean;
  readonly processingMsMax: number;
}

export const isLive = (booked: Booked): boolean =>
  booked.approved && !booked.reversed && booked.voidedMinor < booked.amountMinor;

const outcomes = {
  APPROVED: { kind: 'APPROVED', responseCode: '00', authorisationCode: '123456', rrn: '1' },
  DECLINED: { kind: 'DECLINED', reason: 'INSUFFICIENT_FUNDS', responseCode: '51' },
  SOFT_DECLINED: { kind: 'SOFT_DECLINED', responseCode: '1A' },
  PARTIAL: { kind: 'UNINTELLIGIBLE', responseCode: '10', why: 'a partial approval' },
} as const satisfies Readonly<Record<string, AuthorisationOutcome>>;

export function createBank(world: World, traits: BankTraits): Bank {
  const { scheduler, dice } = world;
  const authorisations = new Map<string, Booked>();
  const effects: BookedEffect[] = [];
  const reversalsSeen = new Map<string, number>();
  const remembered = new Set<string>();
  const answers = new Map<string, { readonly content: string; readonly answer: unknown }>();

  /** The same key again is the same message, and gets the same answer. */
  function once<Answer>(reference: string, content: string, decide: () => Answer): Answer {
    const known = answers.get(reference);
    if (known !== undefined) {
      if (known.content !== content)
        world.violated(`the acquirer got ${reference} twice, with another content`);
      return known.answer as Answer;
    }
    const answer = decide();
    answers.set(reference, { content, answer });
    return answer;
  }

  function decideAuthorisation(request: AuthorisationRequest): AuthorisationOutcome {
    const { reference, pspTransactionId, amount } = request;
    const kind = dice.weighted([
      [80, 'APPROVED'],
      [10, 'DECLINED'],
      [8, 'SOFT_DECLINED'],
      [world.weather.acquirerTrouble * 60, 'PARTIAL'],
    ] as const);
    const isUndone = remembered.has(reference);
    const approved = !isUndone && (kind === 'APPROVED' || kind === 'PARTIAL');
    const amountMinor = kind === 'PARTIAL' ? amount.minor / 2n : amount.minor;
    authorisations.set(reference, {
      reference,
      pspTransactionId,
      approved,
      amountMinor,
      capturedMinor: 0n,
      voidedMinor: 0n,
      refundedMinor: 0n,
      reversed: false,
    });
    world.tell(`bank books ${reference} ${approved ? 'approved' : 'declined'} (${kind})`);
    if (approved) checkLive(pspTransactionId);
    if (isUndone) return { kind: 'DECLINED', reason: 'REFUSED_BY_ISSUER', responseCode: '05' };
    return outcomes[kind];
  }

  /** A payment is whatever the adapter knows under the id; its ids may have been superseded. */
  function checkLive(pspTransactionId: string): void {
    world.found.approvals += 1;
    const { tables } = world;
    const paymentOf = (id: string) => tables.transactions.get(id)?.paymentId;
    const payment = paymentOf(pspTransactionId);
    const live = [...authorisations.values()].filter(
      (one) => isLive(one) && paymentOf(one.pspTransactionId) === payment,
    );
    if (live.length > 1) world.violated(`two live authorisations of ${pspTransactionId}`);
  }

  function decideReversal({ originalReference }: ReversalRequest): ReversalOutcome {
    const booked = authorisations.get(originalReference);
    if (booked === undefined) {
      if (traits.remembersReversals) remembered.add(originalReference);
      world.tell(`bank knows no ${originalReference} to reverse`);
      return { kind: 'ACKNOWLEDGED', found: false };
    }
    if (booked.capturedMinor > 0n)
      world.violated(`${originalReference} was captured and is reversed`);
    if (booked.approved) booked.reversed = true;
    world.tell(`bank reverses ${originalReference}`);
    return { kind: 'ACKNOWLEDGED', found: true };
  }

  function decideModification(
    type: BookedEffect['type'],
    { reference, originalReference, pspTransactionId, amount }: ModificationRequest,
  ): ModificationOutcome {
    const booked = authorisations.get(originalReference);
    const minor = amount.minor;
    if (booked === undefined || !booked.approved || booked.reversed)
      return { kind: 'REFUSED', responseCode: '25' };
    const left =
      type === 'REFUNDED'
        ? booked.capturedMinor - booked.refundedMinor
        : booked.amountMinor - booked.capturedMinor - booked.voidedMinor;
    if (minor > left || dice.chance(0.05)) return { kind: 'REFUSED', responseCode: '61' };
    if (type === 'CAPTURED') booked.capturedMinor += minor;
    if (type === 'CANCELLED') booked.voidedMinor += minor;
    if (type === 'REFUNDED') booked.refundedMinor += minor;
    effects.push({ type, reference, pspTransactionId, amountMinor: minor });
    world.tell(`bank books ${type} ${minor} of ${originalReference}`);
    return { kind: 'DONE', responseCode: '00' };
  }

  /** A message there and its answer back, as far as they get. */
  function exchange<Answer>(
    copy: Copy,
    signal: AbortSignal,
    terms: {
      readonly thinkMs: number;
      readonly silence: Answer;
      readonly decide: () => Answer;
    },
  ): Promise<Answer> {
    const trouble = world.weather.acquirerTrouble;
    return new Promise((resolve) => {
      const giveUp = (): void => {
        resolve(terms.silence);
      };
      // Some adapters to an acquirer go on waiting although nobody waits for them.
      const waitsOn = dice.chance(trouble / 4);
      if (!waitsOn) signal.addEventListener('abort', giveUp, { once: true });
      const back = (ms: number, settle: () => void): void => {
        scheduler.after(ms, () => {
          copy.deliver(settle);
        });
      };
      const fate = dice.weighted([
        [1, 'ANSWERED'],
        [trouble / 2, 'LOST'],
        [trouble / 2, 'CUT_BEFORE'],
        [trouble / 2, 'CUT_AFTER'],
        [trouble / 2, 'ANSWER_LOST'],
      ] as const);
      if (fate === 'CUT_BEFORE') back(dice.between(1, 50), giveUp);
      if (fate === 'CUT_BEFORE' || fate === 'LOST') return;
      scheduler.after(dice.between(1, 40) + terms.thinkMs, () => {
        const answer = terms.decide();
        if (fate === 'ANSWERED')
          back(dice.between(1, 40), () => {
            resolve(answer);
          });
        else if (fate === 'CUT_AFTER') back(dice.between(1, 40), giveUp);
      });
    });
  }

  function thinkMs(): number {
    const trouble = world.weather.acquirerTrouble;
    const most = traits.processingMsMax - 100;
    return dice.weighted([
      [1, dice.between(20, 500)],
      [trouble, dice.between(500, 13_500)],
      [trouble / 2, dice.between(11_000, most)],
    ]);
  }

  const modify =
    (copy: Copy, type: BookedEffect['type']) =>
    (request: ModificationRequest, signal: AbortSignal): Promise<ModificationOutcome> =>
      exchange<ModificationOutcome>(copy, signal, {
        thinkMs: thinkMs(),
        silence: { kind: 'UNKNOWN', why: 'silence' },
        decide: () =>
          once(
            request.reference,
            `${type} ${request.originalReference} ${request.amount.minor}`,
            () => decideModification(type, request),
          ),
      });

  return {
    authorisations,
    effects,
    reversalsSeen,
    refused: (reference) =>
      (answers.get(reference)?.answer as ModificationOutcome | undefined)?.kind === 'REFUSED',
    acquirerFor: (copy) => ({
      authorise: (request, signal) => {
        if (dice.chance(world.weather.acquirerTrouble / 10))
          return Promise.resolve({ kind: 'NOT_SENT', why: 'no connection' });
        return exchange<AuthorisationOutcome>(copy, signal, {
          thinkMs: thinkMs(),
          silence: { kind: 'NO_ANSWER', why: 'silence' },
          decide: () =>
            once(request.reference, `AUTHORISE ${request.amount.minor}`, () =>
              decideAuthorisation(request),
            ),
        });
      },
      capture: modify(copy, 'CAPTURED'),
      void: modify(copy, 'CANCELLED'),
      refund: modify(copy, 'REFUNDED'),
      reverse: (request, signal) =>
        exchange<ReversalOutcome>(copy, signal, {
          thinkMs: dice.between(10, 300),
          silence: { kind: 'NOT_ACKNOWLEDGED', why: 'silence' },
          decide: () => {
            const { originalReference } = request;
            if (!reversalsSeen.has(originalReference))
              reversalsSeen.set(originalReference, scheduler.nowMs());
            return once(request.reference, `REVERSE ${originalReference}`, () =>
              decideReversal(request),
            );
          },
        }),
      inquire: () => Promise.resolve<InquiryOutcome>({ kind: 'UNKNOWN', why: 'not asked here' }),
    }),
  };
}
