#!/bin/bash
# Installs what building (build) and testing (test) ttrace needs on Debian 12, and does nothing
# when all of it is there. Without arguments: both.
set -eu

build=(
	ca-certificates git
	g++ g++-multilib gcc-multilib clang libclang-rt-dev      # clang: second compiler, fuzzers
	clang-format clang-tidy cmake ninja-build pkg-config dpkg-dev python3
	libseccomp-dev libdw-dev libelf-dev libdebuginfod-dev libzydis-dev libzstd-dev zlib1g-dev libcap-dev
	libfmt-dev libcli11-dev nlohmann-json3-dev libhowardhinnant-date-dev libsqlite3-dev libarchive-dev catch2
	libmxml-dev libtinyxml2-dev libxxhash-dev
)
test=(
	mmdebstrap arch-test debian-archive-keyring gpg mount uidmap   # the i386 root file system
	musl-tools golang-go                                           # targets without glibc
	faketime strace gdb jq procps util-linux binutils
	python3-jsonschema chromium                            # schemas of reports; the HTML one as seen
	libpython3.11-testsuite make openssl sqlite3 openssh-client perl sudo  # programs that must not notice
	slurm-wlm munge parallel                                       # audits in shares
	shellcheck mandoc lintian python3-yaml rpm
	curl wget openssh-client perl iproute2 dirmngr         # programs that connect
	redis-server nginx-light postgresql openssh-server     # servers to attach to
	libjemalloc2 libtcmalloc-minimal4                      # allocators beside a preloaded library
	libunwind-dev                                          # what its copies of stacks are measured against
)

missing=()
for group in "${@:-build test}"; do
	for word in $group; do
		case $word in
		build) wanted=("${build[@]}") ;;
		test) wanted=("${test[@]}") ;;
		*) echo "usage: tests/deps.sh [build] [test]" >&2; exit 2 ;;
		esac
		for package in "${wanted[@]}"; do
			status=$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null || true)
			grep -qx installed <<<"$status" || missing+=("$package")
		done
	done
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=(env)
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	as_root=(sudo env)
else
	echo "tests/deps.sh: these packages are missing, and installing them takes root or sudo:" >&2
	echo "  ${missing[*]}" >&2
	exit 1
fi
echo "installing ${missing[*]}"
as_root+=(DEBIAN_FRONTEND=noninteractive)
"${as_root[@]}" apt-get update -q
# The servers among them are for the tests to start, not for the machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
	"${as_root[@]}" chmod +x $policy
	trap '"${as_root[@]}" rm -f $policy' EXIT
fi
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
