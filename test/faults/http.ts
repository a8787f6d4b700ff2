/** An answer as a merchant or a tester sees it; status 0 where none came. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly withinMs?: number;
}

const patienceMs = 20_000;

/** Never throws: a connection that breaks is an answer with status 0. */
export async function call(method: string, url: string, what: Call = {}): Promise<Answer> {
  const { headers = {}, body, withinMs = patienceMs } = what;
  const isText = typeof body === 'string';
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body === undefined
          ? {}
          : { 'Content-Type': isText ? 'text/plain' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(withinMs),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  } catch (error) {
    return { status: 0, body: String(error) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const untilFinalMsMax = 90_000;
const betweenTriesMs = 100;

/** Nobody answered, or somebody said to ask again. */
const passing = new Set([0, 423, 429]);

export function isFinal({ status }: Answer): boolean {
  return !passing.has(status) && status < 500;
}

/** Asks again until there is a final answer, or for as long as anybody would. */
export async function untilFinal(
  once: () => Promise<Answer>,
  isEnough: (answer: Answer) => boolean = isFinal,
): Promise<Answer> {
  const untilMs = performance.now() + untilFinalMsMax;
  for (;;) {
    const answer = await once();
    if (isEnough(answer) || performance.now() > untilMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
  }
}

/** For the control calls of the simulators, which do not fail. */
export async function demand<Body>(method: string, url: string, body?: unknown): Promise<Body> {
  const answer = await call(method, url, { ...(body === undefined ? {} : { body }) });
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer.body as Body;
}
