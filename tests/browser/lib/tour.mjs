// Once through the whole house: every page in every state that a person can bring about. The checks of every page and
// the pictures of the guides both take this tour, so neither can forget a page.

import { Authenticator } from './authenticator.mjs';
import { scan } from './qr.mjs';

const quarterOfAnHour = 15 * 60;

/** `look(device, name)` is called at every stop. The server must have `sign_up = "open"`. */
export async function tour({ server, open, newcomer }, { language, width }, look) {
  const device = await open({ language, width });
  const jana = newcomer();
  const stop = (name) => look(device, name);
  for (const part of [signUp, turnOn, signIn, profile, stepUp, authenticators, recovery, locked, turnOff, errors]) {
    await part({ server, device, jana, words: device.words, stop });
  }
}

async function signUp({ device, jana, words, stop }) {
  await device.visit('/sign-up?link=this-link-was-never-made');
  await stop('sign-up-link-spent');
  await device.visit('/sign-in');
  await stop('sign-in');
  await jana.passesPassword(device, { password: 'not the password at all' });
  await stop('sign-in-refused');
  await device.visit('/sign-up');
  await stop('sign-up');
  await device.types(words.email, jana.email);
  await device.types(words.name, ' ');
  await device.types(words.password, 'too short');
  await device.presses(words.createAccount);
  await stop('sign-up-refused');
  await device.types(words.name, jana.name);
  await device.types(words.password, jana.password);
  await device.presses(words.createAccount);
  await stop('sign-up-done');
}

async function turnOn({ device, jana, words, stop }) {
  await jana.signsIn(device);
  await stop('profile-off');
  await device.opensMenu(jana.name);
  await stop('menu');
  await device.follows(words.enable);
  await stop('turn-on');
  await device.types(words.password, 'not the password at all');
  await device.presses(words.enable2fa);
  await stop('turn-on-refused');
  await device.types(words.password, jana.password);
  await device.presses(words.enable2fa);
  await jana.scans(device);
  await stop('set-up');
  await device.types(words.code, await jana.phone.slowCode());
  await device.presses(words.setUp);
  await stop('set-up-explained');
  await jana.provesPhone(device);
  await stop('recovery-codes');
  await jana.downloadsRecoveryCodes(device);
  await device.follows(words.continueToSignIn);
  await stop('sign-in-again');
}

async function signIn({ server, device, jana, words, stop }) {
  await jana.passesPassword(device);
  await stop('code');
  await jana.typesCode(device, await jana.phone.wrongCode());
  await stop('code-refused');
  await device.follows(words.useRecoveryCode);
  await stop('recovery-code');
  await device.types(words.recoveryCode, '0000-0000-0000-0001');
  await device.presses(words.verify);
  await stop('recovery-code-refused');
  await server.advance(11 * 60);
  await device.types(words.recoveryCode, jana.recoveryCodes[0]);
  await device.presses(words.verify);
  await stop('sign-in-took-too-long');
  await jana.signsIn(device, { remember: true });
  await stop('profile-on');
}

async function profile({ device, words, stop }) {
  await device.types(words.name, ' ');
  await device.presses(words.saveName);
  await stop('profile-refused');
  await device.visit('/account/activity');
  await stop('activity');
  await device.visit('/account/password');
  await stop('change-password');
  await device.types(words.currentPassword, 'not the password at all');
  await device.types(words.newPassword, 'too short');
  await device.presses(words.changePassword);
  await stop('change-password-refused');
}

async function stepUp({ server, device, jana, words, stop }) {
  await device.visit('/account/two-factor/recovery-codes');
  await stop('replace-recovery-codes');
  await jana.confirms(device, words.replaceCodes);
  await stop('recovery-codes-replaced');
  await jana.downloadsRecoveryCodes(device);
  await server.advance(quarterOfAnHour + 60);
  await device.visit('/account/two-factor/recovery-codes');
  await stop('replace-recovery-codes-with-code');
}

async function authenticators({ server, device, jana, words, stop }) {
  await device.visit('/account/two-factor/authenticators/add');
  await stop('add-authenticator');
  await jana.confirms(device, words.continue);
  const tablet = new Authenticator(server, (await scan(device.page)).secret);
  await stop('set-up-another');
  await device.types(words.authenticatorName, 'Tablet');
  await device.types(words.code, await tablet.freshCode());
  await device.presses(words.setUp);
  await stop('profile-two-authenticators');
  const row = device.section(words.authenticators).getByRole('listitem').filter({ hasText: 'Tablet' });
  await device.follows(words.rename, row);
  await stop('rename-authenticator');
  await device.visit('/account');
  await device.follows(words.remove, row);
  await stop('remove-authenticator');
  await jana.confirms(device, words.remove);
}

async function recovery({ device, jana, words, stop }) {
  for (const code of jana.recoveryCodes.slice(0, 7)) {
    await device.context.clearCookies();
    await jana.passesPassword(device);
    await jana.typesRecoveryCode(device, code);
  }
  await stop('profile-few-recovery-codes');
  await jana.signsOut(device);
  await stop('signed-out');
}

async function locked({ device, jana, words, stop }) {
  await device.context.clearCookies();
  await jana.passesPassword(device);
  for (let wrong = 0; wrong < 5; wrong += 1) await jana.typesCode(device, await jana.phone.wrongCode());
  await stop('locked');
  await device.follows(words.useTwoCodes);
  await stop('two-codes');
  await device.types(words.code, '000000');
  await device.types(words.nextCode, '000001');
  await device.presses(words.verify);
  await stop('two-codes-refused');
  const [first, second] = await jana.phone.twoCodes();
  await device.types(words.code, first);
  await device.types(words.nextCode, second);
  await device.presses(words.verify);
  await device.isSignedIn();
}

async function turnOff({ server, device, jana, words, stop }) {
  await device.visit('/account/two-factor/turn-off');
  await stop('turn-off');
  await server.advance(quarterOfAnHour + 60);
  await device.visit('/account/two-factor/turn-off');
  await stop('turn-off-with-code');
  await device.types(words.password, jana.password);
  await device.types(words.code, await jana.phone.wrongCode());
  await device.presses(words.turnOff);
  await stop('turn-off-refused');
  await jana.turnsOff(device);
  await stop('turned-off');
}

async function errors({ server, device, stop }) {
  await device.visit('/no-such-page');
  await stop('not-found');
  await device.visit('/sign-out');
  await stop('method-not-allowed');
  await device.page.goto('about:blank');
  await device.page.setContent(`<form method="post" action="${server.origin}/sign-out"><button>from another site</button></form>`);
  await device.does(() => device.page.getByRole('button').click());
  await stop('forbidden');
  await device.visit('/sign-in');
  await device.does(() => device.page.evaluate(() => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: '/language' });
    const field = form.appendChild(document.createElement('textarea'));
    Object.assign(field, { name: 'next', value: 'x'.repeat(1_000_000) });
    document.body.append(form);
    form.submit();
  }));
  await stop('too-large');
}
