// What stands in docs/, for tests that run it.

import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const documents = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs');

/** The block of a document that begins with this. */
export async function block(document, begins) {
  const text = await readFile(join(documents, document), 'utf8');
  const blocks = text.split('```').filter((_, at) => at % 2 === 1).map((fenced) => fenced.slice(fenced.indexOf('\n') + 1));
  const found = blocks.find((one) => one.startsWith(begins));
  if (!found) throw new Error(`${document} has no block ${begins}`);
  return found;
}

/** Puts the places of a test where a document has those of a machine; each has to be there. */
export function atPlaces(text, places) {
  return Object.entries(places).reduce((all, [theirs, ours]) => {
    if (!all.includes(theirs)) throw new Error(`the document does not say ${theirs}`);
    return all.replaceAll(theirs, ours);
  }, text);
}
