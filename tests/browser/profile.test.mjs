// My profile: name, password, authenticators, recovery codes, devices, sessions and what happened.

import assert from 'node:assert/strict';
import { Authenticator } from './lib/authenticator.mjs';
import { chapter } from './lib/chapter.mjs';
import { scan } from './lib/qr.mjs';
import { languages } from './lib/words.mjs';

const newPassword = 'eleven lanterns under a paper bridge';

chapter('my profile', {}, (journey) => {
  for (const language of languages) {
    journey(`a new name stands in the menu at once (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.signsIn(laptop);
      await laptop.types(words.name, 'Jana Dvořáková');
      await laptop.presses(words.saveName);
      await laptop.sees(words.nameSaved);
      jana.name = 'Jana Dvořáková';
      await jana.signsOut(laptop);
    });

    journey(`a new password ends the other sessions and opens the next (${language})`, async ({ open, person }) => {
      const jana = await person();
      const [laptop, tablet] = [await open({ language }), await open({ language })];
      const { words } = laptop;
      await jana.signsIn(laptop);
      await jana.signsIn(tablet);
      await laptop.follows(words.changePassword);
      await laptop.types(words.currentPassword, 'not the password at all');
      await laptop.types(words.newPassword, newPassword);
      await laptop.presses(words.changePassword);
      await laptop.isTold(words.currentPassword, words.passwordIsWrong);
      await laptop.types(words.currentPassword, jana.password);
      await laptop.types(words.newPassword, 'too short');
      await laptop.presses(words.changePassword);
      await laptop.isTold(words.newPassword, words.passwordTooShort);
      await laptop.types(words.currentPassword, jana.password);
      await laptop.types(words.newPassword, newPassword);
      await laptop.presses(words.changePassword);
      await tablet.isSignedOut();
      await jana.passesPassword(tablet);
      await tablet.sees(words.wrongPassword);
      jana.password = newPassword;
      await jana.signsIn(tablet);
    });

    journey(`a second authenticator is added, named, renamed and removed (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await laptop.follows(words.addAnother);
      await jana.confirms(laptop, words.continue);
      const tablet = new Authenticator(server, (await scan(laptop.page)).secret);
      assert.notEqual(tablet.key, jana.phone.key);
      await laptop.types(words.authenticatorName, 'Tablet');
      await laptop.types(words.code, await tablet.freshCode());
      await laptop.presses(words.setUp);
      await laptop.isSignedIn();
      await laptop.seesIn(words.authenticators, 'Tablet');

      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await jana.typesCode(laptop, await tablet.freshCode());
      await laptop.isSignedIn();

      const row = laptop.section(words.authenticators).getByRole('listitem').filter({ hasText: 'Tablet' });
      await laptop.follows(words.rename, row);
      await laptop.types(words.authenticatorName, 'Starý tablet');
      await laptop.presses(words.save);
      await laptop.seesIn(words.authenticators, 'Starý tablet');
      await laptop.follows(words.remove, laptop.section(words.authenticators).getByRole('listitem').filter({ hasText: 'Starý tablet' }));
      await jana.confirms(laptop, words.remove);
      await laptop.isSignedIn();
      assert.equal(await laptop.section(words.authenticators).getByRole('listitem').count(), 1);

      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await jana.typesCode(laptop, await tablet.freshCode());
      await laptop.isTold(words.code, words.codeIsWrong);
      await jana.typesCode(laptop);
      await laptop.isSignedIn();
    });

    journey(`sessions are listed and ended, one, the others, all (${language})`, async ({ open, person }) => {
      const jana = await person();
      const [laptop, tablet, phone] = [await open({ language }), await open({ language }), await open({ language })];
      const { words } = laptop;
      await jana.signsIn(tablet);
      await jana.signsIn(phone);
      await jana.signsIn(laptop);
      const rows = laptop.section(words.sessions).getByRole('listitem');
      assert.equal(await rows.count(), 3);
      await laptop.seesIn(words.sessions, words.thisDevice);
      await laptop.seesIn(words.sessions, /Chrome/);
      await laptop.presses(words.end, rows.filter({ has: laptop.page.getByRole('button') }).first());
      assert.equal(await rows.count(), 2);
      await laptop.presses(words.endOthers);
      assert.equal(await rows.count(), 1);
      await tablet.isSignedOut();
      await phone.isSignedOut();
      await jana.signsIn(tablet);
      await laptop.visit('/account');
      await laptop.presses(words.endAll);
      await laptop.isSignedOut();
      await tablet.isSignedOut();
    });

    journey(`recent activity says in plain words what happened (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await jana.typesCode(laptop, await jana.phone.wrongCode());
      await jana.typesRecoveryCode(laptop, jana.recoveryCodes[0]);
      await laptop.isSignedIn();
      await laptop.seesIn(words.activity, words.usedRecoveryCode(9));
      await laptop.seesIn(words.activity, /Chrome/);
      await laptop.follows(words.allActivity);
      await laptop.seesHeading(words.allActivity);
      await laptop.sees(words.usedRecoveryCode(9));
      assert.ok(await laptop.page.getByRole('main').getByRole('listitem').count() >= 5);
      for (const secret of [jana.password, jana.phone.key, ...jana.recoveryCodes]) await laptop.doesNotSee(secret);
    });
  }

  journey('password managers find the page that changes the password', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    await laptop.visit('/.well-known/change-password');
    assert.equal(new URL(laptop.page.url()).pathname, '/account/password');
  });

  journey('signing out is a button, not an address', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    await laptop.visit('/sign-out');
    assert.ok(laptop.status === 405 || laptop.status === 404);
    await laptop.visit('/account');
    await laptop.isSignedIn();
  });
});
