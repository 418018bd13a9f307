# What the server's packages are made of; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2154

made_of=$root/server/package

# The names that rustc, the tarball and QEMU have for an architecture of Debian.
musl_target() {
    case $1 in
    amd64) say x86_64-unknown-linux-musl ;;
    arm64) say aarch64-unknown-linux-musl ;;
    *) wrong_use "there is no architecture \"$1\"; there are: amd64 arm64" ;;
    esac
}
machine_of() { local target && target=$(musl_target "$1") && say "${target%%-*}"; }
# runner ARCH: the words before a program for that processor
runner() { if [ "$(uname -m)" != "$(machine_of "$1")" ]; then say "qemu-$(machine_of "$1")-static"; fi; }

deb_name() { say "muster-server_$2_$1.deb"; }
tarball_name() { say "muster-server-$2-linux-$(machine_of "$1")"; }

# A commit without a tag comes before the release, and after each commit before it.
commit_version() {
    local version
    version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' "$root/Cargo.toml")
    if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
        git -C "$root" describe --exact-match --tags --match "v$version" >/dev/null 2>&1 ||
            version+=~$(TZ=UTC git -C "$root" log -1 --date=format-local:%Y%m%d.%H%M%S --format=%cd.g%h --abbrev=9)
    fi
    say "$version"
}
# the commit's time; outside of a repository that of the changelog
commit_time() { git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md"; }

# pack ARCH PROGRAMS OUT: package and tarball of the two programs in a folder. version, packing (of xz) and SOURCE_DATE_EPOCH are set.
pack() {
    local arch=$1 programs=$2 out=$3 work=$3/work.$1
    rm -rf "$work"
    mkdir -p "$work/share" "$work/deb" "$out"
    shared "$arch" "$programs" "$work/share"
    deb_tree "$programs" "$work/share" "$work/deb"
    deb_control "$arch" "$work/deb"
    dated "$work/deb"
    # dpkg of Debian 11 and Astra Linux 1.7 knows no zstd
    dpkg-deb --root-owner-group --uniform-compression -Zxz "-z$packing" --build "$work/deb" "$out/$(deb_name "$arch" "$version")" >/dev/null
    tarball "$arch" "$programs" "$work" "$out"
    rm -rf "$work"
}

# shared ARCH PROGRAMS FOLDER: what both have below share/: the programs write their own manual pages and completions
shared() {
    local arch=$1 programs=$2 share=$3 name page
    local -a run=()
    read -ra run < <(runner "$arch") || true
    mkdir -p "$share"/{man/man1,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,muster/policies,muster/calendars,doc/muster-server/examples}
    for name in muster muster-server; do
        "${run[@]}" "$programs/$name" man "$share/man/man1"
        "${run[@]}" "$programs/$name" completions bash >"$share/bash-completion/completions/$name"
        "${run[@]}" "$programs/$name" completions zsh >"$share/zsh/vendor-completions/_$name"
        "${run[@]}" "$programs/$name" completions fish >"$share/fish/vendor_completions.d/$name.fish"
    done
    for page in "$share"/man/man1/*; do gzip -9n "$page"; done
    install -m 0644 -t "$share/muster/policies" "$root"/catalogue/policies/*.yaml
    install -m 0644 -t "$share/muster/calendars" "$root"/catalogue/calendars/*.json
    install -m 0644 -t "$share/muster" "$root/policy/schema/policy.schema.json" "$root/server/openapi.json"
    install -m 0644 -t "$share/doc/muster-server" "$root"/docs/*.md
    install -m 0644 -t "$share/doc/muster-server/examples" "$root"/docs/examples/* "$made_of/low-port.conf"
    python3 -B "$made_of/licences.py" "$(musl_target "$arch")" >"$share/doc/muster-server/third-party-licences.txt"
}

# deb_tree PROGRAMS SHARE TREE: the files as they will lie in the system
deb_tree() {
    local programs=$1 tree=$3 doc=$3/usr/share/doc/muster-server
    install -D -m 0755 -t "$tree/usr/bin" "$programs/muster-server" "$programs/muster"
    cp -R "$2" "$tree/usr/share"
    install -D -m 0644 -t "$tree/lib/systemd/system" "$made_of/muster-server.service"
    install -D -m 0644 "$root/$configuration" "$tree/etc/muster/server.toml"
    install -D -m 0644 "$made_of/lintian-overrides" "$tree/usr/share/lintian/overrides/muster-server"
    install -m 0644 "$made_of/copyright" "$doc/copyright"
    cp "$root/CHANGELOG.md" "$doc/changelog"
    deb_changelog >"$doc/changelog.Debian"
    gzip -9n "$doc/changelog" "$doc/changelog.Debian" "$doc/third-party-licences.txt"
}

deb_changelog() {
    printf 'muster-server (%s) unstable; urgency=medium\n\n  * What changed is in changelog.gz.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")"
}

deb_control() {
    local arch=$1 tree=$2 kilobytes
    chmod -R u=rwX,go=rX "$tree"
    kilobytes=$(find "$tree" -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
    mkdir -p "$tree/DEBIAN"
    cat >"$tree/DEBIAN/control" <<END
Package: muster-server
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $kilobytes
Depends: adduser
Recommends: ca-certificates
Suggests: postgresql
Section: admin
Priority: optional
Description: policy server for an organisation's phones, with its command line
 Muster says of each work phone whether it meets the organisation's rules,
 since when not, and until when that may stay so. Phones report signed
 evidence; this server judges it, keeps it, and shows it in a console.
 .
 Also here: muster, the administrator's command line. The programs are linked
 statically; nothing is fetched from a network.
END
    echo /etc/muster/server.toml >"$tree/DEBIAN/conffiles"
    install -m 0755 -t "$tree/DEBIAN" "$made_of"/{postinst,prerm,postrm}
    (cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\n' | sort | xargs -d '\n' md5sum) >"$tree/DEBIAN/md5sums"
    chmod 0644 "$tree"/DEBIAN/{control,conffiles,md5sums}
}

# tarball ARCH PROGRAMS WORK OUT
tarball() {
    local name tree
    name=$(tarball_name "$1" "$version")
    tree=$3/$name
    install -D -m 0755 -t "$tree/bin" "$2/muster-server" "$2/muster"
    cp -R "$3/share" "$tree/share"
    install -D -m 0644 "$root/$configuration" "$tree/etc/server.toml"
    install -m 0644 -t "$tree" "$made_of/muster-server.service" "$made_of/README" "$root/LICENSE" "$root/CHANGELOG.md"
    install -m 0755 -t "$tree" "$made_of/install"
    chmod -R u=rwX,go=rX "$tree"
    dated "$tree"
    tar --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -C "$3" -c "$name" | xz -T1 "-$packing" >"$4/$name.tar.xz"
}

# nothing of this day is in a package
dated() { find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }

configuration=server/server.toml.example
maintainer='The Muster project <maintainers@muster.invalid>'
