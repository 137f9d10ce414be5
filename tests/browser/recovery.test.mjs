// Rows 4 and 6: the file of recovery codes, and what each of them is good for.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

chapter('recovery codes', {}, (journey) => {
  for (const language of languages) {
    journey(`rows 4, 6: every line of the .txt that looks like a code signs in once and only once (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.signsIn(laptop);
      const file = await jana.turnsOn(laptop);
      assert.match(file.name, /\.txt$/);
      assert.equal(new Set(file.codes).size, 10, 'ten different codes');
      assert.ok(file.text.includes('Countersign'), 'it names who issued them');
      assert.ok(file.text.includes(jana.email), 'it names whose they are');
      assert.ok(file.text.includes(new Date((await server.now()) * 1000).getUTCFullYear()), 'it names the day');
      const onThePage = await laptop.page.getByRole('main').getByText(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/).allTextContents();
      assert.deepEqual(onThePage.toSorted(), file.codes.toSorted(), 'the page and the file agree');

      const [first, middle, last] = [file.codes[0], file.codes[4], file.codes[9]];
      for (const [at, code] of [first, middle, last].entries()) {
        await jana.passesPassword(laptop);
        await jana.typesRecoveryCode(laptop, code);
        await laptop.isSignedIn();
        await laptop.seesIn(words.recoveryCodes, words.codesLeft(9 - at));
        await laptop.seesIn(words.activity, words.usedRecoveryCode(9 - at));
        await laptop.seesIn(words.sessions, words.how.recovery);
        await jana.signsOut(laptop);
      }
      await jana.passesPassword(laptop);
      await jana.typesRecoveryCode(laptop, first);
      await laptop.isTold(words.recoveryCode, words.recoveryCodeIsUsed);
      await laptop.types(words.recoveryCode, file.codes[1]);
      await laptop.presses(words.verify);
      await laptop.isSignedIn();
    });

    journey(`with three or fewer left one is told at sign-in, in the right plural (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.signsIn(laptop);
      await jana.turnsOn(laptop);
      for (let left = 9; left >= 1; left -= 1) {
        await jana.passesPassword(laptop);
        await jana.typesRecoveryCode(laptop, jana.recoveryCodes[9 - left]);
        await laptop.isSignedIn();
        await laptop.seesIn(words.recoveryCodes, words.codesLeft(left));
        if (left <= 3) await laptop.sees(words.fewCodes);
        await laptop.context.clearCookies();
      }
      await jana.signsIn(laptop);
      assert.match(await laptop.page.getByRole('status').textContent(), words.fewCodes, 'a sign-in with a code says so too');
    });

    journey(`a typo is told from a used code and from one of an earlier list (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop);
      const earlier = jana.recoveryCodes;

      await laptop.follows(words.replaceCodes);
      await jana.confirms(laptop, words.replaceCodes);
      await laptop.sees(words.onlyThisOnce);
      const file = await jana.downloadsRecoveryCodes(laptop);
      assert.equal(file.codes.filter((code) => earlier.includes(code)).length, 0);
      await laptop.follows(words.backToProfile);
      await laptop.isSignedIn();
      await laptop.seesIn(words.recoveryCodes, words.codesLeft(10));
      await jana.signsOut(laptop);

      await jana.passesPassword(laptop);
      await jana.typesRecoveryCode(laptop, earlier[0]);
      await laptop.isTold(words.recoveryCode, words.recoveryCodeIsReplaced);
      const [head, tail] = [file.codes[0].slice(0, -1), file.codes[0].at(-1)];
      await laptop.types(words.recoveryCode, head + (tail === '7' ? '8' : '7'));
      await laptop.presses(words.verify);
      await laptop.isTold(words.recoveryCode, words.recoveryCodeHasTypo);
      await laptop.types(words.recoveryCode, 'open sesame');
      await laptop.presses(words.verify);
      await laptop.isTold(words.recoveryCode, words.recoveryCodeIsWrong);
      await laptop.types(words.recoveryCode, ` ${file.codes[0].toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `);
      await laptop.presses(words.verify);
      await laptop.isSignedIn();
    });
  }

  journey('the codes are shown once: a reload, the way back and the address show none', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    await jana.turnsOn(laptop);
    const shown = () => laptop.page.getByText(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/).count();
    await laptop.reload();
    assert.equal(await shown(), 0, 'after a reload');
    await laptop.visit('/account/two-factor/recovery-codes');
    assert.equal(await shown(), 0, 'at the address');
    await jana.signsIn(laptop);
    await laptop.visit('/account/two-factor/recovery-codes');
    assert.equal(await shown(), 0, 'at the address, signed in');
    await laptop.seesHeading(laptop.words.replaceCodes);
  });

  journey('pressing the button for the file twice never takes the codes off the page', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.signsIn(laptop);
    await jana.turnsOn(laptop);
    const second = laptop.page.waitForResponse((answer) => answer.request().method() === 'POST');
    await laptop.page.getByRole('button', { name: words.download, exact: true }).click();
    assert.equal((await second).status(), 204, 'once, and on no content a browser keeps its page');
    await laptop.sees(jana.recoveryCodes[0]);
  });

  journey('an authentication code can be used after all', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.follows(words.useRecoveryCode);
    await laptop.follows(words.useCode);
    await jana.typesCode(laptop);
    await laptop.isSignedIn();
  });
});
