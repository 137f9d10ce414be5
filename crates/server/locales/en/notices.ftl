# What has just happened, shown once after a redirect.

notice-few-codes = { $left ->
    [0] You have no recovery codes left. Replace them now, before you need one.
    [one] You have one recovery code left. Replace them soon, before you need one.
   *[other] You have { $left } recovery codes left. Replace them soon, before you need one.
}
notice-recovery-code-used = { $left ->
    [one] You signed in with a recovery code. One is left. If your phone is lost, turn two-factor authentication off within a quarter of an hour and set it up on the new one; later that needs another code.
   *[other] You signed in with a recovery code. { $left } are left. If your phone is lost, turn two-factor authentication off within a quarter of an hour and set it up on the new one; later that needs another code.
}
notice-last-recovery-code-used = That was your last recovery code. If your phone is lost, turn two-factor authentication off now; in fifteen minutes that will need a code. If you have your phone, replace the recovery codes.
notice-name-changed = Your name is saved.
notice-password-changed = Your password is changed. All other sessions have ended.
notice-two-factor-on = Two-factor authentication is on.
notice-two-factor-off = Two-factor authentication is off. Your password alone opens this account.
notice-two-factor-already-on = Two-factor authentication is on already.
notice-two-factor-already-off = Two-factor authentication is off already.
notice-authenticator-added = “{ $name }” is added.
notice-authenticator-renamed = The authenticator is now called “{ $name }”.
notice-authenticator-removed = “{ $name }” is removed. Its codes no longer work.
notice-device-forgotten = The device is forgotten. It will be asked for a code.
notice-devices-forgotten = All devices are forgotten. Each will be asked for a code.
notice-session-ended = The session has ended.
notice-sessions-ended = All other sessions have ended.
notice-changed-meanwhile = Something about this account changed meanwhile, so nothing was done. Please confirm once more.
notice-codes-replaced-already = Your recovery codes had already been replaced; they were not replaced again. Use the newest ones.
notice-codes-doubted = An older backup of this service was restored. Your recovery codes may have been used and are switched off. Make new ones now, before you need one.
