// Row 14: "Remember me on this device".

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

const day = 24 * 60 * 60;

chapter('remembering a device', {}, (journey) => {
  for (const language of languages) {
    journey(`row 14: the device is asked once in 30 days, a new device always (${language})`, async ({ open, person, server }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.signsIn(laptop);
      await jana.turnsOn(laptop);
      await jana.passesPassword(laptop);
      await laptop.sees(words.rememberFor);
      await jana.typesCode(laptop, undefined, { remember: true });
      await laptop.isSignedIn();
      await laptop.seesIn(words.devices, words.thisDevice);
      await laptop.seesIn(words.devices, /Chrome/);
      await jana.signsOut(laptop);

      await jana.passesPassword(laptop);
      await laptop.isSignedIn();
      await laptop.seesIn(words.sessions, words.how.remembered);
      await jana.signsOut(laptop);
      const tablet = await open({ language });
      await jana.passesPassword(tablet);
      await tablet.isAskedForCode();

      // Used on the 29th day: that must not make it longer.
      await server.advance(29 * day);
      await jana.passesPassword(laptop);
      await laptop.isSignedIn();
      await jana.signsOut(laptop);
      await server.advance(day);
      await jana.passesPassword(laptop);
      await laptop.isAskedForCode();
    });

    journey(`a forgotten device is asked again (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await jana.hasTwoFactor(laptop, { remember: true });
      await laptop.presses(words.forget, laptop.section(words.devices));
      await laptop.sees(words.noDevices);
      await jana.signsOut(laptop);
      await jana.passesPassword(laptop);
      await laptop.isAskedForCode();
      await jana.typesCode(laptop, undefined, { remember: true });
      const tablet = await open({ language });
      await jana.signsIn(tablet, { remember: true });
      await tablet.presses(words.forgetAll);
      await tablet.sees(words.noDevices);
      for (const device of [laptop, tablet]) {
        await device.visit('/account');
        await jana.signsOut(device);
        await jana.passesPassword(device);
        await device.isAskedForCode();
      }
    });
  }

  journey('two people share a browser, each remembered, each only for their own account', async ({ open, person }) => {
    const [jana, petr] = [await person(), await person({ name: 'Petr Svoboda' })];
    const family = await open();
    for (const somebody of [jana, petr]) {
      await somebody.hasTwoFactor(family, { remember: true });
      await somebody.signsOut(family);
    }
    for (const somebody of [jana, petr, jana]) {
      await somebody.passesPassword(family);
      await family.isSignedIn();
      await family.sees(somebody.email);
      await somebody.signsOut(family);
    }
    await petr.passesPassword(family);
    await family.presses(family.words.forget, family.section(family.words.devices));
    await petr.signsOut(family);
    await petr.passesPassword(family);
    await family.isAskedForCode();
    await jana.passesPassword(family);
    await family.isSignedIn();
  });

  journey('without the tick nothing is remembered', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.hasTwoFactor(laptop);
    await laptop.seesIn(laptop.words.devices, laptop.words.noDevices);
    const lasting = (await laptop.context.cookies()).filter(({ expires }) => expires > 0);
    assert.deepEqual(lasting.map(({ name }) => name).filter((name) => /device/i.test(name)), []);
  });

  journey('a recovery code can earn it too', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.follows(words.useRecoveryCode);
    await laptop.types(words.recoveryCode, jana.recoveryCodes[3]);
    await laptop.ticks(words.remember);
    await laptop.presses(words.verify);
    await laptop.isSignedIn();
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.isSignedIn();
  });

  journey('on a remembered device, turning off still asks for a code', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop, { remember: true });
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.switches();
    assert.equal(await laptop.field(words.code).count(), 1);
    await laptop.types(words.password, jana.password);
    await laptop.types(words.code, await jana.phone.freshCode());
    await laptop.presses(words.turnOff);
    await laptop.sees(words.isOff);
  });

  for (const [what, change] of [
    ['turning off and on again', async (jana, laptop) => { await jana.turnsOff(laptop); await jana.turnsOn(laptop); }],
    ['a new password', async (jana, laptop) => {
      const { words } = laptop;
      await laptop.follows(words.changePassword);
      await laptop.types(words.currentPassword, jana.password);
      await laptop.types(words.newPassword, (jana.password = 'eleven lanterns under a paper bridge'));
      if (await laptop.field(words.code).count()) await laptop.types(words.code, await jana.phone.freshCode());
      await laptop.presses(words.changePassword);
    }],
  ]) {
    journey(`${what} ends remembering`, async ({ open, person }) => {
      const jana = await person();
      const [laptop, tablet] = [await open(), await open()];
      await jana.hasTwoFactor(laptop, { remember: true });
      await jana.signsIn(tablet, { remember: true });
      await change(jana, laptop);
      for (const device of [laptop, tablet]) {
        await device.context.clearCookies({ name: /session/i });
        await jana.passesPassword(device);
        await device.isAskedForCode();
      }
    });
  }
});
