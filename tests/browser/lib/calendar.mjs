// Radicale, a calendar that nobody here wrote, as docs/forward-auth.md sets it up: once for people, behind the portal, and
// once for programs, with passwords of its own.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atPlaces, block } from './documents.mjs';
import { freePort, isOpened } from './port.mjs';

const run = promisify(execFile);
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = join(resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target'), 'radicale/bin/radicale');

export class Calendar {
  origins = ['https://calendar.example.com', 'https://programs.example.com'];
  #directory;
  #running = [];
  #log = [];

  static async open() {
    if (!existsSync(program)) throw new Error(`${program} is not there: make it with scripts/test browser`);
    const calendar = new Calendar();
    calendar.#directory = await mkdtemp(join(tmpdir(), 'countersign-calendar-'));
    const [people, programs] = [await freePort(), await freePort()];
    const folder = { '/var/lib/radicale/collections': calendar.#folder };
    await writeFile(calendar.#passwords, '');
    await calendar.#start(people, 'config', { '127.0.0.1:5232': `127.0.0.1:${people}`, ...folder });
    await calendar.#start(programs, 'programs', { '127.0.0.1:5233': `127.0.0.1:${programs}`, '/etc/radicale/passwords': calendar.#passwords, ...folder });
    calendar.settings = await block('forward-auth.md', '[[forward_auth.sites]]\nname = "Calendar"');
    const nginx = (name) => block('forward-auth.md', `# /etc/nginx/conf.d/${name}.conf`);
    calendar.nginx = atPlaces(await nginx('calendar'), { '127.0.0.1:5232': `127.0.0.1:${people}` })
      + atPlaces(await nginx('programs'), { '127.0.0.1:5233': `127.0.0.1:${programs}` });
    return calendar;
  }

  get #folder() {
    return join(this.#directory, 'collections');
  }

  get #passwords() {
    return join(this.#directory, 'passwords');
  }

  async #start(port, name, places) {
    const config = join(this.#directory, name);
    await writeFile(config, atPlaces(await block('forward-auth.md', `# /etc/radicale/${name}`), places));
    const child = spawn(program, ['--config', config], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text) => this.#log.push(text));
    this.#running.push(child);
    await isOpened(port, child, () => this.#log.join(''));
  }

  /** Gives somebody a password for programs, as the document does. */
  async addPassword(email, password) {
    const { stdout } = await run('openssl', ['passwd', '-6', password]);
    await appendFile(this.#passwords, `${email}:${stdout}`);
  }

  /** Whose calendars are on the disk: the titles by the name of their owner. */
  async kept() {
    const root = join(this.#folder, 'collection-root');
    const owners = (await readdir(root).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
    return Object.fromEntries(await Promise.all(owners.map(async (owner) => [owner, await titles(join(root, owner))])));
  }

  async close() {
    for (const child of this.#running) {
      if (child.exitCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function titles(owner) {
  const collections = (await readdir(owner)).filter((name) => !name.startsWith('.'));
  const read = async (name) => JSON.parse(await readFile(join(owner, name, '.Radicale.props'), 'utf8'))['D:displayname'];
  return (await Promise.all(collections.map(read))).sort();
}
