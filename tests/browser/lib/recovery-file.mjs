// The downloaded .txt: the only source of recovery codes in the journeys.

import { readFile } from 'node:fs/promises';

const code = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;

/** Reads a download: its name, its text, and every line that looks like a code. */
export async function recoveryFile(download) {
  const text = await readFile(await download.path(), 'utf8');
  const codes = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => code.test(line));
  return { name: download.suggestedFilename(), text, codes };
}
