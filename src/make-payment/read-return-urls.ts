import { type ReturnOperation, type ReturnUrls } from '../step-up/begin-step-up.ts';

const urlCharactersMax = 2_048;

/**
 * Reads `operations` of a call (PSP API guide, 3-D Secure): where Vipps' app waits for the customer.
 * Every URL is kept byte for byte. What is no list, no URL or no operation of the three is left out:
 * the call is about a card, and a fixed URL serves where none was given.
 */
export function readReturnUrls(operations: unknown): ReturnUrls {
  if (!Array.isArray(operations)) return {};
  const urls: Partial<Record<ReturnOperation, string>> = {};
  for (const entry of operations as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { operation, url } = entry as { readonly operation?: unknown; readonly url?: unknown };
    const name = typeof operation === 'string' ? operation.toLowerCase() : '';
    if (isReturnOperation(name) && isFitUrl(url)) urls[name] = url;
  }
  return urls;
}

function isReturnOperation(name: string): name is ReturnOperation {
  return name === '3dssuccess' || name === '3dscancel' || name === '3dsfailure';
}

/** It becomes a header: printable ASCII alone, whatever its scheme. */
function isFitUrl(url: unknown): url is string {
  return (
    typeof url === 'string' &&
    url.length <= urlCharactersMax &&
    /^[\x21-\x7e]+$/.test(url) &&
    URL.canParse(url)
  );
}
