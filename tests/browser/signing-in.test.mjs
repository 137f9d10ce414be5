// Row 5: a code is required at every sign-in, once, and whoever is stuck is shown the way on.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

chapter('signing in', {}, (journey) => {
  for (const language of languages) {
    journey(`row 5: a code is asked for at every sign-in, and each code is good once (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      for (let again = 0; again < 2; again += 1) {
        await jana.signsOut(laptop);
        await laptop.sees(words.signedOut);
        await jana.passesPassword(laptop);
        await laptop.isAskedForCode();
        await laptop.sees(jana.email);
        await jana.typesCode(laptop);
        await laptop.isSignedIn();
      }
      const code = await jana.phone.freshCode();
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await jana.typesCode(laptop, code);
      await laptop.isSignedIn();
      const tablet = await open({ language });
      await jana.passesPassword(tablet);
      await jana.typesCode(tablet, code);
      await tablet.isTold(words.code, words.codeIsSpent);
    });

    journey(`a wrong password and a wrong code each say what to do (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop, { password: 'something else entirely' });
      await laptop.sees(words.wrongPassword);
      assert.equal(await laptop.field(words.email).inputValue(), jana.email, 'the email need not be typed again');
      await jana.passesPassword(laptop, { visit: null });
      // WCAG 3.2.2: the last digit sends nothing; the button does.
      const sent = [];
      laptop.page.on('request', (request) => sent.push(request.url()));
      await laptop.field(words.code).pressSequentially('000000');
      await laptop.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      assert.equal(await laptop.field(words.code).inputValue(), '000000');
      assert.deepEqual(sent, []);
      for (const nonsense of ['12345', '1234567', 'abcdef', '١٢٣٤٥٦']) {
        await jana.typesCode(laptop, nonsense);
        await laptop.isTold(words.code, words.codeHasSixDigits);
      }
      await jana.typesCode(laptop, await jana.phone.wrongCode());
      await laptop.isTold(words.code, words.codeIsWrong);
      await jana.typesCode(laptop);
      await laptop.isSignedIn();
    });

    journey(`five wrong codes begin a wait, and whoever has the phone need not wait (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      const stranger = await open({ language });
      await jana.passesPassword(stranger);
      for (let wrong = 0; wrong < 5; wrong += 1) await jana.typesCode(stranger, await jana.phone.wrongCode());
      await stranger.sees(words.locked);
      for (const wait of [30, 60]) {
        await server.advance(wait);
        await jana.typesCode(stranger, await jana.phone.wrongCode());
        await stranger.sees(words.locked);
      }
      const until = stranger.page.getByRole('alert').locator('time');
      const end = Date.parse(await until.getAttribute('datetime')) / 1000;
      assert.match(await until.textContent(), /\d\d?:\d\d/);

      const tablet = await open({ language });
      await jana.passesPassword(tablet);
      await jana.typesCode(tablet);
      await tablet.sees(words.locked);
      await tablet.follows(words.useTwoCodes);
      const [first, second] = await jana.phone.twoCodes();
      assert.ok(end > (await server.now()), 'the wait is not over');
      await tablet.types(words.code, first);
      await tablet.types(words.nextCode, second);
      await tablet.presses(words.verify);
      await tablet.isSignedIn();
    });

    journey(`whoever is locked out gets in with a recovery code (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      for (let wrong = 0; wrong < 5; wrong += 1) await jana.typesCode(laptop, await jana.phone.wrongCode());
      await laptop.sees(words.locked);
      await jana.typesRecoveryCode(laptop, jana.recoveryCodes[0]);
      await laptop.isSignedIn();
    });

    journey(`a sign-in that waited too long starts over, and says so (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await server.advance(11 * 60);
      await jana.typesCode(laptop);
      await laptop.sees(words.tookTooLong);
      await jana.passesPassword(laptop, { visit: null });
      await jana.typesCode(laptop);
      await laptop.isSignedIn();
    });
  }

  journey('a code may be pasted as phones and people write it', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    for (const written of [
      (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
      (code) => ` ${code.slice(0, 3)}-${code.slice(3)} \n`,
      (code) => `${code.slice(0, 3)}\u00a0${code.slice(3)}`,
    ]) {
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      const code = await jana.phone.freshCode();
      await laptop.field(words.code).focus();
      await laptop.page.keyboard.insertText(written(code));
      await laptop.presses(words.verify);
      await laptop.isSignedIn();
    }
  });

  journey('the code field is one field that phones and password managers know', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    assert.equal(await laptop.field(words.email).getAttribute('autocomplete'), 'username');
    assert.equal(await laptop.field(words.password).getAttribute('autocomplete'), 'current-password');
    await jana.passesPassword(laptop);
    const field = laptop.field(words.code);
    assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
    assert.equal(await field.getAttribute('inputmode'), 'numeric');
    assert.ok(await field.evaluate((element) => element === document.activeElement), 'one can type at once');
    assert.equal(await laptop.field(words.remember).isChecked(), false);
  });

  journey('somebody else at the keyboard uses another account', async ({ open, person }) => {
    const [jana, petr] = [await person(), await person({ name: 'Petr Svoboda' })];
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.presses(laptop.words.useOtherAccount);
    await petr.passesPassword(laptop, { visit: null });
    await laptop.isSignedIn();
    await laptop.sees(petr.email);
  });

  journey('a right password alone opens nothing', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    for (const path of ['/account', '/account/activity', '/account/password', '/account/two-factor/turn-on', '/account/two-factor/turn-off',
      '/account/two-factor/set-up', '/account/two-factor/recovery-codes', '/account/two-factor/authenticators/add']) {
      await laptop.visit(path);
      assert.match(new URL(laptop.page.url()).pathname, /^\/sign-in/, path);
    }
  });

  journey('after signing in one is where one wanted to be, and never on another site', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await laptop.visit('/account/activity');
    await jana.passesPassword(laptop, { visit: null });
    await laptop.seesHeading(laptop.words.allActivity);
    for (const next of ['https://example.com/', '//example.com/', '/\\example.com', 'javascript:alert(1)', '/%09/example.com']) {
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop, { visit: `/sign-in?next=${encodeURIComponent(next)}` });
      assert.equal(new URL(laptop.page.url()).hostname, 'localhost', next);
      assert.ok(laptop.status < 400 || laptop.status === 404, next);
      await laptop.visit('/account');
      await laptop.isSignedIn();
    }
  });

  journey('the address of the email may be written in any case, with spaces around it', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open({ javaScript: false });
    await laptop.visit('/sign-in');
    await laptop.types(laptop.words.email, ` ${jana.email.toUpperCase()} `);
    await laptop.types(laptop.words.password, jana.password);
    await laptop.presses(laptop.words.signIn);
    await laptop.isSignedIn();
  });

  journey('an idle session ends, and says so where it was', async ({ open, person, server }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    await server.advance(61 * 60);
    await laptop.visit('/account');
    assert.equal(new URL(laptop.page.url()).pathname, '/sign-in');
    await jana.passesPassword(laptop, { visit: null });
    await laptop.isSignedIn();
  });
});
