# What people read in English. Keys and their order are the same in ru.ftl. Words of closed lists are LIST-WORD.

## around every page
skip = Skip to the content
nav = Pages
nav-overview = Overview
nav-board = Roll-out
nav-devices = Devices
nav-enrolment = Enrolment
nav-sign-in-links = People
nav-audit = Audit
signed-in-as = Signed in as
sign-out = Sign out
reload = Look again
to-the-devices = To the devices
continue = Continue

## times and sizes
when-now = just now
when-ago = { $span } ago
when-in = in { $span }
when-over = { $span } over
never = never
unit-seconds = { $n } s
unit-milliseconds = { $n } ms
unit-exact-seconds = { $n } s
unit-minutes = { $n } min
unit-hours = { $n } h
unit-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
unit-years = { $n ->
    [one] { $n } year
   *[other] { $n } years
}
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
bytes = { $n ->
    [one] { $figure } byte
   *[other] { $figure } bytes
}

## signing in
sign-in = Sign in
bad-link = This link is not valid: it was used already, has expired, or was not copied whole. Ask for a new one.
too-many-attempts = Too many attempts. Wait five minutes and try again.
session-ended = The session has ended. Sign in again; nothing was changed.
link-works-once = This link works once. The button below uses it up and signs you in on this browser.
need-a-link = You sign in with a link that works once. An administrator makes one here under People, or on the server:
paste-the-link = Paste the link or its code
sign-in-links = Sign-in links
sign-in-links-lead = People sign in with a link that works once. Hand it over in person or in a way that you trust: whoever opens it first is signed in.
link-for = Link for { $name }
shown-once = It is shown this once and stored nowhere.
works-once-until = It works once, until the deadline:
browser-will-warn = On the first visit the browser will warn: it does not know this server's own CA. Go on only if the certificate that it shows has this SHA-256 fingerprint:
works-until = It works until the deadline:
persons-name = Name, as the audit will show it
make-sign-in-link = Make a link

## states
verdict = Verdict
state = State
state-failing = Failing
state-grace = Grace
state-unknown = Unknown
state-compliant = Compliant
state-exempt = Exempt
state-not-applicable = Not applicable

## overview and roll-out
overview = Overview
board = Roll-out
board-lead = Each organisation with all below it. Every figure leads to the phones that it counts.
board-lead-past = As it was at the end of that day, in each organisation’s own calendar. Figures of a past day lead nowhere: lists are of now.
as-of = As of the end of
now = Now
whole-tree = The whole tree
bar = Shares as a bar
share-ready = Ready
phones = Phones
no-phones = no phones
next-date = Next date
trend = 30 days
ready-over-days = Ready
not-counted-yet = No day had been counted by then.
no-org = There is no organisation yet.
grace-ends = Graces end
phones-late = { $n ->
    [one] { $n } phone
   *[other] { $n } phones
}
standing-failing = Failing
standing-silent = Silent
standing-unknown = Unknown
standing-grace = Grace
standing-ready = Ready
standing-exempt = Exempt
standing-not-enrolled = Not enrolled
standing-no-agent = No agent possible
standing-declared-ready = No agent, accepted
standing-declared-grace = No agent, grace
standing-declared-failing = No agent, refused
standing-declared-unknown = No agent, unknown
needs-you = What needs you today
new-since-yesterday = Failing since yesterday
silent-phones = Silent phones
phones-that-wait = Phones that wait for approval
next-fortnight = The next 14 days
no-deadlines = Nothing ends.
compliance-over-time = Compliance over time
makers-over-time = Makers over time
apps-over-time = Messengers found, by week
nothing-to-draw = Nothing was counted yet.
as-a-table = As a table
day = Day
the-rest = Others
maker-other = Not in the catalogue
maker-unknown = Not said

