// better-auth as its documentation sets it up: SQLite through better-sqlite3, addresses with passwords, the two-factor
// plugin. One thing is switched off: the limit of requests per address, since every request of the load has one address.
import { betterAuth } from "better-auth";
import { twoFactor } from "better-auth/plugins";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";

export const password = "measured-on-a-quiet-afternoon";
export const origin = process.env.ORIGIN;

const options = {
  appName: "bench",
  baseURL: origin,
  secret: "it protects nothing but a measurement 0123456789",
  database: new Database(process.env.DATABASE),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [twoFactor()],
};

export const migrate = async () => (await getMigrations(options)).runMigrations();
export const auth = betterAuth(options);
