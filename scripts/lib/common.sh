# Shared by the scripts in this folder; sourced, never run.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
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
show_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

# header FILE KEY: the value of a `# key: value` line near the top of a file
header() { sed -n "1,12s/^# $2: *//p" "$1"; }

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# again TIMES COMMAND…: for what goes over a network
again() {
    local left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        note "trying again: $*"
        sleep 3
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
