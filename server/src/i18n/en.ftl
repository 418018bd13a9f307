# What people read in English. Keys and their order are the same in ru.ftl. Words of closed lists are LIST-WORD.

## around every page
skip = Skip to the content
nav = Pages
nav-overview = Overview
nav-board = Roll-out
nav-devices = Devices
nav-register = Register
nav-scans = Scans
nav-enrolment = Enrolment
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
link-for = Link for { $name }
shown-once = It is shown this once and stored nowhere.
works-once-until = It works once, until the deadline:
browser-will-warn = On the first visit the browser will warn: it does not know this server's own CA. Go on only if the certificate that it shows has this SHA-256 fingerprint:
works-until = It works until the deadline:
persons-name = Name, as the audit will show it
name = Name
password = Password
one-time-code = One-time code
one-time-code-hint = Six digits from the application, or a recovery code.
no-code-yet = With the password of your organisation’s directory, leave it empty the first time.
bad-password = The name, the password or the code is wrong, or there were too many wrong tries: after five an account waits a minute, and longer each time.
sign-in-with = Sign in with { $provider }
refused-away = The provider or directory with your account can’t be reached, or did not answer as it should. Try again; the server’s log says more. Links and the passwords of here go on working.
refused-bad-answer = What came from the provider does not hold: it was not for this sign-in, or has expired. Begin anew.
refused-no-group = You are known there, but no group of yours may anything here. Ask an administrator.
refused-bad-name = The name that you have there can be no name here: it is too long, or has a colon or a sign in it that can’t be seen. Ask an administrator.
refused-name-taken = Somebody else has your name here already. Ask an administrator.
refused-disabled = Your account here is shut. Ask an administrator.
refused-denied = The provider let nobody in.
with-a-link = With a link
set-up = Your account
set-up-lead = Choose a password, and set up one-time codes: both are asked for when you sign in.
set-up-codes-lead = Set up one-time codes: from now on you are asked for one beside the directory’s password.
bad-set-up-link = This link is not valid: it was used already, has expired, or was not copied whole. Ask for a new one.
new-password = New password
password-again = The same once more
password-hint = At least 12 characters. A few words that belong together nowhere else are good.
passwords-differ = The two passwords differ.
scan-the-code = Scan this with an application for one-time codes (RFC 6238), or type its secret there:
code-of-application = The code that it shows now
save = Save
recovery-codes = Recovery codes
recovery-codes-lead = Each works once in place of a one-time code, if the phone is lost. Print them or write them down, and keep them apart from the phone.
recovery-codes-left = { $n ->
    [one] { $n } recovery code is left.
   *[other] { $n } recovery codes are left.
}
new-recovery-codes = Make new ones
account = My account
account-no-password = There is no password for this account. An administrator makes a link with which you choose one.
change-password = Change the password
old-password = Old password
password-changed = The password is another one now; other sessions have ended.
new-generator = Set up one-time codes anew
new-generator-lead = For another phone. The old codes work no more then, and other sessions end.
sessions = Sessions
sessions-none = No session is open.
this-session = this one
begun = Begun
last-used = Last used
how = How
browser = Browser
end = End
how-link = link
how-password = password
how-oidc = provider
how-ldap = directory
people = People
people-lead = Who may sign in here, and what each may do: on the whole server, or in an organisation and those below it.
add-person = Add a person
role = Role
persons-title = Title
mail-address = Mail address
whole-server = the whole server
may = May
may-nothing = nothing
by-groups = by groups at the provider
signs-in-by = Signs in by
account-state = State
state-shut = shut out
state-locked = waits until
state-open = may sign in
give = Give
take-away-grant = Take away
shut-out = Shut out
let-in = Let in again
remove-person = Remove
password-link = Link for choosing a password
sign-in-link = Link for signing in once
role-owner = owner
role-author = author
role-operator = operator
role-auditor = auditor
role-helpdesk = helpdesk

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
too-few-to-draw = Days with too few phones are left out: a chart of them would say what one person carries.
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
find-phone = Find a phone
find-phone-lead = The whole id, tag or serial number, as its person reads it out.
find-phone-name = Id, tag or serial number
find-phone-go = Find
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
query-expected-label = a label as in role or role=minister (small letters, digits, dots, dashes, underscores)
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
order-state-waiting = not asked yet
order-state-skipped = never asked
requested-by = Asked by
requested = Asked
expires = Expires
cancel-order = Cancel the order
scans = Scans
scans-so-far = Scans so far
no-scan = No scan of many devices yet. Ask with the form above, or on the command line:
new-scan = New scan
query = Query
or-these-phones = Or these phones: ids, asset tags or serial numbers
scan-is-spread = More than 200 phones are asked one after the other, 50 a second.
whom-would-it-ask = Whom would it ask?
whom = Whom
progress = Progress
all-devices = all devices
named-phones = named phones
scan-reported = { $n } of { $of } reported
scan-goes-on = goes on
scan-of = { $n ->
    [one] Scan of { $n } device
   *[other] Scan of { $n } devices
}
names-of-nobody = { $n ->
    [one] One name is of no device, or of several:
   *[other] { $n } names are of no device, or of several:
}
devices-that-dont-count = { $n ->
    [one] One device no longer counts and is not asked:
   *[other] { $n } devices no longer count and are not asked:
}
nobody-to-ask = No device that counts is left to ask.
back = Back
ask-devices = { $n ->
    [one] Ask { $n } device
   *[other] Ask { $n } devices
}
scan-id = Id of the scan
scan-took = From the click to the verdict: half within { $half }, 19 of 20 within { $most }
cancel-scan = Cancel the scan
ask-again = { $n ->
    [one] Ask { $n } again
   *[other] Ask { $n } again
}
what-answers-changed = What the answers changed
answers-changed-nothing = No answer has changed a finding.
nobody-stands-so = No device stands so.
did-not-answer = Did not answer
scan-devices-in = Orders: { $state }

