// A program that nobody here wrote, behind nginx as docs/forward-auth.md sets it up: Radicale, with its own pages and its own
// files. It believes a header, so what matters is who can say it.

import assert from 'node:assert/strict';
import { Calendar } from './lib/calendar.mjs';
import { chapter } from './lib/chapter.mjs';

const calendar = 'https://calendar.example.com';
const pages = `${calendar}/.web/`;
const programs = 'https://programs.example.com';
const whoAmI = '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>';
const strangers = true;

const isAtPortal = ({ page }, server) => assert.equal(new URL(page.url()).origin, server.origin, `at the portal, not at ${page.url()}`);

/** Passes password and code on the way to the page that was wanted. */
async function comesIn(device, person, server, wanted = pages) {
  await device.visit(wanted);
  isAtPortal(device, server);
  await person.passesPassword(device, { visit: false });
  isAtPortal(device, server);
  await device.types(device.words.code, await person.phone.freshCode());
  await device.page.getByRole('button', { name: device.words.verify, exact: true }).click();
  await device.page.waitForURL(wanted);
}

async function makesCalendar({ page }, title) {
  await page.getByTitle('Create a new addressbook or calendar').click();
  const form = page.locator('#createcollectionscene');
  await form.locator('#create_displayname').fill(title);
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: title }).waitFor();
}

