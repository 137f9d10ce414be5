// Each application of examples/ has its own users and gains a second factor: one journey for all of them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fitsSmallPhones, isAccessible } from '../lib/accessibility.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { Device } from '../lib/device.mjs';
import { scan } from '../lib/qr.mjs';
import { Shop, examples } from '../lib/shop.mjs';
import { WallPhone } from '../lib/wall-phone.mjs';

const jana = { email: 'jana@example.com', password: 'seven kettles sing to a violet moon' };
const petr = { email: 'petr@example.com', password: 'nine spoons dream under a copper roof' };
const code = 'Authentication code';

// On PostgreSQL those with the engine inside: the others ask a service, which has journeys of its own there.
const onPostgres = process.env.TEST_DATABASE === 'postgres';

for (const [name, example] of Object.entries(examples).filter(([, { asks }]) => !asks || !onPostgres)) {
  describe(`examples/${name}`, () => {
    let shop, browser;
    const devices = [];
    const open = async () => {
      const device = await Device.open(browser, shop, shop.doors.wishes);
      devices.push(device);
      return device;
    };
    before(async () => {
      [shop, browser] = [await Shop.open(example), await openBrowser()];
    });
    after(async () => {
      await browser?.close();
      await shop?.close();
    });

    test('somebody enrols, signs in, recovers, is remembered, turns it off', { timeout: 240_000 }, async () => {
      try {
        await journey(open, shop.doors, name);
        for (const { odd } of devices) assert.deepEqual(odd, [], 'nothing odd happened meanwhile');
      } catch (error) {
        error.message += `\n${devices.map(({ page, odd }) => `at ${page.url()} ${odd.join('; ')}`).join('\n')}\n${shop.log()}`;
        throw error;
      }
    });

    if (!example.asks) return;
    test('while the service is out of reach, a right password signs nobody in', { timeout: 60_000 }, async () => {
      const laptop = await open();
      const { doors } = shop;
      await doors.makesUser(laptop, petr);
      await shop.losesItsService();
      await doors.typesPassword(laptop, petr);
      const button = laptop.page.getByRole('button', { name: doors.signInButton });
      const [answer] = await Promise.all([laptop.page.waitForNavigation(), button.click()]);
      assert.equal(answer.status(), 503);
      await laptop.seesHeading('Not now');
      await laptop.visit(doors.home);
      assert.ok(isAt(laptop, doors.signIn), 'nobody is signed in');
      assert.deepEqual((await laptop.context.cookies()).filter(({ name }) => /device/.test(name)), []);
    });

    test('an answer that is not of the service signs nobody in', { timeout: 120_000 }, async () => {
      const laptop = await open();
      const { doors } = shop;
      const pressed = async (name) => {
        const [answer] = await Promise.all([laptop.page.waitForNavigation(), laptop.page.getByRole('button', { name }).click()]);
        return answer.status();
      };
      const isOut = async (answer) => {
        await laptop.visit(doors.home);
        assert.ok(isAt(laptop, doors.signIn), `nobody is signed in by ${answer}`);
      };
      for (const answer of [[502, '<h1>Bad gateway</h1>'], [502, '"bad gateway"'], [502, '{"error": "bad gateway"}'], [200, '<h1>Welcome</h1>'], [200, '[]'], [200, '{"status": "ok"}']]) {
        await shop.isAnsweredBy(() => answer);
        await doors.typesPassword(laptop, petr);
        const status = await pressed(doors.signInButton);
        if (answer[0] === 502) assert.equal(status, 503, answer.join());
        assert.notEqual(status, 500, answer.join());
        await isOut(answer);
      }
      for (const said of [[200, '{"status": "ok"}'], [200, '<h1>Welcome</h1>'], [502, '<h1>Bad gateway</h1>']]) {
        await shop.isAnsweredBy(({ method }) => (method === 'GET' ? [200, '{"two_factor": "on"}'] : said));
        await doors.typesPassword(laptop, petr);
        await pressed(doors.signInButton);
        assert.ok(isAt(laptop, doors.code));
        await laptop.types(code, '123456');
        assert.equal(await pressed('Verify'), 503, said.join());
        await isOut(said);
      }
    });
  });
}

async function fills(device, form, button) {
  for (const [label, text] of Object.entries(form)) await device.types(label, text);
  await device.presses(button);
}

const isAt = (device, page) => new URL(device.page.url()).pathname === page;

