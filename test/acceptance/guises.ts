/** Shorter texts would be found by chance. */
const secretLengthMin = 12;

/** Whatever a secret can look like after somebody has written it down in another way. */
export function guisesOf(secret: string): readonly Buffer[] {
  const utf8 = Buffer.from(secret, 'utf8');
  const utf16 = Buffer.from(secret, 'utf16le');
  const texts = [
    secret,
    encodeURIComponent(secret),
    ...[utf8, utf16].flatMap((bytes) => [...inBase64(bytes), ...inHex(bytes)]),
    ...inPercent(utf8),
    ...inGroups(secret),
  ];
  const plain = texts
    .filter((text) => text.length >= secretLengthMin)
    .map((text) => Buffer.from(text));
  // The other order of the bytes has the same pairs, but for both ends.
  return distinct([...plain, utf16.subarray(0, -1)]);
}

/** At any place of a longer text. The characters at both ends depend on the neighbours. */
function inBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const certain = text.slice(Math.ceil((offset * 4) / 3), -4);
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function inHex(bytes: Buffer): readonly string[] {
  const text = bytes.toString('hex');
  return [text, text.toUpperCase(), text.replaceAll(/..(?!$)/g, '$& ')];
}

/** Every character, as no encoder does and as whoever wants to get round a filter does. */
function inPercent(bytes: Buffer): readonly string[] {
  const text = bytes.toString('hex').replaceAll(/../g, '%$&');
  return [text, text.toUpperCase()];
}

/** As card numbers are printed. */
function inGroups(secret: string): readonly string[] {
  if (!/^\d{16,19}$/.test(secret)) return [];
  return [' ', '-', '.', '\u{a0}'].map((between) =>
    secret.replaceAll(/\d{4}(?!$)/g, `$&${between}`),
  );
}

function distinct(buffers: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(buffers.map((buffer) => [buffer.toString('latin1'), buffer])).values()];
}
