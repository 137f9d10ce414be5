// The phone: oathtool makes the codes, so that nothing of ours checks itself.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const period = 30;

/** An authenticator app that holds one key. */
export class Authenticator {
  #server;
  #lastStep = 0;

  constructor(server, key) {
    this.#server = server;
    this.key = key;
  }

  /** The code the app shows `seconds` from the server's time (negative: a clock that is slow). */
  async codeAt(seconds, options = []) {
    const moment = (await this.#server.now()) + seconds;
    const { stdout } = await run('oathtool', ['--totp', '--base32', `--now=@${moment}`, ...options, this.key]);
    return stdout.trim();
  }

  /** A code that this phone has not shown before: waits for the next one where it must, by moving the clock. */
  async freshCode() {
    let now = await this.#server.now();
    if (Math.floor(now / period) <= this.#lastStep) now = await this.#server.advance(period);
    this.#lastStep = Math.floor(now / period);
    return this.codeAt(0);
  }

  /** Two codes in a row, as somebody copies them who watches the app: the clock moves to the second. */
  async twoCodes() {
    const first = await this.freshCode();
    return [first, await this.freshCode()];
  }

  /** The code of a phone whose clock is three minutes slow. */
  async slowCode() {
    const intoStep = (await this.#server.now()) % period;
    // Not close before the next step, or the clock would be three and a half minutes slow when the code arrives.
    if (intoStep > 20) await this.#server.advance(period - intoStep);
    return this.codeAt(-180);
  }

  /** Six digits that are none of the codes that are right now. */
  async wrongCode() {
    const right = await Promise.all([-60, -30, 0, 30, 60].map((seconds) => this.codeAt(seconds)));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code));
  }
}