async function journey(open, doors, name) {
  const [laptop, tablet] = [await open(), await open()];
  const accessible = async () => {
    await isAccessible(laptop.page, laptop.path);
    await fitsSmallPhones(laptop.page, laptop.path);
  };
  const passesPassword = async (device) => {
    await doors.typesPassword(device, jana);
    await device.presses(doors.signInButton);
  };
  const isSignedIn = (device) => doors.isSignedIn(device, jana);
  const isAskedForCode = async (device) => {
    assert.equal(device.path, doors.code);
    await device.visit(doors.home);
    assert.ok(isAt(device, doors.signIn), 'a password alone opens nothing');
    await device.visit(doors.code);
  };
  await doors.makesUser(laptop, jana, accessible);
  await passesPassword(tablet);
  await isSignedIn(tablet);

  // Enrol.
  await passesPassword(laptop);
  await isSignedIn(laptop);
  await doors.looksUp(laptop);
  await accessible();
  // Another tab is about to turn it on as well.
  const tab = await laptop.context.newPage();
  await tab.goto(laptop.page.url());
  const inTab = (role, name) => tab.getByRole(role, { name, exact: true });
  if (await inTab('link', 'Turn it on').count()) await inTab('link', 'Turn it on').click();
  await doors.asksForQrCode(laptop, jana);
  const uri = await scan(laptop.page);
  assert.deepEqual([uri.issuer, uri.account], ['Pottery', jana.email]);
  await laptop.sees(uri.secret);
  await accessible();
  const phone = new WallPhone(uri.secret);
  const provesPhone = async (typed) => fills(laptop, { ...doors.provesAlso(jana), [code]: typed }, 'Set up');
  await provesPhone(await phone.wrongCode());
  await laptop.isTold(code, /shows now/);
  await accessible();
  await provesPhone(await phone.freshCode());
  await accessible();
  const link = laptop.page.getByRole('link', { name: 'Download recovery codes' });
  const [download] = await Promise.all([laptop.nextDownload(), link.click()]);
  const recoveryCodes = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  assert.equal(recoveryCodes.length, 10);
  await laptop.follows('Continue');
  await laptop.sees(/It is on/);
  if (await tab.getByLabel('Password').count()) await tab.getByLabel('Password').fill(jana.password);
  await tab.getByRole('button', { name: /Turn it on|Enable 2FA/ }).click();
  await tab.getByText(/It is on/).waitFor();
  await tab.close();
  await tablet.visit(doors.home);
  assert.ok(isAt(tablet, doors.signIn), 'turning on ends other sessions');

  // Sign in with a code, and be remembered.
  await doors.signsOut(laptop);
  await passesPassword(laptop);
  await isAskedForCode(laptop);
  await accessible();
  await fills(laptop, { [code]: await phone.spentCode() }, 'Verify');
  await laptop.isTold(code, /already been used/);
  await laptop.types(code, await phone.freshCode());
  await laptop.ticks('Remember me on this device');
  await laptop.presses('Verify');
  await isSignedIn(laptop);
  await doors.looksUp(laptop);
  await laptop.sees(/Remembered devices: 1/);
  const cookies = Object.fromEntries((await laptop.context.cookies()).map((cookie) => [cookie.name.replace(/-.*/, ''), cookie]));
  for (const cookie of [cookies[doors.sessionCookie], cookies.device]) assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Lax'], name);
  const days = (cookies.device.expires - Date.now() / 1000) / 86_400;
  assert.ok(days > 29.9 && days < 30.1, `remembered for ${days} days`);
  for (let time = 0; time < 2; time += 1) {
    await doors.signsOut(laptop);
    await passesPassword(laptop);
    await isSignedIn(laptop);
  }

  // Another device is asked; without the phone, a recovery code helps, once.
  await passesPassword(tablet);
  await isAskedForCode(tablet);
  await fills(tablet, { [code]: recoveryCodes[4].toLowerCase().replaceAll('-', ' ') }, 'Verify');
  await isSignedIn(tablet);
  await doors.looksUp(tablet);
  await tablet.sees(/Recovery codes left: 9/);
  await doors.signsOut(tablet);
  await passesPassword(tablet);
  await fills(tablet, { [code]: recoveryCodes[4] }, 'Verify');
  await tablet.isTold(code, /already been used/);

  // Turn off: the password alone does not do it.
  await doors.looksUp(laptop);
  await laptop.follows('Turn it off');
  await accessible();
  await fills(laptop, { Password: 'not the password', [code]: recoveryCodes[5] }, 'Turn off');
  await laptop.isTold('Password', /not right/);
  await fills(laptop, { Password: jana.password, [code]: await phone.wrongCode() }, 'Turn off');
  await laptop.isTold(code, /not right/);
  await fills(laptop, { Password: jana.password, [code]: await phone.freshCode() }, 'Turn off');
  await laptop.sees(/It is off/);
  await doors.signsOut(laptop);
  for (const device of [laptop, tablet]) {
    await passesPassword(device);
    await isSignedIn(device);
  }
}
