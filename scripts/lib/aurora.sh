# What the scripts for Aurora have in common; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154

. "$root/scripts/lib/cross.sh"

# The oldest C library that the dynamic programs run with.
aurora_glibc=2.28
# Sides of the icons, in pixels.
aurora_icons='86 108 128 172'
# The moment that the packages say they were made at, unless SOURCE_DATE_EPOCH says another: the agent's own. 2026-01-01.
aurora_built=1767225600

# The names that rustc, RPM and Debian's C libraries for other processors have for an architecture.
rust_target() {
    case $1 in
    aarch64) say aarch64-unknown-linux-gnu ;;
    armv7) say armv7-unknown-linux-gnueabihf ;;
    aarch64-static) say aarch64-unknown-linux-musl ;;
    x86_64-static) say x86_64-unknown-linux-musl ;;
    *) wrong_use "there is no architecture \"$1\"; there are: aarch64 armv7 aarch64-static x86_64-static" ;;
    esac
}
rpm_arch() {
    case $1 in
    aarch64) say aarch64 ;;
    armv7) say armv7hl ;;
    *) wrong_use "there is no package for \"$1\"; there are: aarch64 armv7" ;;
    esac
}
# emulator ARCH: the words before a program for that processor; the dynamic ones run with Debian's C library for it
emulator() {
    case $1 in
    aarch64) say qemu-aarch64-static -L /usr/aarch64-linux-gnu ;;
    armv7) say qemu-arm-static -L /usr/arm-linux-gnueabihf ;;
    aarch64-static) say qemu-aarch64-static ;;
    esac
}

# agent_of ARCH [TARGET_FOLDER]: where its program is
agent_of() { say "${2:-$CARGO_TARGET_DIR}/$(rust_target "$1")/agent/muster-agent"; }

# aurora_build HOW ARCH…: the agent, by one cargo: `zigbuild` for dynamic programs, `build` for static ones
aurora_build() {
    local how=$1 arch target
    local -a targets=()
    shift
    for arch in "$@"; do
        target=$(rust_target "$arch")
        if [ "$how" = zigbuild ]; then target+=.$aurora_glibc; fi
        targets+=("$target")
    done
    cross_build "$how" "${targets[@]}" -- -p muster-agent --bins --profile agent
}

# aurora_rpm SPEC ARCH TREE WORK VERSION: WORK/made/NAME.rpm with the files of TREE. Nothing of this machine or this day is
# in it but the version of rpmbuild and what its libraries do: pack the files, and call them by their kind.
aurora_rpm() {
    local spec=$1 arch=$2 tree=$3 work=$4 version=$5 define
    local -a defines=()
    for define in "_topdir $work/rpm" "_rpmdir $work/made" "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" "from $tree" \
        "muster_version $version" "_buildhost muster" "_build_id_links none" "_binary_payload w9.gzdio" "_prefix /usr" \
        "use_source_date_epoch_as_buildtime 1" "clamp_mtime_to_source_date_epoch 1" \
        "_target_platform $arch-muster-linux" "_binary_filedigest_algorithm 8" \
        "vendor %{nil}" "packager %{nil}" "distribution %{nil}" "disturl %{nil}" "bugurl %{nil}"; do
        defines+=(--define "$define")
    done
    # what is younger than that moment is taken for as old
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$aurora_built} rpmbuild -bb --quiet --target "$arch-linux" "${defines[@]}" "$spec" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        die "make a package of $spec"
    }
}
