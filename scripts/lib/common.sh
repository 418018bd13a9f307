# Shared by the scripts in this folder; sourced, never run.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# Where the script that was started lies, whatever folder it goes to afterwards.
started=$(cd -- "$(dirname -- "$0")" && pwd)
cache=$root/.cache
stamps=$cache/stamps

say() { printf '%s\n' "$*"; }
note() { printf '== %s\n' "$*" >&2; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}
wrong_use() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

# The comment block under the first line of a script is its help.
show_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$started/${1##*/}"; }

# header FILE KEY: the value of a `# key: value` line near the top of a file
header() { sed -n "1,12s/^# $2: *//p" "$1"; }

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# retry TIMES SECONDS COMMAND…: until it succeeds, with so many seconds between two tries
retry() {
    local left=$1 pause=$2
    shift 2
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep "$pause"
    done
}

# again TIMES COMMAND…: for what goes over a network
again() {
    local tried=no
    retry "$1" 3 announced "${@:2}"
}

announced() {
    [ "$tried" = no ] || note "trying again: $*"
    tried=yes
    "$@"
}

# end_all PID…: programs that run beside this one, with all that they have started
end_all() {
    local pid children
    for pid in "$@"; do
        read -ra children < <(cat "/proc/$pid"/task/*/children 2>/dev/null | tr '\n' ' ') || true
        kill "$pid" 2>/dev/null || true
        end_all "${children[@]}"
    done
}

# digest FILE…: one word that changes when a file does
digest() { cat -- "$@" | sha256sum | cut -c1-32; }

stamped() { [ -f "$stamps/$1" ] && [ "$(cat "$stamps/$1")" = "$2" ]; }
stamp() {
    mkdir -p "$stamps"
    printf '%s\n' "$2" >"$stamps/$1"
}

# One folder of built things and one set of features for every script: nothing is compiled twice.
export CARGO_TARGET_DIR=$root/target
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
export PATH=$cache/tools/bin:$PATH
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

# In CI the committed Cargo.lock is the law; elsewhere cargo may bring it up to date.
cargo_flags=()
if [ -n "${CI:-}" ]; then cargo_flags=(--locked); fi

# The one build of this machine's programs, tests and examples. A package that is asked for by its name gets its dependencies with
# other features, and all that stands on them would be compiled once more.
build_all() { cargo build "${cargo_flags[@]}" "$@" --workspace --all-targets; }

# example NAME [WORD…]: runs it, with the features of that build, for no package is named
example() { cargo run "${cargo_flags[@]}" --quiet --example "$1" -- "${@:2}"; }

# A part counts with these: `check` runs one command as one check, `cargo_tests` adds up what cargo's test programs say, `counted` what another
# program says in its last line.
good=0 bad=0

check() {
    local what=$1 start=$SECONDS
    shift
    if "$@"; then
        good=$((good + 1))
        say "ok      $what ($((SECONDS - start)) s)"
    else
        bad=$((bad + 1))
        say "FAILED  $what"
    fi
}

cargo_tests() {
    local log code=0 counted
    log=$(mktemp)
    cargo test "${cargo_flags[@]}" --no-fail-fast "$@" 2>&1 | tee "$log" | quiet || code=${PIPESTATUS[0]}
    counted=$(sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed.*/\1 \2/p' "$log" | awk '{p += $1; f += $2} END {print p + 0, f + 0}')
    rm -f "$log"
    good=$((good + ${counted% *})) bad=$((bad + ${counted#* }))
    # it did not compile, or a test program died before it could count
    if [ "$code" != 0 ] && [ "${counted#* }" = 0 ]; then bad=$((bad + 1)); fi
}

# counted PROGRAM…: adds what its last line says to what was counted here
counted() {
    local log code=0 line
    log=$(mktemp)
    "$@" 2>&1 | tee "$log" || code=1
    line=$(sed -nE 's/^[a-z-]+: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -1)
    rm -f "$log"
    good=$((good + ${line%% *} + 0)) bad=$((bad + ${line##* } + 0))
    # it ended before it could count
    if [ "$code" != 0 ] && [ "${line##* }" = 0 ]; then bad=$((bad + 1)); fi
    if [ -z "$line" ]; then bad=$((bad + 1)); fi
}

# Leaves out the lines about empty test programs.
quiet() { grep -vE '^(running 0 tests|test result: ok\. 0 passed.*|)$' || true; }

finish() {
    say "$1: $good passed, $bad failed"
    [ "$bad" = 0 ] && [ "$good" -gt 0 ]
}

# targets KIND [MANIFEST [SCOPE]]: names of the targets of that kind; SCOPE `only:PACKAGE` or `but:PACKAGE`
targets() {
    cargo metadata --no-deps --format-version 1 --manifest-path "${2:-Cargo.toml}" | python3 -c '
import json, sys
kind, scope = sys.argv[1], sys.argv[2]
how, _, package = scope.partition(":")
for p in json.load(sys.stdin)["packages"]:
    if how == "all" or (p["name"] == package) == (how == "only"):
        print("\n".join(t["name"] for t in p["targets"] if kind in t["kind"]))
' "$1" "${3:-all}" | sed '/^$/d' | sort -u
}
