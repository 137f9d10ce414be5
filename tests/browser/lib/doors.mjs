// How an application of examples/ is gone about: what its own pages are called, where they are, how somebody gets a user.
// What the second factor adds is the same everywhere.

import assert from 'node:assert/strict';

async function fills(device, form, button) {
  for (const [label, text] of Object.entries(form)) await device.types(label, text);
  await device.presses(button);
}

/** A shop, whose pages are all made for it. */
class Pottery {
  home = '/';
  signIn = '/sign-in';
  code = '/sign-in/code';
  sessionCookie = 'session';
  /** What the form for the first code asks for besides. */
  provesAlso = () => ({});
  /** How its pages are looked at (lib/device.mjs). */
  wishes = {};

  async makesUser(device, person, look = () => {}) {
    await device.visit(this.home);
    await device.follows('Create an account');
    await look();
    await fills(device, { Email: person.email, Password: 'too short' }, 'Create account');
    await device.isTold('Password', /15 characters/);
    await fills(device, { Email: person.email, Password: person.password }, 'Create account');
  }

  async typesPassword(device, { email, password }) {
    await device.visit(this.signIn);
    await device.types('Email', email);
    await device.types('Password', password);
  }

  signInButton = 'Sign in';

  async isSignedIn(device, { email }) {
    await device.seesHeading('My account');
    await device.sees(email);
  }

  /** To what the page of the second factor says. */
  async looksUp(device) {
    await device.visit(this.home);
  }

  async asksForQrCode(device, { password }) {
    await device.follows('Turn it on');
    await fills(device, { Password: 'not the password' }, 'Enable 2FA');
    await device.isTold('Password', /not right/);
    await fills(device, { Password: password }, 'Enable 2FA');
  }

  signsOut = (device) => device.presses('Sign out');
}

/** Django's own admin: its users are made at a terminal, and its pages are Django's. */
class Admin {
  home = '/admin/';
  signIn = '/admin/login/';
  code = '/two-factor/code/';
  sessionCookie = 'sessionid';
  provesAlso = ({ password }) => ({ Password: password });
  wishes = { strangers: true };
  signInButton = 'Log in';

  constructor(shop) {
    this.shop = shop;
  }

  makesUser(_device, { email, password }) {
    return this.shop.runs(['createsuperuser', '--noinput'], { DJANGO_SUPERUSER_USERNAME: email, DJANGO_SUPERUSER_EMAIL: email, DJANGO_SUPERUSER_PASSWORD: password });
  }

  async typesPassword(device, { email, password }) {
    await device.visit(this.signIn);
    await device.types('Username:', email);
    await device.types('Password:', password);
  }

  async isSignedIn(device, { email }) {
    assert.equal(device.path, this.home);
    await device.seesHeading('Site administration');
    await device.sees(email);
  }

  async looksUp(device) {
    await device.follows('Two-factor authentication');
  }

  async asksForQrCode(device) {
    await device.presses('Turn it on');
  }

  signsOut = (device) => device.presses('Log out');
}

export const pottery = () => new Pottery();
export const admin = (shop) => new Admin(shop);