## labels, groups, columns
labels = Labels
no-label = It has no label.
label-to-give = Label, as role=minister
give-label = Give
labels-to-give = Give these labels
labels-to-take = Take these away, by name
labels-of = { $n ->
    [one] Labels of { $n } device
   *[other] Labels of { $n } devices
}
label-devices = { $n ->
    [one] Change { $n } device
   *[other] Change { $n } devices
}
labels-changed = { $n ->
    [one] { $n } device has other labels now
   *[other] { $n } devices have other labels now
}
labels-unchanged = { $n ->
    [one] { $n } device had them already.
   *[other] { $n } devices had them already.
}
labels-full = { $n ->
    [one] { $n } device would have more than 16 labels; its labels are as they were:
   *[other] { $n } devices would have more than 16 labels; theirs are as they were:
}
ticked = Ticked
all-of-the-list = { $n ->
    [one] All of the list: { $n } device
   *[other] All of the list: { $n } devices
}
scan-ticked = Scan …
label-ticked = Labels …
columns-and-order = Columns and order
columns-of-list = Columns
order-of-list = Order
sorted-by = Sorted by
then-by = Then by
save-as-group = Save as a group
id = Id
status = Status
device-status-active = counts
device-status-pending = waits
device-status-refused = refused
device-status-replaced = replaced
device-status-retired = ended
watched-apps = Watched applications
enrolled-at = Enrolled
groups = Groups
group = Group
groups-lead = A group is a query under a name. In every query group:NAME stands for it, and a list that was saved shows its columns in its order.
no-group = There is no group yet. Make one with the form below, from a list of devices, or on the command line:
new-group = New group
group-name = Name, as vip in group:vip
title-in-english = Title in English
title-in-russian = Title in Russian

