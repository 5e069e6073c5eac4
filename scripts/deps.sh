#!/bin/bash
# Installs what is missing of the named sets of Debian 12 packages; says and does nothing when nothing is.
#
#   scripts/deps.sh build [test] [lint] [bench] [peers]
#
# The peers exclude each other when installed: they and their libraries are unpacked into build/peers/root instead.
set -euo pipefail

declare -A packages=(
  [build]="g++ make libev-dev liblmdb-dev libcli11-dev nlohmann-json3-dev libexpected-dev
           libxxhash-dev zlib1g-dev libzstd-dev libsnappy-dev libre2-dev libpcre2-dev libmaxminddb-dev libyaml-dev libboost1.81-dev libssl-dev libhiredis-dev
           libcurl4-openssl-dev libpq-dev librdkafka-dev libsystemd-dev"
  [test]="uap-core tzdata doctest-dev pkg-config cmake bats bats-assert bats-support procps strace psmisc python3 socat jq gzip zstd openssl util-linux
          iproute2 mandoc curl nginx-light fish zsh systemd systemd-journal-remote redis-server redis-sentinel redis-tools postgresql kcat
          chromium fonts-dejavu-core rabbitmq-server python3-pika"
  [lint]="clang clang-format clang-tidy shellcheck mandoc doctest-dev"
  [bench]="python3 socat s6 redis-server redis-tools pkg-config libspdlog-dev rabbitmq-server amqp-tools kcat"
  [peers]="rsyslog rsyslog-relp rsyslog-openssl rsyslog-elasticsearch libestr0 libfastjson4 liblognorm5 librelp0 librelp-dev
           syslog-ng-core syslog-ng-scl syslog-ng-mod-http libivykis0 libjson-c5 libnet1 libglib2.0-0 libpcre3 libwrap0 prometheus"
)
peers=$(dirname "${BASH_SOURCE[0]}")/../build/peers

die() {
  echo "deps: $*" >&2
  exit 69
}

# The named packages of which build/peers has no .deb; one that stands there is also unpacked.
missing_peers() {
  local package
  for package; do
    compgen -G "$peers/debs/${package}_*.deb" >/dev/null || echo "$package"
  done
}

# Into a folder of their own first: what is interrupted here is missing the next time.
unpack_peers() {
  local fresh deb
  mkdir -p "$peers/debs"
  fresh=$(mktemp -d "$peers/fresh.XXXXXX")
  echo "deps: unpacking ${*} into build/peers" >&2
  (cd "$fresh" && apt-get -qq -o APT::Sandbox::User=root download "$@") >"$log" 2>&1 || return
  for deb in "$fresh"/*.deb; do
    dpkg -x "$deb" "$peers/root" && mv "$deb" "$peers/debs/" || return
  done
  rmdir "$fresh"
  touch "$peers/complete"
}

# The named packages that are not installed.
missing_of() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package; do
    [[ $'\n'$installed$'\n' == *$'\ninstalled '"$package"$'\n'* ]] || echo "$package"
  done
}

wanted=() unpacked=()
for set; do
  [[ -v packages[$set] ]] || die "no set named $set"
  read -r -d '' -a names <<<"${packages[$set]}" || true
  if [[ $set == peers ]]; then unpacked+=("${names[@]}"); else wanted+=("${names[@]}"); fi
done

if ! command -v dpkg-query >/dev/null; then
  echo "deps: not Debian; these are needed under whatever name they have here: ${wanted[*]} ${unpacked[*]}" >&2
  exit 0
fi

mapfile -t missing < <(missing_of "${wanted[@]}")
mapfile -t packed < <(missing_peers "${unpacked[@]}")
((${#missing[@]} + ${#packed[@]})) || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if ((EUID != 0)); then
  sudo -n true 2>/dev/null || die "not root and no sudo without a password; install first: ${missing[*]} ${packed[*]}"
  as_root=(sudo -n "${as_root[@]}")
fi

log=$(mktemp)
trap 'rm -rf "$log" "$peers"/fresh.*' EXIT
explain() {
  tail -n 15 "$log" >&2
  die "apt-get could not $*"
}

"${as_root[@]}" apt-get -qq update >"$log" 2>&1 || explain update its lists
if ((${#missing[@]})); then
  echo "deps: installing ${missing[*]}" >&2
  "${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
    explain install "${missing[*]}"
fi
((${#packed[@]} == 0)) || unpack_peers "${packed[@]}" || explain download "${packed[*]}"
