// Takes the pictures of the guides: `node tests/browser/pictures.mjs`. They go to docs/pictures as PAGE.LANGUAGE.png.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './lib/browser.mjs';
import { newcomer } from './lib/chapter.mjs';
import { Device } from './lib/device.mjs';
import { withPalette } from './lib/png.mjs';
import { Server } from './lib/server.mjs';
import { tour } from './lib/tour.mjs';
import { languages } from './lib/words.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../docs/pictures');
const width = 900;
const tallest = 1400;
const wanted = ['sign-in', 'menu', 'turn-on', 'set-up', 'recovery-codes', 'code', 'recovery-code', 'profile-off', 'profile-on',
  'profile-few-recovery-codes', 'turn-off', 'locked', 'two-codes'];

await mkdir(folder, { recursive: true });
const browser = await openBrowser();
try {
  for (const language of languages) await takePictures(language);
} finally {
  await browser.close();
}

async function takePictures(language) {
  const server = await Server.start({ config: 'sign_up = "open"\n' });
  const open = (wishes) => Device.open(browser, server, wishes);
  const jana = () => Object.assign(newcomer(server), { email: 'jana@example.com' });
  try {
    await tour({ server, open, newcomer: jana }, { language, width }, async ({ page }, name) => {
      if (!wanted.includes(name)) return;
      const height = await page.evaluate(() => document.querySelector('footer, main:last-child').getBoundingClientRect().bottom + scrollY);
      const clip = { x: 0, y: 0, width, height: Math.min(Math.ceil(height), tallest) };
      const picture = withPalette(await page.screenshot({ clip, fullPage: true, caret: 'hide' }));
      await writeFile(join(folder, `${name}.${language}.png`), picture);
      console.log(`${name}.${language}.png ${Math.round(picture.length / 1024)} kB`);
    });
  } finally {
    await server.stop();
  }
}
