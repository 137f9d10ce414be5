// A chapter is a file's worth of journeys that share a server and a browser; each journey has its own people and devices.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser.mjs';
import { Device } from './device.mjs';
import { Front } from './front.mjs';
import { Mailbox } from './mailbox.mjs';
import { Person } from './person.mjs';
import { Server } from './server.mjs';

const artifacts = join(dirname(fileURLToPath(import.meta.url)), '../.artifacts');
const longestJourney = 300_000;
export const goodPassword = 'seven kettles sing to a violet moon';

/** `tell` receives `journey(name, story)`; a story receives `{ server, open, person, newcomer }`, and the `mailbox` where the
 * options say `mail: true`. With a `behind` (Wiki, Calendar) nginx stands in `front`, and that `site` behind it. */
export function chapter(title, options, tell) {
  describe(title, () => {
    const stage = {};
    before(async () => {
      if (options.mail) stage.mailbox = await Mailbox.open();
      if (options.behind) stage.site = await options.behind.open();
      if (stage.site) stage.front = await Front.open(stage.site);
      const config = options.config ?? stage.front?.config;
      stage.server = await Server.start({ config, mailPort: stage.mailbox?.port, behind: stage.front });
      await stage.front?.start();
      stage.browser = await openBrowser(stage.front?.browserArguments);
    });
    after(async () => {
      await stage.browser?.close();
      await stage.front?.close();
      await stage.site?.close();
      await stage.server?.stop();
      stage.mailbox?.close();
    });
    tell((name, story) => test(name, { timeout: longestJourney }, () => play(name, story, stage)));
  });
}

async function play(name, story, { server, browser, mailbox, front, site }) {
  const devices = [];
  const open = async (wishes) => {
    const device = await Device.open(browser, server, wishes);
    devices.push(device);
    return device;
  };
  try {
    await story({ server, open, mailbox, front, site, newcomer: (about) => newcomer(server, about), person: (about) => person(server, about) });
    for (const { odd } of devices) assert.deepEqual(odd, [], 'nothing odd happened meanwhile');
  } catch (error) {
    await keepPictures(name, devices);
    error.message += `\n${devices.map(({ page, odd }) => `at ${page.url()} ${odd.join('; ')}`).join('\n')}\n${server.log()}`;
    throw error;
  } finally {
    await Promise.all(devices.map(({ context }) => context.close()));
  }
}

/** Somebody who has no account yet. */
export function newcomer(server, { name = 'Jana Nováková', password = goodPassword } = {}) {
  return new Person(server, { name, password, email: `person${server.nextNumber()}@example.com` });
}

/** Somebody whose account an operator made from the terminal. */
export async function person(server, about) {
  const somebody = newcomer(server, about);
  await server.addAccount(somebody);
  return somebody;
}

async function keepPictures(name, devices) {
  await mkdir(artifacts, { recursive: true });
  const stem = name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80);
  await Promise.all(devices.map(({ page }, at) =>
    page.screenshot({ path: join(artifacts, `${stem}-${at + 1}.png`), fullPage: true }).catch(() => {})));
}
