import { timingSafeEqual } from 'node:crypto';
import { rails } from '../payments/rail.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { sha256 } from '../shared/secret.ts';
import { type ReturnOperation } from './begin-step-up.ts';
import { endOf, fruitlessEnd } from './end-step-up.ts';
import { type ProofSeal } from './proof-seal.ts';
import {
  type StepUpRepository,
  type StepUpSession,
  type StepUpState,
} from './step-up-repository.ts';
import { type ThreeDsServer } from './three-ds-server.ts';

/** Where a customer stands who has come to the page of a step-up. */
export type Standing =
  | { readonly kind: 'UNKNOWN' }
  /** Nobody has gone to the bank yet. */
  | { readonly kind: 'OPEN'; readonly session: StepUpSession }
  /** This page view has, and may again. */
  | { readonly kind: 'ENTERED'; readonly session: StepUpSession }
  /** Another page view has: the same customer's, as far as anybody can tell, or somebody else's. */
  | { readonly kind: 'ELSEWHERE'; readonly session: StepUpSession }
  | { readonly kind: 'ENDED'; readonly returnUrl: string };

/** What a customer does on the pages of a step-up, known by the token in the URL alone. */
export interface VisitStepUp {
  /** Looks, and changes nothing but a session whose time is up. */
  look(token: string, visit: string): Promise<Standing>;
  /** Goes to the bank: the first page view that does so is the only one that may. */
  enter(token: string, visit: string): Promise<Standing>;
  /** Gives up. */
  cancel(token: string): Promise<void>;
  /** Comes back from the bank: the 3-D Secure server is asked, and nothing else is believed. */
  comeBack(token: string): Promise<Standing>;
}

interface Dependencies {
  readonly stepUps: StepUpRepository;
  readonly threeDsServer: ThreeDsServer;
  readonly seal: ProofSeal;
  readonly log: Log;
}

/** A customer waits for it, looking at a blank page. */
const resultWaitMsMax = 8_000;

export function createVisitStepUp({
  stepUps,
  threeDsServer,
  seal,
  log,
}: Dependencies): VisitStepUp {
  async function look(token: string, visit: string): Promise<Standing> {
    const session = await stepUps.find(token);
    if (session?.overdue !== true) return standingOf(session, visit);
    if (await stepUps.end(token, fruitlessEnd('TIMED_OUT'))) {
      log.info({ event: 'step-up.timed-out', paymentId: session.paymentId });
    }
    return { kind: 'ENDED', returnUrl: returnUrlOf(session, 'TIMED_OUT') };
  }

  /** What the 3-D Secure server says, if it says anything, is written down. */
  async function settle(token: string, session: StepUpSession): Promise<void> {
    const { paymentId, serverReference } = session;
    const result = await resultOf(threeDsServer, serverReference);
    log.info({
      event: 'step-up.result',
      paymentId,
      result: result.kind,
      ...('why' in result ? { why: result.why } : {}),
    });
    const end = endOf(result, session, seal);
    if (end) await stepUps.end(token, end);
  }

  return {
    look,
    enter: async (token, visit) => {
      const standing = await look(token, visit);
      if (standing.kind !== 'OPEN') return standing;
      await stepUps.enter(token, visit);
      return look(token, visit);
    },
    cancel: async (token) => {
      if (await stepUps.end(token, fruitlessEnd('CANCELLED'))) {
        log.info({ event: 'step-up.cancelled' });
      }
    },
    comeBack: async (token) => {
      const standing = await look(token, '');
      if (standing.kind !== 'ELSEWHERE') return standing;
      await settle(token, standing.session);
      return look(token, '');
    },
  };
}

async function resultOf(threeDsServer: ThreeDsServer, serverReference: string) {
  try {
    return await threeDsServer.result(serverReference, AbortSignal.timeout(resultWaitMsMax));
  } catch (error) {
    // An adapter that throws breaks its promise; the customer can ask again.
    return { kind: 'UNKNOWN', why: messageOf(error) } as const;
  }
}

function standingOf(session: StepUpSession | undefined, visit: string): Standing {
  if (session === undefined) return { kind: 'UNKNOWN' };
  const { state } = session;
  if (state === 'OPEN') return { kind: 'OPEN', session };
  if (state === 'ENTERED') {
    return { kind: hasEntered(session, visit) ? 'ENTERED' : 'ELSEWHERE', session };
  }
  return { kind: 'ENDED', returnUrl: returnUrlOf(session, state) };
}

function hasEntered({ entryHash }: StepUpSession, visit: string): boolean {
  return entryHash !== null && timingSafeEqual(entryHash, sha256(visit));
}

const operationOf = {
  SUCCEEDED: '3dssuccess',
  FAILED: '3dsfailure',
  CANCELLED: '3dscancel',
  TIMED_OUT: '3dsfailure',
  // Vipps itself has ended the payment meanwhile.
  CLOSED: '3dsfailure',
} as const satisfies Record<Exclude<StepUpState, 'OPEN' | 'ENTERED'>, ReturnOperation>;

/** As Vipps wrote it; but no header of HTTP can hold a control character. */
function returnUrlOf({ returnUrls, rail }: StepUpSession, state: keyof typeof operationOf): string {
  const url = returnUrls[operationOf[state]];
  return url === undefined || /\p{Cc}/u.test(url) ? rails[rail].stepUpFallbackUrl : url;
}