## list of devices
devices = Devices
devices-word = { $n ->
    [one] device
   *[other] devices
}
search-devices = Model, maker, tag, id, or verdict:failing silent>2d
organisation = Organisation
all-organisations = All organisations
show = Show
show-all = Show all
until = Until
since = For
device = Device
asset-tag = Asset tag
system = System
last-contact = Last contact
first-page = To the beginning
next-page = Further
no-device = No device is enrolled yet.
make-enrolment-link = Make an enrolment link
or-on-the-server = or, on the server,
no-device-found = No device is like that.
query-wrong = The query can’t be read at character { $at }: there is { $found }, expected is { $what }.
query-end = its end
query-examples = What can be asked, for example:
query-keys = The keys:
query-expected-key = one of the keys (or quotes around a word with a sign in it)
query-expected-equals = “:” or “=” after this key
query-expected-colon = “:” after this key
query-expected-word = one of
query-expected-text = text
query-expected-rule = a rule, or a rule and a state as in maker=unknown
query-expected-state = a state
query-expected-version = a version such as 5.1
query-expected-hex = digits of an id (0–9, a–f)
query-expected-time = a day (2026-05-01), or after < > <= >= a length of time (30m, 12h, 2d, 3w)
query-expected-term = a term after the minus
query-expected-quote = a closing quote
query-expected-escape = a quote or a backslash after the backslash
query-expected-space = a space after the term
query-expected-values = fewer values; the most are
query-expected-terms = fewer terms; the most are
query-expected-shorter = a shorter query; characters at most

## a device
agent = agent
enrolled = enrolled
agent-version = Agent
device-id = Id of the device
since-when = for
last-contact-hint = When the device was last heard of at all
last-fresh = Fresh report
last-fresh-hint = The newest moment after which a report was certainly made
last-attested = Hardware proof
last-attested-hint = When hardware last proved the state of the system
could-not-be-seen = not let see: { $what }
findings = Findings
no-finding = No policy applies to this device. Assign one to its organisation.
rule = Rule
shown-by = Shown by
exempt-because = Exempt: { $reason }. Ends
the-report-that-shows-it = The report that shows it
mode-observe = observed only
mode-warn = warning only
mode-enforce = enforced
severity-low = low
severity-medium = medium
severity-high = high
severity-critical = critical
sightings = Sightings
no-sighting = No watched application was found.
messenger = Messenger
package = Package
version = Version
signer = Signer
found-in = Found in
not-known-to = not known to: { $sources }
management-system = management system
imported = imported
updated = Updated
disabled = disabled
signature-official = official
signature-unverified = not verified
signature-foreign = somebody else’s
match-exact = exact
match-pattern = by pattern
match-unverified-pattern = possible
profile-main = own profile
profile-work = work profile
profile-container = Android container
history = History
no-history = Nothing has changed yet.
time = Time
from = From
to = To
reports = Reports
number = No.
received = Received
made = Made
trigger = Why
standing = In the chain
size = Size
trigger-periodic = periodic
trigger-boot = start of the device
trigger-apps-changed = applications changed
trigger-order = order
trigger-person = asked for on the phone
trigger-enrolled = first after enrolment
standing-current = next
standing-next = next
standing-late = late
standing-known = known already
standing-gap = after a gap
standing-fork = fork
standing-reset = new chain
standing-server-restored = after the server was restored

## scan and orders
scan = Scan on demand
scan-now = Scan now
reason = Reason
reason-hint = Reason, for example: before the meeting
the-person-sees-it = The person who carries the phone can read who asked, when and why.
earlier-orders = { $n ->
    [one] { $n } earlier order
   *[other] { $n } earlier orders
}
click-to-verdict = { $seconds } from the click to the verdict
order = Order
order-id = Id of the order
order-kind-scan = Scan
order-kind-refresh = Fetch policy and catalogue
order-kind-rotate-key = Make a new key
order-kind-retire = Retire
order-state-queued = queued
order-state-delivered = delivered
order-state-running = running
order-state-reported = reported
order-state-failed = failed
order-state-expired = expired
order-state-cancelled = cancelled
requested-by = Asked by
requested = Asked
expires = Expires
cancel-order = Cancel the order

## evidence
signed-report = Signed report
report = Report
no-report = No report has come yet. The first one comes right after the enrolment.
signature-holds = The signature holds
signature-broken = The signature does not hold
chain-unbroken = The chain is unbroken since
break-fork = Fork: two reports under one number
break-reset = Reset: a new chain was begun
break-gap = Gap: numbers are missing
lost-in-restore = Lost when the server was restored from a backup; no fault of the phone
key = Key
digest = Digest
previous = Report before it
chain = Chain
phones-clock = By the phone’s clock
read-it = Read it
signed-bytes = Signed bytes
public-key = Public key
as-json = The whole report as JSON
verify-it-yourself = To check it elsewhere:
why-no-worry = Why this is no reason to worry
acknowledge = Acknowledge
key-certificates = Certificates
certificates = { $n ->
    [one] { $n } certificate
   *[other] { $n } certificates
}
not-verified-yet = kept, not verified
protection-strongbox = in a security chip
protection-tee = in the trusted environment
protection-software = in a file

