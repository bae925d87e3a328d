# What administrators read on the screens beside accounts and approvals. Both languages have the same keys.
section-organizations = Organisations
section-product-keys = Product keys
section-catalogs = Catalogues
section-points = Points
section-messages = Messages
section-audit = Audit
section-api-keys = API keys
section-apps = Apps
section-system = System

show = Show
import = Import
export-csv = Export (CSV)
revoke = Revoke
created = Made
identifier = Identifier
identifier-hint = Letters, digits, “-” and “_”. Left empty, the server makes one. It cannot be changed later.
and-more = and { $count } more
filter-since = From (day)
filter-until = To (day)
filter-account-hint = Number, e-mail
filter-nothing = Nothing found
filter-nothing-text = Change the filter or clear it.
duration-days = { $count } days
duration-hours = { $count } hours
duration-minutes = { $count } min
duration-seconds = { $count } s
table-line = Line { $line }
table-quotes = A quoted cell does not end, or goes on after its end.
table-empty = There is nothing here. The first line names the columns: id,name,region,domains
table-column = The first line must name columns of id,name,region,domains, each at most once; only name is needed.
table-cells = More cells than the first line has.

code-message-gone = There is nothing left to send: it was sent, or its code or link works no more. The member has to ask for a new one.
code-not-found = There is no such thing in this app.

audit-none = Nothing has happened yet
actor-cli = command line

messages-to = To
messages-to-hint = Whole address
messages-state = State
messages-what = Message
messages-written = Written
messages-attempts = Attempts
messages-error = Last error
messages-error-code = Error code
messages-channel = Way
messages-template = Template
messages-sent-at = Sent
messages-failed-at = Given up
messages-expires = Code or link works until
messages-provider-id = Number at the provider
messages-delivery = Provider’s report
messages-text = Text
messages-text-hint = Shown because messages stay in the dev outbox of this server.
messages-text-hidden = What a message says is its receiver’s own and is not shown.
messages-empty = No messages yet
messages-empty-text = Codes, links and notices to members appear here.
message-retry = Send again
channel-email = E-mail
channel-sms = Text message
done-message-retry = The message is sent again now.

product-keys-generate = Make keys
product-keys-generate-title = Make product keys
product-keys-count = How many
product-keys-count-hint = 1 to 10,000
product-keys-made-title = New product keys
product-keys-made = { $count ->
    [one] 1 key was made.
   *[other] { $count } keys were made.
}
product-keys-new = New keys
product-keys-all = To all keys
product-keys-import-title = Import product keys
product-keys-lines = Keys, one a line
product-keys-lines-hint = 1 to 64 letters, digits and dashes each; at most 10,000 at once. Keys that are there already stay as they are.
product-keys-wrong = Nothing was imported. These lines are no keys:
product-keys-imported-title = Product keys imported
product-keys-imported = New
product-keys-known = There already
product-keys-state = State
product-key-free = free
product-key-used = used
product-keys-who = Who uses a key
product-keys-registered = Registered
product-keys-none = No product keys yet
product-keys-none-text = Make keys here, or import those that are printed on products already.

points-whose = Whose points
points-ledger = Ledger
points-amount = Points
points-amount-hint = A negative number takes points away. Nobody ever has less than none.
points-balance = Balance
points-reason-hint = It stands in the ledger, which the member may see.
points-grant = Grant points
points-choose = Choose a member
points-choose-text = Type a number, UUID or e-mail address to see what they were given.
done-points = The points are in the ledger.

organizations-search = Find an organisation
organizations-count = { $count ->
    [one] 1 organisation
   *[other] { $count } organisations
}
organizations-region = Region
organizations-domains = E-mail domains
organizations-domains-hint = One a line, with or without @. Whoever has an address of such a domain may join.
organizations-new = New organisation
organizations-new-title = New organisation
organizations-none = No organisations yet
organizations-none-text = Add one, or import a table.
organizations-import-title = Import organisations
organizations-table = Table (CSV)
organizations-table-hint = The first line names the columns: id,name,region,domains. Only name is needed; domains have spaces between them. Organisations that are not named stay as they are.
organizations-skip = Leave out lines that are wrong
organizations-look = See what would change
organizations-look-again = Look again
organizations-import-now = Import now ({ $count } new or changed)
organizations-plan = What would change
organizations-wrong = Nothing was changed. These lines are wrong:
organizations-left-out = These lines are left out:
organizations-outcome = What happens
outcome-created = New
outcome-changed = Changed
outcome-unchanged = As it is
outcome-skipped = Left out
done-organization-save = The organisation is saved.
done-organization-import = The organisations are imported.

catalog-interests = Interests
catalog-professions = Professions
catalog-new = New item
catalog-new-title = New item
catalog-picture = Upload a picture
catalog-picture-hint = JPEG, PNG or WebP, at most 2 MiB. It takes the place of the one before, which is deleted.
catalog-picture-large = The picture has more than 2 MiB. Choose a smaller one.
catalog-picture-other = This is no JPEG, PNG or WebP picture. Choose another file.
catalog-image = Path of the picture
catalog-image-hint = Filled in by uploading. A path below /media/ or a URL may be typed; empty, there is no picture.
catalog-image-gone = There is no such picture any more. Upload it again.
catalog-image-short = Picture
catalog-emoji = Emoji
catalog-order = Order
catalog-state = State
catalog-offered = offered
catalog-retired = retired
catalog-retire = Retired
catalog-retire-hint = Not offered any more. Whoever chose it keeps it.
catalog-up = Move { $name } up
catalog-down = Move { $name } down
catalog-none = Nothing to choose from yet
catalog-none-text = Members choose from what you add here.
done-catalog-save = The item is saved.

