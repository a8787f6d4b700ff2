/** Deeper than any request is; bounds every walk over what a caller sent. */
export const jsonDepthMax = 32;

/**
 * One text for all ways to write the same JSON value: members sorted, no white space. Undefined
 * where it is nested too deeply.
 */
export function canonicalJson(value: unknown, depthLeft = jsonDepthMax): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depthLeft === 0) return undefined;
  const parts = Array.isArray(value)
    ? (value as unknown[]).map((element) => canonicalJson(element, depthLeft - 1))
    : Object.entries(value)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, member]) => {
          const text = canonicalJson(member, depthLeft - 1);
          return text === undefined ? undefined : `${JSON.stringify(name)}:${text}`;
        });
  if (parts.includes(undefined)) return undefined;
  return Array.isArray(value) ? `[${parts.join()}]` : `{${parts.join()}}`;
}
