// logredis: logbuf's verbs on Redis.
// stdin and stdout are messages or receipts, as the verb says; the queue is a list or a stream of a Redis server.
#include "cli/tool.h"
#include "tools/logredis/verbs.h"

namespace {

constexpr cli::Verb kVerbs[] = {
    {"push", "append messages from stdin", "logredis push [OPTION]... URL KEY",
     "logcat tcp://:6514 -- logredis push redis://central:6379 logs\n"
     "logredis push --stream --cap 1000000 unix:/run/redis/redis.sock logs < app.log\n",
     logredis::declare_push},
    {"peek", "hand out messages that are not yet acknowledged", "logredis peek [OPTION]... URL KEY [-- SINK...]",
     "logredis peek -f redis://central:6379 logs -- logbuf push /var/lib/logbuf/q\n"
     "logredis peek --batch 500 redis://central:6379 logs -- ./deliver\n",
     logredis::declare_peek, true},
    {"pop", "hand out messages and acknowledge what was written", "logredis pop [OPTION]... URL KEY [-- SINK...]",
     "logredis pop -n 100 redis://central:6379 logs > first-hundred\n", logredis::declare_pop, true},
    {"ack", "acknowledge messages, by receipts on stdin or by id",
     "logredis ack [OPTION]... URL KEY [ID | FIRST..LAST]...",
     "logredis ack redis://central:6379 logs 7-17 7-20..7-25\n"
     "logredis ack --all redis://central:6379 logs\n",
     logredis::declare_ack},
    {"rewind", "make messages ready again", "logredis rewind [OPTION]... URL KEY",
     "logredis rewind redis://central:6379 logs\n"
     "logredis rewind -n 100 redis://central:6379 logs\n",
     logredis::declare_rewind},
    {"cat", "read messages and leave everything as it is", "logredis cat [OPTION]... URL KEY [-- SINK...]",
     "logredis cat -n 10 redis://central:6379 logs\n"
     "logredis cat --stream --since '2h ago' redis://central:6379 logs | grep ERROR\n",
     logredis::declare_cat, true},
    {"stat", "show what queues hold, and what the server promises", "logredis stat [OPTION]... URL KEY...",
     "logredis stat redis://central:6379 logs\n", logredis::declare_stat},
    {"ls", "list a server's queues", "logredis ls [OPTION]... URL [PATTERN]",
     "logredis ls redis://central:6379 'app:*'\n", logredis::declare_ls},
    {"serve", "serve channels over HTTP: a hub of many machines", "logredis serve [OPTION]... --listen URL URL",
     "logredis serve --listen http://127.0.0.1:8601 --credentials hub.credentials redis://central:6379\n",
     logredis::declare_serve},
    {"trim", "delete old messages", "logredis trim [OPTION]... URL KEY",
     "logredis trim --stream --until '7d ago' redis://central:6379 logs\n"
     "logredis trim --force --keep 100000 redis://central:6379 logs\n",
     logredis::declare_trim},
};

}  // namespace

int main(int argc, char** argv) {
  return cli::run({.name = "logredis", .summary = "logbuf's verbs on a Redis server", .verbs = kVerbs}, argc, argv);
}
