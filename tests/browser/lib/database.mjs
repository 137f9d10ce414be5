// The database of a server under test: an SQLite file in its data directory, or with TEST_DATABASE=postgres a database of its
// own on the server that scripts/with-postgres has started.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
let made = 0;

/** A database that nobody else uses. */
export class Database {
  /** Its address; nothing where it is a file in the data directory. */
  url;
  #server;
  #name;

  static async make() {
    const database = new Database();
    const wanted = process.env.TEST_DATABASE ?? 'sqlite';
    if (wanted === 'sqlite') return database;
    if (wanted !== 'postgres') throw new Error(`TEST_DATABASE is "${wanted}"; it is sqlite or postgres`);
    if (!process.env.TEST_POSTGRES) throw new Error('TEST_POSTGRES is not set: run scripts/with-postgres …');
    await database.#onPostgres(process.env.TEST_POSTGRES);
    return database;
  }

  async #onPostgres(server) {
    const { host, port, user } = Object.fromEntries(server.split(' ').map((part) => part.split('=')));
    made += 1;
    this.#server = server;
    this.#name = `journey_${process.pid}_${made}`;
    await this.#ask(`CREATE DATABASE ${this.#name}`);
    this.url = `postgresql://${user}@${host}:${port}/${this.#name}`;
  }

  #ask(statement) {
    return run('psql', ['--quiet', '--no-psqlrc', '--dbname', `${this.#server} dbname=postgres`, '--command', statement]);
  }

  /** Removes it, whoever is still connected. */
  async remove() {
    if (this.#name) await this.#ask(`DROP DATABASE ${this.#name} WITH (FORCE)`);
  }
}
