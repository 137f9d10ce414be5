// A phone beside a service whose clock nobody moves. Codes of the step before and after are right too, so that three
// codes in a row can be had without waiting, as from phones whose clocks are a little slow and a little fast.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const period = 30;
const toType = 15;

export class WallPhone {
  #last = 0;

  constructor(key) {
    this.key = key;
  }

  async #codeOf(step) {
    const { stdout } = await run('oathtool', ['--totp', '--base32', `--now=@${step * period}`, this.key]);
    return stdout.trim();
  }

  /** The next code that is right for long enough to type it, and was not shown before. */
  async freshCode() {
    const seconds = () => Date.now() / 1000;
    const step = Math.max(this.#last + 1, Math.ceil((seconds() + toType) / period) - 2);
    while (Math.floor(seconds() / period) + 1 < step) await new Promise((resolve) => setTimeout(resolve, 200));
    this.#last = step;
    return this.#codeOf(step);
  }

  /** The code that was shown last. */
  spentCode() {
    return this.#codeOf(this.#last);
  }

  /** Six digits that are none of the codes around now. */
  async wrongCode() {
    const now = Math.floor(Date.now() / 1000 / period);
    const right = await Promise.all([-3, -2, -1, 0, 1, 2, 3].map((steps) => this.#codeOf(now + steps)));
    return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find((code) => !right.includes(code));
  }
}
