import { isIPv4, isIPv6 } from 'node:net';
import { type UserFlow } from '../payments/payment.ts';

const returnUrlCharactersMax = 2_500;

/** Schemes that a browser would run or open locally instead of going somewhere. */
const neverOpened = /^(javascript|data|vbscript|file|blob|about|view-source|filesystem):/i;

/**
 * Whether Vipps would send a customer there: by the rules of Apache Commons' UrlValidator, which it
 * uses, unless the customer is in an app, where any scheme goes (Vipps PSP API, URL validation).
 */
export function isReturnUrl(url: string, userFlow: UserFlow): boolean {
  if (url.length > returnUrlCharactersMax || !/^[\x21-\x7e]+$/.test(url)) return false;
  if (/["<>\\^`{|}]/.test(url)) return false;
  if (/^https?:/i.test(url)) return isWebUrl(url);
  return userFlow === 'NATIVE_REDIRECT' && isAppUrl(url);
}

function isAppUrl(url: string): boolean {
  return !neverOpened.test(url) && /^[a-z][a-z0-9+.-]*:\/\//i.test(url);
}

function isWebUrl(url: string): boolean {
  const parts = /^https?:\/\/([^/?#]*)([^?#]*)/i.exec(url);
  if (!parts) return false;
  const [, authority = '', path = ''] = parts;
  return isPublicAuthority(authority) && isPath(path);
}

/** Names that lead nowhere on the public internet. */
const reserved =
  /^(localhost|local|localdomain|internal|intranet|lan|home|corp|test|example|invalid|onion|arpa)$/i;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

function isPublicAuthority(authority: string): boolean {
  // Credentials in a URL are accepted by the validator and by no browser: refused here.
  const parts = /^(\[[^\]]*\]|[^:@]*)(?::(\d{1,5}))?$/.exec(authority);
  if (!parts) return false;
  const [, host = '', port] = parts;
  if (port !== undefined && Number(port) > 65_535) return false;
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1));
  return isIPv4(host) || isPublicName(host);
}

function isPublicName(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.');
  const top = labels.at(-1) ?? '';
  if (host.length > 253 || labels.length < 2 || reserved.test(top)) return false;
  return labels.every((each) => label.test(each)) && /^([a-z]{2,63}|xn--[a-z0-9-]+)$/i.test(top);
}

function isPath(path: string): boolean {
  if (path.includes('//') || /%(?![0-9a-f]{2})/i.test(path)) return false;
  return !/^\/\.\.(\/|$)/.test(path);
}
