#!/bin/bash
# Makes certificates for tests in a directory: tls_certs.sh DIRECTORY
#
#   ca.pem                 the authority that signs them all but one
#   other-ca.pem           an authority that signed nothing here
#   good.pem, good.key     for localhost, 127.0.0.1 and ::1
#   expired.pem            the same, expired a day ago; the key of each stands beside it
#   wrong-name.pem         for elsewhere.example
#   client.pem             for client.example, to be shown by a client
#   stranger.pem           for client.example, signed by itself
set -euo pipefail

cd "${1:?a directory is missing}"
umask 077

quietly() {
  local said
  said=$("$@" 2>&1) || { echo "$said" >&2 && return 1; }
}

new_key() { quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# NAME: an authority.
authority() {
  new_key "$1.key"
  quietly openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -out "$1.pem"
}

# NAME SUBJECT DAYS ALTERNATIVES: a certificate signed by ca.
certificate() {
  new_key "$1.key"
  quietly openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr"
  quietly openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "$RANDOM" -days "$3" -out "$1.pem" \
    -extfile <(echo "subjectAltName=$4")
  rm "$1.csr"
}

authority ca
authority other-ca
certificate good localhost 30 DNS:localhost,IP:127.0.0.1,IP:::1
certificate expired localhost -1 DNS:localhost,IP:127.0.0.1,IP:::1
certificate wrong-name elsewhere.example 30 DNS:elsewhere.example
certificate client client.example 30 DNS:client.example
new_key stranger.key
quietly openssl req -x509 -new -key stranger.key -subj /CN=client.example -days 30 -out stranger.pem
