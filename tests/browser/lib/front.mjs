// nginx in front, with TLS, as docs/operate.md and docs/forward-auth.md set it up, and something behind it that knows nothing
// of Countersign. Names and ports of the documents are kept: the browser is told where they are.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { block } from './documents.mjs';
import { freePort, isOpened } from './port.mjs';

const run = promisify(execFile);

export class Front {
  /** The portal, as people know it. */
  origin = 'https://sign-in.example.com';
  /** Where the service has to listen. */
  service;
  #directory;
  #process;

  /** `site`: what stands behind, a Wiki or a Calendar, with its settings of Countersign and its servers of nginx. */
  static async open(site) {
    const front = new Front();
    front.site = site;
    front.#directory = await mkdtemp(join(tmpdir(), 'countersign-front-'));
    front.service = `127.0.0.1:${await freePort()}`;
    front.port = await freePort();
    const first = await block('forward-auth.md', '# /etc/countersign/countersign.toml');
    front.config = `${first.split('[[')[0]}\n${site.settings}`;
    return front;
  }

  /** What stands behind, as people know it. */
  get sites() {
    return this.site.origins;
  }

  get browserArguments() {
    return [`--host-resolver-rules=MAP *.example.com:443 127.0.0.1:${this.port}`];
  }

  /** Begins to let people through. */
  async start() {
    const at = (name) => join(this.#directory, name);
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=example.com', '-addext', 'subjectAltName=DNS:*.example.com', '-keyout', at('key.pem'), '-out', at('cert.pem')]);
    await writeFile(at('ask.conf'), await block('forward-auth.md', '# /etc/nginx/countersign-ask.conf'));
    const servers = [await block('operate.md', '# /etc/nginx/conf.d/countersign.conf'), this.site.nginx].join('\n')
      .replaceAll('127.0.0.1:8080', this.service)
      .replaceAll('/etc/nginx/countersign-ask.conf', at('ask.conf'))
      .replaceAll(/ssl_certificate .*;/g, `ssl_certificate ${at('cert.pem')};`)
      .replaceAll(/ssl_certificate_key .*;/g, `ssl_certificate_key ${at('key.pem')};`)
      .replaceAll(/listen \[::\].*;/g, '')
      .replaceAll('listen 443 ssl;', `listen 127.0.0.1:${this.port} ssl;`)
      .replaceAll('listen 80;', `listen unix:${at('plain')};`);
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((place) => `${place}_temp_path ${place};`).join(' ');
    await writeFile(at('nginx.conf'), `daemon off; master_process off; pid pid; error_log stderr warn; events { }
      http { access_log off; ${places}\n${servers}\n}`);
    // Debian has it where only an administrator's shell looks.
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    this.#process = spawn('nginx', ['-p', this.#directory, '-c', 'nginx.conf', '-e', 'log'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    this.#process.stderr.setEncoding('utf8').on('data', (said) => (told += said));
    await isOpened(this.port, this.#process, () => told);
  }

  /** What a program gets that is no browser: it shows no page, keeps no cookie and follows no redirect. */
  async asks(method, address, { headers = {}, body = '' } = {}) {
    const { hostname, pathname, search } = new URL(address);
    const asked = request({
      host: '127.0.0.1',
      port: this.port,
      servername: hostname,
      method,
      path: pathname + search,
      headers: { host: hostname, 'content-length': Buffer.byteLength(body), ...headers },
      // It made its certificate itself.
      rejectUnauthorized: false,
      agent: false,
    });
    asked.end(body);
    const [answer] = await once(asked, 'response');
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  }

  async close() {
    if (this.#process?.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill();
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
