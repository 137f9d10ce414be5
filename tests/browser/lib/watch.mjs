// Looks over the shoulder of every journey: what must never happen on any page, whatever the journey is about.

/** Collects what is odd in a browser context: foreign hosts, script errors, broken parts, server errors. */
export function watch(context, origins) {
  const odd = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    // Chromium draws pictures of its own from data: URLs; nothing is asked of anybody.
    if (url.protocol !== 'data:' && !origins.includes(url.origin)) odd.push(`a request to another host: ${request.url()}`);
  });
  context.on('response', (response) => {
    const status = response.status();
    // What a site behind a proxy does not find of its own is its own affair.
    const isPart = !response.request().isNavigationRequest() && new URL(response.url()).origin === origins[0];
    if (status >= 500 || (isPart && status >= 400)) odd.push(`${status} for ${response.request().method()} ${response.url()}`);
  });
  context.on('console', (message) => {
    // A refused form is answered with a 4xx, which Chromium reports as an error; the journey looks at the page itself.
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (message.type() === 'error' && !isRefusal) odd.push(`in the console: ${message.text()}`);
  });
  context.on('weberror', (error) => odd.push(`a script failed: ${error.error().message}`));
  return odd;
}
