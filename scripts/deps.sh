#!/bin/bash
# Installs what is missing of the named sets of Debian 12 packages; says and does nothing when nothing is.
#
#   scripts/deps.sh build [test] [lint] [bench]
set -euo pipefail

declare -A packages=(
  [build]="g++ make libev-dev liblmdb-dev libcli11-dev nlohmann-json3-dev libexpected-dev
           libxxhash-dev zlib1g-dev libzstd-dev libre2-dev libssl-dev"
  [test]="doctest-dev bats bats-assert bats-support procps psmisc python3 socat jq gzip zstd openssl util-linux
          mandoc fish zsh"
  [lint]="clang clang-format clang-tidy shellcheck mandoc doctest-dev"
  [bench]="python3 socat s6"
)

die() {
  echo "deps: $*" >&2
  exit 69
}

# The named packages that are not installed.
missing_of() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package; do
    [[ $'\n'$installed$'\n' == *$'\ninstalled '"$package"$'\n'* ]] || echo "$package"
  done
}

wanted=()
for set; do
  [[ -v packages[$set] ]] || die "no set named $set"
  read -r -d '' -a names <<<"${packages[$set]}" || true
  wanted+=("${names[@]}")
done

if ! command -v dpkg-query >/dev/null; then
  echo "deps: not Debian; these are needed under whatever name they have here: ${wanted[*]}" >&2
  exit 0
fi

mapfile -t missing < <(missing_of "${wanted[@]}")
((${#missing[@]})) || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if ((EUID != 0)); then
  sudo -n true 2>/dev/null || die "not root and no sudo without a password; install first: ${missing[*]}"
  as_root=(sudo -n "${as_root[@]}")
fi

echo "deps: installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${as_root[@]}" apt-get -qq update >"$log" 2>&1 ||
  ! "${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  tail -n 15 "$log" >&2
  die "apt-get could not install: ${missing[*]}"
fi
