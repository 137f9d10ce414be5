// Makes accounts with 2FA on by the front door, and writes a line for each: the cookie of its session and its secret.
import { writeFileSync } from "node:fs";
import { auth, migrate, origin, password } from "./auth.mjs";

const [count, file] = process.argv.slice(2);

const post = async (path, body, cookie) => {
  const headers = { "content-type": "application/json", origin };
  if (cookie) headers.cookie = cookie;
  const request = new Request(`${origin}/api/auth${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await auth.handler(request);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  const session = answer.headers.getSetCookie().find((line) => line.includes("session_token="));
  return { json: await answer.json(), cookie: session ? session.split(";")[0] : cookie };
};

await migrate();
const lines = [];
for (let nth = 0; nth < Number(count); nth += 1) {
  const signedUp = await post("/sign-up/email", { email: `user-${nth}@example.com`, name: `user-${nth}`, password });
  const enabled = await post("/two-factor/enable", { password }, signedUp.cookie);
  const secret = new URL(enabled.json.totpURI).searchParams.get("secret");
  const key = await auth.api.generateTOTP({ body: { secret: Buffer.from(fromBase32(secret)).toString() } });
  const on = await post("/two-factor/verify-totp", { code: key.code }, enabled.cookie);
  lines.push(`${on.cookie} ${secret.replaceAll("=", "")}`);
}
writeFileSync(file, `${lines.join("\n")}\n`);

function fromBase32(text) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...text.replaceAll("=", "")].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return bits.match(/.{8}/g).map((byte) => parseInt(byte, 2));
}
