// Every page works without scripts: turn on, sign in, recover, be remembered, turn off.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

chapter('without JavaScript', { config: 'sign_up = "open"\n' }, (journey) => {
  for (const language of languages) {
    journey(`rows 1 to 9: all of it, from a new account to off again (${language})`, async ({ open, newcomer }) => {
      const jana = newcomer();
      const laptop = await open({ language, javaScript: false });
      const { words } = laptop;
      await laptop.visit('/sign-up');
      await laptop.types(words.email, jana.email);
      await laptop.types(words.name, jana.name);
      await laptop.types(words.password, jana.password);
      await laptop.presses(words.createAccount);

      await jana.signsIn(laptop);
      await laptop.opensMenu(jana.name);
      await laptop.follows(words.enable);
      await laptop.types(words.password, jana.password);
      await laptop.presses(words.enable2fa);
      await jana.scans(laptop);
      await laptop.types(words.code, await jana.phone.wrongCode());
      await laptop.presses(words.setUp);
      await laptop.sees(words.code);
      await jana.provesPhone(laptop);
      const file = await jana.downloadsRecoveryCodes(laptop);
      assert.equal(file.codes.length, 10);
      await laptop.follows(words.continueToSignIn);

      await jana.signsIn(laptop, { remember: true });
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await laptop.isSignedIn();
      await laptop.presses(words.forget, laptop.section(words.devices));
      await jana.signsOut(laptop);

      await jana.passesPassword(laptop);
      await jana.typesRecoveryCode(laptop, file.codes[0]);
      await laptop.isSignedIn();
      await laptop.seesIn(words.recoveryCodes, words.codesLeft(9));
      await jana.turnsOff(laptop);
      await laptop.sees(words.isOff);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await laptop.isSignedIn();
      await laptop.switchIs('off');
    });
  }

  journey('what only scripts can do is not offered', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open({ javaScript: false });
    const { words } = laptop;
    await laptop.visit('/sign-in');
    assert.equal(await laptop.page.getByRole('button', { name: words.showPassword }).count(), 0);
    await jana.signsIn(laptop);
    await jana.startsTurningOn(laptop);
    assert.equal(await laptop.page.getByRole('button', { name: 'Copy' }).count(), 0);
    await jana.provesPhone(laptop);
    assert.equal(await laptop.page.getByRole('button', { name: 'Print' }).count(), 0);
  });
});
