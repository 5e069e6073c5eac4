// logbuf: a durable buffer between programs.
// stdin and stdout are messages or receipts, as the verb says; the buffer is a directory.
#include "cli/tool.h"
#include "tools/logbuf/verbs.h"

namespace {

constexpr cli::Verb kVerbs[] = {
    {"push", "append messages from stdin", "logbuf push [OPTION]... BUFFER",
     "logcat relp://:2514 -- logbuf push /var/lib/logbuf/q\n"
     "logbuf push --max-size 10GiB --full drop-oldest q < app.log\n",
     logbuf::declare_push},
    {"peek", "hand out messages that are not yet acknowledged", "logbuf peek [OPTION]... BUFFER [-- SINK...]",
     "logbuf peek -f q -- logsend relp://central:2514\n"
     "logbuf peek --batch 500 q -- curl -fsS --data-binary @- https://x.example/\n"
     "logbuf peek -f -i q | logsend -i -r relp://central:2514 | logbuf ack q\n",
     logbuf::declare_peek, true},
    {"pop", "hand out messages, and acknowledge them once they are written",
     "logbuf pop [OPTION]... BUFFER [-- SINK...]", "logbuf pop -n 100 q > first-hundred\n", logbuf::declare_pop, true},
    {"ack", "acknowledge messages, by receipts on stdin or by id", "logbuf ack [OPTION]... BUFFER [ID | FIRST-LAST]...",
     "logbuf ack q 17 20-25\n"
     "logbuf ack --upto 100 q\n",
     logbuf::declare_ack},
    {"rewind", "make messages ready again", "logbuf rewind [OPTION]... BUFFER",
     "logbuf rewind q\n"
     "logbuf rewind --since '10min ago' q\n",
     logbuf::declare_rewind},
    {"cat", "read messages and change nothing", "logbuf cat [OPTION]... BUFFER [-- SINK...]",
     "logbuf cat --since '2h ago' q | grep ERROR\n"
     "logbuf cat --from 1000 --to 2000 q -- logsend relp://central:2514\n",
     logbuf::declare_cat, true},
    {"set", "change the limits of buffers", "logbuf set [OPTION]... BUFFER...",
     "logbuf set --max-size 10GiB --retain-time 7d q\n", logbuf::declare_set},
    {"stat", "show the state of buffers", "logbuf stat [OPTION]... BUFFER...",
     "logbuf stat q\n"
     "logbuf stat --prometheus /var/lib/logbuf/* > logbuf.prom\n",
     logbuf::declare_stat},
    {"consumer", "add, move, remove and list consumers", "logbuf consumer add|set|rm|ls [OPTION]... BUFFER [NAME]",
     "logbuf consumer add --start newest q alerts\n"
     "logbuf consumer set --at 'yesterday 10:00' q alerts\n"
     "logbuf consumer ls q\n",
     logbuf::declare_consumer},
    {"verify", "check every byte of buffers", "logbuf verify [OPTION]... BUFFER...", "logbuf verify q\n",
     logbuf::declare_verify},
    {"salvage", "copy the undamaged chunks of a buffer to a new one", "logbuf salvage [OPTION]... BUFFER NEW",
     "logbuf salvage q q.salvaged\n", logbuf::declare_salvage},
    {"compact", "return free space in the data file to the file system", "logbuf compact BUFFER...",
     "logbuf compact q\n", logbuf::declare_compact},
    {"trim", "delete old messages", "logbuf trim [OPTION]... BUFFER",
     "logbuf trim --until '7d ago' q\n"
     "logbuf trim --force --upto 1000 q\n",
     logbuf::declare_trim},
    {"serve", "let clients write and read over the network",
     "logbuf serve [OPTION]... --listen URL... BUFFER | --channels ROOT",
     "logbuf serve --listen tcp://:1774 q\n"
     "logbuf serve --listen tls://[::]:1774 --tls-cert-file m.pem q\n"
     "logbuf serve --channels /srv/channels --listen http://:8601\n",
     logbuf::declare_serve},
    {"replicate", "keep a copy of another machine's buffer", "logbuf replicate [OPTION]... BUFFER MASTER...",
     "logbuf replicate copy logd://master:1774\n", logbuf::declare_replicate},
};

}  // namespace

int main(int argc, char** argv) {
  return cli::run({.name = "logbuf", .summary = "a durable buffer for log messages", .verbs = kVerbs}, argc, argv);
}
