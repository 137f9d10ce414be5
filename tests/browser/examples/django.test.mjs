// Django's own admin, asked for what it must not give. The journey through it is in journey.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from '../lib/browser.mjs';
import { Device } from '../lib/device.mjs';
import { scan } from '../lib/qr.mjs';
import { Shop, examples } from '../lib/shop.mjs';
import { WallPhone } from '../lib/wall-phone.mjs';

const code = 'Authentication code';
const password = 'seven kettles sing to a violet moon';

describe('examples/django', () => {
  let shop, browser;
  /** Most stories are hers, one after the other. */
  let jana;
  before(async () => {
    [shop, browser] = [await Shop.open(examples.django), await openBrowser()];
    jana = await enrolled(() => Device.open(browser, shop, shop.doors.wishes));
  });
  after(async () => {
    await browser?.close();
    await shop?.close();
  });

  const story = (name, tell) => test(name, { timeout: 120_000 }, async () => {
    const opened = [];
    const open = async () => {
      opened.push(await Device.open(browser, shop, shop.doors.wishes));
      return opened.at(-1);
    };
    try {
      await tell(open);
    } catch (error) {
      error.message += `\n${opened.map(({ page, odd }) => `at ${page.url()} ${odd.join('; ')}`).join('\n')}\n${shop.log()}`;
      throw error;
    } finally {
      await Promise.all(opened.map(({ context }) => context.close()));
    }
  });

  let people = 0;
  /** Somebody who may do everything in the admin, and has turned 2FA on. */
  async function enrolled(open) {
    people += 1;
    const person = { email: `person${people}@example.com`, password };
    const laptop = await open();
    await shop.doors.makesUser(laptop, person);
    await passesPassword(laptop, person);
    await shop.doors.looksUp(laptop);
    await shop.doors.asksForQrCode(laptop, person);
    const phone = new WallPhone((await scan(laptop.page)).secret);
    await types(laptop, { Password: password, [code]: await phone.freshCode() }, 'Set up');
    const recoveryCodes = (await laptop.page.locator('.codes').innerText()).trim().split(/\s+/);
    return { ...person, phone, recoveryCodes };
  }

  async function types(device, form, button) {
    for (const [label, text] of Object.entries(form)) await device.types(label, text);
    await device.presses(button);
  }

  /** `next`: the page that is wanted, as a link to the sign-in may say it. */
  async function passesPassword(device, { email }, next) {
    await device.visit(next === undefined ? '/admin/login/' : `/admin/login/?next=${encodeURIComponent(next)}`);
    await types(device, { 'Username:': email, 'Password:': password }, 'Log in');
  }

  const sessionOf = async ({ context }) => (await context.cookies()).find(({ name }) => name === 'sessionid')?.value;
  /** Whom the shop's own API takes the holder of these cookies for. */
  const nameOf = async ({ context }) => (await (await context.request.get('/api/me')).json()).user;
  const nameBy = async (session) => (await (await fetch(`${shop.origin}/api/me`, { headers: { cookie: `sessionid=${session}` } })).json()).user;
  const inTheShop = async (python) => (await shop.runs(['shell', '-c', `from django.contrib.auth.models import User\n${python}`])).trim().split('\n').at(-1);

  story('a right password alone opens no page, whatever is asked and whoever asks it', async (open) => {
    const tablet = await open();
    await tablet.visit('/admin/login/');
    const before = await sessionOf(tablet);
    await passesPassword(tablet, jana);
    assert.equal(tablet.path, '/two-factor/code/');
    const waiting = await sessionOf(tablet);
    assert.ok(waiting && waiting !== before);
    assert.equal(await nameOf(tablet), null);

    const { request } = tablet.context;
    const pages = ['/admin/', '/admin/auth/', '/admin/auth/user/', '/admin/auth/user/add/', '/admin/auth/user/1/change/', '/admin/auth/user/1/password/',
      '/admin/password_change/', '/admin/jsi18n/', '/admin/autocomplete/', '/two-factor/', '/two-factor/turn-on/', '/two-factor/set-up/', '/two-factor/turn-off/'];
    const csrf = (await tablet.context.cookies()).find(({ name }) => name === 'csrftoken').value;
    const form = { csrfmiddlewaretoken: csrf, password, username: 'mallory', password1: password, password2: password, code: '000000' };
    for (const page of pages) {
      for (const answer of [await request.get(page, { maxRedirects: 0 }), await request.post(page, { form, maxRedirects: 0 })]) {
        assert.equal(answer.status(), 302, `${page}: ${await answer.text()}`);
        assert.match(answer.headers().location, /^\/admin\/login\/\?next=/, page);
      }
    }
    assert.equal(await inTheShop('print(User.objects.filter(username="mallory").count())'), '0');

    // The code makes another session of it; the one that waited is worth nothing.
    const right = await jana.phone.freshCode();
    await tablet.visit('/two-factor/code/');
    await types(tablet, { [code]: right }, 'Verify');
    assert.equal(await nameOf(tablet), jana.email);
    const full = await sessionOf(tablet);
    assert.notEqual(full, waiting);
    assert.deepEqual([await nameBy(waiting), await nameBy(full)], [null, jana.email]);

    // The same code again, seen over a shoulder.
    const thief = await open();
    await passesPassword(thief, jana);
    await types(thief, { [code]: right }, 'Verify');
    await thief.isTold(code, /already been used/);
    assert.equal(await nameOf(thief), null);
  });

  story('whoever guesses codes is told to wait, and the owner gets in by a recovery code', async (open) => {
    const thief = await open();
    await passesPassword(thief, jana);
    const wrong = await jana.phone.wrongCode();
    const tooMany = /too many wrong codes.*recovery code/;
    for (let guesses = 0; guesses < 6 && !(await thief.page.getByText(tooMany).count()); guesses += 1) {
      await types(thief, { [code]: wrong }, 'Verify');
      assert.equal(thief.status, 422);
    }
    await thief.isTold(code, tooMany);
    // Not the right one either, which somebody may come upon now.
    await types(thief, { [code]: await jana.phone.freshCode() }, 'Verify');
    await thief.isTold(code, tooMany);
    assert.equal(await nameOf(thief), null);
    const tablet = await open();
    await passesPassword(tablet, jana);
    await types(tablet, { [code]: jana.recoveryCodes.pop() }, 'Verify');
    assert.equal(await nameOf(tablet), jana.email);
  });

  story('after the code only a page of our own follows', async (open) => {
    const wanted = { '/admin/auth/user/?q=a%2Fb': '/admin/auth/user/?q=a%2Fb' };
    for (const foreign of ['https://evil.example/', '/\\evil.example/']) wanted[foreign] = '/admin/';
    for (const [next, page] of Object.entries(wanted)) {
      const tablet = await open();
      await passesPassword(tablet, jana, next);
      assert.equal(tablet.path, '/two-factor/code/', next);
      await types(tablet, { [code]: jana.recoveryCodes.pop() }, 'Verify');
      assert.equal(tablet.page.url(), shop.origin + page, next);
      assert.deepEqual(tablet.odd, []);
    }
  });

  story('a user may be renamed, disabled and deleted', async (open) => {
    const petr = await enrolled(open);
    const key = await inTheShop(`user = User.objects.get(username="${petr.email}"); user.username = "petr"; user.save(); print(user.pk)`);
    petr.email = 'petr';
    const tablet = await open();
    await passesPassword(tablet, petr);
    // Somebody else may have the old name now, and nothing of his.
    const other = { email: `person${people}@example.com`, password };
    await shop.doors.makesUser(tablet, other);
    const laptop = await open();
    await passesPassword(laptop, other);
    assert.equal(await nameOf(laptop), other.email, 'no code is asked of them');

    await inTheShop(`User.objects.filter(pk=${key}).update(is_active=False)`);
    await types(tablet, { [code]: petr.recoveryCodes[0] }, 'Verify');
    assert.equal(tablet.path, '/admin/login/', 'disabled while the code was waited for');
    assert.equal(await nameOf(tablet), null);
    const setsPassword = `user.set_password("${password}"); user.save()`;
    await inTheShop(`user = User.objects.get(pk=${key}); user.is_active = True; ${setsPassword}`);
    await passesPassword(tablet, petr);
    await inTheShop(`user = User.objects.get(pk=${key}); ${setsPassword}`);
    await types(tablet, { [code]: petr.recoveryCodes[0] }, 'Verify');
    assert.equal(tablet.path, '/admin/login/', 'the password was set anew meanwhile');
    await passesPassword(tablet, petr);
    await types(tablet, { [code]: petr.recoveryCodes[0] }, 'Verify');
    assert.equal(await nameOf(tablet), 'petr');

    const twoFactor = () => inTheShop(`from second_factor.countersign import ask\nprint(ask("GET", "", ${key})["two_factor"])`);
    await laptop.visit(`/admin/auth/user/${key}/delete/`);
    await laptop.presses('Yes, I’m sure');
    assert.equal(await nameOf(tablet), null);
    assert.equal(await twoFactor(), 'off');
  });

  story('whoever has lost phone and recovery codes is helped by the operator', async (open) => {
    const petr = await enrolled(open);
    // As examples/README.md says.
    await inTheShop(`from second_factor.countersign import ask; ask("DELETE", "/two-factor", User.objects.get(username="${petr.email}").pk)`);
    const tablet = await open();
    await passesPassword(tablet, petr);
    assert.equal(await nameOf(tablet), petr.email);
  });

  story('the API key and the code are in no report of an error and in no log, and a proxy may hide where somebody is', async () => {
    const report = await inTheShop(`import sys
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from second_factor import countersign
right, countersign.API, request = countersign.API, "no address", RequestFactory().post("/")
try:
    countersign.verify(1, str(11 * 11223), request)
except ValueError:
    page = ExceptionReporter(request, *sys.exc_info()).get_traceback_html()
print([word in page for word in ("no address", countersign.API_KEY, str(11 * 11223))])`);
    assert.equal(report, '[True, False, False]');
    // As a file of secrets ends.
    const state = await inTheShop(`import importlib, os
os.environ["COUNTERSIGN_API_KEY"] += chr(10)
from second_factor import countersign
print(importlib.reload(countersign).ask("GET", "", 4711)["two_factor"])`);
    assert.equal(state, 'off');
    const offered = await inTheShop(`from django.test import RequestFactory
from second_factor.countersign import ask
print(len(ask("POST", "/authenticators", 4711, RequestFactory().get("/", REMOTE_ADDR=""))["key"]))`);
    assert.equal(offered, '32');
  });

  story('a code that cannot be asked about lets nobody in', async (open) => {
    const tablet = await open();
    await passesPassword(tablet, jana);
    await shop.losesItsService();
    await tablet.types(code, '123456');
    const button = tablet.page.getByRole('button', { name: 'Verify' });
    const [answer] = await Promise.all([tablet.page.waitForNavigation(), button.click()]);
    assert.equal(answer.status(), 503);
    await tablet.seesHeading('Not now');
    assert.equal(await nameOf(tablet), null);
    await tablet.visit('/admin/');
    assert.equal(tablet.path, '/admin/login/?next=/admin/');
  });
});
