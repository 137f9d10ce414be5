// Every page in every state, in both languages and both themes: axe-core finds nothing, small phones need no sideways
// scrolling. (That no page asks anything of another host and no script fails is watched in every journey.)

import { fitsSmallPhones, isAccessible } from './lib/accessibility.mjs';
import { chapter } from './lib/chapter.mjs';
import { mailTour } from './lib/mail-tour.mjs';
import { tour } from './lib/tour.mjs';
import { languages } from './lib/words.mjs';

function everyStop(takes) {
  return (journey) => {
    for (const language of languages) {
      journey(`is accessible, light and dark, and fits a small phone (${language})`, async (stage) => {
        const problems = [];
        const note = (error) => problems.push(error.message);
        await takes(stage, { language }, async ({ page }, name) => {
          await isAccessible(page, name).catch(note);
          await fitsSmallPhones(page, name).catch(note);
        });
        if (problems.length > 0) throw new Error(problems.join('\n'));
      });
    }
  };
}

chapter('every page', { config: 'sign_up = "open"\n' }, everyStop(tour));
chapter('every page that mail leads to', { mail: true }, everyStop(mailTour));

chapter('the page of a house without sign-up', {}, (journey) => {
  journey('is accessible and fits a small phone', async ({ open, server }) => {
    const device = await open();
    for (const path of ['/sign-up', server.invitation]) {
      await device.visit(path);
      await isAccessible(device.page, path);
      await fitsSmallPhones(device.page, path);
    }
  });
});
