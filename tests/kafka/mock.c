// A Kafka cluster for tests: librdkafka's mock cluster, in memory, in a process of its own.
//
//   kafka-mock BROKERS
//
// Its first line on stdout is the addresses of its brokers. Each line on stdin is a command, which is answered with
// "ok":
//   topic NAME PARTITIONS
//   fail API ERROR COUNT     the next COUNT requests of this kind (the number of Kafka's protocol) get this error
//   refuse TOPIC ERROR       what is sent to the topic, or asked for it, gets this error; 0: no more
//   down, up                 all brokers, at the same addresses
//   rtt MS                   of all brokers
// It ends with its stdin.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail_next(rd_kafka_mock_cluster_t* cluster, int api, int error, int count) {
  for (int i = 0; i < count; ++i)
    rd_kafka_mock_push_request_errors(cluster, (int16_t)api, 1, (rd_kafka_resp_err_t)error);
}

static int obey(rd_kafka_mock_cluster_t* cluster, int brokers, const char* line) {
  char name[256];
  int a = 0;
  int b = 0;
  int c = 0;
  if (sscanf(line, "topic %255s %d", name, &a) == 2) return rd_kafka_mock_topic_create(cluster, name, a, brokers) == 0;
  if (sscanf(line, "fail %d %d %d", &a, &b, &c) == 3) return fail_next(cluster, a, b, c), 1;
  if (sscanf(line, "refuse %255s %d", name, &a) == 2)
    return rd_kafka_mock_topic_set_error(cluster, name, (rd_kafka_resp_err_t)a), 1;
  const int down = strncmp(line, "down", 4) == 0;
  const int up = strncmp(line, "up", 2) == 0;
  const int slow = sscanf(line, "rtt %d", &a) == 1;
  for (int id = 1; id <= brokers; ++id) {
    if (down) rd_kafka_mock_broker_set_down(cluster, id);
    if (up) rd_kafka_mock_broker_set_up(cluster, id);
    if (slow) rd_kafka_mock_broker_set_rtt(cluster, id, a);
  }
  return down || up || slow;
}

int main(int argc, char** argv) {
  const int brokers = argc > 1 ? atoi(argv[1]) : 1;
  char reason[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof reason);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL) return fprintf(stderr, "kafka-mock: %s\n", reason), 1;
  rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(client, brokers);
  if (cluster == NULL) return fputs("kafka-mock: no cluster\n", stderr), 1;
  printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
  fflush(stdout);
  char line[512];
  while (fgets(line, sizeof line, stdin) != NULL) {
    puts(obey(cluster, brokers, line) ? "ok" : "what?");
    fflush(stdout);
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(client);
  return 0;
}
