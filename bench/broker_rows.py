"""The rows of RabbitMQ, beside librabbitmq's own tool, and of Kafka, beside librdkafka's. The Kafka cluster is librdkafka's
mock, in memory, so that only what the clients do shows."""

import contextlib
import subprocess
from pathlib import Path

from process import now, timed, until
from setting import Row, expect, megabytes, next_id

HERE = Path(__file__).resolve().parent


@contextlib.contextmanager
def served(words):
    """What it says first on stdout; it ends with its stdin."""
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()


# ---- RabbitMQ

class Server:
    def __init__(self, port):
        self.url = f"amqp://127.0.0.1:{port}/test"

    def declare(self, kind):
        """A durable queue, with nothing in it."""
        subprocess.run(["logsend", "--declare", kind, f"{self.url}?queue=lines"], input=b"x\n", check=True)
        subprocess.run(["amqp-get", "-u", self.url, "-q", "lines"], stdout=subprocess.DEVNULL, check=True)

    def delete(self):
        """How many messages there were."""
        told = subprocess.run(["amqp-delete-queue", "-u", self.url, "-q", "lines"], capture_output=True, text=True)
        return int(told.stdout) if told.returncode == 0 else 0


@contextlib.contextmanager
def rabbitmq():
    with served([HERE / "peers/rabbitmq.sh"]) as port:
        yield Server(port)


def publish(bench, kind, words):
    """`words`: of the command, to which the URL of the server is given."""
    with rabbitmq() as server:
        server.declare(kind)
        with open(bench.fewer, "rb") as lines:
            seconds = timed(words(server.url), stdin=lines)
        expect(server.delete(), bench.fewer_count, "the queue")
    return bench.fewer_count / seconds


def to_rabbitmq(bench):
    def ours(kind):
        return lambda: publish(bench, kind, lambda url: ["logsend", f"{url}?queue=lines"])

    def peer(kind):
        return lambda: publish(bench, kind, lambda url: ["amqp-publish", "-u", url, "-r", "lines", "-p", "-l"])

    mine, theirs = "logsend amqp:// < lines", "amqp-publish -l (no confirms)"
    return Row("lines -> RabbitMQ, persistent, with confirms", "messages/s", mine,
               {mine: ours("classic"), mine + ", quorum queue": ours("quorum"),
                theirs: peer("classic"), theirs + ", quorum queue": peer("quorum")},
               baseline=theirs, bar="1 x amqp-publish", met=lambda of: of[mine] >= of[theirs])


def from_rabbitmq(bench):
    def ours(kind):
        with rabbitmq() as server:
            server.declare(kind)
            with open(bench.fewer, "rb") as lines:
                timed(["logsend", f"{server.url}?queue=lines"], stdin=lines)
            buffer = bench.fresh("buffer")
            begin = now()
            process = subprocess.Popen(["logcat", f"{server.url}?queue=lines", "--", "logbuf", "push", buffer])
            until(lambda: next_id(buffer) > bench.fewer_count, "the buffer to have all", every=0.02)
            seconds = now() - begin
            process.terminate()
            expect(process.wait(), 0, "logcat's status")
            expect(server.delete(), 0, "the queue")
        return bench.fewer_count / seconds

    name = "logcat amqp:// -- logbuf push"
    return Row("RabbitMQ -> durable buffer", "messages/s", name,
               {name: lambda: ours("classic"), name + ", quorum queue": lambda: ours("quorum")})


# ---- Kafka

def to_kafka(bench):
    def send(words):
        with served(["kafka-mock", "1"]) as brokers, open(bench.few, "rb") as lines:
            return megabytes(bench.few, timed(words(brokers), stdin=lines))

    mine, theirs = "logsend kafka:// < lines", "kcat -P, idempotent"
    return Row("lines -> Kafka (mock), acks=all, idempotent", "MB/s", mine,
               {mine: lambda: send(lambda brokers: ["logsend", f"kafka://{brokers}/lines"]),
                theirs: lambda: send(lambda brokers: ["kcat", "-P", "-b", brokers, "-t", "lines", "-X", "enable.idempotence=true"])},
               baseline=theirs)


ROWS = {"rabbitmq": lambda b: [to_rabbitmq(b), from_rabbitmq(b)], "kafka": lambda b: [to_kafka(b)]}
