# shellcheck shell=bash
# Where to take Debian's packages from, as this machine does: sourced by the scripts that make roots.

# The first mirror from which this machine's own apt takes Debian 12, in either file format.
mirror() {
	local sources=/etc/apt/sources.list
	{
		cat $sources $sources.d/*.list 2>/dev/null |
			sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +bookworm +.*/\2/p'
		awk -v RS= -F'\n' '{
			uri = suites = ""; on = 1
			for (i = 1; i <= NF; i++) {
				split($i, word, " ")
				if ($i ~ /^URIs:/) uri = word[2]
				if ($i ~ /^Suites:/) suites = $i " "
				if ($i ~ /^Types:/ && $i !~ / deb( |$)/) on = 0
				if ($i ~ /^Enabled: *no/) on = 0
			}
			if (on && suites ~ / bookworm /) print uri
		}' $sources.d/*.sources 2>/dev/null
		echo http://deb.debian.org/debian
	} | awk '/^https?:/ && !found++'
}

# mmdebstrap reads nothing of the machine's apt configuration; a proxy must be handed on.
apt_options() {
	apt-config dump --format '%F "%v";%n' Acquire::http Acquire::https |
		sed -n '/::[Pp]roxy\|::[Cc]a[Ii]nfo/s/^/--aptopt=/p'
}
