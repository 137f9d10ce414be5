// The phone's camera: zbarimg reads the QR code from a screenshot, as a person's phone reads it from the screen.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the QR code on the page says. */
export async function scan(page) {
  return read('png', await page.getByRole('img', { name: /QR/ }).screenshot());
}

/** What the QR code in a terminal says, where two rows are a line of blocks, bright on dark. */
export async function scanTerminal(text) {
  const lines = text.split('\n').filter((line) => /^[ ▀▄█]+$/.test(line));
  const rows = lines.flatMap((line) => ['▀█', '▄█'].map((bright) => [...line].map((block) => (bright.includes(block) ? 0 : 1))));
  // The first line of blocks is its lower half: above it is nothing yet.
  const [scale, margin] = [6, 6];
  const width = (rows[0].length + 2 * margin) * scale;
  const bright = Array(width * margin * scale).fill(0);
  const body = rows.slice(1).flatMap((row) => {
    const line = [...Array(margin).fill(0), ...row, ...Array(margin).fill(0)].flatMap((dot) => Array(scale).fill(dot));
    return Array(scale).fill(line).flat();
  });
  const dots = [...bright, ...body, ...bright];
  return read('pbm', `P1\n${width} ${dots.length / width}\n${dots.join('\n')}\n`);
}

async function read(format, picture) {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-qr-'));
  try {
    const file = join(directory, `qr.${format}`);
    await writeFile(file, picture);
    const { stdout } = await run('zbarimg', ['--raw', '-q', file]);
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
