import { type Callback, type FailureReason, type Payment } from '../payment.ts';
import { isPublicHttps } from '../psp/init-request.ts';
import { isLoopback } from '../psp/url-validator.ts';
import { type Sent } from './send-callback.ts';

export type Judgement = Pick<Callback, 'verdict' | 'reason' | 'remarks'> & {
  readonly url3dSecure?: string;
};

type Context = {
  readonly payment: Payment;
  readonly confirmed: string;
  /** A duplicate of the first call may repeat its SOFT_DECLINE. */
  readonly decides: boolean;
  readonly allowLoopbackCallbacks: boolean;
};

/**
 * RESERVED only on HTTP 200, a readable JSON body and `paymentInfo.status` OK; whatever else
 * comes, or comes too late, is FAILED (Vipps PSP API, makePayment). A second SOFT_DECLINE is one
 * too many.
 */
export function judgeAnswer(sent: Sent, context: Context): Judgement {
  if (sent.outcome !== 'ANSWERED') return failed('NO_ANSWER');
  if (sent.httpStatus !== 200) return failed('HTTP_STATUS');
  const answer = readable(sent);
  if (!answer) return failed('BAD_ANSWER');
  return { ...judgeStatus(answer, context), remarks: remarksOn(answer, context) };
}

function judgeStatus(answer: PspAnswer, context: Context): Judgement {
  const { confirmed, payment, decides } = context;
  if (isUnsuccessful(confirmed)) return failed(confirmed);
  if (answer.status === 'OK') return { verdict: 'RESERVED', reason: undefined, remarks: [] };
  if (answer.status !== 'SOFT_DECLINE') return failed('REFUSED');
  const { url3dSecure } = answer;
  const isSecond = decides && payment.state === 'CHALLENGE';
  if (isSecond || url3dSecure === undefined) return failed('BAD_ANSWER');
  const mayOpen = isPublicHttps(url3dSecure) || isOpenInSandbox(url3dSecure, context);
  if (!mayOpen) return failed('BAD_ANSWER');
  return { verdict: 'CHALLENGE', reason: undefined, remarks: [], url3dSecure };
}

function isOpenInSandbox(url: string, context: Context): boolean {
  return context.allowLoopbackCallbacks && isLoopback(url);
}

function isUnsuccessful(confirmed: string): confirmed is 'CANCEL' | 'TIMEOUT' | 'NO' {
  return ['CANCEL', 'TIMEOUT', 'NO'].includes(confirmed);
}

function failed(reason: FailureReason): Judgement {
  return { verdict: 'FAILED', reason, remarks: [] };
}

type PspAnswer = {
  readonly status: unknown;
  readonly echoedId: unknown;
  readonly url3dSecure: string | undefined;
  readonly errorId: unknown;
  readonly errorText: unknown;
};

function readable(sent: Extract<Sent, { outcome: 'ANSWERED' }>): PspAnswer | undefined {
  if (!/^application\/json\s*(;|$)/i.test(sent.contentType ?? '')) return undefined;
  const body = members(parsed(sent.body));
  const paymentInfo = members(body?.['paymentInfo']);
  if (!paymentInfo) return undefined;
  const errorMessage = members(body?.['errorMessage']);
  const url = paymentInfo['url3dSecure'];
  return {
    status: paymentInfo['status'],
    echoedId: paymentInfo['pspTransactionId'],
    url3dSecure: typeof url === 'string' ? url : undefined,
    errorId: errorMessage?.['errorId'],
    errorText: errorMessage?.['errorText'],
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function members(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** errorId to errorText, as the PSP must send them. 72 carries a text of the PSP's own. */
const errorTexts: Readonly<Record<string, string>> = {
  '71': 'Invalid request',
  '81': 'No such issuer',
  '82': 'Refused by Issuer',
  '83': 'Suspected fraud',
  '84': 'Exceeds withdrawal amount limit',
  '85': 'Response received too late',
  '86': 'Expired card',
  '87': 'Invalid card number (no such number)',
  '88': 'Merchant does not allow credit cards',
  '89': 'Insufficient funds',
  '91': 'Internal error',
  '92': 'Unable to decrypt',
  '94': 'Unhandled soft decline',
  '1036': 'Soft Decline',
};

function remarksOn(answer: PspAnswer, context: Context): readonly string[] {
  const remarks: string[] = [];
  if (answer.echoedId !== context.payment.pspTransactionId) {
    remarks.push('paymentInfo.pspTransactionId is not that of the call');
  }
  if (!['OK', 'FAIL', 'SOFT_DECLINE'].includes(String(answer.status))) {
    remarks.push('paymentInfo.status is none of OK, FAIL and SOFT_DECLINE');
  }
  if (answer.status !== 'OK' && !isListedError(answer)) {
    remarks.push('errorMessage is not a documented pair of errorId and errorText');
  }
  return remarks;
}

function isListedError({ errorId, errorText }: PspAnswer): boolean {
  if (typeof errorText !== 'string' || errorText === '') return false;
  const id = String(errorId);
  if (id === '72') return true;
  if (id === '93') return /^Status from Vipps:(CANCEL|TIMEOUT|NO)$/.test(errorText);
  return errorTexts[id] === errorText;
}
