// The server under test: a data directory and a port of its own, and a clock that only the journey moves.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Database } from './database.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const binaries = join(resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug');
const longestStart = 20_000;

/** A running server. `config` is the text of a configuration file. */
export class Server {
  /** Address of the pages, for example `http://localhost:40123`. */
  origin;
  /** The one-time link of a first start; null when an account exists already. */
  invitation;
  #behind;
  #process;
  #directory;
  #database;
  #answers = [];
  #stderr = [];
  #accounts = 0;

  /** The hosts that its pages may lead to. */
  sites = [];

  /** Where `mailPort` is the port of a mail server, the service sends mail through it; where `behind` is a front, people come
   * through that. */
  static async start({ config = '', mailPort, behind } = {}) {
    const server = new Server();
    server.#behind = behind;
    server.#directory = await mkdtemp(join(tmpdir(), 'countersign-journey-'));
    server.#database = await Database.make();
    await server.#run(mailPort ? config + mailSettings(mailPort) : config);
    return server;
  }

  async #run(config) {
    const file = join(this.#directory, 'countersign.toml');
    await writeFile(file, config);
    const listen = this.#behind?.service ?? '127.0.0.1:0';
    const args = ['--data-dir', this.#data, '--listen', listen, '--config', file];
    this.#process = spawn(join(binaries, 'examples/with_a_test_clock'), args, { env: this.#environment });
    createInterface({ input: this.#process.stderr }).on('line', (line) => this.#stderr.push(line));
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#answers.shift()?.resolve(JSON.parse(line)));
    const gone = (why) => this.#answers.splice(0).forEach(({ reject }) => reject(new Error(`${why}\n${this.log()}`)));
    this.#process.on('error', (error) => gone(`the server cannot be started: ${error.message}`));
    this.#process.on('exit', (code, signal) => gone(`the server ended (${code ?? signal})`));
    const { listening, invitation } = await this.#answer(longestStart);
    this.origin = this.#behind?.origin ?? `http://localhost:${new URL(listening).port}`;
    this.sites = this.#behind?.sites ?? [];
    this.invitation = invitation;
  }

  /** The machine's environment with the settings of this server alone, and none of a Countersign that may be running here. */
  get #environment() {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_'));
    return { ...Object.fromEntries(others), COUNTERSIGN_DATABASE: this.#database.url ?? '' };
  }

  get #data() {
    return join(this.#directory, 'data');
  }

  #answer(milliseconds = 5_000) {
    const answer = withResolvers();
    const timer = setTimeout(() => answer.reject(new Error(`the server does not answer\n${this.log()}`)), milliseconds);
    this.#answers.push(answer);
    return answer.promise.finally(() => clearTimeout(timer));
  }

  async #ask(line) {
    this.#process.stdin.write(`${line}\n`);
    return (await this.#answer()).now;
  }

  /** The server's time in seconds since 1970. */
  now() {
    return this.#ask('now');
  }

  /** Moves the server's clock; answers the new time. */
  advance(seconds) {
    return this.#ask(`advance ${seconds}`);
  }

  /** What the server logged last. */
  log() {
    return this.#stderr.slice(-40).join('\n');
  }

  /** Makes an account from a terminal, as an operator does; answers what the command printed. */
  async addAccount({ email, name, password, flags = [] }) {
    const args = ['account', 'add', email, '--name', name, '--data-dir', this.#data, ...flags];
    if (password !== undefined) args.push('--password-stdin');
    return this.command(args, password === undefined ? '' : `${password}\n`);
  }

  /** Runs `countersign …` on this server's data. */
  async command(args, input = '') {
    const child = spawn(join(binaries, 'countersign'), args, { env: this.#environment });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (printed[stream] += text));
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`countersign ${args.slice(0, 2).join(' ')} ended with ${code}\n${printed.stderr}`);
    return printed.stdout;
  }

  /** Where the server keeps its data, for commands. */
  get dataDirectory() {
    return this.#data;
  }

  /** A number nobody else on this server has, for emails. */
  nextNumber() {
    this.#accounts += 1;
    return this.#accounts;
  }

  /** Ends the server gracefully and removes its data. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.stdin.end();
      const patience = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(patience);
    }
    await rm(this.#directory, { recursive: true, force: true });
    await this.#database.remove();
  }
}

function mailSettings(port) {
  return `[mail]\nhost = "127.0.0.1"\nport = ${port}\nsecurity = "none"\nfrom = "Countersign <countersign@example.com>"\n`;
}

function withResolvers() {
  const all = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
}