## schedules
schedules = Repeated scans
schedules-lead = A scan that is repeated asks whom its query finds at that moment. Each run is a scan like any other; what its author may is looked at anew each time.
no-schedule = No scan is repeated. Have one repeated with the form below, or on the command line:
new-schedule = Have a scan repeated
schedule-hint = Times are in the time zone of the organisation, in UTC where there is none. A run that is missed is made up for once.
how-often = How often
rhythm-day = every day
rhythm-weekday = from Monday to Friday
rhythm-week = every week
rhythm-month = every month
every-day = every day at { $at }
every-weekday = from Monday to Friday at { $at }
every-week = on { $day } at { $at }
every-month = on day { $day } of the month at { $at }
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
at-clock = At
on-which-day = On which day: of the week (1 is Monday) or of the month
last-day = Last day
next-run = Next run
last-run = Last run
runs = Runs
no-run = No run yet.
end-schedule = End it
schedule-end-ended = ended by a person
schedule-end-until = its end has come
schedule-end-author = stopped: its author may not ask for it any more
of-a-schedule = a repeated scan
beside-the-run-before = Beside the run before
devices-joined = Asked now and not then
devices-left = Asked then and not now
devices-back = Answered now and not then
devices-silent = Answered then and not now

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
escalates-warn = The person is warned
escalates-enforce = It decides the verdict
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
evidence-judged-by-the-server = judged by the server
evidence-not-in-the-register = not in the register
evidence-no-day-to-replace-it-by = no day to replace it by
evidence-to-be-replaced-by = to be replaced by
evidence-had-to-be-replaced-by = had to be replaced by
evidence-left-over--replaced = left over: replaced by another phone since
evidence-left-over--retired = left over: retired since
evidence-left-over--lost = left over: lost since
evidence-left-over--in-stock = left over: in stock since

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

## settings, organisations, hooks, mail, rules
settings = Settings
settings-lead = How this server was started. The configuration is a file; nothing here changes it.
organisations = Organisations
hooks = Hooks
mail = Mail
the-server = The server
migrations = Migrations
phones-reach-it = Phones reach it at
people-reach-it = People reach it at
certificate-of-phones = Certificate for phones ends
certificate-of-people = Certificate for people ends
certificate-of-phone-ca = CA that phones trust ends
disk = Disk
disk-free = { $free } MiB free of { $all } MiB
health = Health
check-running = Running
check-store = Store
check-migrations = Migrations
check-disk = Disk
check-certificate = Certificate
it-holds = holds
it-does-not-hold = does not hold
log-level = Log level
until-then = until
route = Route
minutes = Minutes
log-more = Log more for a while
log-as-at-start = Log as at the start
organisations-lead = Devices belong to organisations; policies and dates follow the tree. Days end in the organisation’s time zone.
org-id = Id
time-zone = Time zone
new-organisation = New organisation
title = Title
belongs-to = Belongs to
to-nobody = nobody: at the top
add = Add
hooks-lead = Addresses that are told over HTTPS when a finding changes. Nothing is lost: what a receiver does not take is tried again.
no-hook = No hook yet. Add one below, or on the command line:
hook = Hook
told-of = Of what
hook-behind = Behind
tried-again = Tried again
given-up = Given up
hook-paused = paused
hook-secret = Secret of
receiver-took-it = The receiver took the ping.
receiver-did-not-take-it = The receiver did not take the ping.
try-it = Try
new-secret = New secret
take-away = Take away
new-hook = New hook
hook-address = Address
every-rule = every rule
into-these-states = Only into these states; of every change where none is ticked
old-secret-until = The old secret signs, too, until
not-taken = What was not taken
everything-was-taken = Everything was taken.
go-on = Go on
pause = Pause
replay-the-dead = Send again what was given up
replay = Send again
why-not = Why not
tried-next = Tried next
mail-lead = Who is written to of what changes: a digest each day, at once, or both.
no-recipient = Nobody is written to yet. Add somebody below, or on the command line:
mail-language = Language
digest-hour = Digest from the hour
at-once = At once
mails-waiting = Waiting
new-recipient = New recipient
no-mail-server = No mail server is configured:
mail-server-took-it = The mail server took the mail.
mail-server-did-not-take-it = The mail server did not take the mail.
what-it-says = What it says
by-organisation = By organisation
others-keep-it = All others keep it, or it does not concern them.
every-phone-has-it = Every phone has this rule without being asked.
no-policy-has-it = No policy in force has this rule.
rule-kind = Kind
what-it-does = What it does
remedy = What to do
nobody-breaks-it = No device breaks it.
rule-trend = Findings that came into a state, by day

