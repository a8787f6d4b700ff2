import { schemeOfBin } from './card-scheme.ts';

/**
 * Card numbers where nobody expects them: a shop writes one into a description, an acquirer repeats
 * one in an error. What is stored is refused; what is only told is masked.
 */

/** As many digits as cardData may have, in one piece or in groups of four as they are printed. */
const digitRun = '(?:\\d{16,19}|\\d{4}([ .\\u00a0-])\\d{4}\\1\\d{4}\\1\\d{4,7})';

/** Digits within a longer word are an id: one in some thousand random ids would look like a card. */
const inText = new RegExp(`(?<![A-Za-z0-9-])${digitRun}(?![A-Za-z0-9-])`, 'g');
const whole = new RegExp(`^${digitRun}$`);
const anywhere = new RegExp(`(?<!\\d)${digitRun}(?!\\d)`, 'g');

/**
 * Whether a text has a number in it that some scheme could have issued: of its range, and with a
 * good check digit.
 */
export function holdsCardNumber(text: string): boolean {
  return (text.match(inText) ?? []).some(couldBeIssued);
}

/** Whether the text is such a number and nothing else: for names that others give to things. */
export function isCardNumber(text: string): boolean {
  return whole.test(text) && couldBeIssued(text);
}

/** The text with the middle of everything that looks like a card number hidden, wherever it is. */
export function withoutCardNumbers(text: string): string {
  return text.replace(anywhere, (run: string) => {
    const digits = digitsOf(run);
    if (!passesLuhn(digits)) return run;
    return `${digits.slice(0, 6)}${'*'.repeat(digits.length - 10)}${digits.slice(-4)}`;
  });
}

function couldBeIssued(run: string): boolean {
  const digits = digitsOf(run);
  return schemeOfBin(digits) !== 'OTHER' && passesLuhn(digits);
}

function digitsOf(run: string): string {
  return run.replace(/\D/g, '');
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const weighted = place % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
