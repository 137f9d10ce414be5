// Once through the pages that exist only where mail is sent, or that a message leads to. As in tour.mjs, the checks of
// every page take it.

/** `look(device, name)` is called at every stop. The server must send mail. */
export async function mailTour({ open, person, mailbox }, { language }, look) {
  const device = await open({ language });
  const { words } = device;
  const stop = (name) => look(device, name);
  const eva = await person({ name: 'Eva Malá' });

  await device.visit('/sign-in');
  await device.follows(words.forgotten);
  await stop('forgotten-password');
  await device.types(words.email, 'eva@localhost@localhost');
  await device.page.getByRole('main').locator('form').evaluate((form) => (form.noValidate = true));
  await device.presses(words.sendLink);
  await stop('forgotten-password-refused');
  await asksForLink(device, eva);
  await stop('forgotten-password-sent');
  const reset = await mailbox.link(eva.email, '/reset-password');
  await device.visit(reset);
  await stop('reset-password');
  await device.types(words.newPassword, 'too short');
  await device.presses(words.setNewPassword);
  await stop('reset-password-refused');
  await device.types(words.newPassword, 'eleven owls in a green canoe');
  await device.presses(words.setNewPassword);
  await stop('reset-password-done');
  await device.visit(reset);
  await stop('reset-password-link-over');

  const petr = await person({ name: 'Petr Svoboda' });
  await petr.signsIn(device);
  await device.visit('/account/two-factor/turn-on');
  await stop('confirm-first');
  await device.presses(words.sendLink);
  await stop('confirm-first-sent');
  const confirmation = await mailbox.link(petr.email, '/confirm-address');
  for (let more = 0; more < 2; more += 1) await device.presses(words.sendAnother);
  await device.presses(words.sendAnother);
  await stop('confirm-first-enough');
  await device.visit(confirmation);
  await stop('confirm-email-link-over');
  // Of messages that were asked for in a row, those that a newer one overtook may have come or not.
  do await device.visit(await mailbox.link(petr.email, '/confirm-address'));
  while (await device.page.getByRole('heading', { name: words.linkIsSpent }).count());
  await stop('confirm-email');
  await device.presses(words.confirmEmail);
  await stop('email-confirmed');
}

/** From anywhere to the page that says a message is on its way. */
export async function asksForLink(device, { email }) {
  await device.visit('/forgotten-password');
  await device.types(device.words.email, email);
  await device.presses(device.words.sendLink);
  await device.seesHeading(device.words.checkInbox);
}
