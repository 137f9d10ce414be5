# What is wrong with what somebody sent, said beside the field. Each says what to do next.

error-sign-in = Wrong email or password. Check both and try again. If it keeps failing, ask the administrator.
error-sign-in-wait = There have been too many wrong passwords for this email. Next try: { $time }
error-needs-set-up-link = Your administrator has reset your two-factor authentication. Open the link that they gave you and sign in on the page it leads to. If you have none, ask them for it.
error-set-up-link = This link was used already or is older than 24 hours. Ask your administrator for a new one.

error-code-shape = A code has six digits, for example 123 456. Type the one your app shows now.
error-code-wrong = This code is not right. Type the one your app shows now.
error-code-spent = This code has already been used. Wait until your app shows the next one, then type that.
error-two-codes = These are not two codes in a row. Type the code your app shows now, wait for the next one, and type it too.
error-code-or-recovery-code = Type the six digits from your app or one of your recovery codes.

error-recovery-code-typo = This is not a recovery code of ours; there seems to be a typing mistake. Compare it with what you saved. This try was not counted.
error-recovery-code-used = This recovery code was already used: { $date }. Take another one from your list.
error-recovery-code-wrong = This recovery code is not right. Compare it with what you saved, or take another one from your list.

error-password-wrong = This password is not right. Try again.
error-password-missing = Type your password.
error-password-short = { $min ->
    [one] The password needs at least one character.
   *[other] The password needs at least { $min } characters; this one has { NUMBER($have) }.
}
error-password-long = { $max ->
    [one] The password is too long. At most one character fits.
   *[other] The password is too long. At most { $max } characters fit.
}
error-password-common = This password is on lists of leaked passwords, which are tried first. Choose another one; a few words in a row are good.
error-password-guessable = This password is easy to guess. Choose another one; a few words in a row are good.
error-password-context = This password contains your name, your email or the name of this service, which are tried first. Choose another one.
error-password-same = The new password is the same as the current one. Choose another one.

error-email-shape = This is not a complete email address. Type it like name@example.com.
error-name-empty = Type a name.
error-name-long = { $max ->
    [one] The name is too long. At most one character fits.
   *[other] The name is too long. At most { $max } characters fit.
}
error-name-characters = The name contains a character that cannot be shown. Leave it out.
error-authenticator-name-taken = Another authenticator has this name already. Choose another one.
error-authenticator-last = This is the only authenticator. Add another one first, or turn two-factor authentication off.
error-authenticators-many = { $max ->
    [one] An account may have one authenticator. Remove it first.
   *[other] An account may have { $max } authenticators. Remove one first.
}
error-enrolment-expired = The QR code has expired. Start again; you will get a new one.

# Why a code did not match while an authenticator is being set up.
explain-wrong = This code does not match the QR code. Type the one your app shows now for this account.
explain-clock-slow = { $minutes ->
    [one] Your phone’s clock is one minute slow. Set its date and time to automatic, then type the code it shows.
   *[other] Your phone’s clock is { $minutes } minutes slow. Set its date and time to automatic, then type the code it shows.
}
explain-clock-fast = { $minutes ->
    [one] Your phone’s clock is one minute fast. Set its date and time to automatic, then type the code it shows.
   *[other] Your phone’s clock is { $minutes } minutes fast. Set its date and time to automatic, then type the code it shows.
}
explain-earlier-qr = That code belongs to an earlier QR code. Delete that entry in your app and scan the code shown here.
explain-other-hash = Your app uses { $hash } in place of SHA-1. Delete the entry and scan the QR code, or choose SHA-1 in the app.
explain-other-digits = { $digits ->
    [one] Your app makes codes of one digit in place of six. Delete the entry and scan the QR code, or choose 6 digits in the app.
   *[other] Your app makes codes of { $digits } digits in place of six. Delete the entry and scan the QR code, or choose 6 digits in the app.
}
explain-other-period = { $seconds ->
    [one] Your app changes its code every second in place of every 30 seconds. Delete the entry and scan the QR code, or choose 30 seconds in the app.
   *[other] Your app changes its code every { $seconds } seconds in place of every 30 seconds. Delete the entry and scan the QR code, or choose 30 seconds in the app.
}

# Locked out, where no field shows the moment by itself.
error-locked-until = Too many wrong codes. Next try: { $time }
error-locked-until-proven = There have been very many wrong codes, so a single code is not enough any more. Use two codes in a row, or a recovery code.
error-step-up-locked-until = There have been too many wrong codes. Use a recovery code, or try a code again: { $time }
error-step-up-locked-until-proven = There have been very many wrong codes. Use a recovery code here, or sign out and sign in with two codes in a row.
error-recovery-code-shape = A recovery code has sixteen letters and digits, for example 7QK2-M9TA-4XWN-0C3D. This try was not counted.
error-recovery-code-replaced-set = This recovery code is from an earlier list, which was replaced. Take one from the newest list.
error-recovery-code-doubted = An older backup of this service was restored. These codes may have been used and are switched off. Use a code from your app; then make new recovery codes in My profile. If you have no app, ask the administrator.
