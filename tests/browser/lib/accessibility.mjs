// axe-core looks at a page; it is put there by the debugger, so the page's own strict policy stays as it is.

import assert from 'node:assert/strict';
import axe from 'axe-core';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Fails with what axe-core finds, in both themes. In the second one only the colours can be wrong. */
export async function isAccessible(page, where) {
  const found = await findings(page, 'light', { type: 'tag', values: rules });
  found.push(...(await findings(page, 'dark', { type: 'rule', values: ['color-contrast', 'link-in-text-block'] })));
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(found, [], where);
}

async function findings(page, theme, runOnly) {
  await page.emulateMedia({ colorScheme: theme });
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate((only) => window.axe.run({ runOnly: only, resultTypes: ['violations'] }), runOnly);
  return violations.map(({ id, help, nodes }) => {
    const places = nodes.map(({ html }) => html.slice(0, 160)).join(' | ');
    return `${theme}: ${id}: ${help}: ${places}`;
  });
}

/** Fails when a page as narrow as a small phone would have to be moved sideways. */
export async function fitsSmallPhones(page, where) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
      .map((element) => element.outerHTML.slice(0, 120));
  });
  await page.setViewportSize(before);
  assert.deepEqual(wide, [], `${where}: wider than 320 px`);
}