api-keys-new = Make a key
api-keys-new-title = Make an API key
api-keys-docs = Administration API
api-keys-state = State
api-keys-may = May
api-keys-used = Last used
api-keys-expires = Expires
api-keys-days = Days until it expires
api-keys-days-hint = 1 to 3650
api-keys-name-hint = What the key is for, for whoever reads this list.
api-keys-made-title = New API key
api-keys-made-text = Copy the key now: it is shown this once and cannot be seen again.
api-keys-kept = I have copied it
api-keys-revoke-title = Revoke this API key?
api-keys-revoke-text = Programs that use { $name } are refused at once, and it cannot be brought back.
api-keys-none = No API keys yet
api-keys-none-text = Programs of yours use the administration API with a key.
api-key-live = works
api-key-expired = expired
api-key-revoked = revoked
done-api-key-revoke = The key is revoked.
permission-accounts-read = Find and list accounts
permission-accounts-write = Suspend, restore and change accounts
permission-accounts-import = Bring accounts in
permission-accounts-erase = Delete accounts for good
permission-approvals-read = See who waits for approval
permission-approvals-write = Approve and reject
permission-catalog-write = Change catalogues
permission-organizations-write = Change organisations
permission-product-keys-read = See product keys
permission-product-keys-write = Make and import product keys
permission-points-read = See points
permission-points-write = Grant points
permission-audit-read = Read the audit
permission-outbox-read = See messages
permission-outbox-write = Send messages again

app = App
app-name = Name
app-mount = Mount
app-contract = Contract
app-hosts = Hosts
app-url = Public URL
app-docs = API documentation
app-where = Where it is
app-timezone = Time zone
app-policy = What holds for its members
app-sign-in = Sign in with
app-required = Needed to sign up
app-unique = Taken only once
app-approval = Approval
app-approval-none = At once
app-approval-required = An administrator decides
app-verify = E-mail addresses
app-verify-none = Not verified
app-verify-sent = Verified after sign-up
app-verify-required = Verified before the first sign-in
app-verify-proven = Proven before sign-up
app-phone-region = Region of phone numbers
app-access-lifetime = Access token lives
app-idle = Session ends unused after
app-absolute = Session ends after
app-attributes = Attributes of its own
app-uploads = Uploads
app-routes = Routes
app-route = Route
app-does = Operation
app-summary = Summary

system-pending = The database lacks migrations of this program: { $what }
system-server = Server
system-version = Version
system-database = Database
system-file = File
system-writes = Transactions since the start
system-commits = Commits since the start
system-workers = Workers
system-hashes = Password hashing
system-of = { $count } of { $places } places taken
system-waiting = { $count ->
    [one] 1 message waits
   *[other] { $count } messages wait
}
system-oldest = the oldest for { $what }
system-dev = dev outbox
system-limits = Limits reached
system-limits-none = No limit has kept anybody out since the start.
system-limits-hint = Calls refused by this node since it started. How many are allowed stands in the configuration.
system-keys = Signing keys
limit-wrong-passwords = Wrong passwords from an address
limit-wrong-api-keys = Wrong API keys from an address
limit-open-refusals = Answers that tell who is a member
limit-sign-ups = Sign-ups from an address
limit-uploads = Uploads of an address
limit-sends = Codes and links to a target
limit-sends-by-address = Codes and links for an address
limit-wrong-codes = Wrong codes
limit-product-keys = Product keys asked about
limit-room-passwords = Wrong passwords of rooms
limit-budget = Messages of a day
key-kid = Key
key-state = State
key-from = Signs from
key-signing = signs
key-next = published
key-old = old
key-none = No key yet: the first sign-in makes one.
key-rotate = New key
key-rotate-title = Make a new signing key?
key-rotate-text = It is published at once and signs after { $count } minutes, when every program that checks tokens knows it. Nobody is signed out.
key-revoke-title = Revoke this signing key?
key-revoke-text = { $count ->
    [0] Every token that it signed is worthless at once. No open session hangs on it.
    [one] Every token that it signed is worthless at once. 1 session ends, and its member signs in again.
   *[other] Every token that it signed is worthless at once. { $count } sessions end, and their members sign in again.
}
done-key-rotate = The new key is published.
done-key-revoke = The key is revoked.

overview-by = Divided by
overview-by-day = Days
overview-by-week = Weeks
overview-by-month = Months
overview-members = { $count ->
    [one] 1 member
   *[other] { $count } members
}
overview-numbers = As numbers
overview-since = From
overview-incomplete = Earlier times are still being counted.
plot-sign-ups = Sign-ups
plot-sign-ins = Sign-ins
plot-refused-sign-ins = Refused sign-ins
plot-codes-sent = Codes and links sent
permission-accounts-export = Take all accounts out as a file
times-in = Times: { $zone }
points-none-then = Nothing was given or taken on these days
console-busy-text = The server has more to do than it can, or its database cannot be reached. Try again in a few seconds; if it stays so, look at its log and at /readyz.
console-busy-act-text = The server has more to do than it can, or its database cannot be reached. Go back, look whether it was done, and do it again if it was not. If it stays so, look at its log and at /readyz.
again = Try again
file-lost = This picture cannot be shown: it is damaged or lost.
