// nginx in front, with TLS, as docs/operate.md and docs/forward-auth.md set it up, and a wiki behind it that knows nothing
// of Countersign. Names and ports of the documents are kept: the browser is told where they are.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const documents = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs');

export class Front {
  /** The portal, as people know it. */
  origin = 'https://sign-in.example.com';
  /** What stands behind. */
  sites = ['https://wiki.example.com'];
  /** Where the service has to listen. */
  service;
  /** What the wiki got: a method, a path, and a name, a line each. */
  visits = [];
  #directory;
  #process;
  #wiki;

  static async open() {
    const front = new Front();
    front.#directory = await mkdtemp(join(tmpdir(), 'countersign-front-'));
    front.service = `127.0.0.1:${await freePort()}`;
    front.port = await freePort();
    front.#wiki = createServer((request, response) => front.#answer(request, response));
    front.#wiki.listen(0, '127.0.0.1');
    await once(front.#wiki, 'listening');
    const first = await block('forward-auth.md', '# /etc/countersign/countersign.toml');
    const rules = await block('forward-auth.md', '[[forward_auth.sites]]\nname = "Wiki"\nurl = "https://wiki.example.com"\nrequire');
    front.config = `${first.split('[[')[0]}\n${rules}`;
    return front;
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
    const wiki = `127.0.0.1:${this.#wiki.address().port}`;
    const servers = [
      await block('operate.md', '# /etc/nginx/conf.d/countersign.conf'),
      await block('forward-auth.md', '# /etc/nginx/conf.d/wiki.conf'),
    ].join('\n')
      .replaceAll('127.0.0.1:8080', this.service)
      .replaceAll('127.0.0.1:3000', wiki)
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
    this.#process.stderr.setEncoding('utf8').on('data', (text) => (told += text));
    while (!(await answers(this.port))) {
      if (this.#process.exitCode !== null) throw new Error(`nginx does not start: ${told}`);
    }
  }

  async close() {
    this.#wiki.close();
    this.#wiki.closeAllConnections();
    if (this.#process?.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill();
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  #answer(request, response) {
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    const name = request.headers['remote-name'] ?? 'nobody';
    this.visits.push(`${request.method} ${request.url} ${Buffer.from(name, 'latin1').toString('utf8')}`);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(`<!doctype html><html lang="en"><title>The wiki · Wiki</title><main><h1>The wiki</h1>
      <p>${Buffer.from(name, 'latin1').toString('utf8')} at ${request.url.split('?')[0]}</p>
      <form method="post" action="/edit"><label>Text <input name="text"></label><button>Save</button></form></main>`);
  }
}

/** The block of a document that begins with this. */
async function block(document, begins) {
  const text = await readFile(join(documents, document), 'utf8');
  const blocks = text.split('```').filter((_, at) => at % 2 === 1).map((fenced) => fenced.slice(fenced.indexOf('\n') + 1));
  const found = blocks.find((one) => one.startsWith(begins));
  if (!found) throw new Error(`${document} has no block ${begins}`);
  return found;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port) {
  const socket = connect(port, '127.0.0.1');
  return new Promise((done) => {
    socket.once('connect', () => done(true)).once('error', () => done(false));
  }).finally(() => socket.destroy());
}
