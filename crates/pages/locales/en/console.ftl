# What administrators read in the console. Both languages have the same keys; a test makes sure.
console = console
skip = Skip to the content
nav = Sections
nav-apps = Apps
menu = Menu
sign-out = Sign out
close = Close
pager = Pages
pager-next = Next page
pager-first = First page
to-overview = To the overview

section-overview = Overview
section-accounts = Accounts
section-approvals = Approvals

role-owner = Owner
role-operator = Operator
role-moderator = Moderator
role-auditor = Auditor

status-pending = Pending
status-approved = Approved
status-rejected = Rejected
status-suspended = Suspended

overview-empty = No app is configured.

console-missing-text = There is nothing at this address, or it is gone.
console-account-missing-title = There is no such account
console-account-missing-text = It may have been deleted, or it belongs to another app.
console-forbidden-title = Your role does not allow this
console-forbidden-text = Ask an owner of this server for a role with this permission:
console-forged-title = This form is out of date
console-forged-text = You signed in again after it was opened, or it comes from somewhere else. Go back, reload the page and send it again. Nothing was changed.
console-method-text = Please go back and use the buttons of the console.
console-refused-title = That was not possible
console-refused-text = It was refused, and nothing was changed.
console-invalid-title = Something in this request is not valid
console-invalid-text = Please go back and check what you typed, or start the search again. Nothing was changed.

code-account-pending = This account waits for approval.
code-account-rejected = This account’s approval was refused.
code-account-suspended = This account is suspended.
code-already-decided = Somebody decided this before you.
code-email-taken = Another account has this e-mail address.
code-username-taken = Another account has this user name.
code-phone-taken = Another account has this phone number.
code-nickname-taken = Another account has this nickname.
code-already-exists = There is one already.

any = Any
search = Search
clear = Clear
cancel = Cancel
reason = Reason
reason-hint = Only administrators read it, in the audit.
type-to-confirm = Type “{ $what }” to confirm
nothing-yet = Nothing yet
verified = verified
unverified = not verified
unknown-device = Unknown device

accounts-search = Find somebody
accounts-search-hint = Part of a name, or e-mail, phone, user name, product key, number, UUID
accounts-status = Status
accounts-none = Nobody has signed up yet
accounts-none-text = Members appear here as soon as the app has some.
accounts-none-found = Nobody found
accounts-none-found-text = A part of a name is enough; addresses, numbers and keys must be whole. Or look in another app.

account-who = Member
account-profile = Profile
account-belongs = Belongs to the member
account-email = E-mail
account-phone = Phone
account-username = User name
account-name = Name
account-given-name = Given name
account-family-name = Family name
account-nickname = Nickname
account-birthdate = Date of birth
account-gender = Gender
account-locale = Language
account-picture = Picture
account-created = Signed up
account-last-sign-in = Last sign-in
account-organization = Organisation
account-profession = Profession
account-interests = Interests
account-product-key = Product key
account-room = Room
account-time-setting = Working time
account-friends = Friends
account-files = Files
account-audit = What happened
account-sessions = Open sessions
account-messages = Messages
account-points = Points
gender-male = male
gender-female = female
gender-other = other
room-members = { $count ->
    [one] 1 person
   *[other] { $count } people
}
time-setting = { $total } min: { $work } work, { $rest } rest
file-private = private
file-missing = Not uploaded yet
session-since = since
session-used = used
sessions-none = Signed in nowhere.
messages-none = No message was sent.
points-none = No points yet.
message-sent = sent
message-waiting = waiting
message-failed = failed
actor-nobody = nobody known
actor-self = the member
audit-at = When
audit-act = Act
audit-outcome = Outcome
audit-actor = By
audit-address = From
audit-detail = Detail

act-suspend = Suspend
act-suspend-title = Suspend this account?
act-suspend-text = { $who } is signed out everywhere at once and cannot sign in until the account is restored. Nothing is deleted.
act-restore = Restore
act-restore-title = Restore this account?
act-restore-text = { $who } can sign in again.
act-end-sessions = End sessions
act-end-sessions-title = End every session?
act-end-sessions-text = { $who } is signed out on every device and can sign in again.
act-delete = Delete
act-delete-title = Delete this account for good?
act-delete-text = What is personal about { $who } is erased and cannot be brought back. Sessions and friendships end; names and the product key are free again.
done-suspend = The account is suspended.
done-restore = The account is restored.
done-end-sessions = Every session is ended.
done-delete = The account is deleted.
accounts-total = { $count ->
    [one] 1 account
   *[other] { $count } accounts
}
