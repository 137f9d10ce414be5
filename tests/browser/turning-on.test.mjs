// Rows 1, 2, 3, 10, 11, 12 and 13: from the profile to a phone that makes codes.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

chapter('turning on', {}, (journey) => {
  for (const language of languages) {
    journey(`rows 1, 2, 3, 11, 12, 13: the switch leads through password, QR code and code to a new sign-in (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.signsIn(laptop);
      await laptop.opensMenu(jana.name);
      await laptop.follows(words.myProfile);
      await laptop.switchIs('off');

      await laptop.switches();
      await laptop.types(words.password, jana.password);
      await laptop.presses(words.enable2fa);

      const uri = await jana.scans(laptop);
      assert.match(uri.text, /^otpauth:\/\/totp\/Countersign:/);
      assert.deepEqual(
        { issuer: uri.issuer, account: uri.account, algorithm: uri.algorithm, digits: uri.digits, period: uri.period },
        { issuer: 'Countersign', account: jana.email, algorithm: 'SHA1', digits: '6', period: '30' },
      );
      assert.match(uri.secret, /^[A-Z2-7]{32}$/, '160 bits, upper case, no padding');
      const inText = await laptop.page.getByRole('main').getByText(/^([A-Z2-7]{4} ?){8}$/).textContent();
      assert.equal(inText.replaceAll(/\s/g, ''), uri.secret, 'the key in text is the key in the QR code');

      await laptop.visit('/account');
      await laptop.switchIs('off');
      await laptop.goBack();
      await jana.provesPhone(laptop);
      await laptop.sees(words.onlyThisOnce);
      const file = await jana.downloadsRecoveryCodes(laptop);
      assert.equal(file.codes.length, 10);

      await laptop.follows(words.continueToSignIn);
      await laptop.isSignedOut();
      await jana.passesPassword(laptop);
      await laptop.isAskedForCode();
      await jana.typesCode(laptop);
      await laptop.isSignedIn();
      await laptop.switchIs('on');
      await laptop.seesIn(words.recoveryCodes, words.codesLeft(10));
    });

    journey(`row 10: the menu beside the name offers to enable it, until it is on (${language})`, async ({ open, person }) => {
      const petr = await person({ name: 'Petr Svoboda' });
      const laptop = await open({ language });
      const { words } = laptop;
      await petr.signsIn(laptop);
      await laptop.opensMenu(petr.name);
      await laptop.follows(words.enable);
      await laptop.types(words.password, petr.password);
      await laptop.presses(words.enable2fa);
      await petr.scans(laptop);
      await petr.provesPhone(laptop);
      await laptop.follows(words.continueToSignIn);
      await petr.signsIn(laptop);
      await laptop.opensMenu(petr.name);
      await laptop.sees(words.signOut);
      assert.equal(await laptop.page.getByRole('link', { name: words.enable }).count(), 0);
    });

    journey(`row 12: a wrong code turns nothing on, and is explained (${language})`, async ({ open, person }) => {
      const eva = await person({ name: 'Eva Malá' });
      const laptop = await open({ language });
      const { words } = laptop;
      await eva.signsIn(laptop);
      const first = await eva.startsTurningOn(laptop);
      const earlierPhone = eva.phone;

      await laptop.types(words.code, await eva.phone.slowCode());
      await laptop.presses(words.setUp);
      await laptop.isTold(words.code, words.clockIsSlow);
      assert.equal((await eva.scans(laptop)).secret, first.secret, 'the same QR code is still there');

      await laptop.presses(words.showNewQr);
      const second = await eva.scans(laptop);
      assert.notEqual(second.secret, first.secret);
      await laptop.types(words.code, await earlierPhone.codeAt(0));
      await laptop.presses(words.setUp);
      await laptop.isTold(words.code, words.earlierQr);

      await laptop.types(words.code, '12 34');
      await laptop.presses(words.setUp);
      await laptop.isTold(words.code, words.codeHasSixDigits);

      await laptop.visit('/account');
      await laptop.switchIs('off');
      await eva.signsOut(laptop);
      await eva.passesPassword(laptop);
      await laptop.isSignedIn();
    });

    journey(`row 13: every other browser is signed out too (${language})`, async ({ open, person }) => {
      const jana = await person();
      const [laptop, tablet] = [await open({ language }), await open({ language })];
      await jana.signsIn(laptop);
      await jana.signsIn(tablet);
      await jana.turnsOn(laptop);
      await tablet.visit('/account');
      assert.equal(new URL(tablet.page.url()).pathname, '/sign-in', 'the tablet is signed out');
      await jana.signsIn(tablet);
      await jana.signsIn(laptop);
    });
  }

  journey('row 11: a wrong password shows no QR code', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.signsIn(laptop);
    await laptop.visit('/account/two-factor/turn-on');
    await laptop.types(words.password, 'not the password at all');
    await laptop.presses(words.enable2fa);
    await laptop.isTold(words.password, words.passwordIsWrong);
    assert.equal(await laptop.page.getByRole('img', { name: /QR/ }).count(), 0);
    await laptop.visit('/account/two-factor/set-up');
    assert.equal(await laptop.page.getByRole('img', { name: /QR/ }).count(), 0, 'nor does its address');
  });

  journey('an expired QR code says so and leads to a new one', async ({ open, person, server }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.signsIn(laptop);
    await jana.startsTurningOn(laptop);
    await server.advance(11 * 60);
    await laptop.types(words.code, await jana.phone.freshCode());
    await laptop.presses(words.setUp);
    await laptop.sees(words.qrExpired);
    await jana.startsTurningOn(laptop);
    await jana.provesPhone(laptop);
    await laptop.sees(words.onlyThisOnce);
  });

  journey('the code that proved the phone does not sign in as well', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.signsIn(laptop);
    await jana.startsTurningOn(laptop);
    const code = await jana.phone.freshCode();
    await laptop.types(words.code, code);
    await laptop.presses(words.setUp);
    await laptop.follows(words.continueToSignIn);
    await jana.passesPassword(laptop, { visit: null });
    await jana.typesCode(laptop, code);
    await laptop.isTold(words.code, words.codeIsSpent);
    await jana.typesCode(laptop);
    await laptop.isSignedIn();
  });

  journey('a QR code shown in one browser cannot be proven in another', async ({ open, person }) => {
    const jana = await person();
    const [laptop, tablet] = [await open(), await open()];
    await jana.signsIn(laptop);
    await jana.signsIn(tablet);
    await jana.startsTurningOn(laptop);
    await tablet.visit('/account/two-factor/set-up');
    assert.equal(await tablet.page.getByRole('img', { name: /QR/ }).count(), 0);
    await jana.provesPhone(laptop);
    await laptop.sees(laptop.words.onlyThisOnce);
  });

  journey('the QR code is read in the dark theme as well', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open({ theme: 'dark', width: 320 });
    await jana.signsIn(laptop);
    const uri = await jana.startsTurningOn(laptop);
    assert.match(uri.secret, /^[A-Z2-7]{32}$/);
  });
});
