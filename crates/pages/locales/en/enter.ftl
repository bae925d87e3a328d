# How administrators come in, their own page, and who they are.
section-me = Your account
section-administrators = Administrators

code-wrong-password = This is not your password.
code-code-invalid = This code is wrong, too old, or was used before. Wait for the next one.

sign-in-title = Sign in
sign-in-email = E-mail address
sign-in-password = Password
sign-in-next = Next
sign-in-do = Sign in
sign-in-wrong = The e-mail address or the password is wrong.
sign-in-late = That took too long, or you were signed out. Please sign in again.
sign-in-forgot = If you cannot sign in, ask another owner to reset your sign-in.

second-step-title = Second factor
second-step-code = Code
second-step-hint = The six digits that your authenticator app shows for Daemun.
second-step-recovery = Recovery code
second-step-recovery-hint = One of the ten codes that you kept. Each works once.
second-step-other-account = Somebody else
second-step-use-recovery = Use a recovery code
second-step-use-app = Use the authenticator app

set-up-title = Set up this server
join-title = Accept the invitation
set-up-again-title = Set up your sign-in again
join-text-set-up = You become the first administrator: an owner, who may do everything and invites the others.
join-text-join = You were invited to administer this server.
join-text-again = An owner has reset your sign-in. Choose a new password and set up your authenticator app.
join-role = Your role:
join-you = About you
join-name = Name
join-name-hint = How other administrators see you.
join-password = Choose a password
join-password-hint = At least 8 characters. A sentence is easy to remember.
join-password-again = The same password once more
join-do = Done

app-title = Second factor
app-text = Besides the password you sign in with a code from an app on your phone.
app-step-install = Install an authenticator app on your phone, unless you have one.
app-step-scan = Scan this code with the app.
app-step-code = Type the six digits that the app shows now.
app-qr = QR code for the authenticator app
app-secret = Or type this key into the app:
app-open = Open the app on this device

recovery-codes-title = Keep these recovery codes
recovery-codes-text = With them you sign in when your phone is lost. Each works once.
recovery-codes-once = They are not shown again. Print them or put them into your password manager.
recovery-codes-kept = I have kept them

link-dead-title = This link does not work
link-dead-text = It was used, has expired, or was replaced by a newer one. Ask who gave it to you for another. For the first administrator, “daemun admin set-up-link” prints one.

confirm-title = Is it still you?
confirm-text = This needs your password and a code once more. Then you are not asked for { $count } minutes.
confirm-code-hint = From your authenticator app, or a recovery code.
confirm-do = Confirm

save = Save
me-sessions = Signed in
me-this-browser = This browser
me-signed-in = signed in
me-last-used = last used
me-end = Sign out there
me-end-others = Sign out everywhere else
me-profile = Name and language
me-language = Language
me-language-browser = As the browser says
me-password = Password
me-current-password = Current password
me-new-password = New password
me-change-password = Change password
me-codes-left = Recovery codes that are left: { $count }
me-codes-few = Only a few are left. Make new ones.
me-renew-codes = New recovery codes
second-factor-change = Another authenticator app
second-factor-title = Another authenticator app
second-factor-text = The old app and the old recovery codes stop working, and other browsers are signed out.
second-factor-do = Use this app

administrator-role = Role
administrator-last = Last sign-in
administrator-you = You
administrator-facts = About
administrator-joined = Joined
administrator-by = Invited by
administrator-role-text = With another role they are signed out everywhere.
administrator-role-do = Change role
administrator-reset = Reset the sign-in
administrator-let-in = Let in again
administrator-reset-text = Password, authenticator app and recovery codes stop working, and every browser is signed out. A link, which is mailed and shown to you, lets them choose all of it anew within 24 hours.
administrator-reset-do = Reset
administrator-disable = Disable
administrator-disable-text = They are signed out everywhere at once and cannot sign in any more.
standing-active = Active
standing-waiting = Has to use the link
standing-disabled = Disabled
last-owner = There must be another owner who can sign in. Nothing was changed.
reset-oneself = Change your own password and second factor under “Your account”.

role-owner-text = Everything, with administrators, API keys and signing keys.
role-operator-text = Everything about the apps and their members.
role-moderator-text = Lets new members in; sees accounts and points.
role-auditor-text = Sees everything, changes nothing.

invitations = Invitations
invitations-none = Nobody is invited.
invitation-expires = Works until
invitation-withdraw = Withdraw
invite-title = Invite
invite-language = Language of the mail
invite-do = Send the invitation
invited-text = An invitation was mailed to { $who }. You can also hand over this link yourself:
reset-text = A link was mailed to { $who }. You can also hand over this link yourself:
link-made-title = Link
link-made-once = Whoever has this link can use it, once. It is not shown again.
link-made-back = Back to the administrators

done-signed-out = You are signed out.
done-saved = Saved.
done-password-changed = The password was changed. Other browsers were signed out.
done-session-ended = That browser is signed out.
done-sessions-ended = All other browsers are signed out.
done-invitation-withdrawn = The invitation was withdrawn.
done-role-changed = The role was changed.
done-disabled = Disabled.

section-server-audit = Administrators’ audit
section-server-keys = Server keys
server-keys-none-text = A key of the server opens every app. Most programs need a key of one app instead.
server-keys-warning = A key of the server opens every app and may do what you tick, without a second factor. Tick as little as you can.
server-keys-days-hint = 1 to 365
permission-api-keys-write = Make and revoke API keys
permission-administrators-write = Invite administrators and change their roles
permission-system-read = See the server, its apps and its keys
permission-system-write = Rotate and revoke signing keys
system-size = Size
administrator-end-sessions = End sessions
administrator-end-sessions-text = Signs them out of every browser at once. They can sign in again.
done-administrator-sessions = Their sessions are ended.

accounts-since = Joined from (day)
accounts-until = Joined up to (day)
approvals-list = Everybody waiting
approvals-approved = Approved
