import { type Answer, type ApiCall, header } from './answer.ts';
import { timestamp } from './simulator-clock.ts';

/** A call to Vipps' API as the control API shows it: which headers came, but no credentials. */
export type RecordedRequest = {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string | undefined;
  readonly merchantSerialNumber: string | undefined;
  readonly headerNames: readonly string[];
  /** Undefined where the connection was cut in place of an answer. */
  readonly status: number | undefined;
  /** Where the call was refused: what was wrong with it. */
  readonly problems: readonly string[] | undefined;
};

export interface RequestRecord {
  add(call: ApiCall, answer: Answer | undefined, atMs: number): void;
  /** The newest, oldest first. */
  list(): readonly RecordedRequest[];
  clear(): void;
}

const recordedMax = 1_000;

export function createRequestRecord(): RequestRecord {
  let requests: RecordedRequest[] = [];
  return {
    add: (call, answer, atMs) => {
      requests.push({
        at: timestamp(atMs),
        method: call.method,
        path: call.path,
        requestId: header(call, 'request-id'),
        merchantSerialNumber: header(call, 'merchant-serial-number'),
        headerNames: Object.keys(call.headers),
        status: answer?.status,
        problems: answer?.problems,
      });
      if (requests.length >= 2 * recordedMax) requests = requests.slice(-recordedMax);
    },
    list: () => requests.slice(-recordedMax),
    clear: () => {
      requests = [];
    },
  };
}
