// The phone's camera: zbarimg reads the QR code from a screenshot, as a person's phone reads it from the screen.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the QR code on the page says. */
export async function scan(page) {
  const tile = page.getByRole('img', { name: /QR/ });
  const directory = await mkdtemp(join(tmpdir(), 'countersign-qr-'));
  try {
    const picture = join(directory, 'qr.png');
    await writeFile(picture, await tile.screenshot());
    const { stdout } = await run('zbarimg', ['--raw', '-q', picture]);
    return keyUri(stdout.trim());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** An `otpauth://` URI in its parts. */
export function keyUri(text) {
  const uri = new URL(text);
  const [issuer, account] = decodeURIComponent(uri.pathname.replace(/^\/+(totp\/)?/, '')).split(':');
  return { text, protocol: uri.protocol, issuer, account, ...Object.fromEntries(uri.searchParams) };
}
