#!/bin/bash
# Unpacks rsyslog and syslog-ng into FOLDER, side by side: installed, their packages exclude each other.
#
#   bench/peers/fetch.sh build/peers
set -euo pipefail

folder=$1
packages=(rsyslog libestr0 libfastjson4 liblognorm5
  syslog-ng-core libivykis0 libjson-c5 libnet1 libglib2.0-0 libpcre3 libwrap0)

[[ -e $folder/complete ]] && exit 0
mkdir -p "$folder/debs"
cd "$folder"
(cd debs && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}")
for deb in debs/*.deb; do dpkg -x "$deb" root; done
touch complete
