// A pottery shop with users and passwords of its own, and a second factor by Countersign.
//
// What is the shop's: users, passwords, sessions, pages. What is Countersign's: authenticators, recovery codes,
// remembered devices, and whether a code is right. The three places where they meet are marked: enrol, sign in, turn off.

import { randomBytes } from 'node:crypto';
import express from 'express';
import { ask, verify } from './countersign.mjs';
import { codes, fields, offer, page, state } from './page.mjs';
import * as users from './users.mjs';

const pendingFor = 10 * 60 * 1000;
const app = express();
app.use(express.static('public'), express.urlencoded({ extended: false }), (request, response, next) => {
  request.body ??= {};
  next();
});
// Behind a proxy with TLS: SHOP_PROXY=loopback (or its address) makes `request.ip` the person's and `request.secure` true.
app.set('trust proxy', process.env.SHOP_PROXY ?? false);

// --- Sessions: random tokens, kept here. `user` is signed in; `pending` has shown a password and nothing else. -------

const sessions = new Map();
const cookie = (request, name) => request.get('cookie')?.split('; ').find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
const kept = (request, more) => ({ httpOnly: true, sameSite: 'lax', secure: request.secure, ...more });
const session = (request) => sessions.get(cookie(request, 'session')) ?? {};

function startSession(request, response, content) {
  sessions.delete(cookie(request, 'session'));
  const token = randomBytes(32).toString('base64url');
  sessions.set(token, content);
  response.cookie('session', token, kept(request));
}

/** After a change of the second factor, only this browser stays signed in. */
function endOtherSessions(request, response, user) {
  for (const [token, { user: owner, pending }] of sessions) if ((owner ?? pending) === user.id) sessions.delete(token);
  startSession(request, response, { user: user.id });
}

/** A handler for whoever is signed in. */
const signedIn = (handle) => async (request, response) => {
  const user = users.withId(session(request).user);
  return user ? handle(request, response, user) : response.redirect(303, '/sign-in');
};
/** Whether a code is asked of somebody: unless Countersign says that none is. */
const isOn = async (request, user) => (await ask(request, 'GET', '', user.id)).two_factor !== 'off';
const refuse = (response, form, error) => response.status(422).send(page({ ...form, error }));

app.get('/', signedIn(async (request, response, user) => {
  const body = state(await ask(request, 'GET', '', user.id));
  response.send(page({ title: 'My account', text: `You are signed in as ${user.email}.`, body }));
}));

const signUp = { title: 'Create an account', form: { fields: [fields.email, fields.newPassword], button: 'Create account' } };
app.get('/sign-up', (request, response) => response.send(page(signUp)));
app.post('/sign-up', async (request, response) => {
  const { email = '', password = '' } = request.body;
  if (password.length < 15) return refuse(response, signUp, 'The password has to have at least 15 characters.');
  if (!(await users.add(email, password))) return refuse(response, signUp, 'There is an account with this email.');
  response.redirect(303, '/sign-in');
});

app.post('/sign-out', (request, response) => {
  sessions.delete(cookie(request, 'session'));
  response.redirect(303, '/sign-in');
});

// --- Enrol: the password is asked by us, the rest is Countersign's ----------------------------------------------------

const turnOn = { title: 'Turn on two-factor authentication', form: { fields: [fields.password], button: 'Enable 2FA' } };
const setUp = (id) => ({ action: '/two-factor/set-up', fields: [fields.appCode], button: 'Set up', hidden: { id } });

/** A handler for whoever has it off; another tab may have turned it on. */
const withoutOne = (handle) => signedIn(async (request, response, user) => {
  return (await isOn(request, user)) ? response.redirect(303, '/') : handle(request, response, user);
});
app.get('/two-factor/turn-on', withoutOne((request, response) => response.send(page(turnOn))));
app.post('/two-factor/turn-on', withoutOne(async (request, response, user) => {
  if (!(await users.hasPassword(user, request.body.password))) return refuse(response, turnOn, 'The password is not right.');
  const offered = await ask(request, 'POST', '/authenticators', user.id, { account_name: user.email });
  response.send(page({ title: 'Scan the QR code', body: offer(offered), form: setUp(offered.id) }));
}));