/** Everything that this browser would send with a request to the calendar. */
async function copiedCookies({ context }) {
  return (await context.cookies(calendar)).map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Whom Radicale takes somebody for. */
async function nameIn(front, headers) {
  const answer = await front.asks('PROPFIND', `${calendar}/`, { headers: { depth: '0', ...headers }, body: whoAmI });
  if (answer.status !== 207) return answer.status;
  return decodeURIComponent(answer.body.match(/<current-user-principal>\s*<href>\/(.*)\/<\/href>/)[1]);
}

chapter('a calendar that nobody here wrote', { behind: Calendar }, (journey) => {
  journey('after password and code somebody is in it as themselves, and out of it at once by signing out', async ({ open, person, server, site, front }) => {
    const [jana, petr] = [await person(), await person({ name: 'Petr Malý' })];
    const laptop = await open({ strangers });
    await jana.signsIn(laptop);
    await jana.turnsOn(laptop);

    const tablet = await open({ strangers });
    await comesIn(tablet, jana, server, `${pages}?a=b&c=%2F`);
    await tablet.sees(`${jana.email}'s Collections`);
    assert.ok(await tablet.page.getByTitle('Logout').isHidden(), 'a button that would sign nobody out');
    await makesCalendar(tablet, 'Pottery lessons');
    assert.deepEqual(await site.kept(), { [jana.email]: ['Pottery lessons'] });

    // Somebody else sees nothing of it, neither on the pages nor by asking for it.
    const phone = await open({ strangers });
    await petr.signsIn(phone);
    await petr.turnsOn(phone);
    const other = await open({ strangers });
    await comesIn(other, petr, server);
    await other.sees(`${petr.email}'s Collections`);
    await makesCalendar(other, 'Choir');
    await other.doesNotSee('Pottery lessons');
    assert.deepEqual(await site.kept(), { [jana.email]: ['Pottery lessons'], [petr.email]: ['Choir'] });
    const cookie = await copiedCookies(other);
    const foreign = await front.asks('PROPFIND', `${calendar}/${jana.email}/`, { headers: { cookie, depth: '1' }, body: whoAmI });
    assert.equal(foreign.status, 403);
    assert.doesNotMatch(foreign.body, /Pottery/);

    // Signed out: the open page, a copy of its cookies and the next visit get nothing more.
    const copy = await copiedCookies(tablet);
    assert.equal(await nameIn(front, { cookie: copy }), jana.email);
    await tablet.page.goto(`${server.origin}/account`);
    await jana.signsOut(tablet);
    assert.equal(await nameIn(front, { cookie: copy }), 401);
    await tablet.visit(pages);
    isAtPortal(tablet, server);
    assert.equal(await nameIn(front, { cookie }), petr.email, 'nobody else is signed out');
  });

  journey('a name that a visitor says is nobody, and makes nobody somebody else', async ({ open, person, server, front }) => {
    const [jana, petr] = [await person(), await person()];
    const laptop = await open({ strangers });
    await petr.signsIn(laptop);
    await petr.turnsOn(laptop);
    for (const name of ['X-Remote-User', 'x-remote-user', 'X_Remote_User', 'Remote-User']) {
      assert.equal(await nameIn(front, { [name]: jana.email }), 401, name);
      const browser = await open({ strangers });
      await browser.context.setExtraHTTPHeaders({ [name]: jana.email });
      await browser.visit(pages);
      isAtPortal(browser, server);
    }
    const browser = await open({ strangers });
    await browser.context.setExtraHTTPHeaders({ 'X-Remote-User': jana.email });
    await comesIn(browser, petr, server);
    await browser.sees(`${petr.email}'s Collections`);
    const cookie = await copiedCookies(browser);
    for (const name of ['X-Remote-User', 'x-remote-user', 'X_Remote_User', 'Remote-User']) {
      assert.equal(await nameIn(front, { cookie, [name]: jana.email }), petr.email, name);
    }
  });

  journey('a password alone does not get in, with 2FA on or off', async ({ open, person, server, site, front }) => {
    const [jana, petr] = [await person(), await person()];
    const [laptop, tablet] = [await open({ strangers }), await open({ strangers })];
    await jana.signsIn(laptop);
    await jana.turnsOn(laptop);
    await jana.passesPassword(tablet);
    await tablet.isAskedForCode();
    await tablet.visit(pages);
    isAtPortal(tablet, server);
    await petr.signsIn(tablet);
    await tablet.visit(pages);
    isAtPortal(tablet, server);
    assert.equal(await nameIn(front, { cookie: await copiedCookies(tablet) }), 401);
    const kept = await site.kept();
    for (const { email } of [jana, petr]) assert.ok(!(email in kept), `Radicale never heard of ${email}`);
  });

  journey('a program cannot show a page: it is refused, or has a door and a password of its own', async ({ open, person, server, site, front }) => {
    const jana = await person();
    const laptop = await open({ strangers });
    await jana.signsIn(laptop);
    await jana.turnsOn(laptop);
    const tablet = await open({ strangers });
    await comesIn(tablet, jana, server);
    await makesCalendar(tablet, 'Pottery lessons');
    const basic = (password) => `Basic ${Buffer.from(`${jana.email}:${password}`).toString('base64')}`;
    const asks = (site, password) => front.asks('PROPFIND', `${site}/${jana.email}/`, { headers: { depth: '1', authorization: basic(password) } });

    const refused = await asks(calendar, jana.password);
    assert.equal(refused.status, 401);
    assert.doesNotMatch(refused.headers['www-authenticate'], /Basic|Digest/, 'nothing asks for a password that would be worth nothing');

    await site.addPassword(jana.email, 'for programs alone');
    const answered = await asks(programs, 'for programs alone');
    assert.equal(answered.status, 207);
    assert.match(answered.body, /Pottery lessons/);
    assert.equal((await asks(programs, jana.password)).status, 401, 'the password of the portal is none of it');
    assert.equal((await asks(calendar, 'for programs alone')).status, 401, 'and it is none of the pages');
    assert.equal(await nameIn(front, { authorization: basic('for programs alone') }), 401);
    const forged = await front.asks('PROPFIND', `${programs}/${jana.email}/`, { headers: { depth: '1', 'x-remote-user': jana.email } });
    assert.equal(forged.status, 401, 'a name opens nothing at the other door');
    assert.doesNotMatch((await front.asks('GET', `${programs}/.web`)).body, /<script|<form/, 'no pages there');
  });
});
