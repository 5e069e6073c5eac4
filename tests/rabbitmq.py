"""What tests need of a RabbitMQ beside its own tools, over pika: rabbitmq.py PORT VHOST COMMAND...

declare QUEUE [NAME=VALUE...]  a durable queue with these arguments
bind QUEUE EXCHANGE KEY
delete QUEUE
count QUEUE                    how many messages it has ready
take QUEUE                     all its messages, each with an LF behind it
properties QUEUE               of its messages, a line of JSON for each; they stay there
publish QUEUE                  a persistent message for each line of stdin, confirmed
"""
import json
import sys

import pika


def declare(channel, queue, *arguments):
    pairs = (argument.split("=", 1) for argument in arguments)
    values = {name: int(value) if value.isdigit() else value for name, value in pairs}
    channel.queue_declare(queue, durable=True, arguments=values)


def bind(channel, queue, exchange, key):
    channel.queue_bind(queue, exchange, key)


def delete(channel, queue):
    channel.queue_delete(queue)


def count(channel, queue):
    print(channel.queue_declare(queue, passive=True).method.message_count)


def messages(channel, queue):
    left = channel.queue_declare(queue, passive=True).method.message_count
    if left == 0:
        return
    for message in channel.consume(queue):
        yield message
        left -= 1
        if left == 0:
            break
    channel.cancel()


def take(channel, queue):
    tag = None
    for method, _, body in messages(channel, queue):
        sys.stdout.buffer.write(body + b"\n")
        tag = method.delivery_tag
    if tag is not None:
        channel.basic_ack(tag, multiple=True)


def properties(channel, queue):
    for method, found, _ in messages(channel, queue):
        shown = {name: value for name, value in vars(found).items() if value is not None}
        print(json.dumps({"exchange": method.exchange, "key": method.routing_key, **shown}, sort_keys=True))


def publish(channel, queue):
    channel.confirm_delivery()
    for line in sys.stdin.buffer:
        channel.basic_publish("", queue, line.rstrip(b"\n"), pika.BasicProperties(delivery_mode=2), mandatory=True)


def main():
    port, vhost, command, *arguments = sys.argv[1:]
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port), vhost))
    commands = {each.__name__: each for each in (declare, bind, delete, count, take, properties, publish)}
    commands[command](connection.channel(), *arguments)
    connection.close()


main()