## facts
facts = Facts
no-fact = Nothing is known before the first report.
read-from = Read from: { $source }
inventory = Inventory: { $source }
was-read = read
none = none
none-found = none found
reason-unsupported = not available on this system
reason-denied = no permission to read it
reason-absent = not present
reason-failed = reading it failed
fact-platform = Operating system
fact-os_version = Version
fact-security_patch = Security patch
fact-build_id = Build
fact-build_type = Build type
fact-manufacturer = Maker
fact-brand = Brand
fact-model = Model
fact-management = Role of the agent
fact-encryption = Storage encryption
fact-lock_set = Screen lock
fact-lock_strength = Strength of the lock
fact-lock_after = Locks after
fact-developer_options = Developer mode
fact-debug_bridge = Debug bridge
fact-bootloader_locked = Boot loader
fact-verified_boot = Verified boot
fact-root_signs = Signs of root
fact-install_sources = Sources of applications
fact-scope = What the agent sees
fact-background_limits = Limits on background work
fact-pending_update = System update
fact-boot_count = Starts of the device
fact-containers = Android containers
fact-os_certified = Certified system
fact-package_certificates = Who signed the packages
fact-restrictions = Switched off by the management
value-platform-android = Android
value-platform-aurora = Aurora OS
value-platform-sailfish = Sailfish OS
value-platform-linux = Linux
value-management-device-owner = device owner
value-management-company-profile = work profile on a company phone
value-management-configured = configured application
value-management-application = ordinary application
value-management-system = system service
value-encryption-inactive = not encrypted
value-encryption-activating = being encrypted
value-encryption-active = encrypted
value-encryption-active-default-key = encrypted without a user’s secret
value-encryption-active-per-user = encrypted, a key for each user
value-encryption-partial = encrypted in part
value-lock_set-yes = set
value-lock_set-no = not set
value-lock_strength-none = none
value-lock_strength-low = low
value-lock_strength-medium = medium
value-lock_strength-high = high
value-developer_options-yes = on
value-developer_options-no = off
value-debug_bridge-yes = on
value-debug_bridge-no = off
value-bootloader_locked-yes = locked
value-bootloader_locked-no = unlocked
value-os_certified-yes = yes
value-os_certified-no = no
value-verified_boot-green = green: the maker’s system
value-verified_boot-yellow = yellow: the user’s own key
value-verified_boot-orange = orange: not verified
value-verified_boot-red = red: verification failed
value-root-su-program = program that gives root
value-root-root-app = application that manages root
value-root-test-build = test build
value-root-extra-root-user = second account of root
value-root-writable-system = writable system
value-root-hooking = hooking framework
value-root-remote-shell = remote shell
value-root-modified-file = changed file of the system
value-install-store = store
value-install-management = management
value-install-browser = browser
value-install-files = file manager
value-install-messenger = messenger
value-install-shell = shell
value-install-other = other
value-scope-device = the whole device
value-scope-work-profile = the work profile alone
value-scope-sandbox = application package: limited sight
phone-stops-agent = The phone stops the agent: { $limits }. On the phone, the agent’s screen shows the step that lifts it.
phone-ended-work = its work was ended ({ $why })
phone-also-limits = It also had: { $limits }. By itself that seldom keeps an application from working.
last-work = Last work of the agent
work-was-ended = the one before was ended: { $why }
bytes-sent = sent { $bytes }
bytes-received = received { $bytes }
value-stop-3 = it took too long
value-stop-4 = state of the phone
value-stop-7 = the network went away
value-stop-8 = the phone was in use
value-stop-10 = the system’s quota
value-stop-11 = background work is off
value-stop-12 = the system put the agent aside
value-stop-13 = by the person
value-stop-14 = the system was busy
value-background-battery-optimised = battery optimisation
value-background-restricted-bucket = restricted bucket
value-background-background-restricted = background work off
value-background-auto-start-denied = auto-start denied
value-background-data-saver = data saver
value-container-appsupport = AppSupport
value-container-waydroid = Waydroid
value-container-anbox = Anbox
value-container-avroid = Avroid
value-container-other = another one
signed-by = { $packages } by { $id }
signed-by-nobody = { $packages } by nobody
install-sources = { $n ->
    [one] { $n } source
   *[other] { $n } sources
}
update-waits = waits to be installed
update-waits-since = waits since { $day }
no-update-waits = none waits
source-framework = interface of the system
source-property = system property
source-os-release = release file
source-hw-release = hardware release file
source-board-mappings = board mappings
source-firmware = firmware tables
source-device-lock = settings of the device lock
source-crypttab = crypttab
source-mounts = mounted file systems
source-accounts = account file
source-file-presence = presence of a file
source-d-bus = D-Bus
source-kernel = tables of the kernel
source-rpm-database = RPM database
source-policy-store = management's policies
app-source-package-manager = package manager
app-source-apm = APM
app-source-desktop-files = launchers
app-source-rpm-database = RPM database
app-source-android-launchers = Android launchers
app-source-android-data = Android data folders
app-source-flatpak = Flatpak
app-source-snap = Snap

