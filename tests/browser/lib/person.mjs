// Somebody with an account, a phone and a memory for passwords.

import { Authenticator } from './authenticator.mjs';
import { scan } from './qr.mjs';
import { recoveryFile } from './recovery-file.mjs';

export class Person {
  /** The phone, once an authenticator is set up. */
  phone;
  /** The recovery codes, from the downloaded file. */
  recoveryCodes = [];

  constructor(server, { email, name, password }) {
    Object.assign(this, { server, email, name, password });
  }

  /** The first step: email and password. */
  async passesPassword(device, { password = this.password, visit = '/sign-in' } = {}) {
    if (visit) await device.visit(visit);
    await device.types(device.words.email, this.email);
    await device.types(device.words.password, password);
    await device.presses(device.words.signIn);
  }

  /** The second step; without a code it is the one the phone shows next. */
  async typesCode(device, code, { remember = false } = {}) {
    await device.types(device.words.code, code ?? (await this.phone.freshCode()));
    if (remember) await device.ticks(device.words.remember);
    await device.presses(device.words.verify);
  }

  async typesRecoveryCode(device, code) {
    await device.follows(device.words.useRecoveryCode);
    await device.types(device.words.recoveryCode, code);
    await device.presses(device.words.verify);
  }

  /** All of signing in, with a code where one is asked for. */
  async signsIn(device, { remember = false } = {}) {
    await this.passesPassword(device);
    if (this.phone) {
      await device.isAskedForCode();
      await this.typesCode(device, undefined, { remember });
    }
    await device.isSignedIn();
  }

  async signsOut(device) {
    await device.opensMenu(this.name);
    await device.presses(device.words.signOut);
  }

  /** From My profile to the page with the QR code, which the phone scans. Answers what the QR code says. */
  async startsTurningOn(device) {
    await device.visit('/account');
    await device.switches();
    await device.types(device.words.password, this.password);
    await device.presses(device.words.enable2fa);
    return this.scans(device);
  }

  /** Points the phone at the QR code on the page. */
  async scans(device) {
    const uri = await scan(device.page);
    this.phone = new Authenticator(this.server, uri.secret);
    return uri;
  }

  async provesPhone(device) {
    await device.types(device.words.code, await this.phone.freshCode());
    await device.presses(device.words.setUp);
  }

  /** Presses the button on the page of recovery codes. */
  async downloadsRecoveryCodes(device) {
    const button = device.page.getByRole('button', { name: device.words.download, exact: true });
    const [download] = await Promise.all([device.nextDownload(), button.click()]);
    const file = await recoveryFile(download);
    this.recoveryCodes = file.codes;
    return file;
  }

  /** All of turning on, until the recovery codes are saved. */
  async turnsOn(device) {
    await this.startsTurningOn(device);
    await this.provesPhone(device);
    return this.downloadsRecoveryCodes(device);
  }

  /** Signs in, turns on, and signs in again with a code. */
  async hasTwoFactor(device, { remember = false } = {}) {
    await this.signsIn(device);
    await this.turnsOn(device);
    await this.signsIn(device, { remember });
  }

  async turnsOff(device) {
    await device.visit('/account');
    await device.switches();
    await this.confirms(device, device.words.turnOff);
  }

  /** Password, and a code where the page asks for one, then the button. */
  async confirms(device, button) {
    await device.types(device.words.password, this.password);
    if (await device.field(device.words.code).count()) await device.types(device.words.code, await this.phone.freshCode());
    await device.presses(button);
  }
}
