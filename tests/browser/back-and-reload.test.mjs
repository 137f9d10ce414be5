// The back button and a reload at every step: never a second spend, never a blank page, always a way on.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';

chapter('back and reload', {}, (journey) => {
  journey('at the second step, back leads to the first and one signs in all the same', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.isAskedForCode();
    await laptop.reload();
    await laptop.isAskedForCode();
    await laptop.goBack();
    await jana.passesPassword(laptop, { visit: laptop.path === '/sign-in' ? null : '/sign-in' });
    await laptop.isAskedForCode();
    await jana.typesCode(laptop);
    await laptop.isSignedIn();
  });

  journey('after signing in, back never shows the code page of a spent code', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await laptop.reload();
    await laptop.isSignedIn();
    await laptop.goBack();
    assert.notEqual(laptop.path, '/sign-in/code');
    await laptop.visit('/account');
    await laptop.isSignedIn();
  });

  journey('after signing out, back shows nothing of the account', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await laptop.goBack();
    await laptop.doesNotSee(jana.email);
    await laptop.field(laptop.words.email).waitFor();
  });

  journey('a reloaded wrong code is one more wrong code and no more than that', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await jana.typesCode(laptop, await jana.phone.wrongCode());
    await laptop.isTold(words.code, words.codeIsWrong);
    await laptop.reload();
    await laptop.isTold(words.code, words.codeIsWrong);
    await jana.typesCode(laptop);
    await laptop.isSignedIn();
  });

  journey('a wrong password reloaded, then back, then right', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.passesPassword(laptop, { password: 'not the password at all' });
    await laptop.sees(laptop.words.wrongPassword);
    await laptop.reload();
    await laptop.sees(laptop.words.wrongPassword);
    await laptop.goBack();
    await jana.passesPassword(laptop, { visit: null });
    await laptop.isSignedIn();
  });

  journey('while turning on: reload and back at the password, the QR code and the recovery codes', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.signsIn(laptop);
    await laptop.switches();
    await laptop.reload();
    await laptop.types(words.password, jana.password);
    await laptop.presses(words.enable2fa);
    const uri = await jana.scans(laptop);
    await laptop.reload();
    assert.equal((await jana.scans(laptop)).secret, uri.secret, 'a reload keeps the QR code one has scanned');
    await laptop.goBack();
    await laptop.types(words.password, jana.password);
    await laptop.presses(words.enable2fa);
    await jana.scans(laptop);
    await jana.provesPhone(laptop);
    await jana.downloadsRecoveryCodes(laptop);
    await laptop.reload();
    await laptop.doesNotSee(jana.recoveryCodes[0]);
    await laptop.goBack();
    await laptop.doesNotSee(jana.recoveryCodes[0]);
    await jana.signsIn(laptop);
    await laptop.seesIn(words.recoveryCodes, words.codesLeft(10));
    await laptop.seesIn(words.authenticators, words.authenticators);
    assert.equal(await laptop.section(words.authenticators).getByRole('listitem').count(), 1);
  });

  journey('a recovery code is spent once, whatever is reloaded', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await jana.typesRecoveryCode(laptop, jana.recoveryCodes[0]);
    await laptop.isSignedIn();
    await laptop.reload();
    await laptop.seesIn(words.recoveryCodes, words.codesLeft(9));
    await laptop.goBack();
    await laptop.visit('/account');
    await laptop.seesIn(words.recoveryCodes, words.codesLeft(9));
  });

  journey('replaced recovery codes are replaced once, whatever is reloaded', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await laptop.follows(words.replaceCodes);
    await jana.confirms(laptop, words.replaceCodes);
    await jana.downloadsRecoveryCodes(laptop);
    await laptop.reload();
    await laptop.goBack();
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await jana.typesRecoveryCode(laptop, jana.recoveryCodes[0]);
    await laptop.isSignedIn();
  });

  journey('after turning off: reload and back turn nothing on or off', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await jana.turnsOff(laptop);
    await laptop.reload();
    await laptop.goBack();
    await laptop.visit('/account');
    await laptop.switchIs('off');
  });

  journey('a double click on Verify signs in once', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.types(words.code, await jana.phone.freshCode());
    await laptop.does(() => laptop.page.getByRole('button', { name: words.verify }).dblclick());
    await laptop.isSignedIn();
  });

  journey('an old tab that waits at the code page finds the way', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    const secondTab = await laptop.context.newPage();
    await secondTab.goto('/sign-in/code');
    await secondTab.getByLabel(words.code, { exact: true }).fill(await jana.phone.freshCode());
    await secondTab.getByRole('button', { name: words.verify, exact: true }).click();
    await secondTab.getByRole('heading', { name: words.myProfile }).waitFor();
    await jana.typesCode(laptop);
    await laptop.visit('/account');
    await laptop.isSignedIn();
  });
});
