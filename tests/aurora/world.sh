# A server, and this machine's own agent on every folder of tests/roots; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154

programs=$CARGO_TARGET_DIR/debug
server=''

programs_of_this_machine() {
    build_all --quiet
    # no proxy stands between two programs of one machine
    unset https_proxy HTTPS_PROXY ALL_PROXY all_proxy XDG_DATA_HOME
}

serve() {
    "$programs/muster-server" serve --data "$1" --listen 127.0.0.1:0 >"$1/server.out" 2>"$1/server.err" &
    server=$!
    retry 600 0.1 grep -q '^ready ' "$1/server.out" || die "the server does not start: $(cat "$1/server.err")"
    for org in minpromtorg minfin minenergo; do muster "$1" org add "$org" --title "$org" >/dev/null; done
    muster "$1" apply catalogue/policies/officials.yaml >/dev/null
}

muster() { "$programs/muster" --data "$1" "${@:2}"; }
end() { if [ -n "$1" ]; then kill "$1" 2>/dev/null || true; fi; }

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
link() { muster "$1" enrol-token --org minpromtorg --uses 1 --expires 1d --approve auto --json | field link; }

# one_report FOLDER ROOT NAME COMMAND…: enrols and reports; the report's JSON is in FOLDER/NAME.json
one_report() {
    local folder=$1 device=$2 name=$3
    shift 3
    timeout 120 "$@" enrol "$(link "$folder")" --state "$folder/state.$name" --root "$device" --json >/dev/null &&
        timeout 120 "$@" report --state "$folder/state.$name" --root "$device" --json >"$folder/$name.json"
}

# as_on_host FOLDER NAME ROOT_OF COMMAND…: whether reports of every folder of tests/roots are those of host_facts; `ROOT_OF FOLDER
# DEVICE NAME` says what is reported of
as_on_host() {
    local folder=$1 name=$2 root_of=$3 device each place pairs=()
    shift 3
    for device in tests/roots/*/; do
        each=$(basename "$device")
        if ! place=$("$root_of" "$folder" "$device" "$name.$each") || ! one_report "$folder" "$place" "$name.$each" "$@"; then
            say "no report of $each"
            return 1
        fi
        pairs+=("$folder/host.$each.json" "$folder/$name.$each.json")
    done
    python3 tests/aurora/same_facts.py "${pairs[@]}"
}

host_facts() {
    local device
    for device in tests/roots/*/; do
        one_report "$1" "$device" "host.$(basename "$device")" "$programs/muster-agent" || die "this machine's own agent reports nothing of $device"
    done
}