## the register
register = Register
search-register = Number, carrier, maker, model or note
life = In its life
any-life = Anywhere in its life
carrier = Carrier
phone = Phone
in-the-register = in the register
asset-standing-expected = should report
asset-standing-reporting = report
asset-standing-missing = missing
asset-standing-declared = without an agent
asset-standing-unregistered = not in the register
asset-standing-left-over = left over
asset-standing-linked = linked
asset-standing-hint-expected = Handed out or in use, and an agent is possible
asset-standing-hint-reporting = Should report, and an active device is linked
asset-standing-hint-missing = Should report, and no active device is linked
asset-standing-hint-declared = Handed out or in use, and no agent is possible: judged by the maker
asset-standing-hint-unregistered = Active devices that are no phone of the register
asset-standing-hint-left-over = Replaced by a phone that is in use, and reports all the same
asset-life-ordered = ordered
asset-life-spare = in stock
asset-life-handed-out = handed out
asset-life-in-use = in use
asset-life-in-repair = in repair
asset-life-lost = lost
asset-life-retired = retired
asset-platform-android = Android
asset-platform-aurora = Aurora OS
asset-platform-ios = iOS
asset-platform-other = other
asset-budget-person = who carries it
asset-budget-administration = the administration
asset-part-life = in its life
asset-part-carrier = carrier
asset-part-org = organisation
asset-part-device = device
register-empty = The register is empty. Take in a table of the phones that there are, or write one down:
or = or
no-asset-found = No phone of the register is like that.
all-registered = The register knows every active device.
asset-id = Id in the register
judged-by-maker = no agent is possible: judged by its maker alone
written-down = Written down
serial-number = Serial number
replace-by = To be replaced by
successor = Replaced by
budget = Paid by
cost = Cost
note = Note
no-device-linked = no device is linked
new-phone = New phone
write-it-down = Write it down
currency = Currency
successor-id = Replaced by (id in the register)
life-as-usual = handed out where somebody carries it, else in stock
link = Link
unlink = Unlink
device-name = Id, asset tag or serial number of the device
forget-carriers = Forget who carried it
forget-carriers-hint = The names of all who carry or carried this phone are taken away; that it changed hands, and when, stays. Nothing brings that back.
device-does-not-count = counts no longer
handout = Hand-out sheet
handout-title = Your work phone
handout-enrol = Joining
handout-how = Open “Work phone check” on the phone and scan this code, or type the link. The link is for one phone: the first that uses it.
handout-tag = Asset tag, by which the phone is found in the register; type it if you are asked:
handout-link-hint = A link with which one phone joins the organisation can be printed on the sheet. It works once, for 14 days. Which phone of the register joined, its asset tag says.
handout-no-agent = There is no program of ours for this phone. Nothing is read on it; its maker and model are known from the register.
handout-retired = This phone is retired. No link is made for it: take it back into stock first.
handout-linked = A device is linked already to this phone of the register. No link is made for it: unlink the device first.
handout-read = What is read
handout-read-what = Maker, model, system and security updates; whether storage is encrypted and a screen lock is set (never the code); developer settings and signs that the system was changed; whether applications of a published list are installed.
handout-never = What is never read
handout-never-what = Messages, mail, files, photos, contacts, calls, location, browsing, what you type, or any other application.
handout-who = Who sees it
handout-who-what = The administrators of this server. Each check that somebody asks for shows on the phone, with name and reason. The phone shows its rules, their deadlines, and the last report in full.
handout-received = Received:
handout-date = Date:

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
audit-person-add = adds a person
audit-person-disable = shuts a person out
audit-person-edit = changes a person
audit-person-enable = lets a person in again
audit-person-generator = sets up one-time codes anew
audit-person-lock = has an account wait after wrong passwords
audit-person-password = sets a password
audit-person-recovery-codes = makes new recovery codes
audit-person-remove = takes a person away
audit-person-set-up-link = makes a link for choosing a password
audit-policy-apply = applies a policy
audit-policy-rollback = goes back to an older policy
audit-exemption-add = grants an exemption
audit-exemption-edit = changes an exemption
audit-group-add = makes a group of devices
audit-group-edit = changes a group of devices
audit-group-remove = takes a group of devices away
audit-hook-add = adds a hook
audit-hook-edit = changes a hook
audit-hook-remove = takes a hook away
audit-hook-replay = has a hook told again
audit-hook-rotate = gives a hook a new secret
audit-hook-test = tries a hook
audit-mail-add = has somebody written to
audit-mail-edit = changes what somebody is written
audit-mail-remove = has somebody written to no more
audit-mail-test = sends a mail to try the way
audit-order-request = asks a device
audit-log-raise = has the log say more
audit-log-reset = has the log say no more than at the start
audit-order-cancel = cancels an order
audit-server-restore = restores the server from a backup
audit-scan-request = asks many devices
audit-scan-cancel = cancels a scan
audit-schedule-add = has a scan repeated
audit-schedule-edit = changes a scan that is repeated
audit-schedule-end = ends a scan that is repeated
audit-schedule-stop = stops a scan whose author may no more
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
audit-asset-forget = takes away who carried a phone
audit-asset-remove = strikes a phone out of the register
audit-asset-import = takes in a table of phones
audit-package-add = adds a package of the agent
audit-package-ring = changes the ring of a package
audit-package-halt = halts a package
audit-package-remove = removes a package
audit-device-approve = approves a phone
audit-device-refuse = refuses a phone
audit-device-read = looks at a device
audit-device-replace = replaces a device
audit-device-acknowledge = acknowledges breaks of a chain
audit-device-rekey = brings a new key
audit-device-end = ends a device
audit-device-erase = erases what is known of a device
audit-device-export = gives out what is held on a device
audit-device-label = changes the labels of a device
audit-retention-keep = takes away what is past its period
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
problem-other-version = Somebody else has changed it meanwhile. Open the page anew and look; nothing was changed.
problem-bad-hook = The hook is malformed.
problem-hook-address = The server does not send to this address.
problem-bad-mail = The recipient is malformed.
problem-no-mail = No mail server is configured.
problem-bad-id = An id is 1 to 48 of a-z, 0-9 and -.
problem-bad-label = A label is as role=minister: small letters, digits, dots, dashes and underscores; a device has at most 16.
problem-bad-columns = The columns can’t be read.
problem-group-exists = There is a group of this name already.
problem-group-limit = There are too many groups; take one away first.
problem-too-many-devices = At most 10,000 devices are changed at once.
problem-bad-title = A title is one line of 1 to 200 bytes.
problem-bad-time-zone = This is no time zone, as Europe/Moscow is one.
problem-org-exists = There is an organisation with this id already.
problem-org-cycle = An organisation can’t lie below itself.
problem-asset-malformed = What is said of the phone is malformed.
problem-asset-exists = Another phone of the register has this number.
problem-asset-link = The phone and the device can’t be linked so.
problem-asset-life = In its life a phone does not go that way.
problem-scan-ended = The scan is over already; there is nothing to cancel.
problem-scan-running = The scan is not over: some may answer still. Wait for its end, or cancel it.
problem-scan-nobody = No device that counts is left to ask.
problem-scan-too-many = A scan is of at most 200,000 devices.
problem-scan-whom = Say either which phones or what to look for; both, or neither, is no answer.
problem-bad-schedule = The times of the schedule are malformed: a time of the day, and a day where it is weekly or monthly.
problem-schedule-over = The schedule is over; make a new one.
problem-schedule-limit = Too many schedules go on; end one first.
problem-device-inactive = The device no longer counts; it can’t be asked.
problem-no-breaks = No break of the chain waits for a person.
problem-acknowledge-reason = A reason of one line is needed, at most 500 bytes.
problem-not-pending = Somebody has decided about this phone already.
problem-bad-name = A name has 1 to 100 bytes and no colons.
problem-bad-password = This password can’t be taken: at least 12 characters, not the account’s own name, none that is tried first.
problem-wrong-password = The password is wrong, or too many wrong ones were tried: after five an account waits.
problem-wrong-code = The one-time code is wrong. Type the one that the application shows now, and look whether the phone’s clock is right.
problem-link-used = The link was used, or has expired. Ask for a new one.
problem-sign-in-busy = Too many people sign in at this moment. Try again in a moment.
problem-unknown-person = Nobody is known by this name.
problem-person-exists = A person of this name is known already.
problem-person-disabled = The person is shut out.
problem-person-malformed = A title has at most 200 bytes; a mail address looks like NAME@HOST.
problem-last-owner = Nobody else owns the whole server: make another owner first.
problem-token-uses = A link is for 1 to 100,000 phones.
problem-token-expiry = A link works for one year at most.

