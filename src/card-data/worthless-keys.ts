/** RFC 7638 thumbprints of the keys in keys/test, whose private halves everybody can read. */
export const worthlessThumbprints: ReadonlySet<string> = new Set([
  '9zOacH-nBggGW72tFMoxPuZs4WXTdH_20bDo_CBtits',
]);
