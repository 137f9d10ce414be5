// examples/flask/hosted.py draws no QR codes: its users go to our pages and come back.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from '../lib/browser.mjs';
import { Device } from '../lib/device.mjs';
import { scan } from '../lib/qr.mjs';
import { Shop, hosted } from '../lib/shop.mjs';
import { WallPhone } from '../lib/wall-phone.mjs';

const jana = { Email: 'jana@example.com', Password: 'seven kettles sing to a violet moon' };
const code = 'Authentication code';

describe('examples/flask with hosted pages', () => {
  let shop, browser, laptop;
  before(async () => {
    [shop, browser] = [await Shop.open(hosted), await openBrowser()];
    laptop = await Device.open(browser, shop);
  });
  after(async () => {
    await browser?.close();
    await shop?.close();
  });

  test('somebody enrols, signs in, is remembered, recovers, turns it off', { timeout: 240_000 }, async () => {
    try {
      await journey();
      assert.deepEqual(laptop.odd, []);
    } catch (error) {
      error.message += `\nat ${laptop.page.url()} ${laptop.odd.join('; ')}\n${shop.log()}`;
      throw error;
    }
  });

  const fills = async (form, button) => {
    for (const [label, text] of Object.entries(form)) await laptop.types(label, text);
    await laptop.presses(button);
  };
  const passesPassword = async () => {
    await laptop.visit('/sign-in');
    await fills(jana, 'Sign in');
  };
  const isIn = async () => {
    await laptop.page.waitForURL(`${shop.origin}/`);
    await laptop.seesHeading('My account');
  };

  async function journey() {
    const { page } = laptop;
    await laptop.visit('/sign-up');
    await fills(jana, 'Create account');
    await passesPassword();
    await isIn();
    await laptop.follows('Turn it on');
    await fills({ Password: jana.Password }, 'Continue');
    await laptop.presses('Enable 2FA');
    const { secret, issuer } = await scan(page);
    assert.equal(issuer, 'Pottery');
    const phone = new WallPhone(secret);
    await fills({ [code]: await phone.freshCode() }, 'Set up');
    const [download] = await Promise.all([laptop.nextDownload(), page.getByRole('button', { name: 'Download recovery codes' }).click()]);
    const [recovery] = (await readFile(await download.path(), 'utf8')).match(/([0-9A-Z]{4}-){3}[0-9A-Z]{4}/);
    await page.getByRole('link', { name: 'Continue to Pottery' }).click();
    await isIn();
    await laptop.sees(/It is on/);

    await laptop.presses('Sign out');
    await passesPassword();
    await page.goto(`${shop.origin}/`);
    assert.equal(laptop.path, '/sign-in', 'a password alone opens nothing');
    await passesPassword();
    await laptop.ticks('Remember me on this device');
    await laptop.types(code, await phone.freshCode());
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await isIn();

    await laptop.presses('Sign out');
    await laptop.visit('/sign-in');
    for (const [label, text] of Object.entries(jana)) await laptop.types(label, text);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await isIn();

    // A result of before, brought again, opens nothing.
    await laptop.presses('Sign out');
    await page.goto(`${shop.origin}/two-factor/back?countersign_result=x&state=y`);
    assert.equal(laptop.path, '/sign-in');

    const tablet = await Device.open(browser, shop);
    await tablet.visit('/sign-in');
    for (const [label, text] of Object.entries(jana)) await tablet.types(label, text);
    await tablet.presses('Sign in');
    await tablet.follows('Use a recovery code');
    await tablet.types('Recovery code', recovery);
    await tablet.page.getByRole('button', { name: 'Verify', exact: true }).click();
    await tablet.page.waitForURL(`${shop.origin}/`);
    await tablet.follows('Turn it off');
    await tablet.types('Password', jana.Password);
    await tablet.presses('Continue');
    await tablet.switches();
    await tablet.types(code, await phone.freshCode());
    await tablet.presses('Turn off');
    await tablet.page.getByRole('button', { name: 'Back to Pottery' }).click();
    await tablet.page.waitForURL(`${shop.origin}/`);
    await tablet.sees(/It is off/);
  }
});
