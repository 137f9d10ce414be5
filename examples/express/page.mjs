// Every page of the shop: a heading, what there is to read, one form, links.

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text) => String(text).replaceAll(/[&<>"']/g, (character) => escapes[character]);
/** A piece of HTML in which everything that is filled in is text, unless it is `raw`. */
const html = (parts, ...values) => raw(parts.reduce((text, part, at) => text + filled(values[at - 1]) + part));
const raw = (text) => ({ html: text });
const filled = (value) => {
  if (Array.isArray(value)) return value.map(filled).join('');
  return value?.html ?? (value === undefined || value === false ? '' : escaped(value));
};

export const fields = {
  email: { label: 'Email', name: 'email', type: 'email', autocomplete: 'username' },
  password: { label: 'Password', name: 'password', type: 'password', autocomplete: 'current-password' },
  newPassword: { label: 'Password', name: 'password', type: 'password', autocomplete: 'new-password', hint: 'At least 15 characters.' },
  code: { label: 'Authentication code', name: 'code', type: 'text', autocomplete: 'one-time-code', hint: 'Six digits of your app, or a recovery code.' },
  appCode: { label: 'Authentication code', name: 'code', type: 'text', autocomplete: 'one-time-code', hint: 'The six digits that the app shows now.' },
};

export function page({ title, text, body, form, links = [], error }) {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · Pottery</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/shop.css">
</head>
<body>
<header><a href="/">Pottery</a></header>
<main>
  <h1>${title}</h1>
  ${text && html`<p>${text}</p>`}
  ${body}
  ${form && drawn(form, error)}
  ${links.map(([href, words]) => html`<p><a href="${href}">${words}</a></p>`)}
</main>
</body>
</html>`.html;
}

const drawn = ({ action, hidden = {}, fields, remember, button }, error) => html`
  <form method="post" ${action && html`action="${action}"`}>
    ${error && html`<p id="error" class="error" role="alert">${error}</p>`}
    ${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    ${fields.map(({ label, name, type, autocomplete, hint }) => html`
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required
      aria-describedby="${name}-hint${error && ' error'}" ${error && raw('aria-invalid="true"')}>
    <p class="hint" id="${name}-hint">${hint}</p>`)}
    ${remember && html`<label><input type="checkbox" name="remember"> Remember me on this device</label>`}
    <button>${button}</button>
  </form>`;

export const state = ({ two_factor, recovery_codes_left, devices }) => html`
  <h2>Two-factor authentication</h2>
  ${two_factor === 'on' ? html`
  <p>It is on. Recovery codes left: ${recovery_codes_left}. Remembered devices: ${devices.length}.</p>
  <p><a class="button" href="/two-factor/turn-off">Turn it off</a></p>` : html`
  <p>It is off: your password is all that somebody needs.</p>
  <p><a class="button" href="/two-factor/turn-on">Turn it on</a></p>`}
  <form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>`;

export const offer = ({ qr_svg, key }) => html`
  <p>Scan it with an authenticator app, or type the key.</p>
  <div class="qr" role="img" aria-label="QR code for the authenticator app">${raw(qr_svg)}</div>
  <p class="key">${key}</p>`;

export const codes = (recoveryCodes) => html`
  <p>Each signs you in once when the phone is not at hand. They are shown only this once.</p>
  <ul class="codes">${recoveryCodes.map((code) => html`<li>${code}</li>`)}</ul>
  <p><a class="button" download="recovery-codes.txt" href="data:text/plain,${recoveryCodes.join('%0A')}">Download recovery codes</a></p>`;