# The page about the API
api-lead = Every operation of this server, to read and to try: what you send here is done, in your name.
api-send = Send
api-body = body

## mails
mail-of-all = all organisations
mail-nothing = nothing
mail-more = … and { $n } more
mail-foot = Written by Muster at { $server }. Its administrators say who is written to.
mail-digest-subject = Work phones, { $day }: { $failing } newly failing, { $fixed } fixed
mail-digest-lead = What has changed since the last digest: { $place }.
mail-failing = Newly failing
mail-fixed = Fixed
mail-due = In grace that ends within seven days
mail-silent = Silent
mail-counts = Phones by organisation
mail-line-rule = { $device } ({ $org }): { $rule }, { $at }
mail-line-state = { $device } ({ $org }): { $rule }: { $state }, { $at }
mail-line-until = { $device } ({ $org }): until { $at }
mail-line-since = { $device } ({ $org }): last heard { $at }
mail-count = { $org }: { $failing } failing, { $grace } in grace, { $unknown } unknown, { $compliant } compliant, { $other } other
mail-prompt-subject = { $n ->
    [one] Work phones: { $n } change
   *[other] Work phones: { $n } changes
}
mail-prompt-lead = This has just changed.
mail-changes = Changes
mail-test-subject = A mail to try the way
mail-test-lead = Somebody has tried whether mails of Muster reach you. They do.

