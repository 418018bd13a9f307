# Building for other processors and C libraries; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2154

zig=$cache/zig

# cross_build HOW TARGET… -- ARGUMENT…: cargo for these targets at once, so that it links side by side: `zigbuild` for dynamic programs
# (a TARGET may name its glibc: aarch64-unknown-linux-gnu.2.28), `build` for static ones: Rust brings musl and a linker for it, and zig
# has been seen to hang while linking with its own. Paths of this machine are mapped away, so that the same sources give the same bytes
# anywhere.
cross_build() {
    local how=$1 target plain lower upper sysroot mapped flag flags c_flags
    local -a targets=() settings=()
    shift
    sysroot=$(rustc --print sysroot)
    mapped="--remap-path-prefix=$root=/muster --remap-path-prefix=$sysroot=/rust --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    mapped+=" --remap-path-prefix=$CARGO_TARGET_DIR=/built"
    c_flags="-ffile-prefix-map=$root=/muster -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo -ffile-prefix-map=$CARGO_TARGET_DIR=/built"
    c_flags+=" -ffunction-sections -fdata-sections"
    while [ "$1" != -- ]; do
        target=$1
        shift
        plain=${target%%.*}
        lower=${plain//-/_}
        upper=${lower^^}
        flags=$mapped
        if [ "$how" = build ]; then
            settings+=("CC_$lower=$root/scripts/lib/zig-cc ${plain/-unknown/}" "AR_$lower=$zig/bin/python-zig ar" "CARGO_TARGET_${upper}_LINKER=rust-lld")
        else
            for flag in -z,relro -z,now --hash-style=gnu --build-id=sha1 --as-needed; do flags+=" -Clink-arg=-Wl,$flag"; done
        fi
        targets+=(--target "$target")
        settings+=("CFLAGS_$lower=$c_flags" "CARGO_TARGET_${upper}_RUSTFLAGS=$flags")
    done
    shift
    env PATH="$zig/bin:$PATH" ZIG_GLOBAL_CACHE_DIR="$cache/zig-cache" CARGO_ZIGBUILD_CACHE_DIR="$cache/zigbuild" "${settings[@]}" \
        cargo "$how" "${targets[@]}" "${cargo_flags[@]}" --quiet "$@"
}
