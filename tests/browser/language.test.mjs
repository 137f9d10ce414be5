// Row 15: English and Czech, from the browser, from the foot, from the profile.

import { chapter } from './lib/chapter.mjs';

chapter('language', {}, (journey) => {
  journey('row 15: the browser chooses, a language nobody speaks here falls back', async ({ open }) => {
    for (const [accepts, language] of [['cs-CZ', 'cs'], ['cs', 'cs'], ['en-US', 'en'], ['de-DE', 'en'], ['sk-SK', 'en']]) {
      const device = await open({ accepts, language });
      await device.visit('/sign-in');
      await device.seesHeading({ en: 'Sign in', cs: 'Přihlášení' }[language]);
    }
  });

  journey('row 15: the foot of every page changes it, and stays where one was', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open({ language: 'cs' });
    await laptop.visit('/sign-in');
    laptop.language = 'en';
    await laptop.presses('English', laptop.page.getByRole('contentinfo'));
    await laptop.seesHeading('Sign in');
    await laptop.reload();
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    laptop.language = 'cs';
    await laptop.presses('Čeština', laptop.page.getByRole('contentinfo'));
    await laptop.isAskedForCode();
    await jana.typesCode(laptop);
    await laptop.isSignedIn();
  });

  journey('row 15: the profile changes it for the account, on every device', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open({ language: 'en' });
    await jana.signsIn(laptop);
    laptop.language = 'cs';
    await laptop.presses('Čeština', laptop.page.getByRole('main'));
    await laptop.isSignedIn();
    await laptop.seesHeading('Můj profil');
    await laptop.visit('/account/activity');

    const tablet = await open({ language: 'en' });
    await tablet.visit('/sign-in');
    await tablet.types('Email', jana.email);
    await tablet.types('Password', jana.password);
    tablet.language = 'cs';
    await tablet.presses('Sign in');
    await tablet.isSignedIn();
  });

  journey('row 15: error pages and refusals speak it too', async ({ open }) => {
    for (const language of ['en', 'cs']) {
      const device = await open({ language });
      await device.visit('/no-such-page');
      await device.seesHeading(device.words.nothingHere);
      await device.visit('/sign-in');
      await device.types(device.words.email, 'nobody@example.com');
      await device.types(device.words.password, 'nobody knows this one');
      await device.presses(device.words.signIn);
      await device.sees(device.words.wrongPassword);
    }
  });

  journey('row 15: the downloaded file speaks it too', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open({ language: 'cs' });
    await jana.signsIn(laptop);
    const { name, text } = await jana.turnsOn(laptop);
    if (!/^[\x20-\x7e]+\.txt$/.test(name) || !text.includes('Záložní kódy')) throw new Error(`${name}: ${text}`);
  });
});
