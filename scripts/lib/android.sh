# What the Android scripts have in common; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154

android=$cache/android
android_jars=$android/jars
# minSdk and targetSdk of the manifest
android_min=26
android_target=36
# The newest framework that the compiler of Java 17 can read; the target's resources come with the resource compiler.
android_framework=$android_jars/android-all-15-robolectric-13954326.jar
android_next=$android_jars/android-all-16-robolectric-13921718.jar
android_published=$android_jars/android-4.1.1.4.jar

# The names that rustc, the APK, clang and Debian have for an architecture.
rust_target() {
    case $1 in
    aarch64) say aarch64-linux-android ;;
    armv7) say armv7-linux-androideabi ;;
    x86_64) say x86_64-linux-android ;;
    *) wrong_use "there is no architecture \"$1\"; there are: aarch64 armv7 x86_64" ;;
    esac
}
apk_abi() {
    case $1 in
    aarch64) say arm64-v8a ;;
    armv7) say armeabi-v7a ;;
    x86_64) say x86_64 ;;
    esac
}
clang_target() {
    case $1 in
    armv7) say "armv7a-linux-androideabi$android_min" ;;
    *) say "$1-linux-android$android_min" ;;
    esac
}
# clang's bare triple for armv7 chooses Thumb and the floating point unit of the NDK only with these.
clang_flags() { if [ "$1" = armv7 ]; then say -march=armv7-a -mthumb -mfpu=vfpv3-d16 -mfloat-abi=softfp; fi; }
debian_arch() {
    case $1 in
    aarch64) say arm64 ;;
    # softfp, as on Android
    armv7) say armel ;;
    x86_64) say amd64 ;;
    esac
}

# ndk_bin: the folder of a real NDK's programs, if ANDROID_NDK_HOME names one
ndk_bin() {
    local folder
    for folder in "${ANDROID_NDK_HOME:-/nonexistent}"/toolchains/llvm/prebuilt/*/bin; do
        if [ -d "$folder" ]; then say "$folder"; fi
        return 0
    done
}

# android_cargo ARCH: exports what cargo and the build scripts need for one architecture. Paths of this machine are
# mapped away, so that the same sources give the same bytes anywhere.
android_cargo() {
    local arch=$1 target lower upper ndk cc ar ld flag flags c_flags sysroot
    target=$(rust_target "$arch")
    lower=${target//-/_}
    upper=${lower^^}
    ndk=$(ndk_bin)
    if [ -n "$ndk" ]; then
        cc=$ndk/$(clang_target "$arch")-clang ar=$ndk/llvm-ar ld=$cc
    else
        cc=$android/toolchain/bin/$target-cc ar=$android/toolchain/bin/llvm-ar ld=$android/toolchain/bin/$target-linker-clang
    fi
    sysroot=$(rustc --print sysroot)
    flags="--remap-path-prefix=$root=/muster --remap-path-prefix=$sysroot=/rust --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    flags+=" --remap-path-prefix=$CARGO_TARGET_DIR=/built"
    for flag in -soname,libmuster.so -z,defs -z,max-page-size=16384 -z,relro -z,now --icf=all --hash-style=gnu --build-id=sha1 \
        --pack-dyn-relocs=android --exclude-libs,ALL -O2; do
        flags+=" -Clink-arg=-Wl,$flag"
    done
    c_flags="-ffile-prefix-map=$root=/muster -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo -ffile-prefix-map=$CARGO_TARGET_DIR=/built"
    c_flags+=" -ffunction-sections -fdata-sections"
    export "CC_$lower=$cc" "AR_$lower=$ar" "CFLAGS_$lower=$c_flags" "CARGO_TARGET_${upper}_LINKER=$ld" "CARGO_TARGET_${upper}_RUSTFLAGS=$flags"
}

# android_tool NAME: a program of the SDK, if ANDROID_HOME names one, else ours
android_tool() {
    local found
    found=$(find "${ANDROID_HOME:-/nonexistent}/build-tools" -maxdepth 2 -name "$1" 2>/dev/null | sort -V | tail -1 || true)
    if [ -n "$found" ]; then
        say "$found"
    elif [ "$1" = aapt2 ]; then
        say "$android/aapt2"
    else
        command -v "$1"
    fi
}

# android_resources: the framework that resources are linked against, of the target's level
android_resources() {
    local real=${ANDROID_HOME:-/nonexistent}/platforms/android-$android_target/android.jar
    if [ -f "$real" ]; then say "$real"; else say "$android/framework-$android_target.jar"; fi
}

# android_classes: the framework that Java is compiled against: the SDK's has public members only
android_classes() {
    local real
    real=$(find "${ANDROID_HOME:-/nonexistent}/platforms" -maxdepth 2 -name android.jar 2>/dev/null | sort -V | tail -1 || true)
    say "${real:-$android_framework}"
}

# d8 ARGUMENT…: Java classes in, dex out
d8() {
    local real
    real=$(find "${ANDROID_HOME:-/nonexistent}/build-tools" -maxdepth 3 -name d8.jar 2>/dev/null | sort -V | tail -1 || true)
    [ -n "$real" ] || real=$(find "$android_jars" -name '*.jar' ! -name 'android-*' ! -name 'apktool-*' | sort | paste -sd:)
    java -Xmx1g -XX:TieredStopAtLevel=1 -cp "$real" com.android.tools.r8.D8 "$@"
}

# scratch_apt FOLDER ARGUMENT…: apt-get with lists of its own, so that packages of other architectures can be fetched
# without making the machine a multi-architecture one, and without being root
scratch_apt() {
    local folder=$1
    shift
    mkdir -p "$folder/lists/partial" "$folder/archives/partial"
    : >"$folder/status"
    cat >"$folder/apt.conf" <<END
Dir::State::lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder";
APT::Architectures {"amd64"; "arm64"; "armel";};
APT::Sandbox::User "";
Acquire::Languages "none";
END
    (cd "$folder" && APT_CONFIG=$folder/apt.conf apt-get -q "$@")
}
