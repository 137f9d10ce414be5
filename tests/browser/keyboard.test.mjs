// With Tab, Enter and Space alone; the focus can be seen at every stop.

import { chapter } from './lib/chapter.mjs';
import { tabTo } from './lib/keyboard.mjs';
import { languages } from './lib/words.mjs';

class Hands {
  constructor(device) {
    this.device = device;
    this.page = device.page;
  }

  async writes(label, text) {
    await tabTo(this.page, this.device.field(label));
    await this.page.keyboard.insertText(text);
  }

  async enters(label, text) {
    await this.writes(label, text);
    await this.device.does(() => this.page.keyboard.press('Enter'));
  }

  async hits(role, name, key = 'Enter') {
    await tabTo(this.page, this.page.getByRole(role, { name, exact: true }));
    await this.device.does(() => this.page.keyboard.press(key));
  }
}

chapter('keyboard', {}, (journey) => {
  for (const language of languages) {
    journey(`sign in, open the menu, turn on, verify, sign out, all by keyboard (${language})`, async ({ open, person }) => {
      const jana = await person();
      const laptop = await open({ language });
      const { words } = laptop;
      const hands = new Hands(laptop);
      const signIn = async () => {
        await hands.writes(words.email, jana.email);
        await hands.enters(words.password, jana.password);
      };
      await laptop.visit('/sign-in');
      await signIn();
      await laptop.isSignedIn();

      const menu = laptop.page.getByRole('banner').locator('summary');
      await tabTo(laptop.page, menu);
      await laptop.page.keyboard.press('Space');
      await hands.hits('link', words.enable);
      await hands.enters(words.password, jana.password);
      await jana.scans(laptop);
      await hands.writes(words.code, await jana.phone.freshCode());
      await hands.hits('button', words.setUp, 'Space');
      await hands.hits('link', words.continueToSignIn);
      await signIn();
      await hands.writes(words.code, await jana.phone.freshCode());
      await tabTo(laptop.page, laptop.field(words.remember));
      await laptop.page.keyboard.press('Space');
      await hands.hits('button', words.verify);
      await laptop.isSignedIn();
      await laptop.seesIn(words.devices, words.thisDevice);

      await hands.hits('switch', words.twoFactor, 'Space');
      await hands.enters(words.password, jana.password);
      await laptop.switchIs('off');
      await tabTo(laptop.page, menu);
      await laptop.page.keyboard.press('Enter');
      await hands.hits('button', words.signOut);
      await laptop.sees(words.signedOut);
    });
  }

  journey('Escape closes the menu and the focus stays on it', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    const menu = laptop.page.getByRole('banner').locator('summary');
    await tabTo(laptop.page, menu);
    await laptop.page.keyboard.press('Enter');
    await laptop.sees(laptop.words.signOut);
    await laptop.page.keyboard.press('Tab');
    await laptop.page.keyboard.press('Escape');
    await laptop.page.getByRole('button', { name: laptop.words.signOut }).waitFor({ state: 'hidden' });
    await tabTo(laptop.page, menu);
  });

  journey('the first stop leads past the head of the page', async ({ open, person }) => {
    const jana = await person();
    const laptop = await open();
    await jana.signsIn(laptop);
    await laptop.page.keyboard.press('Tab');
    await laptop.page.keyboard.press('Enter');
    await laptop.page.locator('main:focus').waitFor();
  });
});