# Policies and exemptions
nav-policies = Policies
policies = Policies
policy = Policy
policy-new = New policy
policy-edit = Edit
policy-version = Version
policy-assigned = Assigned to
policy-rules = Rules
policy-applied = Applied
policy-unreadable-here = This version of the program can't read it. What it was compiled to stays in force.
policy-kept = Parts of older versions that stay in force:
policy-text = Text
policy-versions = Versions
policy-differs = What differs
policy-back = Go back
policy-in-force = in force
policy-compare = Compare
policy-go-back = Go back to it
policy-same-text = The texts are the same.
policy-editor = Policy editor
policy-editor-lead = Plan first: it says what would change, and for how many phones. What was planned can then be applied. If somebody else has changed the policy meanwhile, nothing is applied.
policy-prune = Remove what the text leaves out
policy-plan = Plan
policy-apply = Apply
policy-try = Try it on one device
policy-try-hint = The whole policy, or a single rule, on the newest report of a device. Nothing is changed.
policy-device = Id of the device
policy-try-it = Try it
policy-would-change = What would change
policy-no-change = Nothing would change.
policy-devices-turn = { $n ->
    [0] No device would get another verdict
    [one] { $n } device would get another verdict
   *[other] { $n } devices would get another verdict
 }
policy-first-devices = { $n ->
    [one] The first device
   *[other] The first { $n } devices
 }
