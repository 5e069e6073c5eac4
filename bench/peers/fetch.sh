#!/bin/bash
# Has rsyslog and syslog-ng in build/peers, side by side: installed, their packages exclude each other.
exec "$(dirname "$0")/../../scripts/deps.sh" peers
