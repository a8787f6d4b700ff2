import { isIPv4, isIPv6 } from 'node:net';

/**
 * What Apache Commons' UrlValidator accepts with its default options, which is what Vipps checks
 * URLs with (Vipps PSP API, URL validation). It knows http, https and ftp, and public names only.
 * Where Apache looks a top-level domain up in a list, this refuses the reserved ones and takes
 * any other that could exist.
 */
export function isValidUrl(text: string): boolean {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(text);
  if (!parts || !/^[\x21-\x7e]+$/.test(text) || /["<>\\^`{|}]/.test(text)) return false;
  const [, scheme = '', authority = '', path = ''] = parts;
  return /^(https?|ftp)$/i.test(scheme) && isValidAuthority(authority) && isValidPath(path);
}

/** Whether the URL's host is this machine itself. */
export function isLoopback(text: string): boolean {
  const host = hostOf(text);
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether the host is one of the names that are kept free for examples and tests. Vipps refuses
 * them; a sandbox takes them, so that a person can try things without owning a domain.
 */
export function isExampleUrl(text: string): boolean {
  return /\.(example|test)$/.test(hostOf(text));
}

function hostOf(text: string): string {
  if (/\s/.test(text) || !URL.canParse(text)) return '';
  const { protocol, hostname } = new URL(text);
  return /^https?:$/.test(protocol) ? hostname : '';
}

const reserved =
  /^(localhost|local|localdomain|internal|intranet|lan|home|corp|test|example|invalid|onion|arpa)$/i;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

function isValidAuthority(authority: string): boolean {
  const parts = /^(?:[^@]*@)?(\[[^\]]*\]|[^:@]*)(?::(\d{1,5}))?$/.exec(authority);
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

function isValidPath(path: string): boolean {
  if (path.includes('//') || /%(?![0-9a-f]{2})/i.test(path)) return false;
  return !/^\/\.\.(\/|$)/.test(path);
}
