// All that this shop needs to talk to Countersign: one question, one answer.

import { randomUUID } from 'node:crypto';

const api = process.env.COUNTERSIGN_API ?? 'http://localhost:8080/api/v1';
const apiKey = process.env.COUNTERSIGN_API_KEY;

const words = {
  'wrong-code': 'This code is not right.',
  'spent-code': 'This code has already been used. Wait for the next one.',
  'wrong-recovery-code': 'This is no recovery code of yours.',
  'used-recovery-code': 'This recovery code has already been used.',
  wait: 'There were too many wrong codes. Wait a little, or use a recovery code.',
  'enrolment-over': 'This QR code is too old. Show a new one.',
  'two-factor-on': 'It is on already.',
};

/** Countersign did not do it, or somebody else answered. Whatever the reason: the answer is no. */
export class Refused extends Error {
  constructor(title, problem = {}) {
    super(title);
    const said = words[problem.type?.split('#')[1]];
    this.isAboutTheCode = problem.verified === false;
    this.isForThePerson = this.isAboutTheCode || said !== undefined;
    this.words = problem.detail ?? said ?? title;
  }
}

/** Asks about a user. The user's id in the shop is all that Countersign knows of them. */
export async function ask(request, method, path, user, fields = {}) {
  const headers = { authorization: `Bearer ${apiKey}` };
  let body;
  if (method !== 'GET') {
    // For the log alone: who it was that the shop asks for.
    const client = { user_agent: request.get('user-agent')?.slice(0, 1000), ip_address: request.ip };
    body = JSON.stringify({ ...fields, client });
    // When the answer is lost we ask again under the same key, and the code does not count twice.
    Object.assign(headers, { 'content-type': 'application/json', 'idempotency-key': randomUUID() });
  }
  const url = `${api}/accounts/${encodeURIComponent(user)}${path}`;
  const send = () => fetch(url, { method, headers, body, signal: AbortSignal.timeout(10_000) });
  const answer = await send().catch(send);
  if (answer.status === 204) return undefined;
  // What Countersign says is an object of JSON, and yes is a word of its own, not any page that somebody between us shows.
  const said = (await answer.json().catch(() => undefined)) ?? {};
  if (!answer.ok) throw new Refused(said.title ?? `status ${answer.status}`, said);
  if (path === '/verify' && said.verified !== true) throw new Refused('not an answer of Countersign');
  return said;
}

/** Asks whether what was typed is right: a code of the app, or a recovery code. */
export function verify(request, user, typed, more = {}) {
  const isCode = typed.replaceAll(/[ -]/g, '').length <= 8;
  return ask(request, 'POST', '/verify', user, { [isCode ? 'code' : 'recovery_code']: typed, ...more });
}
