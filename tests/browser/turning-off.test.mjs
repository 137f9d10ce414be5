// Rows 8 and 9: turning off, and that nothing of the old ever works again.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

chapter('turning off', {}, (journey) => {
  for (const language of languages) {
    journey(`rows 8, 9: switch, password, button; then the old codes are dead and a new QR code comes (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      const [oldPhone, oldCodes] = [jana.phone, jana.recoveryCodes];

      await laptop.switches();
      await laptop.types(words.password, jana.password);
      await laptop.presses(words.turnOff);
      await laptop.sees(words.isOff);
      await laptop.switchIs('off');
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await laptop.isSignedIn();

      await jana.turnsOn(laptop);
      assert.notEqual(jana.phone.key, oldPhone.key, 'a new QR code');
      await jana.passesPassword(laptop);
      await server.advance(30);
      await jana.typesCode(laptop, await oldPhone.codeAt(0));
      await laptop.isTold(words.code, words.codeIsWrong);
      for (const code of oldCodes.slice(0, 2)) {
        await laptop.visit('/sign-in/code');
        await jana.typesRecoveryCode(laptop, code);
        await laptop.isTold(words.recoveryCode, words.recoveryCodeIsWrong);
      }
      await laptop.visit('/sign-in/code');
      await jana.typesCode(laptop);
      await laptop.isSignedIn();
    });

    journey(`a wrong password turns nothing off (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await laptop.switches();
      await laptop.types(words.password, 'not the password at all');
      await laptop.presses(words.turnOff);
      await laptop.isTold(words.password, words.passwordIsWrong);
      await laptop.follows(words.cancel);
      await laptop.switchIs('on');
    });

    journey(`a quarter of an hour after the last code, a code is asked for as well (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await server.advance(16 * 60);
      await laptop.visit('/account');
      await laptop.switches();
      await laptop.types(words.password, jana.password);
      await laptop.types(words.code, await jana.phone.wrongCode());
      await laptop.presses(words.turnOff);
      await laptop.isTold(words.code, words.codeIsWrong);
      await laptop.types(words.password, jana.password);
      await laptop.types(words.code, await jana.phone.freshCode());
      await laptop.presses(words.turnOff);
      await laptop.sees(words.isOff);
    });
  }

  journey('another browser of the same account sees that it is off', async ({ open, person }) => {
    const jana = await person();
    const [laptop, tablet] = [await open(), await open()];
    await jana.hasTwoFactor(laptop);
    await jana.signsIn(tablet);
    await jana.turnsOff(laptop);
    await tablet.visit('/account');
    await tablet.switchIs('off');
    await tablet.visit('/account/two-factor/turn-off');
    await tablet.switchIs('off');
  });
});
