// Row 7: the phone is lost. In with a recovery code, off, and on again with the new phone.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

chapter('lost phone', {}, (journey) => {
  for (const language of languages) {
    journey(`row 7: with a recovery code one gets in, turns it off and sets up the new phone (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      const lost = jana.phone;
      const oldCodes = jana.recoveryCodes;
      await jana.signsOut(laptop);

      await jana.passesPassword(laptop);
      await jana.typesRecoveryCode(laptop, oldCodes[0]);
      await laptop.isSignedIn();
      await laptop.switches();
      await laptop.types(words.password, jana.password);
      await laptop.presses(words.turnOff);
      await laptop.sees(words.isOff);
      await laptop.switchIs('off');

      const uri = await jana.startsTurningOn(laptop);
      assert.notEqual(uri.secret, lost.key, 'the new phone gets a new key');
      await jana.provesPhone(laptop);
      await jana.downloadsRecoveryCodes(laptop);
      assert.equal(jana.recoveryCodes.filter((code) => oldCodes.includes(code)).length, 0);

      await jana.passesPassword(laptop);
      await server.advance(30);
      await jana.typesCode(laptop, await lost.codeAt(0));
      await laptop.isTold(words.code, words.codeIsWrong);
      await jana.typesRecoveryCode(laptop, oldCodes[1]);
      await laptop.isTold(words.recoveryCode, words.recoveryCodeIsWrong);
      await laptop.follows(words.useCode);
      await jana.typesCode(laptop);
      await laptop.isSignedIn();
    });

    journey(`a quarter of an hour later, turning off asks for a code, and a recovery code will do (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await jana.typesRecoveryCode(laptop, jana.recoveryCodes[0]);
      await server.advance(16 * 60);
      await laptop.visit('/account');
      await laptop.switches();
      await laptop.types(words.password, jana.password);
      await laptop.types(words.code, jana.recoveryCodes[1]);
      await laptop.presses(words.turnOff);
      await laptop.sees(words.isOff);
    });
  }

  journey('an operator helps whoever has lost the recovery codes too', async ({ open, person, server }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await server.command(['account', 'reset-two-factor', jana.email, '--reason', 'phone and codes lost', '--data-dir', server.dataDirectory]);
    await laptop.isSignedOut();
    await jana.passesPassword(laptop);
    await laptop.isSignedIn();
    await laptop.switchIs('off');
  });
});
