import { type Language } from './choose-language.ts';

interface Words {
  readonly confirm: { readonly heading: string; readonly text: string; readonly button: string };
  readonly goOn: { readonly heading: string; readonly text: string; readonly button: string };
  readonly elsewhere: { readonly heading: string; readonly text: string; readonly button: string };
  readonly pending: { readonly heading: string; readonly text: string; readonly button: string };
  readonly toBank: { readonly heading: string; readonly button: string };
  readonly toApp: { readonly heading: string; readonly button: string };
  readonly unknown: { readonly heading: string; readonly text: string };
  readonly trouble: { readonly heading: string; readonly text: string; readonly button: string };
  readonly cancel: string;
  readonly to: string;
  readonly amount: string;
  readonly minutesLeft: (minutes: number) => string;
}

/** Nothing here names a wallet: the app that a customer comes from has a name in each country. */
export const words: Readonly<Record<Language, Words>> = {
  nb: {
    confirm: {
      heading: 'Bekreft med banken din',
      text: 'Banken vil forsikre seg om at det er du som betaler. Etterpå kommer du tilbake til appen.',
      button: 'Gå til banken',
    },
    goOn: {
      heading: 'Fortsett hos banken',
      text: 'Du har begynt å bekrefte betalingen. Fortsett hos banken din.',
      button: 'Fortsett hos banken',
    },
    elsewhere: {
      heading: 'Du har allerede begynt',
      text: 'Bekreftelsen er åpnet i et annet vindu. Fortsett der, eller sjekk om den er ferdig.',
      button: 'Sjekk om den er ferdig',
    },
    pending: {
      heading: 'Banken er ikke ferdig',
      text: 'Banken din har ikke gitt beskjed om at du er ferdig ennå.',
      button: 'Sjekk igjen',
    },
    toBank: { heading: 'Du sendes til banken', button: 'Fortsett' },
    toApp: { heading: 'Du sendes tilbake til appen', button: 'Fortsett' },
    unknown: {
      heading: 'Denne siden finnes ikke',
      text: 'Lenken er feil eller for gammel. Gå tilbake til appen.',
    },
    trouble: {
      heading: 'Noe gikk galt',
      text: 'Prøv igjen om et øyeblikk.',
      button: 'Prøv igjen',
    },
    cancel: 'Avbryt betalingen',
    to: 'Til',
    amount: 'Beløp',
    minutesLeft: (n) => (n === 1 ? 'Du har 1 minutt på deg.' : `Du har ${n} minutter på deg.`),
  },
  da: {
    confirm: {
      heading: 'Bekræft med din bank',
      text: 'Banken vil sikre sig, at det er dig, der betaler. Bagefter kommer du tilbage til appen.',
      button: 'Gå til banken',
    },
    goOn: {
      heading: 'Fortsæt hos banken',
      text: 'Du er begyndt at bekræfte betalingen. Fortsæt hos din bank.',
      button: 'Fortsæt hos banken',
    },
    elsewhere: {
      heading: 'Du er allerede begyndt',
      text: 'Bekræftelsen er åbnet i et andet vindue. Fortsæt dér, eller tjek, om den er færdig.',
      button: 'Tjek, om den er færdig',
    },
    pending: {
      heading: 'Banken er ikke færdig',
      text: 'Din bank har endnu ikke meldt, at du er færdig.',
      button: 'Tjek igen',
    },
    toBank: { heading: 'Du sendes til banken', button: 'Fortsæt' },
    toApp: { heading: 'Du sendes tilbage til appen', button: 'Fortsæt' },
    unknown: {
      heading: 'Siden findes ikke',
      text: 'Linket er forkert eller for gammelt. Gå tilbage til appen.',
    },
    trouble: {
      heading: 'Noget gik galt',
      text: 'Prøv igen om et øjeblik.',
      button: 'Prøv igen',
    },
    cancel: 'Annuller betalingen',
    to: 'Til',
    amount: 'Beløb',
    minutesLeft: (n) => (n === 1 ? 'Du har 1 minut.' : `Du har ${n} minutter.`),
  },
  fi: {
    confirm: {
      heading: 'Vahvista maksu pankissasi',
      text: 'Pankki haluaa varmistaa, että maksaja olet sinä. Sen jälkeen palaat sovellukseen.',
      button: 'Siirry pankkiin',
    },
    goOn: {
      heading: 'Jatka pankissa',
      text: 'Olet aloittanut maksun vahvistamisen. Jatka pankissasi.',
      button: 'Jatka pankissa',
    },
    elsewhere: {
      heading: 'Olet jo aloittanut',
      text: 'Vahvistus on avattu toisessa ikkunassa. Jatka siellä tai tarkista, onko se valmis.',
      button: 'Tarkista, onko se valmis',
    },
    pending: {
      heading: 'Pankki ei ole vielä valmis',
      text: 'Pankkisi ei ole vielä ilmoittanut, että olet valmis.',
      button: 'Tarkista uudelleen',
    },
    toBank: { heading: 'Sinut ohjataan pankkiin', button: 'Jatka' },
    toApp: { heading: 'Sinut ohjataan takaisin sovellukseen', button: 'Jatka' },
    unknown: {
      heading: 'Sivua ei löydy',
      text: 'Linkki on virheellinen tai vanhentunut. Palaa sovellukseen.',
    },
    trouble: {
      heading: 'Jokin meni vikaan',
      text: 'Yritä hetken kuluttua uudelleen.',
      button: 'Yritä uudelleen',
    },
    cancel: 'Peruuta maksu',
    to: 'Saaja',
    amount: 'Summa',
    minutesLeft: (n) =>
      n === 1 ? 'Sinulla on 1 minuutti aikaa.' : `Sinulla on ${n} minuuttia aikaa.`,
  },
  sv: {
    confirm: {
      heading: 'Bekräfta med din bank',
      text: 'Banken vill försäkra sig om att det är du som betalar. Sedan kommer du tillbaka till appen.',
      button: 'Gå till banken',
    },
    goOn: {
      heading: 'Fortsätt hos banken',
      text: 'Du har börjat bekräfta betalningen. Fortsätt hos din bank.',
      button: 'Fortsätt hos banken',
    },
    elsewhere: {
      heading: 'Du har redan börjat',
      text: 'Bekräftelsen är öppnad i ett annat fönster. Fortsätt där, eller kontrollera om den är klar.',
      button: 'Kontrollera om den är klar',
    },
    pending: {
      heading: 'Banken är inte klar',
      text: 'Din bank har inte meddelat att du är klar ännu.',
      button: 'Kontrollera igen',
    },
    toBank: { heading: 'Du skickas till banken', button: 'Fortsätt' },
    toApp: { heading: 'Du skickas tillbaka till appen', button: 'Fortsätt' },
    unknown: {
      heading: 'Sidan finns inte',
      text: 'Länken är fel eller för gammal. Gå tillbaka till appen.',
    },
    trouble: {
      heading: 'Något gick fel',
      text: 'Försök igen om en stund.',
      button: 'Försök igen',
    },
    cancel: 'Avbryt betalningen',
    to: 'Till',
    amount: 'Belopp',
    minutesLeft: (n) => (n === 1 ? 'Du har 1 minut på dig.' : `Du har ${n} minuter på dig.`),
  },
  en: {
    confirm: {
      heading: 'Confirm with your bank',
      text: 'Your bank wants to make sure that it is you who is paying. Afterwards you come back to the app.',
      button: 'Go to the bank',
    },
    goOn: {
      heading: 'Go on at your bank',
      text: 'You have begun to confirm the payment. Go on at your bank.',
      button: 'Go on at the bank',
    },
    elsewhere: {
      heading: 'You have begun already',
      text: 'The confirmation is open in another window. Go on there, or check whether it is done.',
      button: 'Check whether it is done',
    },
    pending: {
      heading: 'Your bank is not done yet',
      text: 'Your bank has not said yet that you are done.',
      button: 'Check again',
    },
    toBank: { heading: 'Taking you to your bank', button: 'Go on' },
    toApp: { heading: 'Taking you back to the app', button: 'Go on' },
    unknown: {
      heading: 'There is no such page',
      text: 'The link is wrong or too old. Please go back to the app.',
    },
    trouble: {
      heading: 'Something went wrong',
      text: 'Please try again in a moment.',
      button: 'Try again',
    },
    cancel: 'Cancel the payment',
    to: 'To',
    amount: 'Amount',
    minutesLeft: (n) => (n === 1 ? 'You have 1 minute.' : `You have ${n} minutes.`),
  },
};
