// New accounts: the first start, an invitation, open and closed sign-up, and passwords that will not do.

import assert from 'node:assert/strict';
import { fitsSmallPhones } from './lib/accessibility.mjs';
import { chapter, goodPassword } from './lib/chapter.mjs';
import { languages } from './lib/words.mjs';

async function signsUp(device, { email, name, password }) {
  const { words } = device;
  if (email) await device.types(words.email, email);
  await device.types(words.name, name);
  await device.types(words.password, password);
  await device.presses(words.createAccount);
}

for (const language of languages) {
  chapter(`first start (${language})`, {}, (journey) => {
    journey(`the one-time link makes the first account, an administrator, and then no other (${language})`, async ({ server, open, newcomer }) => {
      const jana = newcomer();
      const laptop = await open({ language });
      const { words } = laptop;
      assert.ok(server.invitation.startsWith(`${server.origin}/sign-up?link=`), server.invitation);
      await laptop.visit('/sign-up');
      await laptop.seesHeading(words.signUpClosed);
      await laptop.visit(server.invitation);
      await laptop.sees(words.firstAdministrator);
      await signsUp(laptop, jana);
      await jana.signsIn(laptop);
      assert.match(await server.command(['account', 'list', '--data-dir', server.dataDirectory]), new RegExp(`${jana.email}.*admin`, 'i'));

      const other = await open({ language });
      await other.visit(server.invitation);
      await other.seesHeading(words.linkIsSpent);
    });
  });
}

chapter('sign-up is closed', {}, (journey) => {
  for (const language of languages) {
    journey(`nobody is offered an account, and the page says whom to ask (${language})`, async ({ open }) => {
      const laptop = await open({ language });
      await laptop.visit('/sign-in');
      await laptop.doesNotSee(laptop.words.createAnAccount);
      await laptop.visit('/sign-up');
      await laptop.seesHeading(laptop.words.signUpClosed);
    });
  }

  journey('an operator invites somebody by a one-time link', async ({ server, open, newcomer }) => {
    const petr = newcomer({ name: 'Petr Svoboda' });
    const printed = await server.addAccount({ email: petr.email, name: petr.name });
    const path = /\/sign-up\?link=[\w-]+/.exec(printed)?.[0];
    assert.ok(path, printed);
    const laptop = await open();
    await laptop.visit(path);
    assert.equal(await laptop.field(laptop.words.email).inputValue(), petr.email);
    await signsUp(laptop, { ...petr, email: undefined, name: petr.name, password: petr.password });
    await petr.signsIn(laptop);
    const other = await open();
    await other.visit(path);
    await other.seesHeading(other.words.linkIsSpent);
  });
});

chapter('sign-up is open', { config: 'sign_up = "open"\n' }, (journey) => {
  for (const language of languages) {
    journey(`anybody makes an account and signs in with it (${language})`, async ({ open, newcomer }) => {
      const eva = newcomer({ name: 'Eva Malá' });
      const laptop = await open({ language });
      const { words } = laptop;
      await laptop.visit('/sign-in');
      await laptop.follows(words.createAnAccount);
      await signsUp(laptop, eva);
      await eva.signsIn(laptop);
      await laptop.sees(eva.email);
    });

    journey(`a password that will not do is refused with the reason, and nothing else must be typed again (${language})`, async ({ open, newcomer }) => {
      const eva = newcomer({ name: 'Eva Malá' });
      const laptop = await open({ language });
      const { words } = laptop;
      await laptop.visit('/sign-up');
      await signsUp(laptop, { ...eva, email: eva.email, name: eva.name, password: 'too short' });
      await laptop.isTold(words.password, words.passwordTooShort);
      assert.equal(await laptop.field(words.email).inputValue(), eva.email);
      assert.equal(await laptop.field(words.name).inputValue(), eva.name);
      assert.equal(await laptop.field(words.password).inputValue(), '');
      await laptop.types(words.password, 'passwordpassword');
      await laptop.presses(words.createAccount);
      await laptop.isTold(words.password, words.passwordIsCommon);
      await laptop.types(words.password, eva.password);
      await laptop.presses(words.createAccount);
      await eva.signsIn(laptop);
    });
  }

  journey('an email that has an account is not given away', async ({ open, person, newcomer }) => {
    const jana = await person();
    const laptop = await open();
    await laptop.visit('/sign-up');
    await signsUp(laptop, { ...newcomer(), name: 'Jana', email: jana.email.toUpperCase(), password: goodPassword });
    await laptop.sees(laptop.words.accountIsReady);
    await jana.signsIn(laptop);
  });

  journey('a password can be looked at while it is typed, pasted, and be as long and strange as one likes', async ({ open, newcomer }) => {
    const eva = newcomer({ password: 'Žluťoučký kůň 🐎 úpěl ďábelské ódy – a 64 znaků je stále málo pro něj' });
    const laptop = await open();
    const { words } = laptop;
    await laptop.visit('/sign-up');
    const field = laptop.field(words.password);
    await field.focus();
    await laptop.page.keyboard.insertText(eva.password);
    assert.equal(await field.getAttribute('type'), 'password');
    await laptop.page.getByRole('button', { name: words.showPassword }).click();
    assert.equal(await field.getAttribute('type'), 'text');
    assert.equal(await field.inputValue(), eva.password);
    assert.equal(await field.getAttribute('autocomplete'), 'new-password');
    await laptop.types(words.email, eva.email);
    await laptop.types(words.name, eva.name);
    await laptop.presses(words.createAccount);
    await eva.signsIn(laptop);
  });

  journey('a hostile name is text, on the page and in the file', async ({ open, newcomer }) => {
    const name = '<script>document.title="x"</script>"><img src=x onerror=alert(1)> Donaudampfschifffahrtsgesellschaft';
    const mallory = newcomer({ name });
    const laptop = await open();
    laptop.page.on('dialog', (dialog) => laptop.odd.push(`a dialog: ${dialog.message()}`));
    await laptop.visit('/sign-up');
    await signsUp(laptop, mallory);
    await mallory.signsIn(laptop);
    await laptop.sees(name);
    assert.equal(await laptop.page.locator('img[src="x"]').count(), 0);
    await fitsSmallPhones(laptop.page, 'a profile with a long name');
    await mallory.turnsOn(laptop);
    assert.equal(mallory.recoveryCodes.length, 10);
    await mallory.signsIn(laptop);
  });

  journey('a name of 10,000 characters and one of none are refused in words', async ({ open, newcomer }) => {
    const eva = newcomer();
    const laptop = await open({ javaScript: false });
    const { words } = laptop;
    await laptop.visit('/sign-up');
    await signsUp(laptop, { email: eva.email, name: 'a'.repeat(10_000), password: eva.password });
    await laptop.isTold(words.name, /too long/);
    await signsUp(laptop, { email: eva.email, name: '   ', password: eva.password });
    await laptop.isTold(words.name, /Type a name/);
  });
});
