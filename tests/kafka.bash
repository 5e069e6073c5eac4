# Kafka clusters for the tests, of librdkafka's mock (tests/kafka/mock.c); load it after helper. kcat is the other side.
#
#   start_kafka NAME [BROKERS]   a cluster in memory; waits until it listens
#   brokers_of NAME              HOST:PORT,... of its brokers
#   tell NAME COMMAND...         one of the mock's commands; waits until it is obeyed
#   kafka_of NAME TOPIC          the URL of a topic
#   consumed NAME TOPIC [ARG...] the values of all records in the topic, a line each; with kcat's ARGs
#   records NAME TOPIC N         the topic has N records at least (for eventually)
#
# The mock keeps 5 MB of a partition, and speaks neither TLS nor SASL.
#
# shellcheck shell=bash disable=SC2154

start_kafka() {
  mkfifo "$T/$1.control"
  exec {control}<>"$T/$1.control"
  kafka_control[$1]=$control
  start "$1" bash -c 'exec "$1" "$2" <"$3"' sh "$BIN/kafka-mock" "${2:-1}" "$T/$1.control"
  eventually test -s "$T/$1.out"
}
declare -gA kafka_control=()

brokers_of() { head -n 1 "$T/$1.out"; }
kafka_of() { echo "kafka://$(brokers_of "$1")/$2"; }

tell() {
  local name=$1 before
  shift
  before=$(wc -l <"$T/$name.out")
  echo "$*" >&"${kafka_control[$name]}"
  eventually has_answered "$name" $((before + 1))
  [[ $(tail -n 1 "$T/$name.out") == ok ]] || fail "$name does not understand: $*"
}
has_answered() { (($(wc -l <"$T/$1.out") >= $2)); }

consumed() {
  local name=$1 topic=$2
  shift 2
  kcat -b "$(brokers_of "$name")" -C -t "$topic" -o beginning -e -q "$@"
}

records() { (($(consumed "$1" "$2" 2>/dev/null | wc -l) >= $3)); }
