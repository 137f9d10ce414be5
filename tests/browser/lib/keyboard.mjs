// Hands that never touch a mouse.

import assert from 'node:assert/strict';

const mostStops = 80;

/** Presses Tab until the thing has the focus, and sees each time where the focus is. */
export async function tabTo(page, locator) {
  for (let stop = 0; stop < mostStops; stop += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
    const unseen = await page.evaluate(invisibleFocus);
    assert.equal(unseen, null, `the focus can be seen at ${page.url()}`);
  }
  assert.fail(`Tab never reaches ${locator}`);
}

/** Runs in the page: null when the focus shows, else the element on which it does not. */
function invisibleFocus() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const ring = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  const onScreen = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return element.matches(':focus-visible') && ring && onScreen ? null : element.outerHTML.slice(0, 160);
}
