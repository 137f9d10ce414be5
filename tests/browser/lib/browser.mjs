// Chromium as Debian ships it. Nothing is downloaded, and nothing it would like to tell its makers leaves the machine.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

// The headless shell is Chromium without its windows and half as heavy. CHROMIUM names another one.
const known = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `more`: what this one has to be told besides. */
export function openBrowser(more = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? known.find((path) => existsSync(path)), headless: true, args: [...quiet, ...more] });
}
