import { NeverSent } from '../../http/call-errors.ts';
import { type HttpAnswer } from '../../http/exchange.ts';
import { type HttpClient } from '../../http/http-client.ts';
import { messageOf } from '../../shared/errors.ts';

export type Sent =
  | { readonly kind: 'ANSWERED'; readonly answer: HttpAnswer }
  | { readonly kind: 'NO_ANSWER'; readonly why: string }
  | { readonly kind: 'NOT_SENT'; readonly why: string };

export interface Sending {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Sends a message under its idempotency key, which is its reference. Never throws. */
export function sendMessage(
  http: HttpClient,
  {
    path,
    reference,
    body,
  }: { readonly path: string; readonly reference: string; readonly body: Buffer },
  sending: Sending,
): Promise<Sent> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': reference };
  return settled(http.send({ method: 'POST', path, headers, body, ...sending }));
}

/** Asks about a message. Never throws. */
export function askAbout(http: HttpClient, reference: string, sending: Sending): Promise<Sent> {
  const path = `/transactions/${encodeURIComponent(reference)}`;
  return settled(http.send({ method: 'GET', path, ...sending }));
}

async function settled(answering: Promise<HttpAnswer>): Promise<Sent> {
  try {
    return { kind: 'ANSWERED', answer: await answering };
  } catch (thrown) {
    const why = messageOf(thrown);
    // Whatever else it may be, it is no proof that nothing left.
    return thrown instanceof NeverSent ? { kind: 'NOT_SENT', why } : { kind: 'NO_ANSWER', why };
  }
}

/** Why an answer that came is none. */
export function unreadable({ status }: HttpAnswer): string {
  return `An answer of status ${status} that cannot be read`;
}
