import { type Access } from './adapter.ts';
import { type Answer, call, untilFinal } from './http.ts';

/** The PSP's back office, which repeats each call until it has a final answer. */
export interface Office {
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  patch(path: string, body: object): Promise<Answer>;
}

export function createOffice(
  { internalUrl }: { readonly internalUrl: string },
  { backOfficeToken }: Access,
): Office {
  const headers = { Authorization: `Bearer ${backOfficeToken}` };
  const send = (method: string, path: string, body?: object): Promise<Answer> =>
    untilFinal(() =>
      call(method, `${internalUrl}/back-office/v1${path}`, {
        headers,
        ...(body !== undefined && { body }),
      }),
    );
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
  };
}
