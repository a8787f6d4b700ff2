import { Secret } from '../shared/secret.ts';

/** The schemes whose tokens Vipps hands out (PSP API v3 specification, `networkToken.tokenType`). */
export type TokenScheme = 'VISA' | 'MASTERCARD';

/**
 * A scheme's stand-in for a card number, with the one-time proof that goes with it. Both are bytes
 * and not strings, because bytes can be wiped: whoever read the call calls `wipe()` when the acquirer
 * has answered.
 */
export interface NetworkToken {
  /** 16 to 19 ASCII digits; goes where a card number would. */
  readonly number: Secret<Buffer>;
  /** The scheme's one-time proof (TAVV at Visa, UCAF at Mastercard): base64 text, as it came. */
  readonly cryptogram: Secret<Buffer>;
  /** Four digits. The date may have passed: that is for the acquirer to say. */
  readonly expiryYear: number;
  /** 1 to 12. */
  readonly expiryMonth: number;
  readonly scheme: TokenScheme;
  /** Electronic commerce indicator, two digits; absent where Vipps gave none. */
  readonly eci?: string;
  /** The first six digits of the card behind it, where Vipps told. */
  readonly cardBin?: string;
  /** Overwrites number and cryptogram. The token can only be dropped afterwards. */
  readonly wipe: () => void;
}

/** Takes the bytes over: they are wiped with the token. */
export function networkToken(
  parts: Omit<NetworkToken, 'number' | 'cryptogram' | 'wipe'> & {
    readonly number: Buffer;
    readonly cryptogram: Buffer;
  },
): NetworkToken {
  const { number, cryptogram, ...rest } = parts;
  return {
    ...rest,
    number: new Secret(number),
    cryptogram: new Secret(cryptogram),
    wipe: () => {
      number.fill(0);
      cryptogram.fill(0);
    },
  };
}
