// The shop's own users, in a file, with passwords hashed by scrypt.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const file = process.env.SHOP_DATABASE ?? 'users.json';
const users = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
const hash = (password, salt) => promisify(scrypt)(password, salt, 32, { N: 1 << 16, r: 8, maxmem: 1 << 27 });

export const withEmail = (email) => users.find((user) => user.email === String(email).trim().toLowerCase());
export const withId = (id) => users.find((user) => user.id === id);

export async function add(email, password) {
  const salt = randomBytes(16);
  const hashed = await hash(password, salt);
  if (withEmail(email)) return false;
  users.push({ id: users.length + 1, email: email.trim().toLowerCase(), salt: salt.toString('hex'), hash: hashed.toString('hex') });
  writeFileSync(`${file}.new`, JSON.stringify(users), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return true;
}

/** Whoever has no account waits for a hash as well: the time tells nobody who has one. */
export async function hasPassword(user, password) {
  const hashed = await hash(String(password), Buffer.from(user?.salt ?? '00', 'hex'));
  return user !== undefined && timingSafeEqual(hashed, Buffer.from(user.hash, 'hex'));
}
