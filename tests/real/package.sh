#!/bin/bash
# The Debian package: made, without a word from lintian, installed in a bare Debian 12, run there, and
# removed without a trace.
. "$(dirname "$0")/../lib.sh"
need_root
need_command cpack
need_command lintian
need_command mmdebstrap

(cd "$BUILD" && cpack -G DEB -B "$TMP/packages") >"$TMP/cpack.log" 2>&1 || cat "$TMP/cpack.log"
version=$("$TTRACE" --version | sed -n '1s/.* //p')
preload=libttrace-preload_$version
same "package: all of them" "${preload}_amd64.deb ${preload}_i386.deb ttrace_${version}_amd64.deb" \
	"$(cd "$TMP/packages" && printf '%s\n' *.deb | xargs)"
deb=$TMP/packages/ttrace_${version}_amd64.deb
# Informational tags, as "no NEWS file", are not asked for.
same "package: lintian has nothing to say" "" "$(lintian --allow-root --fail-on none "$TMP"/packages/*.deb 2>&1)"
dpkg-deb -c "$deb" | awk '{ print $6 }' >"$TMP/files"
for file in usr/bin/ttrace usr/share/man/man1/ttrace.1.gz usr/share/man/man1/ttrace-audit.1.gz usr/share/doc/ttrace/copyright \
	usr/share/doc/ttrace/changelog.gz usr/share/doc/ttrace/examples/eoverflow_time.c \
	usr/share/bash-completion/completions/ttrace usr/share/zsh/site-functions/_ttrace \
	usr/share/fish/vendor_completions.d/ttrace.fish; do
	check "package: has $file" grep -qx "./$file" "$TMP/files"
done

bare=$BUILD/rootfs-bare
depends=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/ //g')
"$SOURCE/tests/rootfs.sh" "$bare" bare "$depends" >"$TMP/rootfs.log" 2>&1 ||
	skip_all "no bare Debian 12: $(tail -1 "$TMP/rootfs.log")"
cp -a --reflink=auto "$bare" "$TMP/root"
cp "$deb" "$TMP/root/tmp/ttrace.deb"
cp "$TMP/packages/$preload"_*.deb "$TMP/root/tmp"
# in_root COMMAND...: as init of a namespace of its own, so that nothing of it stays.
# shellcheck disable=SC2016  # it is the inner shell's
in_root() {
	unshare --mount --pid --fork --kill-child -- sh -c 'root=$1; shift
		mount -t proc proc "$root/proc" && exec chroot "$root" "$@"' sh "$TMP/root" "$@"
}
listing() { (cd "$TMP/root" && find . -path ./proc -prune -o -print | grep -v '^./var/\(lib\|log\)/dpkg\|^./var/cache\|^./var/log/alt' | sort); }
listing >"$TMP/before"
same "bare Debian: it installs" 0 "$(status_of in_root dpkg -i /tmp/ttrace.deb)"
same "bare Debian: it runs" 0 "$(status_of in_root ttrace -q --clock 2038-01-19 date -u +%F)"
same "bare Debian: the date" 2038-01-19 "$(cat "$TMP/out")"
same "bare Debian: no message" "" "$(cat "$TMP/err")"
same "bare Debian: it records and reports" 0 "$(status_of in_root sh -c \
	'ttrace --record /tmp/r --clock 2038-01-19 true && ttrace report /tmp/r && rm /tmp/r')"
same "bare Debian: the preload library of both ABIs, beside each other" 0 "$(status_of in_root sh -c \
	'dpkg --add-architecture i386 && dpkg -i /tmp/libttrace-preload_*.deb')"
same "bare Debian: ... watches a program by itself" 0 "$(status_of in_root sh -c \
	'LD_PRELOAD=/usr/lib/x86_64-linux-gnu/ttrace/libttrace-preload.so TTRACE_OUTPUT=/tmp/alone /bin/true &&
	test -s /tmp/alone && rm /tmp/alone')"
same "bare Debian: ... and is removed" 0 "$(status_of in_root sh -c \
	'dpkg -P libttrace-preload:amd64 libttrace-preload:i386 && dpkg --remove-architecture i386')"
same "bare Debian: it is removed" 0 "$(status_of in_root dpkg -P ttrace)"
listing >"$TMP/after"
same "bare Debian: nothing is left" "" "$(diff "$TMP/before" "$TMP/after" || true)"