app.post('/two-factor/set-up', signedIn(async (request, response, user) => {
  const { id = '', code = '' } = request.body;
  try {
    const on = await ask(request, 'POST', `/authenticators/${encodeURIComponent(id)}/confirm`, user.id, { code });
    endOtherSessions(request, response, user);
    response.send(page({ title: 'Save your recovery codes', body: codes(on.recovery_codes), links: [['/', 'Continue']] }));
  } catch (refused) {
    if (!refused.isForThePerson) throw refused;
    // The QR code is still good; whoever has scanned it types the next code.
    const links = [['/two-factor/turn-on', 'Show a new QR code']];
    refuse(response, { title: 'Type the code of the app', form: setUp(id), links }, refused.words);
  }
}));

// --- Sign in: our password, then Countersign's decision ---------------------------------------------------------------

const signIn = { title: 'Sign in', form: { fields: [fields.email, fields.password], button: 'Sign in' }, links: [['/sign-up', 'Create an account']] };
const second = { title: 'Two-factor authentication', form: { fields: [fields.code], button: 'Verify', remember: true }, links: [['/sign-in', 'Use another account']] };
// Of this user: two people at one browser each keep their own.
const deviceCookie = (user) => `device-${user.id}`;

/** What follows a right second factor. A device gets a new token each time: the old one is worth nothing now. */
function signInWith(request, response, user, { device }) {
  startSession(request, response, { user: user.id });
  if (device) {
    const options = kept(request, { path: '/sign-in', expires: new Date(device.expires_at) });
    response.cookie(deviceCookie(user), device.token, options);
  }
  response.redirect(303, '/');
}

/** The decision, or why not; what is no answer about the code is an error. */
const decided = (question) => question.catch((refused) => {
  if (refused.isAboutTheCode) return { refused };
  throw refused;
});

app.get('/sign-in', (request, response) => response.send(page(signIn)));
app.post('/sign-in', async (request, response) => {
  const user = users.withEmail(request.body.email);
  if (!(await users.hasPassword(user, request.body.password))) return refuse(response, signIn, 'Wrong email or password.');
  if (!(await isOn(request, user))) return signInWith(request, response, user, {});
  const token = cookie(request, deviceCookie(user));
  if (token) {
    const verified = await decided(ask(request, 'POST', '/verify', user.id, { device_token: token }));
    if (!verified.refused) return signInWith(request, response, user, verified);
  }
  // A right password alone opens nothing: this is no session, and it ends.
  startSession(request, response, { pending: user.id, until: Date.now() + pendingFor });
  response.redirect(303, '/sign-in/code');
});

/** A handler for whoever has shown the password and nothing else. */
const pending = (handle) => async (request, response) => {
  const { pending: id, until } = session(request);
  const user = until > Date.now() && users.withId(id);
  return user ? handle(request, response, user) : response.redirect(303, '/sign-in');
};
app.get('/sign-in/code', pending((request, response) => response.send(page(second))));
app.post('/sign-in/code', pending(async (request, response, user) => {
  const { code = '', remember } = request.body;
  const verified = await decided(verify(request, user.id, code, { remember_device: remember !== undefined }));
  return verified.refused ? refuse(response, second, verified.refused.words) : signInWith(request, response, user, verified);
}));

// --- Turn off: our password and a code, then it is gone ---------------------------------------------------------------

const turnOff = { title: 'Turn off two-factor authentication', form: { fields: [fields.password, fields.code], button: 'Turn off' } };
app.get('/two-factor/turn-off', signedIn((request, response) => response.send(page(turnOff))));
app.post('/two-factor/turn-off', signedIn(async (request, response, user) => {
  const { password, code = '' } = request.body;
  if (!(await users.hasPassword(user, password))) return refuse(response, turnOff, 'The password is not right.');
  const { refused } = await decided(verify(request, user.id, code));
  if (refused) return refuse(response, turnOff, refused.words);
  await ask(request, 'DELETE', '/two-factor', user.id);
  endOtherSessions(request, response, user);
  response.redirect(303, '/');
}));

app.use((error, request, response, _next) => {
  console.error(error.message);
  response.status(503).send(page({ title: 'Not now', text: 'Please try again in a minute.' }));
});
app.listen(process.env.PORT ?? 3000, '127.0.0.1', () => console.log('The shop is open.'));
