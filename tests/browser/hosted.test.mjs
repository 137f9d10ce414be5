// An application sends its users to our pages: they turn it on, sign in, recover, are remembered, manage, turn it off.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { jwtVerify } from 'jose';
import { fitsSmallPhones, isAccessible } from './lib/accessibility.mjs';
import { Authenticator } from './lib/authenticator.mjs';
import { chapter } from './lib/chapter.mjs';
import { Club } from './lib/club.mjs';
import { scan } from './lib/qr.mjs';
import { languages } from './lib/words.mjs';

const said = {
  en: { back: 'Back to Rowing Club', onward: 'Continue to Rowing Club', settings: 'Back to two-factor authentication', add: 'Continue' },
  cs: { back: 'Zpět na Rowing Club', onward: 'Pokračovat na Rowing Club', settings: 'Zpět na dvoufázové ověření', add: 'Pokračovat' },
};

chapter('hosted pages', {}, (journey) => {
  let club;
  const opens = async (server) => (club ??= await Club.open(server, { looks: ['--colour', '#7a2e1f'] }));

  /** Goes to the application, which sends the browser here. */
  async function goes(device, purpose, user, more = {}) {
    await device.page.goto(club.origin + club.begin(purpose, user, { language: device.language, ...more }));
    await device.page.getByRole('button', { name: 'Go' }).click();
  }

  /** Waits until the browser is back there, and answers with what it brought. */
  async function isBack(device) {
    await device.page.waitForURL(`${club.origin}/back?**`);
    const last = club.results.at(-1);
    assert.ok(last.sameState, 'the state came back');
    assert.equal(last.referer, undefined, 'no address of ours goes along');
    return last;
  }

  async function looksRight(device, where) {
    await isAccessible(device.page, where);
    await fitsSmallPhones(device.page, where);
  }

  async function turnsOn(device, server, user, look = async () => {}) {
    const { words, page } = device;
    await goes(device, 'turn_on', user);
    await look('what comes next');
    await device.presses(words.enable2fa);
    const uri = await scan(page);
    assert.deepEqual([uri.issuer, uri.account], ['Rowing Club', `${user}@example.com`]);
    const phone = new Authenticator(server, uri.secret);
    await look('the QR code');
    await device.types(words.code, await phone.slowCode());
    await device.presses(words.setUp);
    await device.isTold(words.code, /3/);
    await look('a slow clock');
    await device.types(words.code, await phone.freshCode());
    await device.presses(words.setUp);
    await look('recovery codes');
    const [download] = await Promise.all([device.nextDownload(), page.getByRole('button', { name: words.download, exact: true }).click()]);
    const codes = (await readFile(await download.path(), 'utf8')).match(/([0-9A-Z]{4}-){3}[0-9A-Z]{4}/g);
    assert.equal(codes.length, 10);
    await page.getByRole('link', { name: said[device.language].onward, exact: true }).click();
    assert.equal((await isBack(device)).body.outcome, 'turned_on');
    return { phone, codes };
  }

  for (const language of languages) {
    for (const javaScript of [true, false]) {
      const how = `${language}, ${javaScript ? 'with' : 'without'} JavaScript`;
      journey(`from the first QR code to off again (${how})`, async ({ open, server }) => {
        await opens(server);
        const user = `jana-${language}-${javaScript}`;
        const laptop = await open({ language, javaScript });
        const { words, page } = laptop;
        const own = said[language];
        const look = async (where) => (javaScript ? looksRight(laptop, where) : undefined);
        const { phone, codes } = await turnsOn(laptop, server, user, look);

        // A wrong code, a right one, and back by itself.
        await goes(laptop, 'verify', user);
        await laptop.sees(`${user}@example.com`);
        await look('the code');
        await laptop.types(words.code, await phone.wrongCode());
        await laptop.presses(words.verify);
        await laptop.isTold(words.code, /./);
        await laptop.types(words.code, await phone.freshCode());
        await laptop.ticks(words.remember);
        await page.getByRole('button', { name: words.verify, exact: true }).click();
        let last = await isBack(laptop);
        assert.deepEqual([last.status, last.body.outcome, last.body.method], [200, 'verified', 'code']);
        const { payload } = await jwtVerify(last.result, Buffer.from(club.signingKey.replace('whsec_', ''), 'base64'), {
          issuer: server.origin, audience: 'Rowing Club', subject: user, algorithms: ['HS256'],
          currentDate: new Date((await server.now()) * 1000),
        });
        assert.deepEqual([payload.purpose, payload.outcome, payload.method], ['verify', 'verified', 'code']);

        // Remembered: no page at all. Where a code matters, a page.
        await goes(laptop, 'verify', user);
        last = await isBack(laptop);
        assert.equal(last.body.method, 'trusted_device');

        // Manage: one code for all of it.
        await goes(laptop, 'manage', user);
        await look('manage');
        await laptop.switchIs('on');
        await laptop.presses(words.forget, laptop.section(words.devices));
        await laptop.follows(words.replaceCodes);
        await look('replacing recovery codes');
        await laptop.types(words.code, await phone.freshCode());
        await laptop.presses(words.replaceCodes);
        await look('new recovery codes');
        await laptop.follows(own.settings);
        await page.getByRole('button', { name: own.back, exact: true }).click();
        assert.equal((await isBack(laptop)).body.outcome, 'changed');

        // The recovery codes of before are dead; nobody goes on with one.
        await goes(laptop, 'verify', user);
        await laptop.follows(words.useRecoveryCode);
        await look('a recovery code');
        await laptop.types(words.recoveryCode, codes[0]);
        await laptop.presses(words.verify);
        await laptop.isTold(words.recoveryCode, /./);
        await page.getByRole('button', { name: own.back, exact: true }).click();
        assert.equal((await isBack(laptop)).body.type, '/api/v1/problems#cancelled');

        await goes(laptop, 'manage', user);
        await laptop.switches();
        await look('turning off');
        await laptop.types(words.code, await phone.freshCode());
        await laptop.presses(words.turnOff);
        await laptop.switchIs('off');
        await look('off');
        await page.getByRole('button', { name: own.back, exact: true }).click();
        assert.equal((await isBack(laptop)).body.outcome, 'turned_off');
      });
    }
  }

  journey('a recovery code signs in once, and a link that was opened is no use to another browser', async ({ open, server }) => {
    await opens(server);
    const laptop = await open();
    const { words, page } = laptop;
    const { codes } = await turnsOn(laptop, server, 'petr');
    await goes(laptop, 'verify', 'petr');
    const stolen = page.url();
    await laptop.follows(words.useRecoveryCode);
    await laptop.types(words.recoveryCode, codes[0].toLowerCase());
    await page.getByRole('button', { name: words.verify, exact: true }).click();
    assert.equal((await isBack(laptop)).body.method, 'recovery_code');
    const other = await open();
    await other.visit(stolen);
    assert.equal(other.status, 410);
    await other.seesHeading('This page is over');
    await looksRight(other, 'the end of an errand');
    // Going back in the browser shows nothing that could be sent again.
    await page.goBack();
    await laptop.doesNotSee(words.recoveryCode);
  });

  journey('the address of a page on the way has no secret in it', async ({ open, server }) => {
    await opens(server);
    const laptop = await open();
    await goes(laptop, 'turn_on', 'eva');
    assert.match(laptop.path, /^\/hosted\/[0-9a-f]{32}\/turn-on$/);
    const history = await laptop.page.evaluate(() => document.referrer);
    assert.ok(!history.includes('link='), history);
    const [cookie] = (await laptop.context.cookies()).filter(({ name }) => name.includes('errand'));
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Lax']);
    club.close();
  });
});
