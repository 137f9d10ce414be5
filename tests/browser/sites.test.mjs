// A wiki behind nginx: reached after password and code, by a real browser with real `__Host-` cookies, and closed at once.

import assert from 'node:assert/strict';
import { chapter } from './lib/chapter.mjs';
import { isAccessible, fitsSmallPhones } from './lib/accessibility.mjs';
import { Wiki } from './lib/wiki.mjs';

const minute = 60;
const wiki = 'https://wiki.example.com';

chapter('sites behind a proxy', { behind: Wiki }, (journey) => {
  journey('a wiki is seen after password and code, on the page that was wanted, and closed by signing out', async ({ open, person, server, site }) => {
    const jana = await person();
    await server.command(['account', 'groups', jana.email, '--add', 'staff', '--data-dir', server.dataDirectory]);
    const laptop = await open();
    const { words, page } = laptop;
    await jana.signsIn(laptop);
    await jana.turnsOn(laptop);
    site.visits.length = 0;

    await laptop.visit(`${wiki}/pages/first?version=2&show=%2F`);
    assert.equal(new URL(page.url()).origin, server.origin, 'led to the portal');
    assert.deepEqual(site.visits, [], 'the wiki knows nothing of it');
    await jana.passesPassword(laptop, { visit: false });
    assert.equal(new URL(page.url()).origin, server.origin, 'a password alone is not enough');
    await laptop.types(words.code, await jana.phone.freshCode());
    await page.getByRole('button', { name: words.verify, exact: true }).click();
    await page.waitForURL(`${wiki}/pages/first?version=2&show=%2F`);
    await laptop.sees(`${jana.name} at /pages/first`);
    assert.deepEqual(site.visits, [`GET /pages/first?version=2&show=%2F ${jana.name}`]);
    const cookies = await laptop.context.cookies();
    const names = (host) => cookies.filter(({ domain }) => domain === host).map(({ name }) => name).sort();
    assert.deepEqual(names('wiki.example.com'), ['__Host-countersign-begin', '__Host-countersign-site'], 'the portal\'s own stays there');
    assert.ok(names('sign-in.example.com').includes('__Host-countersign-session'));

    // Another page of it needs nothing more, and neither does a form.
    await laptop.visit(`${wiki}/pages/second`);
    await page.getByLabel('Text').fill('hello');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(`${wiki}/edit`);
    assert.equal(site.visits.at(-1), `POST /edit ${jana.name}`);

    // Signed out in another tab: the form does not get there, and the browser still has what was typed.
    await laptop.visit(`${wiki}/pages/third`);
    await page.getByLabel('Text').fill('not lost');
    const other = await laptop.context.newPage();
    await other.goto('/account');
    await other.getByRole('banner').getByText(jana.name).click();
    await other.getByRole('button', { name: words.signOut, exact: true }).click();
    await other.waitForURL('/sign-in');
    await page.getByRole('button', { name: 'Save' }).click();
    await laptop.seesHeading('Your form was not sent');
    await isAccessible(page, 'the page of a form that was not sent');
    await fitsSmallPhones(page, 'the page of a form that was not sent');
    const visits = site.visits.length;
    await laptop.visit(`${wiki}/pages/third`);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    assert.equal(site.visits.length, visits, 'closed at once');
  });

  journey('a part that wants a new code asks for one, and who may not see it reads so', async ({ open, person, server }) => {
    const jana = await person();
    const groups = (...change) => server.command(['account', 'groups', jana.email, ...change, '--data-dir', server.dataDirectory]);
    const laptop = await open({ language: 'cs' });
    const { words, page } = laptop;
    await jana.hasTwoFactor(laptop);
    await laptop.visit(`${wiki}/admin`);
    await laptop.seesHeading('Na tuto stránku webu Wiki nemáte přístup');
    assert.equal(laptop.status, 403);
    await isAccessible(page, 'the page of a refusal');
    await fitsSmallPhones(page, 'the page of a refusal');
    await groups('--add', 'staff', '--add', 'admins');
    await page.goto(`${wiki}/admin`);
    assert.equal(page.url(), `${wiki}/admin`);

    await server.advance(15 * minute);
    await laptop.visit(`${wiki}/admin`);
    await laptop.seesHeading('Potvrďte, že jste to vy');
    await isAccessible(page, 'the page that asks for a code again');
    await fitsSmallPhones(page, 'the page that asks for a code again');
    await laptop.types(words.code, await jana.phone.freshCode());
    await page.getByRole('button', { name: words.verify, exact: true }).click();
    await page.waitForURL(`${wiki}/admin`);
  });
});
