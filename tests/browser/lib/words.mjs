// The words a person finds things by. The English ones are fixed by the design and repeated here on purpose: a guide
// that says "press Set up" must not break because a locale file changed. Messages are given by what they must say.

const en = {
  email: 'Email', password: 'Password', name: 'Name', signIn: 'Sign in', cancel: 'Cancel', save: 'Save',
  signedOut: 'You are signed out.',
  wrongPassword: /Wrong email or password/,
  passwordIsWrong: /password is not right/i,
  code: 'Authentication code', remember: 'Remember me on this device', verify: 'Verify',
  rememberFor: /30 days/,
  useRecoveryCode: 'Use a recovery code', recoveryCode: 'Recovery code', useCode: 'Use an authentication code',
  useOtherAccount: 'Use another account',
  codeIsWrong: /code is not right/, codeHasSixDigits: /six digits/, codeIsSpent: /already been used/,
  tookTooLong: /took too long/,
  locked: /too many wrong codes/i, useTwoCodes: 'Use two codes in a row', nextCode: 'Next authentication code',
  recoveryCodeIsUsed: /already used/, recoveryCodeIsReplaced: /earlier list|replaced/, recoveryCodeHasTypo: /typing mistake/,
  recoveryCodeIsWrong: /recovery code/i,
  myProfile: 'My profile', enable: 'Enable 2-factor authentication', signOut: 'Sign out',
  twoFactor: 'Two-factor authentication',
  authenticators: 'Authenticators', recoveryCodes: 'Recovery codes', devices: 'Remembered devices', sessions: 'Sessions',
  activity: 'Recent activity',
  enable2fa: 'Enable 2FA', setUp: 'Set up', showNewQr: 'Show a new QR code',
  clockIsSlow: /clock is 3 minutes slow/, earlierQr: /earlier QR code/, qrExpired: /QR code has expired/,
  download: 'Download recovery codes', continueToSignIn: 'Continue to sign in', onlyThisOnce: /only this once/,
  turnOff: 'Turn off', isOff: /Two-factor authentication is off/,
  codesLeft: (n) => (n === 1 ? /One of 10 codes left/ : new RegExp(`\\b${n} of 10 codes left`)),
  fewCodes: /recovery codes? left|(?:One|\d+) (?:is|are) left|last recovery code/,
  replaceCodes: 'Replace recovery codes', backToProfile: 'Back to My profile',
  addAnother: 'Add another', authenticatorName: 'Name of this authenticator', rename: 'Rename', remove: 'Remove', continue: 'Continue',
  forget: 'Forget', forgetAll: 'Forget all devices', noDevices: /No device is remembered/, thisDevice: 'This device',
  end: 'End', endOthers: 'End all other sessions', endAll: 'End all sessions',
  how: { code: 'password and code', recovery: 'password and recovery code', remembered: 'password on a remembered device', password: 'password' },
  saveName: 'Save name', nameSaved: /name is saved/, changePassword: 'Change password', currentPassword: 'Current password', newPassword: 'New password',
  allActivity: 'All activity', usedRecoveryCode: (n) => new RegExp(`Signed in with a recovery code; ${n === 1 ? 'one code' : `${n} codes`} left`),
  createAccount: 'Create account', createAnAccount: 'Create an account', firstAdministrator: /administrator/,
  signUpClosed: 'Sign-up is closed', linkIsSpent: 'This link no longer works',
  passwordTooShort: /at least 15 characters/, passwordIsCommon: /leaked|easy to guess/, accountIsReady: /account is ready/,
  showPassword: 'Show password', nothingHere: 'Nothing is here',
  forgotten: 'Forgotten your password?', sendLink: 'Send a link', checkInbox: 'Check your inbox', isNoEmail: /not a complete email/,
  chooseNewPassword: 'Choose a new password', setNewPassword: 'Set new password', newPasswordIsSet: /new password is set/,
  askForAnotherLink: 'Ask for another link', sendsNoMail: /sends no mail. Ask the administrator/,
  confirmFirst: /First confirm your email/, onItsWay: /message is on its way/, sendAnother: 'Send another message',
  enoughMessages: /Several messages have been sent/, confirmEmail: 'Confirm email', emailIsConfirmed: /email is confirmed/,
};

