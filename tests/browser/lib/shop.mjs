// A shop of examples/: an application with its own users, beside a real service or with the engine inside.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Database } from './database.mjs';
import { admin, pottery } from './doors.mjs';
import { freePort } from './port.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const binaries = join(resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug');
const longestStart = 30_000;
const made = 'make it with: scripts/test examples';

/** How each example is started. `asks`: it has a service to ask; the others decide themselves. `doors`: how people go about it;
 * `prepare`: what is run first. */
export const examples = {
  flask: { asks: true, folder: 'flask', program: join(repository, 'examples/flask/.venv/bin/flask'), args: (port) => ['--app', 'app', 'run', '--port', port] },
  express: { asks: true, folder: 'express', program: process.execPath, args: () => ['app.mjs'], needs: 'node_modules' },
  django: {
    asks: true,
    folder: 'django',
    program: join(repository, 'examples/django/.venv/bin/python'),
    prepare: ['migrate', '--verbosity', '0'],
    // --insecure: it serves the admin's style sheets itself, as nginx would.
    args: (port) => ['manage.py', 'runserver', '--noreload', '--insecure', port],
    doors: admin,
  },
  'axum-app': { asks: false, folder: 'axum-app', program: join(binaries, 'axum-app'), args: () => [] },
};

/** The shop in Flask that sends its users to our pages. */
export const hosted = { ...examples.flask, args: (port) => ['--app', 'hosted', 'run', '--port', port], returns: '/two-factor/back' };

/** A running shop. */
export class Shop {
  /** No other host that its pages may lead to. */
  sites = [];
  origin;
  #running = [];
  #log = [];
  #manage;
  #serviceAt;
  #instead;

  static async open({ asks, folder, program, args, prepare, doors = pottery, needs = '', returns }) {
    const shop = new Shop();
    const cwd = join(repository, 'examples', folder);
    for (const path of [program, join(cwd, needs)]) if (!existsSync(path)) throw new Error(`${path} is not there: ${made}`);
    shop.directory = await mkdtemp(join(tmpdir(), 'countersign-shop-'));
    const port = String(await freePort());
    const env = { PATH: process.env.PATH, PORT: port, SHOP_DATABASE: join(shop.directory, 'shop'), ...(asks ? await shop.#service(returns && `http://localhost:${port}${returns}`) : await shop.#library()) };
    shop.origin = `http://localhost:${port}`;
    shop.doors = doors(shop);
    shop.#manage = { program, cwd, env };
    if (prepare) await shop.runs(prepare);
    shop.#run(program, args(port), { cwd, env });
    await shop.#answers(shop.origin);
    return shop;
  }

  /** Starts the service, and makes the shop known to it as an operator does. */
  async #service(returns) {
    const program = join(binaries, 'countersign');
    if (!existsSync(program)) throw new Error(`${program} is not there: ${made}`);
    const data = ['--data-dir', join(this.directory, 'data')];
    const origin = `http://localhost:${await freePort()}`;
    this.#serviceAt = new URL(origin);
    this.service = this.#run(program, ['serve', '--listen', `127.0.0.1:${new URL(origin).port}`, ...data], { env: { PATH: process.env.PATH } });
    await this.#answers(origin);
    const adding = spawn(program, ['application', 'add', 'Pottery', ...data], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    adding.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    await once(adding, 'close');
    const [key] = printed.match(/countersign_\S+/) ?? [];
    if (!key) throw new Error(`no API key in: ${printed}`);
    if (returns) {
      const pages = spawn(program, ['application', 'pages', 'Pottery', '--return-to', returns, ...data], { stdio: ['ignore', 'ignore', 'inherit'] });
      await once(pages, 'close');
      this.sites = [origin];
    }
    return { COUNTERSIGN_API: `${origin}/api/v1`, COUNTERSIGN_API_KEY: key };
  }

  /** The database of the engine inside: the shop's own, or with TEST_DATABASE=postgres one of its own. */
  async #library() {
    this.database = await Database.make();
    return this.database.url ? { SHOP_SECOND_FACTOR: this.database.url } : {};
  }

  #run(program, args, options) {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => this.#log.push(text));
    child.on('error', (error) => this.#log.push(error.message));
    this.#running.push(child);
    return child;
  }

  async #answers(origin) {
    const end = Date.now() + longestStart;
    for (;;) {
      const ended = this.#running.find(({ exitCode }) => exitCode !== null);
      if (ended || Date.now() > end) throw new Error(`${origin} does not answer\n${this.log()}`);
      if (await fetch(origin).then(() => true, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Runs a command of the shop's own beside it, as its operator does; answers what it printed. */
  async runs(words, more = {}) {
    const { program, cwd, env } = this.#manage;
    const child = spawn(program, ['manage.py', ...words], { cwd, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${words[0]} ended with ${code}\n${printed}`);
    return printed;
  }

  /** Ends the service, as when it is out of reach. */
  async losesItsService() {
    await ended(this.service);
  }

  /** Somebody else answers at the address of the service that was lost, by what `says` makes of a request: status and body. */
  async isAnsweredBy(says) {
    await this.#goesQuiet();
    this.#instead = createServer((request, response) => {
      const [status, body] = says(request);
      response.writeHead(status, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json', connection: 'close' }).end(body);
    }).listen(this.#serviceAt.port, '127.0.0.1');
    await once(this.#instead, 'listening');
  }

  async #goesQuiet() {
    if (!this.#instead) return;
    const quiet = once(this.#instead, 'close');
    this.#instead.close();
    this.#instead.closeAllConnections();
    await quiet;
  }

  log() {
    return this.#log.join('').slice(-4000);
  }

  async close() {
    await this.#goesQuiet();
    for (const child of this.#running.reverse()) await ended(child);
    await this.database?.remove();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
