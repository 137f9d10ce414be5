// An application that draws no QR codes: it sends its users to our pages by a link, and gets them back with a result.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** A running application beside a running service. Whoever comes is one of its users already. */
export class Club {
  origin;
  /** What came back, latest last: what was redeemed, and the result as the browser carried it. */
  results = [];
  #server;
  #service;
  #key;
  #sent = new Map();

  /** `looks`: further words for `countersign application pages`. */
  static async open(service, { name = 'Rowing Club', looks = [] } = {}) {
    const club = new Club();
    club.#service = service;
    club.#server = createServer((request, response) => club.#answer(request, response).catch((error) => {
      response.writeHead(500).end(error.stack);
    }));
    club.#server.listen(0, '127.0.0.1');
    club.#server.unref();
    await once(club.#server, 'listening');
    club.origin = `http://localhost:${club.#server.address().port}`;
    const run = (...words) => service.command(['application', ...words, '--data-dir', service.dataDirectory]);
    [club.#key] = (await run('add', name)).match(/countersign_\S+/);
    await run('pages', name, '--return-to', `${club.origin}/back`, ...looks);
    [club.signingKey] = (await run('signing-key', name)).match(/whsec_\S+/);
    service.sites = [...service.sites, club.origin];
    return club;
  }

  close() {
    this.#server.close();
  }

  /** Where somebody begins: a form, as at a sign-in, whose answer leads to the link. */
  begin(purpose, user, more = {}) {
    return `/begin?${new URLSearchParams({ purpose, user, ...more })}`;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.origin);
    const said = Object.fromEntries(url.searchParams);
    if (url.pathname === '/begin' && request.method === 'GET') return html(response, 'Club', `<form method="post"><button>Go</button></form>`);
    if (url.pathname === '/begin') return this.#sends(response, said);
    if (url.pathname === '/back') return this.#takesBack(response, said, request.headers.referer);
    response.writeHead(404).end();
  }

  async #sends(response, { purpose, user, ...more }) {
    const state = randomBytes(16).toString('base64url');
    this.#sent.set(state, { purpose, user });
    const asked = { purpose, return_to: `${this.origin}/back`, state, account_name: `${user}@example.com`, ...more };
    const { status, body } = await this.#ask(`/accounts/${user}/links`, asked);
    if (status !== 201) throw new Error(JSON.stringify(body));
    response.writeHead(303, { location: body.url }).end();
  }

  async #takesBack(response, { countersign_result: result, state }, referer) {
    const sent = this.#sent.get(state);
    this.#sent.delete(state);
    if (!sent) return html(response, 'Nobody was sent', '');
    const { status, body } = await this.#ask(`/accounts/${sent.user}/results`, { result, purpose: sent.purpose });
    this.results.push({ ...sent, status, body, result, referer, sameState: body.state === undefined || body.state === state });
    html(response, `Back: ${status === 200 ? body.outcome : body.type.split('#')[1]}`, '');
  }

  async #ask(path, body) {
    const headers = { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.#service.origin}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }
}

function html(response, heading, rest) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>${heading} · Club</title><link rel="icon" href="data:,"><main><h1>${heading}</h1>${rest}</main></html>`);
}

