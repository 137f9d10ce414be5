// The settings in which the two products differ, and those an operator changes first.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';

chapter('password_first = false', { config: '[two_factor]\npassword_first = false\n' }, (journey) => {
  journey('the QR code comes without the password', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.signsIn(laptop);
    await laptop.switches();
    assert.equal(await laptop.field(words.password).count(), 0);
    if (await laptop.page.getByRole('button', { name: words.enable2fa }).count()) await laptop.presses(words.enable2fa);
    await jana.scans(laptop);
    await jana.provesPhone(laptop);
    await laptop.sees(words.onlyThisOnce);
    await jana.downloadsRecoveryCodes(laptop);
    await jana.signsIn(laptop);
    await jana.turnsOff(laptop);
    await laptop.sees(words.isOff);
  });
});

chapter('sign_out_after = false', { config: '[two_factor]\nsign_out_after = false\n' }, (journey) => {
  journey('turning on leaves this browser signed in and no other; the next sign-in asks for a code', async ({ open, person }) => {
    const jana = await person();
    const [laptop, tablet] = [await open(), await open()];
    const { words } = laptop;
    await jana.signsIn(laptop);
    await jana.signsIn(tablet);
    await jana.turnsOn(laptop);
    await laptop.follows(words.backToProfile);
    await laptop.isSignedIn();
    await laptop.switchIs('on');
    await tablet.isSignedOut();
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.isAskedForCode();
  });
});

chapter('remember_days = 0', { config: '[two_factor]\nremember_days = 0\n' }, (journey) => {
  journey('no device is remembered, and none is offered to be', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    const { words } = laptop;
    await jana.hasTwoFactor(laptop);
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    assert.equal(await laptop.field(words.remember).count(), 0);
    await laptop.follows(words.useRecoveryCode);
    assert.equal(await laptop.field(words.remember).count(), 0);
    await laptop.follows(words.useCode);
    await jana.typesCode(laptop);
    await laptop.isSignedIn();
    await jana.signsOut(laptop);
    await jana.passesPassword(laptop);
    await laptop.isAskedForCode();
  });
});

const house = `
name = "Acme Mail"
sign_up = "open"
language = "cs"
time_zone = "Europe/Prague"
[two_factor]
remember_days = 7
issuer = "Acme"
[password]
min_length = 8
`;

chapter('a house of its own', { config: house }, (journey) => {
  journey('its name, issuer, days, fallback language and shortest password are what the pages say', async ({ open, newcomer }) => {
    const jana = newcomer({ password: 'čtrnáct vran' });
    const guest = await open({ language: 'cs', accepts: 'de-DE' });
    await guest.visit('/sign-in');
    await guest.sees('Acme Mail');

    const laptop = await open();
    const { words } = laptop;
    await laptop.visit('/sign-up');
    await laptop.sees(/At least 8 characters/);
    await laptop.types(words.email, jana.email);
    await laptop.types(words.name, jana.name);
    await laptop.types(words.password, jana.password);
    await laptop.presses(words.createAccount);
    await jana.signsIn(laptop);
    const uri = await jana.startsTurningOn(laptop);
    assert.equal(uri.issuer, 'Acme');
    await jana.provesPhone(laptop);
    const { text } = await jana.downloadsRecoveryCodes(laptop);
    assert.ok(text.includes('Acme'));
    await jana.passesPassword(laptop);
    await laptop.sees(/7 days/);
  });
});