policy-would-find = What it would find on
no-policy = No policy is in force.
exemptions = Exemptions
exemptions-lead = Written exceptions from a rule, for a device or an organisation. Those that end in the next 30 days stand first.
no-exemption = There is no exemption.
exemption-for = For
exemption-end = End
exemption-end-now = End it now
exemption-new = New exemption
exemption-or-device = or id of a device
exemption-days = Days from now
exemption-add = Add
exemption-standing-ending = ends soon
exemption-standing-in-force = in force
exemption-standing-over = over
mine-title = My work phone
mine-open = Open the page
mine-open-lead = This page shows what your organisation knows of this phone, what there is to do, and who asked for what.
mine-open-hint = The link works once. The page closes by itself after 15 minutes.
mine-bad-link = This link does not open the page: it was used, is older than five minutes, or belongs to a phone that does not count any more.
mine-again = Open the page once more from the Muster application on the phone.
mine-ended = The page has closed by itself.
mine-left = The page is closed
mine-leave = Close this page
mine-back = Back to the page
mine-contact = Whom to ask
mine-to-do = What there is to do
mine-nothing-to-do = Nothing: this phone meets every rule that could be looked at.
mine-other-rules = The other rules
mine-deadlines = Next deadlines
mine-check = Check again
mine-check-lead = Once you have put something right, have the phone look again. At most once in five minutes.
mine-check-now = Check now
mine-checked = You asked for a check
mine-who-asked = Who asked for a check
mine-nobody-asked = Nobody has asked yet.
mine-you = You
mine-reported = What was reported last
mine-disputes = This is wrong
mine-dispute = Say that something is wrong
mine-dispute-lead = Whoever helps with the phones reads it and answers here. Please write no secrets.
mine-dispute-text = What is wrong, at most 1,000 characters
mine-dispute-send = Send
mine-kept = What your organisation keeps about this phone
mine-enrolled = Connected
mine-privacy = What is read and kept
mine-privacy-lead = The phone reports facts about itself, signed with a key that never leaves it. Its page shows the last report whole.
mine-never-read = What is never read
never-read-apps = applications that are not in the catalogue: a report has no place for them
never-read-messages = messages, mail, files, photos
never-read-contacts = contacts and calls
never-read-location = where the phone is
never-read-browsing = what you look at on the web
never-read-input = what you type, the clipboard, the code of the screen lock
never-read-network = networks and devices nearby
mine-how-long = For how long
mine-keep-reports = Texts of reports
mine-keep-history = What changed when, who asked, what you said and were answered
mine-keep-ended = All of it, after the phone has left
mine-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
 }
mine-who-sees = Who sees it
mine-who-sees-text = Whoever may look after the phones of your organisation: administrators, auditors, the help desk. Each act of theirs is written down.
mine-rights = What you can ask for
mine-rights-text = Whoever looks after the phones can give you all that is kept about this phone as a file, and has it erased when the phone leaves the organisation.
disputes = Disputes
disputes-lead = What the people who carry phones say is wrong. The answer is shown on the phone’s own page.
no-dispute = Nobody has said that something is wrong.
dispute-answer = Answer
dispute-answer-hint = The person who carries the phone reads it.
dispute-close = and close it
dispute-send = Answer
dispute-all = All
dispute-state = State
dispute-state-open = waits for an answer
dispute-state-answered = answered
dispute-state-closed = closed
audit-dispute-answer = answers a dispute
audit-dispute-open = says that something is wrong
problem-dispute-open = You have said so about this rule already. The answer will be shown on the page.
problem-dispute-limit = Too many things that you said wait for an answer: at most five.
problem-dispute-closed = It is closed; nothing more is answered.
problem-dispute-malformed = Write 1 to 1,000 characters.
problem-asked-lately = A check was asked for within the last five minutes. Wait a little.
problem-session-ended = The session has ended.
