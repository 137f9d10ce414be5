// A wiki of our own that knows nothing of Countersign: it writes down who came.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { atPlaces, block } from './documents.mjs';

export class Wiki {
  origins = ['https://wiki.example.com'];
  /** What it got: a method, a path, and a name, a line each. */
  visits = [];
  #server;

  static async open() {
    const wiki = new Wiki();
    wiki.#server = createServer((request, response) => wiki.#answer(request, response));
    wiki.#server.listen(0, '127.0.0.1');
    await once(wiki.#server, 'listening');
    wiki.settings = await block('forward-auth.md', '[[forward_auth.sites]]\nname = "Wiki"\nurl = "https://wiki.example.com"\nrequire');
    const recipe = await block('forward-auth.md', '# /etc/nginx/conf.d/wiki.conf');
    wiki.nginx = atPlaces(recipe, { '127.0.0.1:3000': `127.0.0.1:${wiki.#server.address().port}` });
    return wiki;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
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
