// A browser in somebody's hands: one cookie jar, one page, and the verbs a person has for it.

import assert from 'node:assert/strict';
import { watch } from './watch.mjs';
import { words } from './words.mjs';

const patience = 10_000;
const wide = { width: 1280, height: 900 };

export class Device {
  /** The language the pages must be in; a journey that changes it says so here first. */
  language;
  /** The status of the page that was opened last. */
  status;
  /** What no journey may cause; the journey fails if anything is in it. */
  odd;

  #strangers;

  /** `strangers`: its pages were made elsewhere, and have headings and titles of their own taste. */
  static async open(browser, server, { language = 'en', accepts, javaScript = true, theme = 'light', width = wide.width, strangers = false } = {}) {
    const device = new Device();
    device.#strangers = strangers;
    device.context = await browser.newContext({
      baseURL: server.origin,
      locale: accepts ?? { en: 'en-GB', cs: 'cs-CZ' }[language],
      colorScheme: theme,
      javaScriptEnabled: javaScript,
      viewport: { ...wide, width },
      timezoneId: 'UTC',
      acceptDownloads: true,
      reducedMotion: 'reduce',
      // A front has a certificate that it made itself.
      ignoreHTTPSErrors: server.sites.length > 0,
    });
    device.context.setDefaultTimeout(patience);
    device.context.setDefaultNavigationTimeout(3 * patience);
    device.odd = watch(device.context, [server.origin, ...server.sites]);
    device.language = language;
    device.page = await device.context.newPage();
    return device;
  }

  get words() {
    return words[this.language];
  }

  get path() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  // Going places. Each waits for the page that comes, and looks whether it is a page at all.

  visit(path) {
    return this.#arrive(() => this.page.goto(path));
  }

  reload() {
    return this.#arrive(() => this.page.reload());
  }

  goBack() {
    return this.#arrive(() => this.page.goBack());
  }

  presses(name, scope = this.page) {
    return this.#lead(scope.getByRole('button', { name, exact: true }));
  }

  follows(name, scope = this.page) {
    return this.#lead(scope.getByRole('link', { name, exact: true }));
  }

  /** The switch of two-factor authentication leads to the page that does it. */
  switches() {
    return this.#lead(this.page.getByRole('switch', { name: this.words.twoFactor, exact: true }));
  }

  async opensMenu(owner) {
    await this.page.getByRole('banner').getByText(owner).click();
  }

  /** Whatever else leads to another page, for example a key press. */
  async does(action) {
    await this.#arrive(async () => (await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), action()]))[0]);
  }

  #lead(locator) {
    return this.does(() => locator.click());
  }

  async #arrive(go) {
    const response = await go();
    this.status = response?.status();
    assert.ok(!(this.status >= 500), `${this.status} at ${this.path}`);
    if (this.#strangers) return;
    const page = await this.page.evaluate(() => ({
      language: document.documentElement.lang,
      headings: document.querySelectorAll('main h1').length,
      title: document.title,
    }));
    assert.equal(page.headings, 1, `one heading at ${this.path}`);
    assert.equal(page.language, this.language, `the language of ${this.path}`);
    assert.match(page.title, / · /, `the title of ${this.path}`);
  }

  /** The next file, whether it comes to this tab or to one that opens for it. */
  nextDownload() {
    const inNewTab = this.context.waitForEvent('page').then((tab) => tab.waitForEvent('download'));
    const here = this.page.waitForEvent('download');
    return Promise.any([here, inNewTab]);
  }

  // Filling in.

  field(label) {
    return this.page.getByRole('main').getByLabel(label, { exact: true });
  }

  async types(label, text) {
    await this.field(label).fill(text);
  }

  async ticks(label) {
    await this.field(label).check();
  }

  // Looking.

  async sees(text) {
    const found = this.page.getByText(text).filter({ visible: true }).first();
    await found.waitFor().catch(() => assert.fail(`${text} is not to be seen at ${this.path}:\n${'-'.repeat(20)}`));
  }

  async doesNotSee(text) {
    const found = await this.page.getByText(text).filter({ visible: true }).count();
    assert.equal(found, 0, `${text} must not be seen at ${this.path}`);
  }

  async seesHeading(name) {
    await this.page.getByRole('heading', { name, exact: true }).first().waitFor()
      .catch(() => assert.fail(`no heading ${name} at ${this.path}`));
  }

  /** The field is marked as wrong, and what is wrong with it is tied to it, so that a screen reader says it too. */
  async isTold(label, message) {
    const field = this.field(label);
    const invalid = await field.getAttribute('aria-invalid');
    const description = await field.evaluate((element) =>
      (element.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' '));
    assert.equal(invalid, 'true', `${label} is marked as wrong at ${this.path}`);
    assert.match(description, message);
  }

  /** A card of My profile, found by its heading. */
  section(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  async seesIn(section, text) {
    await this.section(section).getByText(text).first().waitFor()
      .catch(() => assert.fail(`${text} is not to be seen in ${section}`));
  }

  async isSignedIn() {
    await this.seesHeading(this.words.myProfile);
    assert.equal(new URL(this.page.url()).pathname, '/account');
  }

  async isSignedOut() {
    await this.visit('/account');
    assert.equal(new URL(this.page.url()).pathname, '/sign-in');
  }

  async isAskedForCode() {
    await this.field(this.words.code).waitFor();
    assert.equal(this.path, '/sign-in/code');
  }

  async switchIs(state) {
    const checked = await this.page.getByRole('switch', { name: this.words.twoFactor, exact: true }).getAttribute('aria-checked');
    assert.equal(checked, String(state === 'on'), `two-factor authentication is ${state}`);
  }
}
