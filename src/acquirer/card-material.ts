import { schemeOf } from '../card-data/card-scheme.ts';
import { bin, firstSix, masked, maskedPan } from '../card-data/payment-card.ts';
import { type CardMaterial, type Scheme } from './acquirer.ts';

/** What may be stored of a card, or of the token in its place. */
export interface CardTraces {
  /** First six and last four digits. */
  readonly maskedPan: string;
  /** The first six digits, of the card behind a token where they are known. */
  readonly bin: string;
  readonly scheme: Scheme;
}

export function tracesOf(material: CardMaterial): CardTraces {
  if (material.kind === 'PAN') {
    const { card } = material;
    return { maskedPan: maskedPan(card), bin: bin(card), scheme: schemeOf(card) };
  }
  const { number, cardBin, scheme } = material.token;
  return { maskedPan: masked(number), bin: cardBin ?? firstSix(number), scheme };
}

/** Overwrites whatever of it is secret. */
export function wipeCard(material: CardMaterial): void {
  if (material.kind === 'PAN') material.card.wipe();
  else material.token.wipe();
}
