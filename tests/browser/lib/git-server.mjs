// examples/git-server, and people who come to it with git and ssh as they are in Debian. What ssh asks, a small program
// answers from a list (SSH_ASKPASS); nothing of ours speaks SSH here.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Database } from './database.mjs';
import { scanTerminal } from './qr.mjs';
import { WallPhone } from './wall-phone.mjs';

const run = promisify(execFile);
const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = join(resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug/git-server');
const longestWait = 30_000;

// Says the next of the answers, and writes down what was asked. Without an answer left it says nothing.
const answers = `#!/bin/sh
printf '%s\\n' "$1" >> "$ASKED"
head -n 1 "$ANSWERS"
sed -i 1d "$ANSWERS"
`;

/** A running Git server with an empty repository, notes.git. */
export class GitServer {
  #env;
  #child;
  #log = '';
  #connections = 0;
  #files;

  /** `settings`: of its environment, besides the usual; `files`: how many it may have open. */
  static async open(wishes) {
    const server = await GitServer.unstarted(wishes);
    await server.start();
    return server;
  }

  static async unstarted({ settings = {}, files } = {}) {
    const server = new GitServer();
    server.#files = files;
    if (!existsSync(program)) throw new Error(`${program} is not there: make it with: scripts/test examples`);
    server.directory = await mkdtemp(join(tmpdir(), 'countersign-git-'));
    server.database = await Database.make();
    server.file = join(server.directory, 'git-server.db');
    const repositories = join(server.directory, 'repositories');
    await mkdir(repositories);
    await run('git', ['init', '--quiet', '--bare', join(repositories, 'notes.git')]);
    await writeFile(join(server.directory, 'answers.sh'), answers, { mode: 0o700 });
    server.#env = {
      PATH: process.env.PATH,
      PORT: '0',
      // One thread answers everybody: what blocked it would block them all.
      TOKIO_WORKER_THREADS: '1',
      GIT_SERVER_DATABASE: server.file,
      GIT_SERVER_REPOSITORIES: repositories,
      ...(server.database.url ? { GIT_SERVER_SECOND_FACTOR: server.database.url } : {}),
      ...settings,
    };
    return server;
  }

  /** From now on with the database that it should have had. */
  finds() {
    if (this.database.url) this.#env.GIT_SERVER_SECOND_FACTOR = this.database.url;
    else delete this.#env.GIT_SERVER_SECOND_FACTOR;
  }

  async start() {
    this.#child = this.#spawn('serve');
    const hears = (text) => (this.#log += text);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.setEncoding('utf8').on('data', hears);
    const from = this.#log.length;
    await until('the server listens', () => this.#log.slice(from).includes('listening on'), () => this.#log);
    this.port = this.#log.slice(from).match(/listening on 127\.0\.0\.1:(\d+)/)[1];
  }

  #spawn(...words) {
    const [first, ...others] = this.#files ? ['prlimit', `--nofile=${this.#files}`, program, ...words] : [program, ...words];
    return spawn(first, others, { env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Somebody sits down at the terminal: with `types`, which makes a line of what it was told so far. */
  async enrols(name, password, types) {
    const child = this.#spawn('enrol', name);
    let told = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (told += text));
    const ended = once(child, 'close');
    child.stdin.write(`${password}\n`);
    const asked = () => told.split('Authentication code: ').length - 1;
    for (let times = 1; child.exitCode === null; times += 1) {
      await until('it asks for a code', () => asked() >= times || child.exitCode !== null, () => told);
      const line = child.exitCode === null && (await types(told, times));
      if (line) child.stdin.write(`${line}\n`);
      else child.stdin.end();
    }
    await ended;
    return { told, status: child.exitCode };
  }

  /** The same without a mistake: somebody with a phone and recovery codes. */
  async enrolled(name, password) {
    let phone;
    const { told, status } = await this.enrols(name, password, async (told) => {
      phone ??= new WallPhone((await scanTerminal(told)).secret);
      return phone.freshCode();
    });
    if (status !== 0) throw new Error(told);
    return { name, password, phone, recoveryCodes: told.match(/^\w{4}(-\w{4}){3}$/gm) };
  }

  async resets(name) {
    const child = this.#spawn('reset', name);
    const [status] = await once(child, 'close');
    return status;
  }

  /** A connection of `name`, who answers this: git or ssh with these words. */
  async connects(name, says, command) {
    this.#connections += 1;
    const path = (what) => join(this.directory, `${this.#connections}.${what}`);
    const [asked, answered] = [path('asked'), path('answers')];
    await writeFile(asked, '');
    await writeFile(answered, says.map((line) => `${line}\n`).join(''));
    const ssh = ['ssh', '-F', '/dev/null', '-p', this.port, ...['StrictHostKeyChecking=accept-new', 'NumberOfPasswordPrompts=1',
      `UserKnownHostsFile=${join(this.directory, 'known-hosts')}`, 'LogLevel=INFO'].flatMap((option) => ['-o', option])];
    const [words, at] = command({ ssh, remote: `ssh://${name}@127.0.0.1/notes.git`, person: `${name}@127.0.0.1` });
    const [first, ...others] = words;
    const child = spawn(first, others, {
      cwd: at ?? this.directory,
      env: {
        PATH: process.env.PATH, HOME: this.directory, LC_ALL: 'C', GIT_SSH_COMMAND: ssh.join(' '), ASKED: asked, ANSWERS: answered,
        SSH_ASKPASS: join(this.directory, 'answers.sh'), SSH_ASKPASS_REQUIRE: 'force', GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: name, GIT_CONFIG_KEY_1: 'user.email', GIT_CONFIG_VALUE_1: `${name}@example.com`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (told += text));
    const ended = once(child, 'close').then(async ([status]) => ({ status, told, asked: await readFile(asked, 'utf8') }));
    return { ended, told: () => told, hasSaid: async () => says.length > 0 && (await readFile(answered, 'utf8')) === '' };
  }

  /** What comes of asking for the branches of notes.git, the least that git asks for. */
  async asks(name, ...says) {
    return (await this.connects(name, says, ({ remote }) => [['git', 'ls-remote', remote]])).ended;
  }

  /** What comes of any other command, for somebody who is let in. */
  async runs(name, says, command) {
    return (await this.connects(name, says, command)).ended;
  }

  /** Whether it speaks to somebody new, as far as one gets without a password. */
  async speaks() {
    const { stdout } = await run('ssh-keyscan', ['-T', '30', '-p', this.port, '127.0.0.1']);
    return stdout.includes('ssh-ed25519');
  }

  /** Holds the writer of the second factor's database until `meanwhile` is over. */
  async holding(meanwhile) {
    const held = this.database.url
      ? spawn('psql', ['--no-psqlrc', '--quiet', this.database.url], { stdio: ['pipe', 'pipe', 'inherit'] })
      : spawn('python3', ['-iqc', `import sqlite3; d = sqlite3.connect(${JSON.stringify(this.file)}, isolation_level=None)`], { stdio: ['pipe', 'pipe', 'ignore'] });
    let told = '';
    held.stdout.setEncoding('utf8').on('data', (text) => (told += text));
    held.stdin.write(this.database.url ? "BEGIN;\nLOCK TABLE authenticators IN EXCLUSIVE MODE;\n\\echo held\n" : "_ = d.execute('BEGIN IMMEDIATE'); print('held', flush=True)\n");
    await until('the database is held', () => told.includes('held'), () => told);
    const over = once(held, 'close');
    try {
      await meanwhile();
    } finally {
      held.stdin.end();
      await over;
    }
  }

  log() {
    return this.#log;
  }

  async stops() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }

  async close() {
    await this.stops();
    await this.database.remove();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Waits for a condition, however long it takes within reason. */
export async function until(what, holds, told = () => '') {
  for (const end = Date.now() + longestWait; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`not yet: ${what}\n${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