## what findings show
possibly = possibly
signature-is = signature { $signature }
evidence-yes = yes
evidence-no = no
evidence-none = none
evidence-none-yet = no report yet
evidence-no-break = no break
evidence-last-fresh-report = last fresh report
evidence-no-report-since-enrolment = no report since the enrolment
evidence-none-of-the-refused-messengers-was-found = none of the refused messengers was found
evidence-none-of-the-required-messengers-was-found = none of the required messengers was found
evidence-does-not-cover-every-required-messenger = the phone cannot look for every required messenger
evidence-the-list-that-the-report-names-is-not-known = the list that the report names is not known
evidence-the-phone-cannot-look-for-it = the phone cannot look for it
evidence-not-in-the-catalogue = not in the catalogue
evidence-not-proven-by-the-hardware = not proven by the hardware
evidence-a-day-far-ahead = a day far ahead
evidence-not-a-version-that-can-be-compared = not a version that can be compared

## enrolment
enrolment = Enrolment
waiting-for-approval = Waiting for approval
nobody-waits = Nobody waits.
compare-the-code = Approve only if the phone’s screen shows the same code.
code = Code
asked = Asked
decide = Decide
approve = Approve
approve-as-known = Approve as the same phone
replaced-by = replaced by
takes-the-place-of = in place of
same-tag-as = same asset tag as
refuse = Refuse
new-link = New link
no-organisation = There is no organisation yet. Devices belong to one.
for-how-many = For how many phones
works-for-days = Works for days
approval = Approval
approval-default = by a person, if for several phones
approval-person = by a person, for each phone
approval-auto = by itself
link-for-phones = { $n ->
    [one] Link for { $n } phone of { $org }
   *[other] Link for { $n } phones of { $org }
}
approves-itself = Phones that use it need nobody’s approval.
person-approves = Each phone that uses it waits here for approval.
on-the-phone = On the phone:
working-links = Links that work
no-working-link = No link works.
working-links-hint = A link itself is shown once, when it is made. One that is revoked lets no other phone in; phones that have used it stay.
link-id = Link
uses-left = Left
link-ends = Works until
made-by = Made by
revoke = Revoke

## packages
packages = Agent packages
packages-lead = The versions that phones are offered. Which phones are in a ring follows from their id; a version after which phones fall silent is halted by the server.
no-package = No package has been added.
package-address = Phones in set-up get it from
package-needs-trust = A phone in set-up does not know this server’s certificate: start the server with --package-listen, or name another place in the QR code.
aurora-packages-lead = For Aurora OS the server only hands packages out: Aurora Center or APM installs them. Of each kind and architecture the newest is handed out. Whether a package has a signature of RPM’s own kind (OpenPGP) is shown; the vendor’s signature, without which phones refuse it, is checked by its own tools.
value-package-application = application, in its sandbox
value-package-system = service of the system
package-signature = RPM signature
package-signed = there, not verified
package-unsigned = none
package-download = To fetch
package-not-newest = a newer one is handed out
versions-that-run = What devices run
package-damaged = Its file is missing or damaged.
package-halted = Halted:
ring = Offered to
added = Added
change = Change
value-ring-1 = one phone in a hundred
value-ring-10 = one phone in ten
value-ring-all = all phones
value-ring-halt = nobody

