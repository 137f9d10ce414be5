// A forgotten password and a confirmed email, with a real mail server in between: the links are read from the messages.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { asksForLink } from './lib/mail-tour.mjs';
import { languages } from './lib/words.mjs';

const another = 'eleven owls in a green canoe';

/** Reads a link on a phone that is signed in nowhere. */
async function opensOnPhone(open, language, link, wishes) {
  const phone = await open({ language, width: 390, ...wishes });
  await phone.visit(link);
  return phone;
}

chapter('a house that sends mail', { mail: true }, (journey) => {
  // One language each way: what depends on scripts does not depend on the language.
  for (const [language, javaScript] of [['en', true], ['cs', false]]) {
    const how = `${language}, ${javaScript ? 'with' : 'without'} scripts`;
    journey(`an email is confirmed on the phone, 2FA is turned on, and a forgotten password does not turn it off (${how})`, async ({ server, open, person, mailbox }) => {
      const jana = await person();
      const laptop = await open({ language, javaScript });
      const { words } = laptop;
      await jana.signsIn(laptop);
      await laptop.switches();
      await laptop.sees(words.confirmFirst);
      await laptop.presses(words.sendLink);
      await laptop.sees(words.onItsWay);
      const confirmation = await mailbox.link(jana.email, '/confirm-address');
      assert.ok(confirmation.startsWith(`${server.origin}/`), confirmation);
      const phone = await opensOnPhone(open, language, confirmation, { javaScript });
      await phone.sees(jana.email);
      await phone.presses(words.confirmEmail);
      await phone.sees(words.emailIsConfirmed);
      await laptop.follows(words.continue);
      await jana.turnsOn(laptop);
      await jana.signsIn(laptop, { remember: true });

      const other = await open({ language, javaScript });
      await other.visit('/sign-in');
      await other.follows(words.forgotten);
      await asksForLink(other, jana);
      const link = await mailbox.link(jana.email, '/reset-password');
      await other.visit(link);
      await other.seesHeading(words.chooseNewPassword);
      await other.types(words.newPassword, another);
      await other.presses(words.setNewPassword);
      await other.sees(words.newPasswordIsSet);
      await other.isSignedOut();
      // The laptop is signed out and forgotten, and asked for a code like any other.
      await laptop.isSignedOut();
      await jana.passesPassword(laptop);
      await laptop.sees(words.wrongPassword);
      jana.password = another;
      await jana.signsIn(laptop);
      await laptop.switchIs('on');
      await other.visit(link);
      await other.seesHeading(words.linkIsSpent);
      await other.follows(words.askForAnotherLink);
    });
  }

  journey('an email that nobody has is answered the same and gets no message', async ({ open, person, mailbox }) => {
    const jana = await person();
    const laptop = await open();
    await asksForLink(laptop, { email: 'nobody@example.com' });
    const told = await laptop.page.getByRole('main').innerText();
    await asksForLink(laptop, jana);
    assert.equal(await laptop.page.getByRole('main').innerText(), told);
    await mailbox.link(jana.email, '/reset-password');
    assert.deepEqual(mailbox.messages.filter(({ to }) => to.includes('nobody@example.com')), []);
  });

  journey('somebody whom no mail reaches is helped from the terminal', async ({ server, open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    await laptop.switches();
    await laptop.sees(laptop.words.confirmFirst);
    await server.command(['account', 'confirm-address', jana.email, '--data-dir', server.dataDirectory]);
    await jana.hasTwoFactor(await open());
  });
});

chapter('a house that sends no mail', {}, (journey) => {
  for (const language of languages) {
    journey(`the page says whom to ask, and the administrator makes the link (${language})`, async ({ server, open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      await laptop.visit('/sign-in');
      await laptop.follows(words.forgotten);
      await laptop.sees(words.sendsNoMail);
      const printed = await server.command(['account', 'reset-password', jana.email, '--data-dir', server.dataDirectory]);
      await laptop.visit(/\/reset-password\?link=[\w-]+/.exec(printed)[0]);
      await laptop.types(words.newPassword, another);
      await laptop.presses(words.setNewPassword);
      jana.password = another;
      await jana.hasTwoFactor(laptop);
    });
  }
});
