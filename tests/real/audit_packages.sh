#!/bin/bash
# Packages of each kind, and the roots that they are installed in: what an audit says of them by name.
# rpm makes its own; Debian has no tools for .ipk and .apk, which are put together as their formats
# are documented (opkg-utils' opkg-build; https://wiki.alpinelinux.org/wiki/Apk_spec).
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
need_command gcc
gcc -m32 -O1 -w -DCALLS=1 -o "$TMP/direct" "$SOURCE/tests/programs/audit_calls.c" 2>"$TMP/.cc" ||
	skip_all "gcc cannot build for i386 here"

audit() {
	rm -f "$REPORT"
	status_of timeout -s KILL "$DEADLINE" "$TTRACE" audit -q -f json -o "$REPORT" "$@"
}

# told NAME MANAGER PACKAGE: the report tells of the program, and whose it is.
told() {
	same "$1: the program" "/usr/bin/direct breaks" \
		"$(jq -r '.files[] | select(.path == "/usr/bin/direct") | "\(.path) \(.verdict)"' "$REPORT")"
	same "$1: its package" "$2 $3" "$(jq -r '(.files[] | select(.path == "/usr/bin/direct") | .package) as $name
		| .packages[] | select(.name == $name) | "\(.manager) \(.name) \(.version) \(.architecture)"' "$REPORT")"
}

data=$TMP/data
mkdir -p "$data/usr/bin"
cp "$TMP/direct" "$data/usr/bin"

if command -v rpmbuild >/dev/null; then
	cat >"$TMP/y2k.spec" <<END
Name: y2k
Version: 2.5
Release: 3
Summary: x
License: MIT
%description
x
%install
mkdir -p %{buildroot}/usr/bin
cp $TMP/direct %{buildroot}/usr/bin
%files
/usr/bin/direct
END
	check "rpmbuild" rpmbuild -bb --quiet --target i386 --define "_topdir $TMP/rpm" --define "_tmppath $TMP" \
		--define '__strip /bin/true' --define 'debug_package %{nil}' "$TMP/y2k.spec"
	cp "$TMP/rpm/RPMS/i386/y2k-2.5-3.i386.rpm" "$TMP/renamed.rpm"
	audit "$TMP/renamed.rpm" >/dev/null
	told "an .rpm" archive "y2k 2.5-3 i386"
	head -c 300 "$TMP/renamed.rpm" >"$TMP/cut.rpm"
	same "an .rpm that is cut short" 0 "$(audit "$TMP/cut.rpm")"
	same "... is named by its file" "cut unreadable" "$(jq -r '"\(.packages[0].name) \(.files[0].kind)"' "$REPORT")"

	root=$TMP/rpm-root
	mkdir -p "$root/etc" "$root/usr/lib"
	rpm --root "$root" --dbpath /var/lib/rpm --initdb 2>"$TMP/err"
	if [ "$(id -u)" != 0 ]; then
		skip "a root of rpm's" "needs root"
	elif [ -z "$(find "$root" -name rpmdb.sqlite)" ]; then
		skip "a root of rpm's" "this rpm has another kind of database"
	else
		check "rpm -i" rpm --root "$root" --dbpath /var/lib/rpm -i --nodeps --ignorearch "$TMP/renamed.rpm"
		audit "$root" >/dev/null
		told "a root of rpm's" rpm "y2k 2.5-3 i386"
	fi
else
	skip "rpm" "no rpmbuild"
fi

# .ipk: a gzipped tar or an ar archive of debian-binary, control.tar.gz and data.tar.gz.
mkdir "$TMP/ipk"
printf 'Package: y2k\nVersion: 1.7-r2\nArchitecture: i486\nDescription: x\n' >"$TMP/control"
echo 2.0 >"$TMP/ipk/debian-binary"
tar -C "$TMP" -czf "$TMP/ipk/control.tar.gz" ./control
tar -C "$data" -czf "$TMP/ipk/data.tar.gz" .
tar -C "$TMP/ipk" -czf "$TMP/tar.ipk" ./debian-binary ./data.tar.gz ./control.tar.gz
audit "$TMP/tar.ipk" >/dev/null
told "an .ipk that is a tar" archive "y2k 1.7-r2 i486"
(cd "$TMP/ipk" && ar rc "$TMP/ar.ipk" debian-binary control.tar.gz data.tar.gz)
audit "$TMP/ar.ipk" >/dev/null
told "an .ipk that is an ar" archive "y2k 1.7-r2 i486"

root=$TMP/opkg-root
mkdir -p "$root/etc" "$root/usr/lib/opkg/info"
cp -r "$data/usr" "$root"
printf 'Package: y2k\nVersion: 1.7-r2\nStatus: install user installed\nArchitecture: i486\n\n' >"$root/usr/lib/opkg/status"
echo /usr/bin/direct >"$root/usr/lib/opkg/info/y2k.list"
audit "$root" >/dev/null
told "a root of opkg's" opkg "y2k 1.7-r2 i486"

# .apk: three gzip streams in a row: signature and control, both tars without an end, and data.
mkdir "$TMP/apk"
printf 'pkgname = y2k\npkgver = 3.1-r0\narch = x86\nsize = 1\n' >"$TMP/apk/.PKGINFO"
echo signature >"$TMP/apk/.SIGN.RSA.key.rsa.pub"
# stream FILE: a tar of one file without the blocks that end it.
stream() { tar -C "$TMP/apk" --format ustar -b 1 -cf - "$1" | head -c -1024 | gzip; }
{
	stream .SIGN.RSA.key.rsa.pub
	stream .PKGINFO
	tar -C "$data" --format pax -czf - usr
} >"$TMP/renamed.apk"
audit "$TMP/renamed.apk" >/dev/null
told "an .apk" archive "y2k 3.1-r0 x86"

root=$TMP/apk-root
mkdir -p "$root/etc" "$root/lib/apk/db"
cp -r "$data/usr" "$root"
printf 'C:Q1x=\nP:y2k\nV:3.1-r0\nA:x86\nF:usr\nF:usr/bin\nR:direct\na:0:0:755\nZ:Q1y=\n\n' >"$root/lib/apk/db/installed"
audit "$root" >/dev/null
told "a root of apk's" apk "y2k 3.1-r0 x86"

mkdir "$TMP/all"
cp "$TMP"/*.ipk "$TMP"/*.apk "$TMP/all"
same "a directory of them" 0 "$(audit "$TMP/all")"
same "... has each" "3 breaks" "$(jq -r '[.packages[] | select(.name == "y2k")] | "\(length) \([.[].verdict] | unique | join(" "))"' "$REPORT")"
