# A bare Debian that runs as a machine of its own; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154

# start_machine FOLDER: unpacks the bare root to FOLDER/root and starts its systemd; `init` is its process here
start_machine() {
    local folder=$1 why=''
    init='' holder=''
    [ "$(id -u)" = 0 ] || die "starting a bare system needs root: run this as root, or in a virtual machine"
    why=$(unshare --mount --pid --fork --net --uts --ipc --cgroup true 2>&1) || die "this machine lets nobody start a system in it: $why"
    mkdir -p "$folder/root"
    zstd -dc "$cache/bare-root.tar.zst" | tar -C "$folder/root" --numeric-owner -x
    # a group of its own: what the system makes below it is no group of this machine
    mkdir -p "$folder/groups"
    mount -t cgroup2 cgroup2 "$folder/groups" || die "this machine has no control groups of version 2, which systemd needs"
    group=$folder/groups/muster-package-$$
    mkdir "$group"
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        exec unshare --mount --pid --fork --net --uts --ipc --cgroup --kill-child tests/package/boot "$folder/root"
    ) </dev/null >"$folder/boot.log" 2>&1 &
    holder=$!
    retry 100 0.1 found_init || die "systemd did not start: $(cat "$folder/boot.log")"
    retry 600 0.1 booted || die "the bare system does not come up: $(inside systemctl --failed 2>&1)"
}

found_init() {
    read -r init < <(cat "/proc/$holder/task/$holder/children" 2>/dev/null) || true
    [ -n "$init" ] && [ "$(cat "/proc/$init/comm" 2>/dev/null)" = systemd ]
}

booted() { inside systemctl is-system-running 2>/dev/null | grep -qx running; }

# inside COMMAND…: there, as root
inside() {
    nsenter --target "$init" --mount --pid --net --uts --ipc --cgroup --root --wd -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive TERM=dumb "$@" </dev/null
}

# beside COMMAND…: a program of this machine on the other's network
beside() { nsenter --target "$init" --net -- "$@"; }

stop_machine() {
    local folder=$1
    if [ -n "${init:-}" ]; then
        kill -KILL "$init" 2>/dev/null || true
        retry 100 0.1 ended || true
    fi
    if mountpoint -q "$folder/groups" 2>/dev/null; then
        find "$folder/groups/muster-package-$$" -depth -type d -exec rmdir {} + 2>/dev/null || true
        umount "$folder/groups"
    fi
}

ended() { ! kill -0 "$holder" 2>/dev/null; }