const cs = {
  email: 'E-mail', password: 'Heslo', name: 'Jméno', signIn: 'Přihlásit se', cancel: 'Zrušit', save: 'Uložit',
  signedOut: 'Odhlášení proběhlo.',
  wrongPassword: /E-mail nebo heslo není správné/,
  passwordIsWrong: /Heslo není správné/,
  code: 'Ověřovací kód', remember: 'Zapamatovat si toto zařízení', verify: 'Ověřit',
  rememberFor: /30 dní/,
  useRecoveryCode: 'Použít záložní kód', recoveryCode: 'Záložní kód', useCode: 'Použít ověřovací kód',
  useOtherAccount: 'Použít jiný účet',
  codeIsWrong: /kód není správný/, codeHasSixDigits: /šest číslic/, codeIsSpent: /už byl použit/,
  tookTooLong: /trvalo příliš dlouho/,
  locked: /Chybných kódů bylo příliš mnoho/, useTwoCodes: 'Použít dva kódy po sobě', nextCode: 'Následující ověřovací kód',
  recoveryCodeIsUsed: /už byl použit/, recoveryCodeIsReplaced: /staršího seznamu/, recoveryCodeHasTypo: /překlep/,
  recoveryCodeIsWrong: /záložní kód/i,
  myProfile: 'Můj profil', enable: 'Zapnout dvoufázové ověření', signOut: 'Odhlásit se',
  twoFactor: 'Dvoufázové ověření',
  authenticators: 'Ověřovací aplikace', recoveryCodes: 'Záložní kódy', devices: 'Zapamatovaná zařízení', sessions: 'Aktivní přihlášení',
  activity: 'Nedávná aktivita',
  enable2fa: 'Zapnout 2FA', setUp: 'Nastavit', showNewQr: 'Zobrazit nový QR kód',
  clockIsSlow: /o 3 minuty pozadu/, earlierQr: /dřívějšímu QR kódu/, qrExpired: /Platnost QR kódu skončila/,
  download: 'Stáhnout záložní kódy', continueToSignIn: 'Pokračovat k přihlášení', onlyThisOnce: /Zobrazují se jen teď/,
  turnOff: 'Vypnout', isOff: /ověření je vypnuté/,
  // Czech counts in four ways: one, a few (2 to 4), fractions, and everything else.
  codesLeft: (n) => {
    if (n === 1) return /Zbývá jeden kód z 10/;
    return n >= 2 && n <= 4 ? new RegExp(`Zbývají ${n} kódy z 10`) : new RegExp(`Zbývá ${n} kódů z 10`);
  },
  fewCodes: /Zbýv(?:á|ají)|poslední záložní kód/,
  replaceCodes: 'Vyměnit záložní kódy', backToProfile: 'Zpět na Můj profil',
  addAnother: 'Přidat další', authenticatorName: 'Název této ověřovací aplikace', rename: 'Přejmenovat', remove: 'Odebrat', continue: 'Pokračovat',
  forget: 'Zapomenout', forgetAll: 'Zapomenout všechna zařízení', noDevices: /Žádné zařízení si nepamatujeme/, thisDevice: 'Toto zařízení',
  end: 'Ukončit', endOthers: 'Ukončit všechna ostatní přihlášení', endAll: 'Ukončit všechna přihlášení',
  how: { code: 'heslo a kód', recovery: 'heslo a záložní kód', remembered: 'heslo na zapamatovaném zařízení', password: 'heslo' },
  saveName: 'Uložit jméno', nameSaved: /Jméno je uložené/, changePassword: 'Změnit heslo', currentPassword: 'Současné heslo', newPassword: 'Nové heslo',
  allActivity: 'Veškerá aktivita',
  usedRecoveryCode: (n) => {
    if (n === 1) return /Přihlášení záložním kódem; zbývá jeden kód/;
    return new RegExp(`Přihlášení záložním kódem; ${n >= 2 && n <= 4 ? `zbývají ${n} kódy` : `zbývá ${n} kódů`}`);
  },
  createAccount: 'Vytvořit účet', createAnAccount: 'Vytvořte si účet', firstAdministrator: /správce/,
  signUpClosed: 'Registrace je uzavřená', linkIsSpent: 'Tento odkaz už neplatí',
  passwordTooShort: /alespoň 15 znaků/, passwordIsCommon: /uniklých|uhodnout/, accountIsReady: /Účet je připravený/,
  showPassword: 'Zobrazit heslo', nothingHere: 'Tady nic není',
  forgotten: 'Zapomněli jste heslo?', sendLink: 'Poslat odkaz', checkInbox: 'Podívejte se do pošty', isNoEmail: /není úplná e-mailová/,
  chooseNewPassword: 'Nastavení nového hesla', setNewPassword: 'Nastavit nové heslo', newPasswordIsSet: /Nové heslo je nastavené/,
  askForAnotherLink: 'Požádat o další odkaz', sendsNoMail: /neposílá e-maily/,
  confirmFirst: /Nejprve potvrďte svůj e-mail/, onItsWay: /Zpráva je na cestě/, sendAnother: 'Poslat další zprávu',
  enoughMessages: /Poslali jsme už několik zpráv/, confirmEmail: 'Potvrdit e-mail', emailIsConfirmed: /e-mail je potvrzený/,
};

/** In Czech a number and what it counts stand on one line, joined by a no-break space; here a space matches both. */
function anySpace(word) {
  if (typeof word === 'function') return (n) => anySpace(word(n));
  if (word instanceof RegExp) return new RegExp(word.source.replaceAll(' ', '\\s'), word.flags);
  return word;
}

const ready = (table) => Object.fromEntries(Object.entries(table).map(([name, word]) => [name, anySpace(word)]));

export const words = { en: ready(en), cs: ready(cs) };
export const languages = ['en', 'cs'];
