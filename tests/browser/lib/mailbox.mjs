// A mail server that takes every message, and the mailboxes behind it: a journey opens the links it finds there.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';

const patience = 20_000;

export class Mailbox {
  /** The messages so far, oldest first: whom each is to, and its text as a person reads it. */
  messages = [];
  #server;
  #waiting = new Set();

  static async open() {
    const mailbox = new Mailbox();
    mailbox.#server = createServer((socket) => mailbox.#speak(socket)).listen(0, '127.0.0.1');
    await once(mailbox.#server, 'listening');
    return mailbox;
  }

  /** Where the mail server listens. */
  get port() {
    return this.#server.address().port;
  }

  close() {
    this.#server.close();
  }

  /** The next message to this address that holds a link to `page`; answers the link as it stands there. */
  async link(address, page) {
    const found = () => {
      const at = this.messages.findIndex(({ to, text }) => to.includes(address) && text.includes(page));
      return at < 0 ? undefined : this.messages.splice(at, 1)[0];
    };
    const until = Date.now() + patience;
    let message = found();
    while (!message) {
      assert.ok(Date.now() < until, `no message with ${page} has come for ${address}`);
      await this.#anything(until - Date.now());
      message = found();
    }
    return new RegExp(`https?://\\S+${page}\\?link=[\\w-]+`).exec(message.text)?.[0] ?? assert.fail(message.text);
  }

  async #anything(milliseconds) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting.add(() => (clearTimeout(timer), resolve()));
    });
    this.#waiting.clear();
  }

  /** RFC 5321, as much of it as a client that is right needs. */
  #speak(socket) {
    let [rest, data, to] = ['', null, []];
    const say = (line) => socket.write(`${line}\r\n`);
    const take = (line) => {
      if (data !== null) {
        if (line !== '.') return void data.push(line.startsWith('.') ? line.slice(1) : line);
        this.messages.push({ to, text: readable(data.join('\r\n')) });
        [data, to] = [null, []];
        this.#waiting.forEach((wake) => wake());
        return say('250 taken');
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'RCPT') to.push(/<([^>]*)>/.exec(line)[1]);
      if (verb === 'DATA') data = [];
      say({ EHLO: '250 mail.example.com', DATA: '354 go on', QUIT: '221 bye' }[verb] ?? '250 yes');
      if (verb === 'QUIT') socket.end();
    };
    socket.setEncoding('latin1').on('error', () => {}).on('data', (text) => {
      const lines = (rest + text).split('\r\n');
      rest = lines.pop();
      lines.forEach(take);
    });
    say('220 mail.example.com');
  }
}

/** The text of a message, its parts decoded one by one. */
function readable(message) {
  const boundary = /boundary="?([^";\r\n]+)/i.exec(message)?.[1];
  return (boundary ? message.split(`--${boundary}`) : [message]).map(decoded).join('\n');
}

function decoded(part) {
  const [head, ...body] = part.split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  const encoding = /content-transfer-encoding: *([\w-]+)/i.exec(head)?.[1]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return Buffer.from(text, 'latin1').toString('utf8');
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