## audit
audit = Audit
audit-lead = Every action with its author. Each entry holds the digest of the one before it, so none can be changed or taken out unseen.
no-audit = There is no entry here.
who = Who
what = What
from-where = From
every-action = Every action
on-what-exactly = On what, as org:minfin
on-what = On what
details = Details
older = Older

audit-org-add = adds an organisation
audit-org-edit = changes an organisation
audit-policy-apply = applies a policy
audit-policy-rollback = goes back to an older policy
audit-exemption-add = grants an exemption
audit-exemption-edit = changes an exemption
audit-order-request = asks a device
audit-log-raise = has the log say more
audit-log-reset = has the log say no more than at the start
audit-order-cancel = cancels an order
audit-server-restore = restores the server from a backup
audit-scan-request = asks many devices
audit-scan-cancel = cancels a scan
audit-token-make = makes a token
audit-api-token-make = makes an API token
audit-api-token-revoke = takes an API token back
audit-token-revoke = takes a token back
audit-device-enrol = enrols
audit-device-enrol-again = enrols again
audit-inventory-import = takes in an inventory of the management system
audit-inventory-forget = forgets what the management system said of a device
audit-asset-add = writes a phone down in the register
audit-asset-edit = changes a phone of the register
audit-asset-reassign = gives a phone to somebody else
audit-asset-link = links a phone to a device
audit-asset-unlink = parts a phone from its device
audit-asset-remove = strikes a phone out of the register
audit-asset-import = takes in a table of phones
audit-package-add = adds a package of the agent
audit-package-ring = changes the ring of a package
audit-package-halt = halts a package
audit-package-remove = removes a package
audit-device-approve = approves a phone
audit-device-refuse = refuses a phone
audit-device-replace = replaces a device
audit-device-acknowledge = acknowledges breaks of a chain
audit-device-rekey = brings a new key
audit-session-begin = signs in
audit-session-end = signs out
audit-sign-in-link-make = makes a sign-in link
audit-sign-in-fail = failed sign-ins
audit-reports-import = imports reports
audit-server-start = starts
audit-server-stop = stops
audit-key-use = takes a key into use

## trouble
not-found = There is nothing here
not-allowed = This was not allowed
not-done = This was not done
server-failed = The server could not do this
nothing-lost = Nothing that was stored is lost. Try again; the cause stands in the server’s log.
problem-not-found = What was named is not there; it may have been removed.
problem-no-such-address = The address is not one of this console.
problem-method = The address does not take this kind of request.
problem-csrf = The form did not come from a page of this session. Open the page anew and send it again; nothing was changed.
problem-bad-query = The query can’t be read.
problem-bad-sort = The order can’t be read.
problem-other-list = The page is of a list with another query or order; begin at the first page.
problem-malformed = The request says something that is not understood. Nothing was changed.
problem-too-long = The request is too long. Nothing was changed.
problem-too-slow = The request did not come in time. Nothing was changed.
problem-store-full = The disk of the server is full. Reports wait on the phones until there is room again.
problem-store-busy = The server is busy. Nothing was changed.
problem-store-failed = The store of the server did not answer as it should.
problem-key-failed = The server could not use its key.
problem-order-reason = An order needs a reason of one line, at most 256 bytes.
problem-order-ended = The order has ended already; there is nothing to cancel.
problem-device-inactive = The device no longer counts; it can’t be asked.
problem-no-breaks = No break of the chain waits for a person.
problem-acknowledge-reason = A reason of one line is needed, at most 500 bytes.
problem-not-pending = Somebody has decided about this phone already.
problem-bad-name = A name has 1 to 100 bytes and no colons.
problem-token-uses = A link is for 1 to 100,000 phones.
problem-token-expiry = A link works for one year at most.

# The page about the API
api-lead = Every operation of this server, to read and to try: what you send here is done, in your name.
api-send = Send
api-body = body
