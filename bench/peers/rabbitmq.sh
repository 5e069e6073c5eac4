#!/bin/bash
# A RabbitMQ as the tests have it: says its port once it is there, and ends with standard input.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
  echo "$*" >&2
  exit 1
}
eventually() { until "$@"; do sleep 0.1; done; }
free_port() { python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'; }

# shellcheck source=tests/rabbitmq.bash
. "$ROOT/tests/rabbitmq.bash"
start_rabbitmq
echo "$RABBIT_PORT"
cat >/dev/null
end_rabbitmq
