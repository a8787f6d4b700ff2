export const languages = ['nb', 'da', 'fi', 'sv', 'en'] as const;
export type Language = (typeof languages)[number];

/** Norwegian has two written forms and an older tag for both; all of its readers read one of them. */
const languageOf: Readonly<Record<string, Language>> = {
  nb: 'nb',
  no: 'nb',
  nn: 'nb',
  da: 'da',
  fi: 'fi',
  sv: 'sv',
  en: 'en',
};

const preferencesMax = 50;

/** The language of ours that the browser likes best (RFC 9110, Accept-Language); English in doubt. */
export function chooseLanguage(acceptLanguage = ''): Language {
  const liked = acceptLanguage
    .split(',')
    .slice(0, preferencesMax)
    .map(readPreference)
    .filter(({ quality }) => quality > 0)
    // Of equals the first: the sort keeps their order.
    .sort((left, right) => right.quality - left.quality)
    .flatMap(({ tag }) => languageOf[tag] ?? []);
  return liked[0] ?? 'en';
}

function readPreference(preference: string): { tag: string; quality: number } {
  const [range = '', ...parameters] = preference.split(';').map((part) => part.trim());
  const [tag = ''] = range.toLowerCase().split('-');
  const given = parameters.find((parameter) => /^q\s*=/i.test(parameter));
  const quality = given === undefined ? 1 : Number(given.replace(/^q\s*=\s*/i, ''));
  return { tag, quality: quality <= 1 ? quality : 0 };
}
