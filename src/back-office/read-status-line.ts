import { canonicalJson } from '../shared/canonical-json.ts';
import { sha256 } from '../shared/secret.ts';
import { type LineRefusal, type StatusLine, statusLine } from './status-update-messages.ts';

/** A line that could be read. */
export interface ReadLine extends StatusLine {
  readonly status: Exclude<StatusLine['status'], 'RESERVED'>;
  /** Of the whole line, whatever order its members came in. */
  readonly contentHash: Buffer;
}

export type LineRead =
  | { readonly ok: true; readonly line: ReadLine }
  | { readonly ok: false; readonly refusal: LineRefusal; readonly detail?: string };

/** Reads one line. What a line without operationId says, with all its members, is its identity. */
export function readStatusLine(value: unknown): LineRead {
  const parsed = statusLine.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const detail =
      issue &&
      [...(issue.path.length > 0 ? [issue.path.map(String).join('.')] : []), issue.message].join(
        ': ',
      );
    return { ok: false, refusal: 'MALFORMED_LINE', ...(detail !== undefined && { detail }) };
  }
  const { status, ...line } = parsed.data;
  if (status === 'RESERVED') return { ok: false, refusal: 'RESERVED_NOT_TAKEN' };
  const content = canonicalJson(withoutNulls({ ...(value as object), ...parsed.data }));
  if (content === undefined) {
    return { ok: false, refusal: 'MALFORMED_LINE', detail: 'It is nested too deeply.' };
  }
  return { ok: true, line: { ...line, status, contentHash: sha256(content) } };
}

/** A member that is null says as much as one that is left out. */
function withoutNulls(line: object): object {
  return Object.fromEntries(
    Object.entries(line).filter(([, value]) => value !== null && value !== undefined),
  );
}
